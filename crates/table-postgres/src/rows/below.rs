//! What deletions take along, and that again: one statement walks from row to row, and the server remembers where it was.

use std::pin::pin;

use postgres_client::quote_identifier as quote;
use table_diff::{Cascade, DatabaseError, ForeignKey, TableName};

use super::Rows;
use crate::sql::{self, column, table};

impl Rows<'_> {
    /// How many rows point by each key of `cascade` at those with the encoded `keys`, or at rows that go with them.
    pub(crate) async fn below(
        &self,
        cascade: &Cascade,
        keys: &[Vec<u8>],
    ) -> Result<Vec<u64>, DatabaseError> {
        let sql = self.walk(cascade)?;
        let answer = self.ask(&sql, &self.decoded(keys)?).await?;
        let row = self.next(pin!(answer)).await?;
        let Some(row) = row else {
            return Ok(vec![0; cascade.keys().len()]);
        };
        let counts = (0..row.len()).map(|index| row.try_get(index).map(i64::unsigned_abs));
        counts.collect::<Result<_, _>>().map_err(self.failed())
    }

    /// `gone` has a row for each row that is deleted: the columns by which others point at it, and none of those of other tables. `UNION` keeps each
    /// once, so that circles end.
    fn walk(&self, cascade: &Cascade) -> Result<String, DatabaseError> {
        let steps: Vec<_> = cascade
            .deleting()
            .map(|key| {
                format!(
                    "SELECT {} FROM {} AS p WHERE {}",
                    held(cascade, &key.table, "p"),
                    table(&key.table),
                    self.link(cascade, key)
                )
            })
            .collect();
        let counts: Vec<_> = cascade
            .keys()
            .iter()
            .map(|key| {
                format!(
                    "(SELECT count(*) FROM gone JOIN {} AS p ON {})",
                    table(&key.table),
                    self.link(cascade, key)
                )
            })
            .collect();
        let columns = (0..cascade.pointed().len()).map(|number| format!("c{number}"));
        Ok(format!(
            "WITH RECURSIVE gone ({}) AS (SELECT {} FROM {} JOIN {} AS t ON {} \
             UNION SELECT taken.* FROM gone CROSS JOIN LATERAL ({}) AS taken) SELECT {}",
            columns.collect::<Vec<_>>().join(", "),
            held(cascade, &self.reading.table, "t"),
            sql::wanted(self.reading),
            table(&self.reading.table),
            sql::has_wanted_key(self.reading, "t", "wanted", self.place)?,
            steps.join(" UNION ALL "),
            counts.join(", ")
        ))
    }

    /// The condition by which the row `p` points by `key` at a row of `gone`.
    fn link(&self, cascade: &Cascade, key: &ForeignKey) -> String {
        let pointed = cascade.pointed();
        let pairs = key.columns.iter().zip(&key.referenced_columns);
        let links = pairs.map(|(own, other)| {
            let number = pointed
                .iter()
                .position(|it| *it == (&key.references, other.as_str()));
            let other_column = format!("gone.c{}", number.unwrap_or_default());
            if key.references == self.reading.table {
                sql::points_at(self.reading, own, other, &other_column)
            } else {
                format!("{} = {other_column}", column("p", own))
            }
        });
        links.collect::<Vec<_>>().join(" AND ")
    }
}

/// What `gone` holds of the row `alias` of `name`.
fn held(cascade: &Cascade, name: &TableName, alias: &str) -> String {
    let held = cascade.pointed().into_iter().map(|(of, own)| {
        if of == name {
            column(alias, own)
        } else {
            // NULL, of the column's own type.
            format!("(SELECT {} FROM {} LIMIT 0)", quote(own), table(of))
        }
    });
    held.collect::<Vec<_>>().join(", ")
}
