//! What the queries answer, one JSON value a row.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{
    Catalog, Column, Constraint, ConstraintKind, Dependency, Enumeration, Function, FunctionName,
    Generation, Identity, Index, ObjectId, ObjectKind, QualifiedName, Sequence, Table, Trigger,
    View,
};

#[derive(Deserialize)]
pub(super) struct FoundSchema {
    pub(super) name: String,
    pub(super) comment: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct FoundExtension {
    pub(super) name: String,
    pub(super) schema: String,
}

#[derive(Deserialize)]
pub(super) struct FoundEnumeration {
    schema: String,
    name: String,
    labels: Vec<String>,
    comment: Option<String>,
}

impl FoundEnumeration {
    pub(super) fn enumeration(self) -> (QualifiedName, Enumeration) {
        let enumeration = Enumeration {
            labels: self.labels,
            comment: self.comment,
        };
        (qualified(self.schema, self.name), enumeration)
    }
}

#[derive(Deserialize)]
pub(super) struct FoundSequence {
    schema: String,
    name: String,
    owner: Option<FoundOwner>,
    #[serde(flatten)]
    numbers: FoundNumbers,
}

#[derive(Deserialize)]
struct FoundOwner {
    schema: String,
    name: String,
    column: String,
}

#[derive(Deserialize)]
struct FoundNumbers {
    data_type: String,
    start: i64,
    increment: i64,
    minimum: i64,
    maximum: i64,
    cache: i64,
    cycles: bool,
    comment: Option<String>,
}

impl FoundSequence {
    pub(super) fn sequence(self) -> (QualifiedName, Sequence) {
        let owner = self
            .owner
            .map(|owner| (qualified(owner.schema, owner.name), owner.column));
        (
            qualified(self.schema, self.name),
            self.numbers.sequence(owner),
        )
    }
}

impl FoundNumbers {
    fn sequence(self, owner: Option<(QualifiedName, String)>) -> Sequence {
        Sequence {
            data_type: self.data_type,
            start: self.start,
            increment: self.increment,
            minimum: self.minimum,
            maximum: self.maximum,
            cache: self.cache,
            cycles: self.cycles,
            owner,
            comment: self.comment,
        }
    }
}

#[derive(Deserialize)]
pub(super) struct FoundTable {
    schema: String,
    name: String,
    kind: String,
    is_unlogged: bool,
    options: Vec<String>,
    comment: Option<String>,
    columns: Vec<FoundColumn>,
    constraints: Vec<FoundConstraint>,
    indexes: Vec<FoundIndex>,
    triggers: Vec<FoundTrigger>,
    special: Vec<Option<String>>,
}

impl FoundTable {
    /// An ordinary table has a place; the text of any other one tells all of it.
    pub(super) fn put(self, catalog: &mut Catalog) {
        let name = qualified(self.schema, self.name);
        let table = Table {
            order: self
                .columns
                .iter()
                .map(|column| column.name.clone())
                .collect(),
            columns: self.columns.into_iter().map(FoundColumn::column).collect(),
            constraints: self
                .constraints
                .into_iter()
                .map(FoundConstraint::constraint)
                .collect(),
            indexes: self.indexes.into_iter().map(FoundIndex::index).collect(),
            triggers: self
                .triggers
                .into_iter()
                .map(FoundTrigger::trigger)
                .collect(),
            is_unlogged: self.is_unlogged,
            options: self.options,
            comment: self.comment,
        };
        if self.kind == "table" {
            catalog.tables.insert(name, table);
            return;
        }
        let mut lines: Vec<_> = self.special.into_iter().flatten().collect();
        lines.extend(
            table
                .parts(&name)
                .into_iter()
                .map(|(what, text)| format!("{what}: {text}")),
        );
        let text = lines.join("\n");
        catalog.others.insert((self.kind, name.to_string()), text);
    }
}

#[derive(Deserialize)]
struct FoundColumn {
    name: String,
    data_type: String,
    collation: Option<String>,
    is_required: bool,
    expression: Option<String>,
    generated: String,
    identity: String,
    sequence: Option<FoundNumbers>,
    comment: Option<String>,
}

impl FoundColumn {
    fn column(self) -> (String, Column) {
        let expression = self.expression;
        let (default, generation) = match (self.generated.as_str(), self.sequence) {
            ("s", _) => (None, Generation::Stored(expression.unwrap_or_default())),
            ("v", _) => (None, Generation::Virtual(expression.unwrap_or_default())),
            (_, Some(sequence)) => {
                let identity = Identity {
                    is_always: self.identity == "a",
                    sequence: sequence.sequence(None),
                };
                (expression, Generation::Identity(identity))
            }
            (_, None) => (expression, Generation::None),
        };
        let column = Column {
            data_type: self.data_type,
            collation: self.collation,
            is_required: self.is_required,
            default,
            generation,
            comment: self.comment,
        };
        (self.name, column)
    }
}

#[derive(Deserialize)]
struct FoundConstraint {
    name: String,
    kind: FoundConstraintKind,
    definition: String,
    columns: Vec<String>,
    references: Option<FoundName>,
    comment: Option<String>,
}

#[derive(Deserialize)]
enum FoundConstraintKind {
    #[serde(rename = "p")]
    PrimaryKey,
    #[serde(rename = "u")]
    Unique,
    #[serde(rename = "c")]
    Check,
    #[serde(rename = "x")]
    Exclusion,
    #[serde(rename = "f")]
    ForeignKey,
}

#[derive(Deserialize)]
struct FoundName {
    schema: String,
    name: String,
}

impl FoundConstraint {
    fn constraint(self) -> (String, Constraint) {
        let constraint = Constraint {
            kind: match self.kind {
                FoundConstraintKind::PrimaryKey => ConstraintKind::PrimaryKey,
                FoundConstraintKind::Unique => ConstraintKind::Unique,
                FoundConstraintKind::Check => ConstraintKind::Check,
                FoundConstraintKind::Exclusion => ConstraintKind::Exclusion,
                FoundConstraintKind::ForeignKey => ConstraintKind::ForeignKey,
            },
            definition: self.definition,
            columns: self.columns,
            references: self
                .references
                .map(|other| qualified(other.schema, other.name)),
            comment: self.comment,
        };
        (self.name, constraint)
    }
}

#[derive(Deserialize)]
struct FoundIndex {
    name: String,
    definition: String,
    is_unique: bool,
    is_valid: bool,
    comment: Option<String>,
}

impl FoundIndex {
    fn index(self) -> (String, Index) {
        let index = Index {
            definition: self.definition,
            is_unique: self.is_unique,
            is_valid: self.is_valid,
            comment: self.comment,
        };
        (self.name, index)
    }
}

#[derive(Deserialize)]
struct FoundTrigger {
    name: String,
    definition: String,
    enabled: char,
    comment: Option<String>,
}

impl FoundTrigger {
    fn trigger(self) -> (String, Trigger) {
        let trigger = Trigger {
            definition: self.definition,
            enabled: self.enabled,
            comment: self.comment,
        };
        (self.name, trigger)
    }
}

#[derive(Deserialize)]
pub(super) struct FoundView {
    schema: String,
    name: String,
    definition: String,
    columns: Vec<(String, String)>,
    options: Vec<String>,
    comment: Option<String>,
    column_comments: BTreeMap<String, String>,
}

impl FoundView {
    pub(super) fn view(self) -> (QualifiedName, View) {
        let view = View {
            definition: self.definition,
            columns: self.columns,
            options: self.options,
            comment: self.comment,
            column_comments: self.column_comments,
        };
        (qualified(self.schema, self.name), view)
    }
}

#[derive(Deserialize)]
pub(super) struct FoundFunction {
    schema: String,
    name: String,
    types: String,
    definition: String,
    is_procedure: bool,
    result: Option<String>,
    arguments: String,
    comment: Option<String>,
}

impl FoundFunction {
    pub(super) fn function(self) -> (FunctionName, Function) {
        let name = FunctionName {
            name: qualified(self.schema, self.name),
            arguments: self.types,
        };
        let function = Function {
            definition: self.definition,
            is_procedure: self.is_procedure,
            result: self.result,
            arguments: self.arguments,
            comment: self.comment,
        };
        (name, function)
    }
}

#[derive(Deserialize)]
pub(super) struct FoundDependency(FoundObject, FoundObject);

#[derive(Deserialize)]
struct FoundObject {
    kind: ObjectKind,
    schema: String,
    name: String,
    part: String,
}

impl FoundDependency {
    pub(super) fn dependency(self) -> Dependency {
        Dependency {
            dependent: self.0.object(),
            needed: self.1.object(),
        }
    }
}

impl FoundObject {
    fn object(self) -> ObjectId {
        ObjectId {
            kind: self.kind,
            name: qualified(self.schema, self.name),
            part: self.part,
        }
    }
}

/// Kind, name and text of what has no place in the model.
#[derive(Deserialize)]
pub(super) struct FoundOther(pub(super) String, pub(super) String, pub(super) String);

fn qualified(schema: String, name: String) -> QualifiedName {
    QualifiedName { schema, name }
}
