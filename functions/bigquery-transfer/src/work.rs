//! Many tables at a time, and the record after each part of them.

use futures_util::stream::{self, StreamExt as _};
use run_record::{Hold, Run};

use crate::day::Day;
use crate::day_table::DayTable;
use crate::error::TransferError;
use crate::function::BigqueryTransfer;
use crate::hindrance::Hindrance;

/// How many tables are worked on at the same time: enough that 300 tables take a minute or two, and few enough to stay
/// below rates that are not told; a quota that is used up is waited for.
const CONCURRENT: usize = 8;

/// How many tables are worked on between two writings of the record: what a kill leaves to be looked for.
const CHUNK: usize = 32;

/// What is done for a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// Note which runs there are before ours.
    Sort,
    /// Start its run, which surely is not started.
    Start,
    /// Find its run, or start it.
    FindOrStart,
    /// Judge its run.
    Judge,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) table: DayTable,
    /// Whether its config or table is not as it was when it was brought in order.
    pub(crate) is_astray: bool,
}

impl From<DayTable> for Step {
    fn from(table: DayTable) -> Self {
        Self {
            table,
            is_astray: false,
        }
    }
}

impl BigqueryTransfer {
    /// Does `work` for each table of `keys`, and notes what came of it.
    ///
    /// # Errors
    /// The record is somebody else's, or can't be written.
    pub(crate) async fn work(
        &self,
        run: &mut Run,
        day: &mut Day,
        keys: &[String],
        work: Work,
    ) -> Result<Vec<Hindrance>, TransferError> {
        let hold = run.hold();
        let mut hindrances = Vec::new();
        let mut is_astray = false;
        for keys in keys.chunks(CHUNK) {
            let (seen, hold) = (&*day, &hold);
            let steps = keys.iter().cloned().map(|key| async move {
                let step = Box::pin(self.step(work, seen, &key, hold)).await;
                (key, step)
            });
            let steps = stream::iter(steps).buffer_unordered(CONCURRENT);
            let mut has_news = false;
            for (key, step) in steps.collect::<Vec<_>>().await {
                match step {
                    Ok(None) => {}
                    Ok(Some(step)) => {
                        has_news = true;
                        is_astray |= step.is_astray;
                        day.tables.insert(key, step.table);
                    }
                    Err(TransferError::Ledger(error)) => return Err(error.into()),
                    Err(error) => hindrances.push(Hindrance::of_table(key, &error)),
                }
            }
            if has_news {
                self.note(run, day).await?;
            }
        }
        if is_astray {
            // The next look brings all in order first.
            day.location = None;
        }
        Ok(hindrances)
    }

    async fn step(
        &self,
        work: Work,
        day: &Day,
        key: &str,
        hold: &Hold,
    ) -> Result<Option<Step>, TransferError> {
        match work {
            Work::Sort => self.sort(day, key).await,
            Work::Start => self.start(day, key, hold, false).await,
            Work::FindOrStart => self.start(day, key, hold, true).await,
            Work::Judge => self.judge(day, key).await,
        }
    }
}
