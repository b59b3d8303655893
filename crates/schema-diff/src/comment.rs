//! Comments on everything.

use std::collections::BTreeMap;

use postgres_client::quote_identifier;
use schema_catalog::{Catalog, QualifiedName};

use crate::name::{self, literal, shown};
use crate::plan::Plan;

/// The statement that says it, where there is something to say.
pub(crate) fn made(kind: &str, quoted: &str, comment: Option<&String>) -> Option<String> {
    comment.map(|_| statement(kind, quoted, comment))
}

/// The statement that says it, or takes it away.
fn statement(kind: &str, quoted: &str, comment: Option<&String>) -> String {
    let text = comment.map_or_else(|| "NULL".to_owned(), |comment| literal(comment));
    format!("COMMENT ON {kind} {quoted} IS {text}")
}

/// Says on what both have what `wanted` says.
pub(crate) fn say(plan: &mut Plan<'_>) {
    let wanted = all(plan.wanted);
    let mut changes = Vec::new();
    for (object, said) in all(&plan.state) {
        let Some(to_say) = wanted.get(&object) else {
            continue;
        };
        if said.comment != to_say.comment {
            let (kind, quoted) = &object;
            changes.push((
                format!("set comment to {}", said.words),
                statement(kind, quoted, to_say.comment.as_ref()),
                statement(kind, quoted, said.comment.as_ref()),
            ));
        }
    }
    for (words, up, down) in changes {
        plan.step(words, vec![up], vec![down]);
    }
    adopt(&mut plan.state, plan.wanted);
}

struct Said {
    words: String,
    comment: Option<String>,
}

/// What is said on every object, by its kind and name as SQL.
fn all(catalog: &Catalog) -> BTreeMap<(&'static str, String), Said> {
    let mut all = BTreeMap::new();
    let mut say = |kind, quoted, words, comment: &Option<String>| {
        let comment = comment.clone();
        all.insert((kind, quoted), Said { words, comment });
    };
    for (name, comment) in &catalog.schemas {
        let quoted = quote_identifier(name);
        say(
            "SCHEMA",
            quoted.clone(),
            format!("schema: {quoted}"),
            comment,
        );
    }
    for (name, enumeration) in &catalog.enumerations {
        let words = format!("enum: {}", shown(name));
        say("TYPE", name.quoted(), words, &enumeration.comment);
    }
    for (name, sequence) in &catalog.sequences {
        let words = format!("sequence: {}", shown(name));
        say("SEQUENCE", name.quoted(), words, &sequence.comment);
    }
    for (name, function) in &catalog.functions {
        let kind = if function.is_procedure {
            "PROCEDURE"
        } else {
            "FUNCTION"
        };
        let words = format!("function: {}", shown(&name.name));
        let quoted = format!("{}({})", name.name.quoted(), name.arguments);
        say(kind, quoted, words, &function.comment);
    }
    for (name, view) in &catalog.views {
        let words = format!("view: {}", shown(name));
        say("VIEW", name.quoted(), words.clone(), &view.comment);
        for (column, _) in &view.columns {
            let comment = view.column_comments.get(column).cloned();
            say("COLUMN", of_column(name, column), words.clone(), &comment);
        }
    }
    for (name, table) in &catalog.tables {
        let words = format!("table: {}", shown(name));
        say("TABLE", name.quoted(), words.clone(), &table.comment);
        for (part, column) in &table.columns {
            let words = format!(
                "column: {} on table: {}",
                quote_identifier(part),
                shown(name)
            );
            say("COLUMN", of_column(name, part), words, &column.comment);
        }
        for (part, constraint) in &table.constraints {
            let words = format!("constraint: {}", quote_identifier(part));
            say(
                "CONSTRAINT",
                on_table(name, part),
                words,
                &constraint.comment,
            );
        }
        for (part, trigger) in &table.triggers {
            let words = format!("trigger: {}", quote_identifier(part));
            say("TRIGGER", on_table(name, part), words, &trigger.comment);
        }
        for (part, index) in &table.indexes {
            let words = format!("index: {}", quote_identifier(part));
            say("INDEX", in_schema(name, part), words, &index.comment);
        }
    }
    all
}

/// Comments of what both have become those of `wanted`.
fn adopt(state: &mut Catalog, wanted: &Catalog) {
    each(&mut state.schemas, &wanted.schemas, |mine, theirs| {
        mine.clone_from(theirs);
    });
    each(
        &mut state.enumerations,
        &wanted.enumerations,
        |mine, theirs| {
            mine.comment.clone_from(&theirs.comment);
        },
    );
    each(&mut state.sequences, &wanted.sequences, |mine, theirs| {
        mine.comment.clone_from(&theirs.comment);
    });
    each(&mut state.functions, &wanted.functions, |mine, theirs| {
        mine.comment.clone_from(&theirs.comment);
    });
    each(&mut state.views, &wanted.views, |mine, theirs| {
        mine.comment.clone_from(&theirs.comment);
        mine.column_comments.clone_from(&theirs.column_comments);
    });
    each(&mut state.tables, &wanted.tables, |mine, theirs| {
        mine.comment.clone_from(&theirs.comment);
        each(&mut mine.columns, &theirs.columns, |mine, theirs| {
            mine.comment.clone_from(&theirs.comment);
        });
        each(
            &mut mine.constraints,
            &theirs.constraints,
            |mine, theirs| {
                mine.comment.clone_from(&theirs.comment);
            },
        );
        each(&mut mine.indexes, &theirs.indexes, |mine, theirs| {
            mine.comment.clone_from(&theirs.comment);
        });
        each(&mut mine.triggers, &theirs.triggers, |mine, theirs| {
            mine.comment.clone_from(&theirs.comment);
        });
    });
}

fn each<K: Ord, V>(
    mine: &mut BTreeMap<K, V>,
    theirs: &BTreeMap<K, V>,
    mut with: impl FnMut(&mut V, &V),
) {
    for (key, value) in mine {
        if let Some(their) = theirs.get(key) {
            with(value, their);
        }
    }
}

/// `"schema"."table"."column"`
pub(crate) fn of_column(table: &QualifiedName, column: &str) -> String {
    format!("{}.{}", table.quoted(), quote_identifier(column))
}

/// `"constraint" ON "schema"."table"`
pub(crate) fn on_table(table: &QualifiedName, part: &str) -> String {
    format!("{} ON {}", quote_identifier(part), table.quoted())
}

/// `"schema"."index"`: an index is in the schema of its table.
pub(crate) fn in_schema(table: &QualifiedName, index: &str) -> String {
    name::in_schema_of(table, index).quoted()
}
