//! Plans and rows, in few words.

use table_load::{Column, Database, Kind, LoadError, LoadPlan, LoadReport, Mode, Table};

pub(crate) type Row = Vec<Option<String>>;

/// A table with these columns; the first `keys` of them are its key.
pub(crate) fn table(name: &str, columns: &[(&str, Kind)], keys: usize) -> Table {
    let column = |(name, kind): &(&str, Kind)| Column {
        name: (*name).to_owned(),
        kind: *kind,
    };
    Table {
        name: name.to_owned(),
        columns: columns.iter().map(column).collect(),
        key: columns[..keys]
            .iter()
            .map(|(name, _)| (*name).to_owned())
            .collect(),
        parent: Vec::new(),
    }
}

/// Customers with an id, a name and a price.
pub(crate) fn customers() -> Table {
    let columns = [
        ("$id", Kind::BigInt),
        ("会社名", Kind::Text),
        ("price", Kind::Numeric),
    ];
    table("customers", &columns, 1)
}

/// Orders, children of customers.
pub(crate) fn orders() -> Table {
    let columns = [
        ("row", Kind::BigInt),
        ("$id", Kind::BigInt),
        ("item", Kind::Text),
    ];
    let mut orders = table("customers__orders", &columns, 1);
    orders.parent = vec!["$id".to_owned()];
    orders
}

pub(crate) fn plan(mode: Mode, tables: Vec<Table>) -> LoadPlan {
    LoadPlan {
        tables,
        mode,
        time_zone: "Asia/Tokyo".to_owned(),
        create: true,
        source: "app 12".to_owned(),
    }
}

/// Rows from cells; `~` is NULL.
pub(crate) fn rows<const WIDTH: usize>(rows: &[[&str; WIDTH]]) -> Vec<Row> {
    let cell = |cell: &&str| (*cell != "~").then(|| (*cell).to_owned());
    rows.iter()
        .map(|row| row.iter().map(cell).collect())
        .collect()
}

/// Loads `tables` of rows, in turns, a row of each table at a time.
pub(crate) async fn load(
    database: &Database,
    plan: &LoadPlan,
    tables: &[Vec<Row>],
) -> Result<LoadReport, LoadError> {
    let mut load = database.begin(plan).await?;
    let most = tables.iter().map(Vec::len).max().unwrap_or_default();
    for number in 0..most {
        for (index, rows) in tables.iter().enumerate() {
            let Some(row) = rows.get(number) else {
                continue;
            };
            let cells: Vec<_> = row.iter().map(Option::as_deref).collect();
            load.write(index, &cells).await?;
        }
    }
    let counts: Vec<_> = tables.iter().map(|rows| rows.len() as u64).collect();
    load.finish(&counts).await
}
