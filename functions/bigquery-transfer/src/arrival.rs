//! An "export verified" message: it opens the record of its day, or finds it open.

use function_core::{Event, Report, RunState, Stamp, Trigger, VerifiedMessage};
use jiff::SignedDuration;
use run_record::{Claim, Run};

use crate::data_path::run_time;
use crate::day::{Day, engine_of};
use crate::error::TransferError;
use crate::follow::Look;
use crate::function::BigqueryTransfer;
use crate::tell::Ended;

/// The engine that an export of `DynamoDB` names.
const DYNAMODB: &str = "dynamodb";

impl BigqueryTransfer {
    /// Takes the message in and goes on with its day. Once this returns well, the message may be forgotten.
    ///
    /// # Errors
    /// The message is not for us, or it could not be noted.
    pub(crate) async fn arrived(
        &self,
        message: VerifiedMessage,
        event: &Event,
    ) -> Result<Option<Ended>, TransferError> {
        if message.engine == DYNAMODB {
            tracing::info!(
                source = message.source,
                "left alone: DynamoDB is not for BigQuery"
            );
            return Ok(None);
        }
        engine_of(&message)?;
        if message.tables.is_empty() {
            return Err(TransferError::NoTable {
                name: message.source,
                date: message.logical_date,
            });
        }
        self.refuse_future(&message)?;
        let stamp = Stamp::day(message.logical_date);
        let record = self.ledger.look(&message.source, &stamp).await?;
        let before = record.as_ref().map(Day::of).transpose()?.flatten();
        let is_news = before.is_none_or(|day| day.is_replaced_by(&message, event.time));
        if is_news {
            self.refuse_stale(&message, &stamp).await?;
        }
        let reopens = is_news && record.as_ref().is_some_and(|record| record.settled);
        let trigger = record.map_or_else(|| trigger_of(&message, event), |record| record.trigger);
        let claim = if reopens {
            self.ledger
                .reopen(&message.source, &stamp, &trigger)
                .await?
        } else {
            self.ledger.claim(&message.source, &stamp, &trigger).await?
        };
        match claim {
            Claim::Mine(mut run) => {
                let day = self.open_day(&mut run, message, event).await?;
                Box::pin(self.follow(*run, day, Look::All)).await.map(Some)
            }
            // Somebody ended it since it was looked at.
            Claim::Settled(record) if is_news => Err(TransferError::AtWork { run: record.run }),
            Claim::Settled(record) => Ok(Some(record.into_report().into())),
            Claim::Busy { run, until } => {
                // Whoever is at work may die before the message is noted anywhere.
                let is_noted = !is_news && self.days().await?.open.contains_key(&run);
                if is_noted {
                    Ok(Some(busy(run, until).into()))
                } else {
                    Err(TransferError::AtWork { run })
                }
            }
        }
    }

    /// Notes the day in its record and among the open ones, unless that was done.
    async fn open_day(
        &self,
        run: &mut Run,
        message: VerifiedMessage,
        event: &Event,
    ) -> Result<Day, TransferError> {
        let before = Day::of(run.record())?;
        if let Some(day) = before
            .clone()
            .filter(|day| !day.is_replaced_by(&message, event.time))
        {
            self.note_open(run.record(), false).await?;
            return Ok(day);
        }
        let trigger = trigger_of(&message, event);
        let day = Day::new(
            message,
            event.time,
            self.config.file_delay,
            self.clock.now(),
        );
        let mut day = match before {
            Some(before) => before.replaced_by(day),
            None => day,
        };
        if day.previous.is_none() {
            let (days, record) = (self.days().await?, run.record());
            let known = days.sources.get(&record.source);
            let newest = known.map(|known| known.newest.clone());
            day.previous = newest.filter(|newest| *newest < record.stamp);
        }
        self.begin(run, &day, Some(trigger)).await?;
        Ok(day)
    }

    /// Writes a day that begins, or begins again, into its record and among the open ones.
    pub(crate) async fn begin(
        &self,
        run: &mut Run,
        day: &Day,
        trigger: Option<Trigger>,
    ) -> Result<(), TransferError> {
        let checkpoint = day.to_value(&run.record().run)?;
        let change = run.change(|record| {
            if let Some(trigger) = trigger {
                record.trigger = trigger;
            }
            record.state = RunState::Running;
            record.checkpoint = Some(checkpoint);
            record.warnings.clear();
            record.counts.clear();
            record.error = None;
            record.told = None;
        });
        change.await?;
        self.note_open(run.record(), true).await
    }

    fn refuse_future(&self, message: &VerifiedMessage) -> Result<(), TransferError> {
        let date = message.logical_date;
        let (begins, now) = (run_time(date, &self.config.time_zone), self.clock.now());
        if begins > now {
            let is_soon = begins < now + SignedDuration::from_hours(24);
            return Err(TransferError::Future { date, is_soon });
        }
        Ok(())
    }

    /// Refuses an export of a day that is older than the newest: its data would replace newer.
    async fn refuse_stale(
        &self,
        message: &VerifiedMessage,
        stamp: &Stamp,
    ) -> Result<(), TransferError> {
        let days = self.days().await?;
        let newest = days.sources.get(&message.source).map(|known| &known.newest);
        match newest {
            Some(newest) if newest > stamp => Err(TransferError::Stale {
                name: message.source.clone(),
                date: message.logical_date,
                newest: newest.clone(),
            }),
            _ => Ok(()),
        }
    }
}

fn trigger_of(message: &VerifiedMessage, event: &Event) -> Trigger {
    Trigger {
        id: message.run.clone(),
        time: event.time,
    }
}

/// The report of a day at which another process is at work.
pub(crate) fn busy(run: String, until: jiff::Timestamp) -> Report {
    let mut report = Report::new(run, RunState::Running);
    report.progress = Some(format!("another invocation is at work, until {until}"));
    report.with_ticks()
}
