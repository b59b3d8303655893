//! A day from its message to its verdict, as far as it comes at one look.

use jiff::Timestamp;
use jiff::civil::Date;
use run_record::{Claim, Run};

use crate::day::{Day, Standing};
use crate::days::OpenDay;
use crate::error::TransferError;
use crate::fault::Fault;
use crate::function::BigqueryTransfer;
use crate::tell::Ended;

/// What of a day is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look<'a> {
    /// All of it.
    All,
    /// The table with this key.
    Only(&'a str),
}

impl BigqueryTransfer {
    /// Goes on with a day that was claimed, and gives it back.
    pub(crate) async fn follow(
        &self,
        mut run: Run,
        mut day: Day,
        look: Look<'_>,
    ) -> Result<Ended, TransferError> {
        let faults = match Box::pin(self.advance(&mut run, &mut day, look)).await {
            Ok(faults) => faults,
            // The record is somebody else's now, or can't be written: there is nothing that could be noted.
            Err(TransferError::Ledger(error)) => return Err(error.into()),
            Err(error) => vec![Fault::of_day(&error)],
        };
        self.conclude(run, day, faults).await
    }

    /// Does what can be done now: configs in order, runs started, ended ones judged.
    async fn advance(
        &self,
        run: &mut Run,
        day: &mut Day,
        look: Look<'_>,
    ) -> Result<Vec<Fault>, TransferError> {
        if day.begun.is_none() && day.opened_by.is_none() {
            self.supersede(run, day).await?;
        }
        if !day.is_reconciled() {
            let (exported, place) = (day.exported()?, day.place()?);
            let source = &day.message.source;
            let reconciled = self
                .reconcile(source, &exported, &place, day.rewrite)
                .await?;
            day.reconciled(reconciled)?;
            self.note(run, day).await?;
        }
        if self.clock.now() < day.ready {
            return Ok(Vec::new());
        }
        let chosen = |keys: Vec<String>| match look {
            Look::All => keys,
            Look::Only(key) => keys.into_iter().filter(|other| other == key).collect(),
        };
        let waiting = chosen(day.keys(|table| table.standing == Standing::Waiting));
        // What is only just started has not ended yet.
        let started = chosen(day.keys(|table| table.standing == Standing::Started));
        let mut faults = self.start(run, day, &waiting).await?;
        faults.extend(self.judge(run, day, &started).await?);
        Ok(faults)
    }

    /// Ends the older days of the same source that are open: their data would replace newer. What they started still
    /// writes, so this day waits for it, table by table.
    async fn supersede(&self, run: &mut Run, day: &mut Day) -> Result<(), TransferError> {
        let (source, stamp) = (run.record().source.clone(), run.record().stamp.clone());
        let days = self.days().await?;
        let older = days.oldest_first().into_iter();
        for open in older.filter(|open| open.source == source && open.stamp < stamp) {
            let Some((old_run, old)) = self.claim_open(&open).await? else {
                continue;
            };
            for (key, table) in &old.tables {
                if let (Standing::Started, Some(name)) = (&table.standing, &table.run) {
                    let entry = day.tables.entry(key.clone()).or_default();
                    if !entry.is_earlier(name) {
                        entry.unended.push(name.clone());
                    }
                }
            }
            self.note(run, day).await?;
            self.end_superseded(old_run, day.message.logical_date)
                .await?;
        }
        Ok(())
    }

    /// An open day of another date, claimed; `None` where it is at its end by now.
    async fn claim_open(&self, open: &OpenDay) -> Result<Option<(Run, Day)>, TransferError> {
        let Some(record) = self.ledger.look(&open.source, &open.stamp).await? else {
            return Ok(None);
        };
        match self
            .ledger
            .claim(&open.source, &open.stamp, &record.trigger)
            .await?
        {
            Claim::Settled(_) => Ok(None),
            Claim::Busy { run, .. } => Err(TransferError::AtWork { run }),
            Claim::Mine(run) => Ok(Day::of(run.record())?.map(|day| (*run, day))),
        }
    }

    /// Writes the day into its record.
    pub(crate) async fn note(&self, run: &mut Run, day: &Day) -> Result<(), TransferError> {
        let checkpoint = day.to_value(&run.record().run)?;
        run.change(|record| record.checkpoint = Some(checkpoint))
            .await?;
        Ok(())
    }

    /// When the day is given up: its runs had their time.
    pub(crate) fn deadline(&self, day: &Day) -> Timestamp {
        let began = day
            .begun
            .unwrap_or(day.ready)
            .max(day.ready)
            .max(day.opened);
        let from = match self.config.schedule {
            // The run of a day comes by itself, at the latest at the day's end.
            Some(_) => began.max(self.end_of(day.message.logical_date)),
            None => began,
        };
        from + self.config.run_timeout
    }

    fn end_of(&self, date: Date) -> Timestamp {
        let next = date.tomorrow().unwrap_or(date);
        crate::data_path::run_time(next, &self.config.time_zone)
    }
}
