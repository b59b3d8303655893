//! How many rows differ, and nothing else: no row is fetched, and no plan is made.

use futures_util::future::try_join_all;
use table_diff::plan::{Migrations, PlanTable};
use table_diff::{ClassCounts, Compare, Language, Reading, Sides, TableCounts};

use super::observe::{Aim, Observed};
use super::sessions::Sessions;
use super::table::merge;
use super::write::rows_estimate;
use crate::error::SyncError;
use crate::function::TableSync;
use crate::progress::{Progress, SyncStage};
use crate::request::DiffRequest;

/// How many rows of each table differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// What people call the two databases.
    pub names: Sides<String>,
    /// What was compared.
    pub compare: Compare,
    /// What both sides say of their migrations, where both say something.
    pub migrations: Option<Migrations>,
    /// The tables, in the order of their names.
    pub tables: Vec<CountedTable>,
}

/// How many rows of a table differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountedTable {
    /// Its structures.
    pub table: PlanTable,
    /// What was counted; `None` where the structures forbid it.
    pub counts: Option<TableCounts>,
}

impl TableSync {
    /// Compares both sides as [`TableSync::diff`] does, and only counts what differs: nothing is fetched, written or kept, and every call counts anew.
    ///
    /// # Errors
    /// As those of [`TableSync::diff`].
    pub async fn count(
        &self,
        request: &DiffRequest,
        progress: &Progress,
    ) -> Result<Counted, SyncError> {
        let ends = self.ends(request.reverse);
        let observed = self.observe(request, &ends, Aim::Count, progress).await?;
        let rows = observed.tables.iter().map(rows_estimate).sum::<u64>();
        progress.begin(SyncStage::Comparing, 0, rows);
        let tables = count_tables(&observed, progress).await;
        progress.end();
        let tables = tables?;
        let Sides { source, target } = observed.migrations;
        Ok(Counted {
            names: Sides {
                source: ends.source.name,
                target: ends.target.name,
            },
            compare: request.compare.unwrap_or(self.config.compare),
            migrations: Migrations::compare(source, target),
            tables,
        })
    }
}

async fn count_tables(
    observed: &Observed,
    progress: &Progress,
) -> Result<Vec<CountedTable>, SyncError> {
    let counting = observed.tables.iter().map(async |table| {
        let of = &table.structures;
        let (source, target) = (of.source.as_ref(), of.target.as_ref());
        let counts = match &table.gate.reading {
            Some(reading) => Some(count(&observed.sessions, reading, progress).await?),
            None => None,
        };
        Ok(CountedTable {
            table: PlanTable::new(table.name.clone(), table.gate.clone(), source, target),
            counts,
        })
    });
    try_join_all(counting).await
}

async fn count(
    sessions: &Sessions,
    reading: &Reading,
    progress: &Progress,
) -> Result<TableCounts, SyncError> {
    let mut pair = sessions.take().await?;
    let counts = merge(&mut pair, reading, None, progress).await?;
    sessions.give(pair);
    Ok(counts)
}

impl Counted {
    /// How many rows there are of each class, in all tables.
    pub fn classes(&self) -> ClassCounts {
        let mut classes = ClassCounts::default();
        for counts in self.tables.iter().filter_map(|it| it.counts.as_ref()) {
            classes.extend(counts.classes.iter());
        }
        classes
    }

    /// What is said of the migrations of both sides.
    pub fn migration_words(&self, language: Language) -> Vec<String> {
        let migrations = self.migrations.as_ref();
        migrations.map_or_else(Vec::new, |it| it.words(language, &self.names))
    }
}
