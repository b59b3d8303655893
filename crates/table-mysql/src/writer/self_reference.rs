//! Foreign keys of a table at itself. The server checks them row by row, not at the end of a statement.

use table_diff::Table;

use crate::identifier::column;
use crate::layout::Layout;

/// A foreign key of a table at itself.
pub(super) struct SelfReference<'a> {
    columns: &'a [String],
    referenced: &'a [String],
    /// One of its columns that may be NULL, by which the key is switched off for a row.
    pub(super) nullable: Option<&'a str>,
}

impl<'a> SelfReference<'a> {
    /// Those of the table that are written: those with a column that was left out keep what they have.
    pub(super) fn all(table: &'a Table, layout: &Layout<'_>) -> Vec<Self> {
        let is_written = |name: &String| layout.reading.columns.iter().any(|(it, _)| it == name);
        let keys = table
            .references
            .iter()
            .filter(|key| key.references == table.name && key.columns.iter().all(is_written));
        let may_be_null = |name: &&String| {
            let column = table.columns.iter().find(|column| column.name == **name);
            column.is_some_and(|column| column.nullable)
        };
        let reference = keys.map(|key| Self {
            columns: &key.columns,
            referenced: &key.referenced_columns,
            nullable: key.columns.iter().find(may_be_null).map(String::as_str),
        });
        reference.collect()
    }

    /// That a row of `child` points at one of `parent`.
    pub(super) fn points(&self, child: &str, parent: &str) -> String {
        let pairs = self.columns.iter().zip(self.referenced);
        let equal = pairs
            .map(|(own, theirs)| format!("{} = {}", column(child, own), column(parent, theirs)));
        equal.collect::<Vec<_>>().join(" AND ")
    }

    /// That a row of `parent` is there.
    pub(super) fn is_there(&self, parent: &str) -> String {
        let names = self.referenced.iter();
        let there = names.map(|name| format!("{} IS NOT NULL", column(parent, name)));
        there.collect::<Vec<_>>().join(" AND ")
    }
}
