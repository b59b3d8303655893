//! Whether an export lost more than it should have since the last verified one.

use std::collections::BTreeMap;

use function_core::Table;

/// Tables below this many rows come and go without anybody's wondering.
const FEW_ROWS: u64 = 100;

/// What shrank by more than `percent` from `before` to `now`: all rows, all bytes, a table's rows, a table itself.
pub(crate) fn shrunk(before: &[Table], now: &[Table], percent: u64) -> Vec<String> {
    let mut words = Vec::new();
    let total = |tables: &[Table], of: fn(&Table) -> u64| tables.iter().map(of).sum::<u64>();
    for (what, of) in [
        ("rows", (|table| table.rows) as fn(&Table) -> u64),
        ("bytes", |table| table.bytes),
    ] {
        let (before, now) = (total(before, of), total(now, of));
        if fell(before, now, percent) {
            words.push(format!(
                "{what} of all tables fell from {before} to {now}, by more than {percent} %"
            ));
        }
    }
    let rows_now: BTreeMap<String, u64> =
        now.iter().map(|table| (table.name(), table.rows)).collect();
    for table in before.iter().filter(|table| table.rows >= FEW_ROWS) {
        let (name, before) = (table.name(), table.rows);
        match rows_now.get(&name) {
            None => words.push(format!("table {name}, which had {before} rows, is gone")),
            Some(now) if fell(before, *now, percent) => words.push(format!(
                "rows of {name} fell from {before} to {now}, by more than {percent} %"
            )),
            Some(_) => {}
        }
    }
    words
}

/// Whether `now` is below `before` by more than `percent` of it.
fn fell(before: u64, now: u64, percent: u64) -> bool {
    let lost = u128::from(before.saturating_sub(now));
    lost * 100 > u128::from(before) * u128::from(percent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str, rows: u64) -> Table {
        Table {
            database: "app".to_owned(),
            schema: String::new(),
            table: name.to_owned(),
            rows,
            bytes: rows * 10,
            files: 1,
        }
    }

    #[test]
    fn tells_what_fell_further_than_allowed() {
        let before = [table("users", 1000), table("orders", 1000), table("tmp", 9)];
        let now = [table("users", 800), table("orders", 799)];
        assert_eq!(
            shrunk(&before, &now, 20),
            [
                "rows of all tables fell from 2009 to 1599, by more than 20 %",
                "bytes of all tables fell from 20090 to 15990, by more than 20 %",
                "rows of app.orders fell from 1000 to 799, by more than 20 %",
            ]
        );
        assert_eq!(
            shrunk(&before, &now[..1], 100),
            ["table app.orders, which had 1000 rows, is gone"]
        );
        assert!(shrunk(&now, &before, 0).is_empty() && shrunk(&[], &[], 0).is_empty());
    }
}
