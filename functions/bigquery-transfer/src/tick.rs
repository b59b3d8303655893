//! What moves open days on: ticks, ended runs, people.

use function_core::{Event, Exit, Failure, Outcome, Report, Retryable as _, Stamp, chain};
use run_record::Claim;

use crate::arrival::busy;
use crate::day::Day;
use crate::days::OpenDay;
use crate::error::TransferError;
use crate::follow::{Look, readable};
use crate::function::BigqueryTransfer;
use crate::message::{Finished, Ids, config_id};
use crate::request::Request;
use crate::tell::Ended;

/// What came of several days; one that fails hides no other.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    reports: Vec<Report>,
    failures: Vec<Failure>,
    passing: Vec<String>,
}

impl Tally {
    pub(crate) fn add(&mut self, ended: Ended) {
        self.failures.extend(ended.failure);
        self.reports.push(ended.report);
    }

    fn fail(&mut self, run: &str, error: &TransferError) {
        let words = format!("{run}: {}", chain(error));
        if error.is_retryable() {
            self.passing.push(words);
        } else {
            let exit = error.exit();
            self.failures.push(Failure { exit, error: words });
        }
    }

    /// A lasting failure decides; else a passing one is tried again; else all is done.
    pub(crate) fn into_outcome(self) -> Outcome {
        if self.passing.is_empty() && self.failures.is_empty() {
            return Outcome::Done(self.reports);
        }
        // A failure takes the place of the reports, so they are logged here.
        Outcome::Done(self.reports).log();
        let exit = self.failures.first().map(|failure| failure.exit);
        let lasting = self.failures.into_iter().map(|failure| failure.error);
        let words: Vec<String> = self.passing.iter().cloned().chain(lasting).collect();
        let error = words.join("; ");
        match exit {
            Some(exit) if self.passing.is_empty() => Outcome::Drop(Failure { exit, error }),
            _ => Outcome::Retry(Failure {
                exit: Exit::TryAgain,
                error,
            }),
        }
    }
}

impl BigqueryTransfer {
    /// Goes on with every open day, the oldest first; with `source` only with its own.
    pub(crate) async fn tick(
        &self,
        source: Option<&str>,
        event: &Event,
    ) -> Result<Tally, TransferError> {
        let mut tally = Tally::default();
        let days = self.days().await?;
        let is_asked = |name: &str| source.is_none_or(|source| source == name);
        let open: Vec<_> = days
            .oldest_first()
            .into_iter()
            .filter(|day| is_asked(&day.source))
            .collect();
        for day in &open {
            match self.go_on(day, Look::All).await {
                Ok(ended) => ended.into_iter().for_each(|ended| tally.add(ended)),
                Err(error) => tally.fail(&day.run(), &error),
            }
        }
        // Who waits also wants to know how days ended that others brought to their end meanwhile.
        if event.is_repeated() {
            for (source, known) in days.sources.iter().filter(|(source, _)| is_asked(source)) {
                let is_open = open
                    .iter()
                    .any(|day| day.source == *source && day.stamp == known.newest);
                let record = self.ledger.look(source, &known.newest).await?;
                let record = record.filter(|record| !is_open && record.ended >= Some(event.time));
                if let Some(record) = record {
                    tally.add(record.into_report().into());
                }
            }
        }
        Ok(tally)
    }

    /// Judges the table whose run ended, where it is one that an open day waits for.
    pub(crate) async fn finished(&self, finished: &Finished) -> Result<Tally, TransferError> {
        let mut tally = Tally::default();
        let Some(ids) = Ids::of(&finished.name) else {
            tracing::warn!("left alone: the run that ended has no name of a run");
            return Ok(tally);
        };
        for open in self.days().await?.oldest_first() {
            let record = self.ledger.look(&open.source, &open.stamp).await?;
            let Some(day) = record.as_ref().and_then(readable) else {
                continue;
            };
            let Some(key) = day.awaiting(ids) else {
                continue;
            };
            match self.go_on(&open, Look::Only(&key)).await {
                Ok(ended) => ended.into_iter().for_each(|ended| tally.add(ended)),
                Err(error) => tally.fail(&open.run(), &error),
            }
            return Ok(tally);
        }
        if let Some(ended) = self.stray(finished, ids).await? {
            tally.add(ended);
        }
        Ok(tally)
    }

