//! Columns.

use mysql_async::Row;
use table_diff::{Column, DatabaseError, Generated};

use super::{Part, optional, text};
use crate::kind::{Kind, type_name};

const COLUMNS: &str = "\
SELECT c.table_name, c.column_name, c.column_type, c.is_nullable, c.extra,
    NULLIF(c.collation_name, (SELECT default_collation_name FROM information_schema.schemata WHERE schema_name = ?)),
    c.privileges, c.character_set_name
FROM information_schema.columns c WHERE c.table_schema = ?
ORDER BY c.table_name, c.ordinal_position";

/// Adds the columns. A table none of whose columns may be read stays without.
pub(super) async fn add(part: &mut Part<'_>) -> Result<(), DatabaseError> {
    for row in part.rows(COLUMNS, 2).await? {
        if let Some(table) = part.tables.get_mut(&text(&row, 0)) {
            table.columns.push(column(&row));
        }
    }
    for table in part.tables.values_mut() {
        let unreadable = |column: &Column| column.hindrance.as_deref() == Some(UNREADABLE);
        if table.columns.iter().all(unreadable) {
            table.columns.clear();
        }
    }
    Ok(())
}

/// Whether a column with these rights may be read.
pub(super) fn is_readable(rights: &str) -> bool {
    let mut rights = rights.split(',');
    rights.any(|right| right.trim().eq_ignore_ascii_case("select"))
}

const UNREADABLE: &str = "it may not be read: grant SELECT on it";

fn column(row: &Row) -> Column {
    let type_name = type_name(&text(row, 2), optional(row, 7).as_deref());
    let kind = Kind::of(&type_name);
    let hindrance = match kind {
        _ if !is_readable(&text(row, 6)) => Some(UNREADABLE.to_owned()),
        None => Some(format!("its type {type_name} is unknown here")),
        Some(_) => None,
    };
    Column {
        name: text(row, 1),
        nullable: text(row, 3) == "YES",
        generated: generated(&text(row, 4)),
        collation: optional(row, 5),
        key_type: kind.and_then(|kind| kind.key_type(&type_name)),
        time_type: kind.and_then(Kind::time_type),
        hindrance,
        type_name,
    }
}

/// `extra` holds `DEFAULT_GENERATED` for a default that is an expression, which is none of ours.
fn generated(extra: &str) -> Generated {
    let extra = extra.to_ascii_uppercase();
    if extra.replace("DEFAULT_GENERATED", "").contains("GENERATED") {
        Generated::Computed
    } else if extra.contains("AUTO_INCREMENT") {
        Generated::Sequence
    } else {
        Generated::No
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_that_is_an_expression_is_no_computed_column() {
        assert_eq!(
            generated("DEFAULT_GENERATED on update CURRENT_TIMESTAMP"),
            Generated::No
        );
        assert_eq!(generated("VIRTUAL GENERATED"), Generated::Computed);
        assert_eq!(generated("STORED GENERATED"), Generated::Computed);
        assert_eq!(generated("auto_increment"), Generated::Sequence);
    }
}
