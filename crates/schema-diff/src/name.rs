//! Objects as identities, as SQL and as words.

use postgres_client::quote_identifier;
pub(crate) use postgres_client::quote_literal as literal;
use schema_catalog::{Catalog, FunctionName, ObjectId, ObjectKind, QualifiedName};

/// The identity of an object that has no parts before its name.
pub(crate) fn whole(kind: ObjectKind, name: &QualifiedName) -> ObjectId {
    part(kind, name, "")
}

/// The identity of a part of the table or view `name`.
pub(crate) fn part(kind: ObjectKind, name: &QualifiedName, part: &str) -> ObjectId {
    ObjectId {
        kind,
        name: name.clone(),
        part: part.to_owned(),
    }
}

pub(crate) fn function(name: &FunctionName) -> ObjectId {
    part(ObjectKind::Function, &name.name, &name.arguments)
}

/// The key of a function's identity.
pub(crate) fn function_name(id: &ObjectId) -> FunctionName {
    FunctionName {
        name: id.name.clone(),
        arguments: id.part.clone(),
    }
}

/// Whether `catalog` has exactly this object or part.
pub(crate) fn exists(catalog: &Catalog, id: &ObjectId) -> bool {
    let table = || catalog.tables.get(&id.name);
    match id.kind {
        ObjectKind::Enumeration => catalog.enumerations.contains_key(&id.name),
        ObjectKind::Sequence => catalog.sequences.contains_key(&id.name),
        ObjectKind::Function => catalog.functions.contains_key(&function_name(id)),
        ObjectKind::Table => table().is_some(),
        ObjectKind::View => catalog.views.contains_key(&id.name),
        ObjectKind::Column | ObjectKind::Default => match catalog.views.get(&id.name) {
            Some(view) => view.columns.iter().any(|(name, _)| *name == id.part),
            None => table().is_some_and(|table| table.columns.contains_key(&id.part)),
        },
        ObjectKind::Constraint => {
            table().is_some_and(|table| table.constraints.contains_key(&id.part))
        }
        ObjectKind::Index => table().is_some_and(|table| table.indexes.contains_key(&id.part)),
        ObjectKind::Trigger => table().is_some_and(|table| table.triggers.contains_key(&id.part)),
    }
}

/// Whether `id` is `whole` or goes when `whole` goes.
pub(crate) fn belongs(id: &ObjectId, whole: &ObjectId) -> bool {
    if id == whole {
        return true;
    }
    if id.name != whole.name {
        return false;
    }
    match whole.kind {
        ObjectKind::Table => matches!(
            id.kind,
            ObjectKind::Column
                | ObjectKind::Default
                | ObjectKind::Constraint
                | ObjectKind::Index
                | ObjectKind::Trigger
        ),
        ObjectKind::View => id.kind == ObjectKind::Column,
        ObjectKind::Column => id.kind == ObjectKind::Default && id.part == whole.part,
        _ => false,
    }
}

/// The table or view that the part belongs to.
pub(crate) fn holder(catalog: &Catalog, id: &ObjectId) -> ObjectId {
    let kind = if catalog.views.contains_key(&id.name) {
        ObjectKind::View
    } else {
        ObjectKind::Table
    };
    whole(kind, &id.name)
}

/// `"companies"`, or `"shop"."companies"` outside of the schema that everybody uses.
pub(crate) fn shown(name: &QualifiedName) -> String {
    if name.schema == "public" {
        quote_identifier(&name.name)
    } else {
        name.quoted()
    }
}

/// For people: `column public.companies.address`.
pub(crate) fn described(id: &ObjectId) -> String {
    let ObjectId { kind, name, part } = id;
    match kind {
        ObjectKind::Enumeration => format!("enum {name}"),
        ObjectKind::Sequence => format!("sequence {name}"),
        ObjectKind::Function => format!("function {name}({part})"),
        ObjectKind::Table => format!("table {name}"),
        ObjectKind::View => format!("view {name}"),
        ObjectKind::Column => format!("column {name}.{part}"),
        ObjectKind::Default => format!("default of column {name}.{part}"),
        ObjectKind::Constraint => format!("constraint {part} of table {name}"),
        ObjectKind::Index => format!("index {part} of table {name}"),
        ObjectKind::Trigger => format!("trigger {part} of table {name}"),
    }
}

/// Options such as `fillfactor=70` as SQL writes them.
pub(crate) fn options(options: &[String]) -> String {
    let written = options.iter().map(|option| match option.split_once('=') {
        Some((name, value)) => format!("{name} = {}", literal(value)),
        None => option.clone(),
    });
    written.collect::<Vec<_>>().join(", ")
}

/// The name of something that is in the schema of `table`.
pub(crate) fn in_schema_of(table: &QualifiedName, name: &str) -> QualifiedName {
    QualifiedName {
        schema: table.schema.clone(),
        name: name.to_owned(),
    }
}
