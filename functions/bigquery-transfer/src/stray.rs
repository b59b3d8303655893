//! Runs that no day waits for: started by a person, or by a schedule without a message of an export. One that came to nothing
//! is told all the same.

use std::collections::BTreeSet;

use function_core::{RunState, Stamp, Trigger};
use jiff::civil::Date;
use run_record::Claim;

use crate::day::Day;
use crate::error::TransferError;
use crate::follow::readable;
use crate::function::BigqueryTransfer;
use crate::judge::RunEnd;
use crate::message::{Finished, Ids, config_id};
use crate::names::marked;
use crate::tell::{Ended, Trouble};
use crate::transfer_config::TransferConfig;
use crate::transfer_run::RunName;

impl BigqueryTransfer {
    /// Looks how a run ended that no open day waits for, and tells people where it came to nothing. The run of a config that is
    /// not ours is left alone, and one that a day knows was judged with it.
    pub(crate) async fn stray(
        &self,
        finished: &Finished,
        ids: Ids<'_>,
    ) -> Result<Option<Ended>, TransferError> {
        let zone = &self.config.time_zone;
        let date = finished
            .run_time
            .map(|time| time.to_zoned(zone.clone()).date());
        if self.is_of_a_day(date, ids).await? {
            return Ok(None);
        }
        let Some((key, config)) = self.config_of_ours(ids.config).await? else {
            tracing::info!(
                config = ids.config,
                run = ids.run,
                "left alone: the run is of no config of ours"
            );
            return Ok(None);
        };
        let run = RunName(format!("{}/runs/{}", config.name, ids.run));
        let RunEnd::Badly(why) = self.ending(&run).await? else {
            return Ok(None);
        };
        let now = self.clock.now();
        let stamp = Stamp::day(date.unwrap_or_else(|| now.to_zoned(zone.clone()).date()));
        let trigger = Trigger {
            id: ids.run.to_owned(),
            time: now,
        };
        let source = format!("run-{}", ids.config);
        match self.ledger.claim(&source, &stamp, &trigger).await? {
            Claim::Settled(_) | Claim::Busy { .. } => Ok(None),
            Claim::Mine(run) => {
                let trouble = Trouble {
                    state: RunState::Failed,
                    happened: format!("{key}: {why}"),
                    to_do: "repair what the run says; then start it again in the BigQuery console, or wait for the next export"
                        .to_owned(),
                    marks: BTreeSet::new(),
                };
                let failure = self.tell(run.record(), &key, Some(&trouble)).await;
                let ended = run.end(true, |record| {
                    record.state = RunState::Failed;
                    record.error = Some(trouble.happened);
                });
                let report = ended.await?.into_report();
                Ok(Some(Ended { report, failure }))
            }
        }
    }

    /// Whether the newest day of a source, that of `date`, or one that is open, knows the run.
    async fn is_of_a_day(&self, date: Option<Date>, ids: Ids<'_>) -> Result<bool, TransferError> {
        let days = self.days().await?;
        let newest = days.sources.iter();
        let newest = newest.map(|(source, known)| (source.clone(), known.newest.clone()));
        let open = days.oldest_first().into_iter();
        let open = open.map(|day| (day.source, day.stamp));
        let of_date = days.sources.keys().filter_map(|source| {
            let date = date?;
            Some((source.clone(), Stamp::day(date)))
        });
        for (source, stamp) in newest.chain(of_date).chain(open) {
            let record = self.ledger.look(&source, &stamp).await?;
            let day = record.as_ref().and_then(readable);
            if day.is_some_and(|day| day.knows(date, ids)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The config with this id and the key of its table, where our marker is on it.
    async fn config_of_ours(
        &self,
        id: &str,
    ) -> Result<Option<(String, TransferConfig)>, TransferError> {
        let Some(dataset) = self.bigquery.dataset().await? else {
            return Ok(None);
        };
        let listed = self.bigquery.configs(&dataset.location).await?;
        let mut configs = listed.into_iter();
        let found = configs.find(|config| config_id(&config.name.0) == Some(id));
        Ok(found.and_then(|config| {
            let (stack, key) = marked(&config.display_name)?;
            (stack == self.config.stack).then(|| (key.to_owned(), config.clone()))
        }))
    }
}

impl Day {
    /// Whether the run is one of the day's, counting or not; or for its `date`, of the config of a table that it judges.
    fn knows(&self, date: Option<Date>, ids: Ids<'_>) -> bool {
        let mut configs = self
            .tables
            .values()
            .filter_map(|table| table.config.as_ref());
        let is_of_date = date == Some(self.message.logical_date);
        if is_of_date && configs.any(|config| config_id(&config.0) == Some(ids.config)) {
            return true;
        }
        let tables = self.tables.values();
        let mut runs =
            tables.flat_map(|table| table.run.iter().chain(&table.earlier).chain(&table.unended));
        runs.any(|run| Ids::of(&run.0).is_some_and(|known| known.run == ids.run))
    }
}
