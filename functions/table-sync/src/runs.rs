//! Run records: who is at work, how it ended, and whom it concerns.

use std::collections::BTreeMap;

use function_core::{Retryable as _, RunState, Trigger, chain};
use jiff::Timestamp;
use notify::Notice;
use run_record::{Claim, Run};
use table_diff::plan::{Summary, TableSummary};
use table_diff::{Language, TableCounts, TableName};

use crate::FUNCTION;
use crate::diff::Counted;
use crate::error::SyncError;
use crate::function::TableSync;
use crate::plan_id::PlanId;
use crate::plans::{Applied, Undone, WrittenRows};

/// What is done with a plan; each is a run of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    Diff,
    Apply,
    Undo,
}

impl Work {
    fn name(self) -> &'static str {
        match self {
            Self::Diff => "diff",
            Self::Apply => "apply",
            Self::Undo => "undo",
        }
    }

    fn to_do(self, error: &SyncError) -> &'static str {
        match self {
            Self::Diff => {
                "repair it, and compare again; until then nothing is known of the differences"
            }
            _ if error.is_stale() => "nothing was written; make a new plan, and look at it",
            _ if error.may_be_written() => {
                "rows may be written already; repair it, and do the same again: it finds out, and writes nothing twice"
            }
            Self::Apply | Self::Undo => "nothing was written; repair it, and try again",
        }
    }
}

/// How the last attempt to apply a plan stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// A process is at work on it.
    Running,
    /// Nobody is, and what it committed is not recorded: the next attempt finds out.
    Open,
    /// It ended, or there was none.
    Ended,
}

/// What a run did, for its record.
pub(crate) trait Told {
    /// What was counted.
    fn counts(&self) -> BTreeMap<String, u64>;

    /// What a person should know although it ended well.
    fn warnings(&self) -> Vec<String> {
        Vec::new()
    }
}

impl TableSync {
    /// Claims the run of `work` on the plan, so that no other process does the same at the same time.
    ///
    /// # Errors
    /// Another process is at work on it.
    pub(crate) async fn claim(
        &self,
        work: Work,
        id: &PlanId,
        time: Timestamp,
    ) -> Result<Run, SyncError> {
        let trigger = Trigger {
            id: id.to_string(),
            time,
        };
        // What is settled was looked for in the plan's own objects before: a run without them is open.
        let claim = self
            .ledger
            .reopen(work.name(), &id.stamp(), &trigger)
            .await?;
        match claim {
            Claim::Mine(run) => Ok(*run),
            Claim::Busy { run, until } => Err(SyncError::Busy { run, until }),
            Claim::Settled(record) => Err(SyncError::NotFound { id: record.run }),
        }
    }

    /// How the last attempt to apply the plan stands.
    pub(crate) async fn attempt(&self, id: &PlanId) -> Result<Attempt, SyncError> {
        let record = self.ledger.look(Work::Apply.name(), &id.stamp()).await?;
        let Some(record) = record else {
            return Ok(Attempt::Ended);
        };
        let now = self.clock.now();
        let is_held = |lease: run_record::Lease| lease.until > now && !lease.owner.is_known_dead();
        Ok(
            match (record.lease.is_some_and(is_held), record.checkpoint) {
                (true, _) => Attempt::Running,
                (false, Some(_)) => Attempt::Open,
                (false, None) => Attempt::Ended,
            },
        )
    }

