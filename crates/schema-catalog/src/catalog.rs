//! What a schema consists of.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::{FunctionName, QualifiedName};

/// All objects of a database that are neither the system's nor an extension's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalog {
    /// Schemas with their comments; `public` is among them while it exists.
    pub schemas: BTreeMap<String, Option<String>>,
    /// Extensions with the schema they live in.
    pub extensions: BTreeMap<String, String>,
    /// Types of named values.
    pub enumerations: BTreeMap<QualifiedName, Enumeration>,
    /// Sequences, those of identity columns excepted.
    pub sequences: BTreeMap<QualifiedName, Sequence>,
    /// Ordinary tables.
    pub tables: BTreeMap<QualifiedName, Table>,
    /// Views, not materialized ones.
    pub views: BTreeMap<QualifiedName, View>,
    /// Functions and procedures.
    pub functions: BTreeMap<FunctionName, Function>,
    /// Everything else, by kind and name, with a text that changes when the object does. A difference here can't be
    /// written as a migration, and is refused by this name.
    pub others: BTreeMap<(String, String), String>,
    /// Which object needs which other one to exist.
    pub dependencies: BTreeSet<Dependency>,
}

/// An enum type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Enumeration {
    /// Its values in their order.
    pub labels: Vec<String>,
    /// The comment on it.
    pub comment: Option<String>,
}

/// A sequence; where it stands is data, not schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sequence {
    /// `smallint`, `integer` or `bigint`.
    pub data_type: String,
    /// The first value.
    pub start: i64,
    /// The step.
    pub increment: i64,
    /// The lowest value.
    pub minimum: i64,
    /// The highest value.
    pub maximum: i64,
    /// How many values a session takes at once.
    pub cache: i64,
    /// Whether it starts again at its end.
    pub cycles: bool,
    /// The column that takes it along when it is dropped.
    pub owner: Option<(QualifiedName, String)>,
    /// The comment on it.
    pub comment: Option<String>,
}

/// An ordinary table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// Columns by name, because `ALTER TABLE` can't move one.
    pub columns: BTreeMap<String, Column>,
    /// The columns in their physical order: what `CREATE TABLE` follows, and nothing compares.
    pub order: Vec<String>,
    /// Primary key, unique, check, foreign key and exclusion constraints, by name; not those of columns' `NOT NULL`.
    pub constraints: BTreeMap<String, Constraint>,
    /// Indexes by name, those behind constraints excepted.
    pub indexes: BTreeMap<String, Index>,
    /// Triggers by name, the system's own excepted.
    pub triggers: BTreeMap<String, Trigger>,
    /// Whether it is `UNLOGGED`.
    pub is_unlogged: bool,
    /// Storage parameters such as `fillfactor=70`, sorted.
    pub options: Vec<String>,
    /// The comment on it.
    pub comment: Option<String>,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The type as `format_type` writes it, with schema where it is not the system's.
    pub data_type: String,
    /// The collation, with schema and quoted, where it is not the type's own.
    pub collation: Option<String>,
    /// Whether NULL is refused.
    pub is_required: bool,
    /// The default expression; that of a generated column is in `generation`.
    pub default: Option<String>,
    /// How its values come about by themselves.
    pub generation: Generation,
    /// The comment on it.
    pub comment: Option<String>,
}

/// How the values of a column come about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Generation {
    /// They are given, or the default.
    None,
    /// `GENERATED … AS IDENTITY`.
    Identity(Identity),
    /// `GENERATED ALWAYS AS (…) STORED`, with the expression.
    Stored(String),
    /// `GENERATED ALWAYS AS (…) VIRTUAL` of PostgreSQL 18, with the expression.
    Virtual(String),
}

/// `GENERATED … AS IDENTITY` with its sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// `ALWAYS` rather than `BY DEFAULT`.
    pub is_always: bool,
    /// Its sequence, `owner` being `None`. The sequence's name is not compared.
    pub sequence: Sequence,
}

/// A constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constraint {
    /// Which kind.
    pub kind: ConstraintKind,
    /// What `pg_get_constraintdef` writes, such as `CHECK ((qty >= 0))`; `NOT VALID` is part of it.
    pub definition: String,
    /// The columns it is about, in its order.
    pub columns: Vec<String>,
    /// The table that a foreign key points at.
    pub references: Option<QualifiedName>,
    /// The comment on it.
    pub comment: Option<String>,
}

/// The kind of a constraint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConstraintKind {
    /// `PRIMARY KEY`
    PrimaryKey,
    /// `UNIQUE`
    Unique,
    /// `CHECK`
    Check,
    /// `EXCLUDE`
    Exclusion,
    /// `FOREIGN KEY`
    ForeignKey,
}

/// An index that is behind no constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// What `pg_get_indexdef` writes.
    pub definition: String,
    /// Whether it refuses duplicates.
    pub is_unique: bool,
    /// Whether it is usable: a `CREATE INDEX CONCURRENTLY` that failed leaves one that is not.
    pub is_valid: bool,
    /// The comment on it.
    pub comment: Option<String>,
}

/// A trigger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trigger {
    /// What `pg_get_triggerdef` writes.
    pub definition: String,
    /// `O`, `D`, `R` or `A` of `pg_trigger.tgenabled`.
    pub enabled: char,
    /// The comment on it.
    pub comment: Option<String>,
}

/// A view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// What `pg_get_viewdef` writes.
    pub definition: String,
    /// Its columns in their order, with types: `CREATE OR REPLACE VIEW` may only add to their end.
    pub columns: Vec<(String, String)>,
    /// Options such as `security_invoker=true`, sorted.
    pub options: Vec<String>,
    /// The comment on it.
    pub comment: Option<String>,
    /// The comments on its columns.
    pub column_comments: BTreeMap<String, String>,
}

/// A function or procedure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// What `pg_get_functiondef` writes.
    pub definition: String,
    /// Whether it is a procedure.
    pub is_procedure: bool,
    /// What `pg_get_function_result` writes; `CREATE OR REPLACE` can't change it.
    pub result: Option<String>,
    /// What `pg_get_function_arguments` writes, with names and defaults: `CREATE OR REPLACE` can't rename one or take a
    /// default away.
    pub arguments: String,
    /// The comment on it.
    pub comment: Option<String>,
}

/// `dependent` can't exist without `needed`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dependency {
    /// What would break.
    pub dependent: ObjectId,
    /// What it needs.
    pub needed: ObjectId,
}

/// An object, or a part of one, as dependencies name it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId {
    /// Which kind.
    pub kind: ObjectKind,
    /// Its schema and name; of a part, those of its table or view.
    pub name: QualifiedName,
    /// Of a part, its own name; of a function, its arguments; else empty.
    pub part: String,
}

/// Kinds of objects that depend on each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ObjectKind {
    /// An enum type.
    Enumeration,
    /// A sequence.
    Sequence,
    /// A function or procedure.
    Function,
    /// A table as a whole.
    Table,
    /// A column of a table or view.
    Column,
    /// The default or the generating expression of a column.
    Default,
    /// A constraint.
    Constraint,
    /// An index.
    Index,
    /// A trigger.
    Trigger,
    /// A view.
    View,
}
