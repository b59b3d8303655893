//! Columns that are named for a table.

use std::collections::BTreeMap;

use function_core::Settings;
use table_diff::TableName;

/// Columns by table: `schema.table:column+column`, with commas between tables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Columns(BTreeMap<String, Vec<String>>);

impl Columns {
    pub(super) fn read(settings: &mut Settings<'_>, name: &str) -> Self {
        let mut columns = BTreeMap::new();
        for entry in settings.list(name) {
            let Some((table, names)) = parse(&entry) else {
                settings.refuse(
                    name,
                    "schema.table:column+column, with commas between tables",
                );
                continue;
            };
            if columns.insert(table, names).is_some() {
                settings.refuse(name, "each table can be named once");
            }
        }
        Self(columns)
    }

    /// The columns that are named for `table`.
    pub(crate) fn of(&self, table: &TableName) -> Option<&[String]> {
        self.0.get(&table.to_string()).map(Vec::as_slice)
    }

    /// The tables that are named.
    pub(crate) fn tables(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// A table has one time of change.
pub(super) fn times(settings: &mut Settings<'_>) -> Columns {
    let times = Columns::read(settings, "TIMES");
    if times.0.values().any(|columns| columns.len() > 1) {
        settings.refuse("TIMES", "schema.table:column, one column a table");
    }
    times
}

fn parse(entry: &str) -> Option<(String, Vec<String>)> {
    // Names of tables may hold a colon; those of columns that are named here may not.
    let (table, columns) = entry.rsplit_once(':')?;
    let columns: Vec<String> = columns.split('+').map(|name| name.trim().into()).collect();
    let is_named = !table.is_empty() && columns.iter().all(|name| !name.is_empty());
    is_named.then(|| (table.trim().to_owned(), columns))
}

#[cfg(test)]
mod tests {
    use function_core::Env;

    use super::*;

    fn read(text: &str) -> (Columns, Option<String>) {
        let env = Env::default().with("KEYS", text);
        let mut settings = Settings::new(&env);
        let columns = Columns::read(&mut settings, "KEYS");
        (columns, settings.finish().err().map(|e| e.to_string()))
    }

    #[test]
    fn columns_are_kept_by_table_in_their_order() {
        let (columns, fault) = read("public.item: b+a, shop.price:id");
        assert_eq!(fault, None);
        let item = TableName {
            schema: "public".into(),
            name: "item".into(),
        };
        assert_eq!(
            columns.of(&item),
            Some(["b".to_owned(), "a".to_owned()].as_slice())
        );
        assert_eq!(
            columns.tables().collect::<Vec<_>>(),
            ["public.item", "shop.price"]
        );
    }

    #[test]
    fn what_names_no_table_or_no_column_is_refused() {
        for text in [
            ":id",
            "public.item",
            "public.item:",
            "public.item:a+",
            "a.b:c,a.b:d",
        ] {
            assert!(read(text).1.is_some(), "{text}");
        }
    }
}
