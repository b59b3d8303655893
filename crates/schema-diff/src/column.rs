//! Columns of tables.

mod change;

use postgres_client::quote_identifier;
use schema_catalog::{Catalog, Column, Generation, QualifiedName};

use crate::constraint::modified;
use crate::plan::Plan;
use crate::removal::Removal;
use crate::{comment, identity, sequence};

pub(crate) use self::change::change;

/// The column as `CREATE TABLE` has it.
pub(crate) fn definition(name: &str, column: &Column) -> String {
    let mut words = vec![quote_identifier(name), typed(column)];
    if column.is_required {
        words.push("NOT NULL".to_owned());
    }
    if let Some(default) = &column.default {
        words.push(format!("DEFAULT {default}"));
    }
    match &column.generation {
        Generation::None => {}
        Generation::Identity(identity) => words.push(identity::clause(&column.data_type, identity)),
        Generation::Stored(expression) => {
            words.push(format!("GENERATED ALWAYS AS ({expression}) STORED"));
        }
        Generation::Virtual(expression) => {
            words.push(format!("GENERATED ALWAYS AS ({expression}) VIRTUAL"));
        }
    }
    words.join(" ")
}

fn typed(column: &Column) -> String {
    match &column.collation {
        Some(collation) => format!("{} COLLATE {collation}", column.data_type),
        None => column.data_type.clone(),
    }
}

/// Whether a change needs the column to be made anew, since its values come about otherwise.
pub(crate) fn is_other(before: &Column, after: &Column) -> bool {
    use Generation::{Stored, Virtual};
    match (&before.generation, &after.generation) {
        (Stored(one), Stored(other)) | (Virtual(one), Virtual(other)) => {
            one != other || typed(before) != typed(after)
        }
        (_, Stored(_) | Virtual(_)) | (Virtual(_), _) => true,
        _ => false,
    }
}

/// Whether type or collation are other.
pub(crate) fn is_retyped(before: &Column, after: &Column) -> bool {
    !is_other(before, after) && typed(before) != typed(after)
}

/// Takes the column and the sequences it owns out of `state`.
pub(crate) fn take(state: &mut Catalog, table: &QualifiedName, name: &str) -> Removal {
    let make = make(state, table, name);
    state.sequences.retain(|_, sequence| {
        let owner = sequence.owner.as_ref();
        owner.is_none_or(|(owner, owning)| (owner, owning.as_str()) != (table, name))
    });
    if let Some(table) = state.tables.get_mut(table) {
        table.columns.remove(name);
        table.order.retain(|column| column != name);
    }
    Removal {
        comment: modified(table),
        drop: drop(table, name),
        make,
    }
}

/// Takes the default of the column out of `state`.
pub(crate) fn take_default(
    state: &mut Catalog,
    table: &QualifiedName,
    name: &str,
) -> Option<Removal> {
    let default = state
        .tables
        .get_mut(table)?
        .columns
        .get_mut(name)?
        .default
        .take()?;
    Some(Removal {
        comment: modified(table),
        drop: alter(table, name, "DROP DEFAULT"),
        make: vec![alter(table, name, &format!("SET DEFAULT {default}"))],
    })
}

/// The statements that add the column as `catalog` has it, with the sequences it owns there.
fn make(catalog: &Catalog, table: &QualifiedName, name: &str) -> Vec<String> {
    let Some(column) = catalog
        .tables
        .get(table)
        .and_then(|table| table.columns.get(name))
    else {
        return Vec::new();
    };
    let owned = sequence::owned(catalog, table, Some(name));
    let mut statements = Vec::new();
    for (sequence, numbers) in &owned {
        statements.extend(sequence::make(sequence, numbers));
    }
    statements.push(format!(
        "ALTER TABLE {} ADD COLUMN {}",
        table.quoted(),
        definition(name, column)
    ));
    for (sequence, numbers) in owned {
        statements.push(sequence::own(sequence, numbers.owner.as_ref()));
    }
    let quoted = comment::of_column(table, name);
    statements.extend(comment::made("COLUMN", &quoted, column.comment.as_ref()));
    statements
}

fn drop(table: &QualifiedName, name: &str) -> String {
    format!(
        "ALTER TABLE {} DROP COLUMN {}",
        table.quoted(),
        quote_identifier(name)
    )
}

pub(crate) fn alter(table: &QualifiedName, name: &str, how: &str) -> String {
    format!(
        "ALTER TABLE {} ALTER COLUMN {} {how}",
        table.quoted(),
        quote_identifier(name)
    )
}

/// Changes the picture of a column.
pub(crate) fn edit(
    plan: &mut Plan<'_>,
    table: &QualifiedName,
    name: &str,
    with: impl FnOnce(&mut Column),
) {
    let table = plan.state.tables.get_mut(table);
    if let Some(column) = table.and_then(|table| table.columns.get_mut(name)) {
        with(column);
    }
}