    /// Writes how the run ended into its record, and tells people where it did not end well.
    pub(crate) async fn end<T: Told>(
        &self,
        work: Work,
        run: Run,
        result: Result<T, SyncError>,
    ) -> Result<T, SyncError> {
        let id = run.record().run.clone();
        match &result {
            Ok(done) => {
                let (counts, warnings) = (done.counts(), done.warnings());
                let last_words = |record: &mut run_record::RunRecord| {
                    record.state = RunState::Verified;
                    record.counts = counts;
                    record.warnings = warnings;
                    record.error = None;
                    record.checkpoint = None;
                };
                run.end(true, last_words).await?;
                tracing::info!(
                    source = work.name(),
                    run = id,
                    state = "verified",
                    "run finished"
                );
            }
            Err(error) => {
                let words = chain(error);
                let last_words = |record: &mut run_record::RunRecord| {
                    record.state = RunState::Failed;
                    record.error = Some(words.clone());
                };
                // What failed is told by the error; that its record could not be written, by the log.
                if let Err(error) = run.end(false, last_words).await {
                    tracing::warn!(run = id, error = chain(&error), "run record not written");
                }
                tracing::info!(
                    source = work.name(),
                    run = id,
                    state = "failed",
                    "run finished"
                );
                self.tell(work, &id, error).await;
            }
        }
        result
    }

    /// Tells people of a failure that does not pass by itself.
    pub(crate) async fn tell(&self, work: Work, run: &str, error: &SyncError) {
        if error.is_retryable() {
            return;
        }
        let notice = Notice {
            function: FUNCTION.to_owned(),
            source: format!("{} to {}", self.config.source_name, self.config.target_name),
            run: run.to_owned(),
            state: RunState::Failed,
            since: None,
            what_happened: chain(error),
            what_to_do: work.to_do(error).to_owned(),
        };
        self.notifier.tell(&notice).await;
    }
}

impl Told for Summary {
    fn counts(&self) -> BTreeMap<String, u64> {
        counts(self.tables.iter().map(TableSummary::counts))
    }

    fn warnings(&self) -> Vec<String> {
        let tables = self.tables.iter();
        warnings(tables.map(|table| (&table.table.name, table.counts())))
    }
}

impl Told for Counted {
    fn counts(&self) -> BTreeMap<String, u64> {
        counts(self.tables.iter().map(|table| table.counts.as_ref()))
    }

    fn warnings(&self) -> Vec<String> {
        let tables = self.tables.iter();
        warnings(tables.map(|table| (&table.table.name, table.counts.as_ref())))
    }
}

/// Of each table what was counted; `None` where it could not be compared.
fn counts<'a>(tables: impl Iterator<Item = Option<&'a TableCounts>>) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for table in tables {
        let rows = table.map_or([0; 3], |it| {
            [it.classes.total(), it.source_rows, it.target_rows]
        });
        let [differences, source, target] = rows;
        for (name, more) in [
            ("tables", 1),
            ("blocked", u64::from(table.is_none())),
            ("differences", differences),
            ("sourceRows", source),
            ("targetRows", target),
        ] {
            *counts.entry(name.to_owned()).or_default() += more;
        }
    }
    counts
}

fn warnings<'a>(
    tables: impl Iterator<Item = (&'a TableName, Option<&'a TableCounts>)>,
) -> Vec<String> {
    let warning = |(name, counts): (&TableName, Option<&TableCounts>)| match counts {
        None => Some(format!("{name} could not be compared")),
        Some(counts) => {
            let words = counts.uncompared(Language::En)?;
            Some(format!("{name}: {words}"))
        }
    };
    tables.filter_map(warning).collect()
}

impl Told for Applied {
    fn counts(&self) -> BTreeMap<String, u64> {
        written(&self.tables)
    }
}

impl Told for Undone {
    fn counts(&self) -> BTreeMap<String, u64> {
        written(&self.tables)
    }
}

fn written(tables: &[WrittenRows]) -> BTreeMap<String, u64> {
    let sum = |of: fn(&WrittenRows) -> u64| tables.iter().map(of).sum();
    BTreeMap::from([
        ("tables".to_owned(), tables.len() as u64),
        ("inserted".to_owned(), sum(|table| table.inserted)),
        ("updated".to_owned(), sum(|table| table.updated)),
        ("deleted".to_owned(), sum(|table| table.deleted)),
    ])
}