    /// Goes on with one open day; `None` where there is nothing of it any more.
    async fn go_on(&self, open: &OpenDay, look: Look<'_>) -> Result<Option<Ended>, TransferError> {
        let place = (open.source.as_str(), &open.stamp);
        let record = self.ledger.look(&open.source, &open.stamp).await?;
        let (record, ended) = match record {
            Some(record) if record.settled => (None, Some(record)),
            record => (record, None),
        };
        let Some(record) = record else {
            // It ended without the time to say so, or somebody moved its record away.
            match &ended {
                Some(record) => self.note_end_of(record).await?,
                None => self.note_end(&open.run(), place, None).await?,
            }
            return Ok(None);
        };
        match self
            .ledger
            .claim(&open.source, &open.stamp, &record.trigger)
            .await?
        {
            Claim::Settled(record) => Ok(Some(record.into_report().into())),
            Claim::Busy { run, until } => Ok(Some(busy(run, until).into())),
            Claim::Mine(run) => match Day::of(run.record())? {
                Some(day) => Box::pin(self.follow(*run, day, look)).await.map(Some),
                None => Ok(None),
            },
        }
    }

    /// Judges a day that a person names, or with `force` opens it again.
    pub(crate) async fn again(
        &self,
        request: &Request,
        event: &Event,
    ) -> Result<Tally, TransferError> {
        let mut tally = Tally::default();
        let days = self.days().await?;
        let sources = days
            .sources
            .iter()
            .filter(|(name, _)| request.source.as_ref().is_none_or(|source| source == *name));
        let mut found: Vec<(String, Stamp)> = Vec::new();
        for (source, known) in sources {
            let stamp = request
                .date
                .map_or_else(|| known.newest.clone(), Stamp::day);
            if self.ledger.look(source, &stamp).await?.is_some() {
                found.push((source.clone(), stamp));
            }
        }
        if found.is_empty() {
            return Err(TransferError::UnknownDay {
                name: request
                    .source
                    .clone()
                    .unwrap_or_else(|| "any source".to_owned()),
                date: request.date,
            });
        }
        for (source, stamp) in found {
            match self
                .once_more(&source, &stamp, request.force.then_some(event))
                .await
            {
                Ok(ended) => tally.add(ended),
                Err(error) => tally.fail(&format!("{source}-{stamp}"), &error),
            }
        }
        Ok(tally)
    }

    /// Looks at a day, open or not; `forced` opens it again.
    async fn once_more(
        &self,
        source: &str,
        stamp: &Stamp,
        forced: Option<&Event>,
    ) -> Result<Ended, TransferError> {
        let run = || format!("{source}-{stamp}");
        let record = self.ledger.look(source, stamp).await?;
        let record = record.ok_or_else(|| TransferError::AtWork { run: run() })?;
        let asked = forced.map(|event| format!("{} at {}", event.id, event.time));
        let before = Day::of(&record)?;
        let opens = asked.is_some() && before.is_some_and(|day| day.opened_by != asked);
        if opens {
            self.refuse_beside_another(source, stamp).await?;
        }
        let claim = if opens {
            self.ledger.reopen(source, stamp, &record.trigger).await?
        } else {
            self.ledger.claim(source, stamp, &record.trigger).await?
        };
        match claim {
            Claim::Settled(record) => Ok(record.into_report().into()),
            Claim::Busy { run, .. } if opens => Err(TransferError::AtWork { run }),
            Claim::Busy { run, until } => Ok(busy(run, until).into()),
            Claim::Mine(mut claimed) => {
                let day = Day::of(claimed.record())?;
                let mut day = day.ok_or_else(|| TransferError::AtWork { run: run() })?;
                if opens && day.opened_by != asked {
                    day = day.opened_again(asked, self.clock.now());
                    self.begin(&mut claimed, &day, None).await?;
                }
                Box::pin(self.follow(*claimed, day, Look::All)).await
            }
        }
    }
}

impl BigqueryTransfer {
    /// Refuses to open a day again while another one of the source loads the same tables.
    async fn refuse_beside_another(
        &self,
        source: &str,
        stamp: &Stamp,
    ) -> Result<(), TransferError> {
        let days = self.days().await?;
        let mut open = days.open.iter();
        let other = open.find(|(_, open)| open.source == source && open.stamp != *stamp);
        match other {
            Some((run, _)) => Err(TransferError::Beside {
                run: format!("{source}-{stamp}"),
                other: run.clone(),
            }),
            None => Ok(()),
        }
    }
}

impl OpenDay {
    /// The run's id.
    fn run(&self) -> String {
        format!("{}-{}", self.source, self.stamp)
    }
}

impl Day {
    /// The key of the table that waits for this run, or for one of its config that is not noted yet.
    fn awaiting(&self, ids: Ids<'_>) -> Option<String> {
        let mut tables = self.tables.iter();
        let found = tables.find(|(_, table)| {
            let is_config = table
                .config
                .as_ref()
                .is_some_and(|config| config_id(&config.0) == Some(ids.config));
            let run = table.run.as_ref().and_then(|run| Ids::of(&run.0));
            let is_run = run.is_none_or(|run| run.run == ids.run);
            is_config && is_run && !table.standing.is_end()
        });
        found.map(|(key, _)| key.clone())
    }
}
