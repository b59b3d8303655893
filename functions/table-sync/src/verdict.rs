//! What a comparison found, as its exit code says it.

use table_diff::plan::Summary;
use table_diff::{ClassCounts, TableCounts, TableName};

use crate::diff::Counted;
use crate::error::SyncError;

/// What the exit code says of a plan: 0 equal, 3 differences, 4 tables that could not be compared.
///
/// # Errors
/// There are differences, or tables that could not be compared.
pub fn verdict(summary: &Summary) -> Result<(), SyncError> {
    let tables = summary.tables.iter();
    let tables = tables.map(|table| (&table.table.name, table.counts()));
    let id = &summary.plan.id;
    let blocked = format!("see why in the plan {id}");
    judge(tables, blocked, format!("see the plan {id}"))
}

impl Counted {
    /// What the exit code says of it, as [`verdict`] does of a plan.
    ///
    /// # Errors
    /// There are differences, or tables that could not be compared.
    pub fn verdict(&self) -> Result<(), SyncError> {
        let tables = self.tables.iter();
        let tables = tables.map(|table| (&table.table.name, table.counts.as_ref()));
        let blocked = "compare with `dryRun` to see why";
        let differing = "compare without `countOnly` to see them";
        judge(tables, blocked.to_owned(), differing.to_owned())
    }
}

/// `blocked` and `differing` say where more is seen.
fn judge<'a>(
    tables: impl Iterator<Item = (&'a TableName, Option<&'a TableCounts>)>,
    blocked: String,
    differing: String,
) -> Result<(), SyncError> {
    let (mut incomparable, mut tables_that_differ) = (Vec::new(), Vec::new());
    let mut classes = ClassCounts::default();
    for (name, counts) in tables {
        match counts {
            None => incomparable.push(name.to_string()),
            Some(counts) if counts.classes.is_empty() => {}
            Some(counts) => {
                classes.extend(counts.classes.iter());
                tables_that_differ.push((name.to_string(), counts.classes.total()));
            }
        }
    }
    let found = (!classes.is_empty()).then_some(SyncError::Differences {
        classes,
        tables: tables_that_differ,
        look: differing,
    });
    if incomparable.is_empty() {
        return found.map_or(Ok(()), Err);
    }
    Err(SyncError::Blocked {
        tables: incomparable,
        others: found.map(Box::new),
        look: blocked,
    })
}
