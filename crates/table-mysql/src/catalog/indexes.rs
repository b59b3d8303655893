//! Primary keys and unique indexes.

use table_diff::{DatabaseError, Table, Unique};

use super::{Part, optional, text};

/// A part of an index that is an expression has no column name; one of a column's beginning has a length.
const INDEXES: &str = "\
SELECT table_name, index_name, column_name, sub_part
FROM information_schema.statistics WHERE table_schema = ? AND non_unique = 0
ORDER BY table_name, index_name, seq_in_index";

const PRIMARY: &str = "PRIMARY";

/// Adds primary keys and unique indexes. One of a column's beginning, or of an expression, is special; a primary key that is special is told
/// as an index, for it is no list of columns.
pub(super) async fn add(part: &mut Part<'_>) -> Result<(), DatabaseError> {
    for row in part.rows(INDEXES, 1).await? {
        let Some(table) = part.tables.get_mut(&text(&row, 0)) else {
            continue;
        };
        let name = text(&row, 1);
        let column = optional(&row, 2);
        let unique = unique_called(table, &name);
        unique.special |= column.is_none() || optional(&row, 3).is_some();
        unique.columns.extend(column);
    }
    for table in part.tables.values_mut() {
        let is_primary = |unique: &Unique| unique.name == PRIMARY && !unique.special;
        if let Some(place) = table.uniques.iter().position(is_primary) {
            table.primary_key = table.uniques.remove(place).columns;
        }
    }
    Ok(())
}

fn unique_called<'a>(table: &'a mut Table, name: &str) -> &'a mut Unique {
    let found = table.uniques.iter().position(|unique| unique.name == name);
    let place = found.unwrap_or_else(|| {
        table.uniques.push(Unique {
            name: name.to_owned(),
            columns: Vec::new(),
            deferrable: false,
            nulls_not_distinct: false,
            special: false,
        });
        table.uniques.len() - 1
    });
    &mut table.uniques[place]
}
