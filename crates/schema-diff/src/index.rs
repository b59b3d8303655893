//! Indexes behind no constraint.

use postgres_client::quote_identifier;
use schema_catalog::{Index, QualifiedName};

use crate::name::{in_schema_of, shown};
use crate::plan::Plan;
use crate::script::Mode;
use crate::{comment, constraint};

/// The statements that make it.
pub(crate) fn make(table: &QualifiedName, name: &str, index: &Index) -> Vec<String> {
    let mut statements = vec![index.definition.clone()];
    let quoted = comment::in_schema(table, name);
    statements.extend(comment::made("INDEX", &quoted, index.comment.as_ref()));
    statements
}

pub(crate) fn drop(table: &QualifiedName, name: &str) -> String {
    format!("DROP INDEX {}", in_schema_of(table, name).quoted())
}

/// A new index on a table that nobody uses yet, or where nobody minds waiting.
pub(crate) fn add(plan: &mut Plan<'_>, table: &QualifiedName, name: &str) {
    let index = plan.wanted.tables[table].indexes[name].clone();
    plan.step(
        created(table, name),
        make(table, name, &index),
        vec![drop(table, name)],
    );
    plan.put_index(table, name, index);
}

/// New indexes, and those that unique constraints are made of, are built while their tables are used.
pub(crate) fn build_concurrently(plan: &mut Plan<'_>) {
    let mut missing = Vec::new();
    for (name, wanted) in &plan.wanted.tables {
        let Some(table) = plan.state.tables.get(name) else {
            continue;
        };
        let indexes = wanted
            .indexes
            .iter()
            .filter(|(part, _)| !table.indexes.contains_key(*part));
        missing.extend(indexes.map(|(part, index)| (name, part, index.clone())));
        let constraints = wanted
            .constraints
            .iter()
            .filter(|(part, _)| !table.constraints.contains_key(*part));
        missing.extend(constraints.filter_map(|(part, constraint)| {
            let index = Index {
                definition: constraint::index_for(name, part, constraint)?,
                is_unique: true,
                is_valid: true,
                comment: None,
            };
            Some((name, part, index))
        }));
    }
    for (table, name, index) in missing {
        note_gap(plan, table, name, index.is_unique);
        plan.open(Some(&format!("index_{name}")), Mode::NoTransaction);
        plan.step(
            created(table, name),
            vec![concurrently(&index.definition)],
            vec![drop_concurrently(table, name)],
        );
        plan.put_index(
            table,
            name,
            Index {
                comment: None,
                ..index
            },
        );
    }
}

/// Tells of an index that goes before the one of its name comes.
fn note_gap(plan: &mut Plan<'_>, table: &QualifiedName, name: &str, is_unique: bool) {
    let before = plan.from.tables.get(table);
    let has_name = before.is_some_and(|before| {
        before.indexes.contains_key(name) || before.constraints.contains_key(name)
    });
    if !has_name {
        return;
    }
    let unique = if is_unique {
        ", and nothing keeps double values out"
    } else {
        ""
    };
    plan.notes.push(format!(
        "index {name} of table {table} changes under its name: from its drop until it is built anew, queries go without it{unique}"
    ));
}

/// Indexes that are gone or other go while their tables are used.
pub(crate) fn release_concurrently(plan: &mut Plan<'_>) {
    let mut gone = Vec::new();
    for (name, table) in &plan.state.tables {
        for (part, index) in &table.indexes {
            let wanted = plan
                .wanted
                .tables
                .get(name)
                .and_then(|table| table.indexes.get(part));
            if wanted.is_none_or(|wanted| !is_same(index, wanted)) {
                gone.push((name.clone(), part.clone(), index.clone()));
            }
        }
    }
    for (table, name, index) in gone {
        plan.open(Some(&format!("drop_index_{name}")), Mode::NoTransaction);
        plan.step(
            format!(
                "drop index {} from table: {}",
                quote_identifier(&name),
                shown(&table)
            ),
            vec![drop_concurrently(&table, &name)],
            vec![concurrently(&index.definition)],
        );
        if let Some(table) = plan.state.tables.get_mut(&table) {
            table.indexes.remove(&name);
        }
    }
}

/// Whether they are the same but for their comments.
pub(crate) fn is_same(one: &Index, other: &Index) -> bool {
    one.definition == other.definition && one.is_valid == other.is_valid
}

fn created(table: &QualifiedName, name: &str) -> String {
    format!(
        "create index {} to table: {}",
        quote_identifier(name),
        shown(table)
    )
}

fn drop_concurrently(table: &QualifiedName, name: &str) -> String {
    format!(
        "DROP INDEX CONCURRENTLY {}",
        in_schema_of(table, name).quoted()
    )
}

/// `CREATE [UNIQUE] INDEX …` as the server wrote it, but without keeping writers out.
fn concurrently(definition: &str) -> String {
    definition.replacen(" INDEX ", " INDEX CONCURRENTLY ", 1)
}
