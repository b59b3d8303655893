//! From a verified export to runs: each table's run is started once, and never beside another.

use run_record::Hold;

use crate::data_path::{data_path, expand, run_time};
use crate::day::Day;
use crate::day_table::{DayTable, Standing};
use crate::error::TransferError;
use crate::function::BigqueryTransfer;
use crate::gcp::{ApiError, Fault};
use crate::transfer_run::{RunName, TransferRun};
use crate::work::Step;

impl BigqueryTransfer {
    /// The table with the runs noted that are there before ours: those for the day do not count, and those that have not ended are
    /// waited for, whatever they are for. Once that is noted, any other run for the day is ours.
    pub(crate) async fn sort(&self, day: &Day, key: &str) -> Result<Option<Step>, TransferError> {
        let mut table = day.tables[key].clone();
        let Some(config) = table.config.clone() else {
            return Ok(None);
        };
        let runs = match self.bigquery.list_runs(&config).await {
            Err(error) if error.fault() == Fault::Absent => return Ok(Some(astray(table))),
            runs => runs?,
        };
        let is_scheduled = self.config.schedule.is_some() && !day.is_again;
        table.is_by_hand = !is_scheduled;
        for run in runs {
            let is_of_day = self.is_of_day(day, &run);
            if is_scheduled && self.counts(day, key, &table, &run) {
                continue;
            }
            // It came before its files, or read others.
            table.is_by_hand |= is_of_day;
            let was_waited_for = table.unended.contains(&run.name);
            table.unended.retain(|name| *name != run.name);
            if !run.state.is_ended() {
                table.unended.push(run.name);
            } else if (is_of_day || was_waited_for) && !table.earlier.contains(&run.name) {
                table.earlier.push(run.name);
            }
        }
        table.is_sorted = true;
        Ok(Some(table.into()))
    }

    /// The table after what could be done for it now; with `looks` its run is looked for before it is started.
    pub(crate) async fn start(
        &self,
        day: &Day,
        key: &str,
        hold: &Hold,
        looks: bool,
    ) -> Result<Option<Step>, TransferError> {
        let mut table = day.tables[key].clone();
        let Some(config) = table.config.clone() else {
            return Ok(None);
        };
        if looks {
            self.let_earlier_runs_end(&mut table).await?;
        }
        if !table.unended.is_empty() {
            return Ok(Some(table.into()));
        }
        if table.rows == 0 {
            return Ok(Some(match self.empty(day, key, &table, hold).await? {
                Some(standing) => DayTable { standing, ..table }.into(),
                None => astray(table),
            }));
        }
        let started = self.find_or_start(day, key, &table, hold, looks).await;
        let run = match started {
            Err(TransferError::Api(error)) if error.fault() == Fault::Absent => {
                tracing::warn!(table = key, %config, "the config is gone; it is made again");
                return Ok(Some(astray(table)));
            }
            started => started?,
        };
        // It starts by itself.
        let Some(run) = run else {
            return Ok(None);
        };
        if !self.reads_its_files(day, key, &run) {
            tracing::warn!(table = key, run = %run.name, "the config was changed; the run reads other files and does not count");
            table.unended.push(run.name);
            return Ok(Some(Step {
                table,
                is_astray: true,
            }));
        }
        tracing::info!(table = key, run = %run.name, "transfer run started");
        table.run = Some(run.name);
        table.standing = Standing::Started;
        Ok(Some(table.into()))
    }

    /// The run that counts; `None` where it is yet to start by itself.
    async fn find_or_start(
        &self,
        day: &Day,
        key: &str,
        table: &DayTable,
        hold: &Hold,
        looks: bool,
    ) -> Result<Option<TransferRun>, TransferError> {
        let Some(config) = &table.config else {
            return Ok(None);
        };
        if looks || !table.is_by_hand {
            let mut runs = self.bigquery.list_runs(config).await?.into_iter();
            let found = runs.find(|run| self.counts(day, key, table, run));
            if found.is_some() || !table.is_by_hand && !self.is_over(day) {
                return Ok(found);
            }
        }
        // Whoever stood still meanwhile must not start what another has started.
        hold.check().await?;
        let time = run_time(day.message.logical_date, &self.config.time_zone);
        let run = self.bigquery.start_run(config, time).await?;
        Ok(Some(run))
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
            Err(error) if error.fault() == Fault::Absent => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// Whether `run` is the one that counts for the table `key`.
    fn counts(&self, day: &Day, key: &str, table: &DayTable, run: &TransferRun) -> bool {
        let is_ours = if table.is_by_hand {
            run.run_time == Some(run_time(day.message.logical_date, &self.config.time_zone))
        } else {
            // One that began before its files could be seen found nothing, or half of them.
            let began = run.start_time.or(run.schedule_time);
            self.is_of_day(day, run) && began.is_none_or(|began| began >= day.ready)
        };
        is_ours && !table.is_earlier(&run.name) && self.reads_its_files(day, key, run)
    }

    fn is_of_day(&self, day: &Day, run: &TransferRun) -> bool {
        run.run_time.is_some_and(|time| {
            time.to_zoned(self.config.time_zone.clone()).date() == day.message.logical_date
        })
    }

    /// Whether the run reads the files of the table `key` that the message told of. Another message, a person or a hand may have
    /// changed the config since it was brought in order.
    fn reads_its_files(&self, day: &Day, key: &str, run: &TransferRun) -> bool {
        let (Some(path), Some(time)) = (&run.data_path, run.run_time) else {
            // The service did not tell.
            return true;
        };
        expand(path, time) == self.path_of(day, key)
    }

    /// The path of the files of the table `key`.
    fn path_of(&self, day: &Day, key: &str) -> Option<String> {
        let zone = &self.config.time_zone;
        let exported = day.exported().ok()?;
        let table = exported.into_iter().find(|table| table.key == key)?;
        let path = data_path(&day.place().ok()?, &table, zone).ok()?;
        expand(&path, run_time(day.message.logical_date, zone))
    }
}

/// The table, of which nothing is known any more but its runs.
fn astray(table: DayTable) -> Step {
    Step {
        table: DayTable {
            is_sorted: false,
            ..table
        },
        is_astray: true,
    }
}
