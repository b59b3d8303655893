//! Rows of other tables that an update would change: those that point, by a key with `ON UPDATE CASCADE` or `SET NULL`, at a column that changes.
//! Nobody was shown them, and no undo file holds them.

use table_diff::{Action, DatabaseError, ForeignKey, KeyAction, Table};

use super::stage::{staged_column, staged_for};
use super::{ROWS, Staged};
use crate::cell;
use crate::identifier::{column, quote_table};
use crate::layout::cell_at;

impl Staged<'_> {
    /// Refuses the staged updates where rows would follow them. The updated rows are locked, and so no more rows come to point at them.
    pub(super) async fn refuse_followed(&mut self, table: &Table) -> Result<(), DatabaseError> {
        for key in &table.referenced_by {
            if key.on_update == KeyAction::Refuse {
                continue;
            }
            let rows = self.following(key).await?;
            if rows > 0 {
                return Err(DatabaseError::Refused {
                    table: table.name.to_string(),
                    database: self.session.database.to_string(),
                    rule: refusal(key, rows),
                });
            }
        }
        Ok(())
    }

    /// How many rows of `key`'s table would follow.
    async fn following(&mut self, key: &ForeignKey) -> Result<u64, DatabaseError> {
        let reading = self.layout.reading;
        let is_updated = |name: &&String| {
            let is_key = reading.key.iter().any(|(key, _)| key == *name);
            !is_key && reading.columns.iter().any(|(column, _)| column == *name)
        };
        let changes = key
            .referenced_columns
            .iter()
            .filter(is_updated)
            .map(|name| {
                let (now, then) = (column("t", name), staged_column(name));
                format!("NOT (CAST({now} AS BINARY) <=> CAST({then} AS BINARY))")
            });
        let changes: Vec<_> = changes.collect();
        if changes.is_empty() {
            return Ok(0);
        }
        let links = key.columns.iter().zip(&key.referenced_columns);
        let links =
            links.map(|(own, other)| format!("{} = {}", column("p", own), column("t", other)));
        let links: Vec<_> = links.collect();
        let sql = format!(
            "SELECT COUNT(*) FROM {} s STRAIGHT_JOIN {} t ON {} JOIN {} p ON {} WHERE {} AND ({})",
            self.stage.name,
            self.layout.table(),
            self.layout.same_key("t", "s"),
            quote_table(&key.table),
            links.join(" AND "),
            staged_for(Action::Update),
            changes.join(" OR ")
        );
        let step = format!(
            "counting the rows of {} that would follow updates of {}",
            key.table, reading.table
        );
        let (mut rows, mut first) = (0, 0);
        while first < self.stage.rows {
            let bound = vec![first.into(), (first + ROWS).into()];
            let counted = self.session.rows(&step, &sql, bound).await?;
            for row in &counted {
                let count: Result<u64, _> = cell::number(cell_at(row, 0), "count");
                rows += count.map_err(|error| self.session.answer(&step, error.to_string()))?;
            }
            first += ROWS;
        }
        Ok(rows)
    }
}

fn refusal(key: &ForeignKey, rows: u64) -> String {
    format!(
        "updates change ({}), and {rows} rows of {} would follow by {} (ON UPDATE {}), which nobody was shown; change those rows by \
         hand first, or leave these updates out",
        key.referenced_columns.join(", "),
        key.table,
        key.name,
        key.on_update.sql()
    )
}
