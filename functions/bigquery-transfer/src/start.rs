//! From a verified export to runs: each table's run is started once.

use futures_util::stream::{self, StreamExt as _};
use jiff::{SignedDuration, Timestamp};
use run_record::Run;

use crate::data_path::run_time;
use crate::day::{Day, DayTable, Standing};
use crate::error::TransferError;
use crate::fault::Fault;
use crate::function::BigqueryTransfer;
use crate::gcp::{ApiError, Fault as Kind};
use crate::transfer_run::{RunName, TransferRun};

/// How many tables are worked on at the same time.
pub(crate) const CONCURRENT: usize = 8;

/// How many tables are worked on between two writings of the record.
pub(crate) const CHUNK: usize = 32;

/// How far the service's clock may be behind ours.
const SKEW: SignedDuration = SignedDuration::from_mins(1);

impl BigqueryTransfer {
    /// Starts the run of each table of `keys` that waits, empties those that are empty, and notes what came of it.
    ///
    /// That runs begin to be started is noted first. Whoever goes on with the day afterwards looks for a run before it
    /// starts one, because the one who was there before may not have come to noting it.
    pub(crate) async fn start(
        &self,
        run: &mut Run,
        day: &mut Day,
        keys: &[String],
    ) -> Result<Vec<Fault>, TransferError> {
        let in_doubt = day.begun.is_some() || self.config.schedule.is_some();
        if day.begun.is_none() && !keys.is_empty() {
            day.begun = Some(self.clock.now());
            self.note(run, day).await?;
        }
        let mut faults = Vec::new();
        for keys in keys.chunks(CHUNK) {
            let seen = &*day;
            let starting = keys.iter().cloned().map(|key| async move {
                let started = Box::pin(self.start_table(seen, &key, in_doubt)).await;
                (key, started)
            });
            let starting = stream::iter(starting).buffer_unordered(CONCURRENT);
            for (key, started) in starting.collect::<Vec<_>>().await {
                match started {
                    Ok(table) => drop(day.tables.insert(key, table)),
                    Err(error) => faults.push(Fault::of_table(key, &error)),
                }
            }
            self.note(run, day).await?;
        }
        Ok(faults)
    }

    /// The table after what could be done for it now.
    async fn start_table(
        &self,
        day: &Day,
        key: &str,
        in_doubt: bool,
    ) -> Result<DayTable, ApiError> {
        let mut table = day.tables[key].clone();
        let Some(config) = table.config.clone() else {
            return Ok(table);
        };
        self.let_earlier_runs_end(&mut table).await?;
        if !table.unended.is_empty() {
            return Ok(table);
        }
        if table.rows == 0 {
            table.standing = Box::pin(self.empty(day, key, &table)).await?;
            return Ok(table);
        }
        let found = if in_doubt {
            let runs = self.bigquery.list_runs(&config).await?;
            runs.into_iter().find(|run| self.counts(day, &table, run))
        } else {
            None
        };
        let run = match found {
            Some(run) => run,
            // It starts by itself.
            None if self.config.schedule.is_some() => return Ok(table),
            None => {
                let time = run_time(day.message.logical_date, &self.config.time_zone);
                self.bigquery.start_run(&config, time).await?
            }
        };
        tracing::info!(table = key, run = %run.name, "transfer run started");
        table.run = Some(run.name);
        table.standing = Standing::Started;
        Ok(table)
    }

    /// Looks which of the runs that do not count still write.
    async fn let_earlier_runs_end(&self, table: &mut DayTable) -> Result<(), ApiError> {
        let mut writing = Vec::new();
        for name in std::mem::take(&mut table.unended) {
            if self.has_ended(&name).await? {
                table.earlier.push(name);
            } else {
                writing.push(name);
            }
        }
        table.unended = writing;
        Ok(())
    }

    async fn has_ended(&self, run: &RunName) -> Result<bool, ApiError> {
        match self.bigquery.get_run(run).await {
            Ok(run) => Ok(run.state.is_ended()),
            Err(error) if error.fault() == Kind::Absent => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// Whether `run` is the one of this day: it is for its date, and was not begun before the day's runs were.
    fn counts(&self, day: &Day, table: &DayTable, run: &TransferRun) -> bool {
        let is_of_date = run.run_time.is_some_and(|time| {
            time.to_zoned(self.config.time_zone.clone()).date() == day.message.logical_date
        });
        is_of_date
            && !table.is_earlier(&run.name)
            && (self.config.schedule.is_some() || began_since(run, day.begun))
    }
}

/// Whether `run` was begun at `begun` or later, as far as both clocks tell.
fn began_since(run: &TransferRun, begun: Option<Timestamp>) -> bool {
    match (run.schedule_time.or(run.start_time), begun) {
        (Some(time), Some(begun)) => time.duration_since(begun) > -SKEW,
        _ => true,
    }
}
