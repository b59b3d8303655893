//! A day from its message to its verdict, as far as it comes at one look.

use function_core::Stamp;
use jiff::Timestamp;
use run_record::{Claim, Run, RunRecord};

use crate::day::Day;
use crate::day_table::Standing;
use crate::days::OpenDay;
use crate::error::TransferError;
use crate::function::BigqueryTransfer;
use crate::hindrance::Hindrance;
use crate::tell::Ended;
use crate::work::Work;

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
        if let Some(newer) = self.newer_than(run.record(), &day).await? {
            let record = self.end_superseded(run, &newer).await?;
            return Ok(record.into_report().into());
        }
        let hindrances = match Box::pin(self.advance(&mut run, &mut day, look)).await {
            Ok(hindrances) => hindrances,
            // The record is somebody else's now, or can't be written: there is nothing that could be noted.
            Err(TransferError::Ledger(error)) => return Err(error.into()),
            Err(error) => vec![Hindrance::of_day(&error)],
        };
        self.conclude(run, day, hindrances).await
    }

    /// Does what can be done now: configs in order, runs started, ended ones judged.
    async fn advance(
        &self,
        run: &mut Run,
        day: &mut Day,
        look: Look<'_>,
    ) -> Result<Vec<Hindrance>, TransferError> {
        if day.begun.is_none() && day.opened_by.is_none() {
            self.supersede(run, day).await?;
        }
        if !day.is_reconciled() {
            self.bring_in_order(run, day).await?;
        }
        let now = self.clock.now();
        if now < day.ready {
            return Ok(Vec::new());
        }
        let chosen = |keys: Vec<String>| match look {
            Look::All => keys,
            Look::Only(key) => keys.into_iter().filter(|other| other == key).collect(),
        };
        let mut waiting = chosen(day.keys(|table| table.standing == Standing::Waiting));
        if now > self.deadline(day) {
            // They are given up at this look.
            waiting.clear();
        }
        // What is only just started has not ended yet.
        let started = chosen(day.keys(|table| table.standing == Standing::Started));
        let mut hindrances = self.start_all(run, day, waiting).await?;
        hindrances.extend(self.work(run, day, &started, Work::Judge).await?);
        // At the end of the day all is judged, and this is what is left to do.
        if let Err(error) = self.put_path_back(day).await {
            hindrances.push(Hindrance::of_day(&error));
        }
        hindrances.sort();
        Ok(hindrances)
    }

    /// Brings the configs in order, and learns which tables there are.
    async fn bring_in_order(&self, run: &mut Run, day: &mut Day) -> Result<(), TransferError> {
        let (exported, place) = (day.exported()?, day.place()?);
        let source = &day.message.source;
        let ordering = self.reconcile(source, &exported, &place, day.rewrite);
        let reconciled = Box::pin(ordering).await?;
        day.reconciled(reconciled)?;
        if let Some(stamp) = &day.previous {
            let record = self.ledger.look(&run.record().source, stamp).await?;
            if let Some(previous) = record.as_ref().and_then(readable) {
                day.note_left(&previous)?;
            }
        }
        self.note(run, day).await
    }

    /// Starts the runs of the tables `keys`, each once.
    async fn start_all(
        &self,
        run: &mut Run,
        day: &mut Day,
        mut keys: Vec<String>,
    ) -> Result<Vec<Hindrance>, TransferError> {
        if day.begun.is_none() && !keys.is_empty() {
            day.begun = Some(self.clock.now());
        }
        let mut unsorted = keys.clone();
        unsorted.retain(|key| !day.tables[key].is_sorted);
        keys.retain(|key| day.tables[key].is_sorted);
        let mut hindrances = self.work(run, day, &unsorted, Work::Sort).await?;
        unsorted.retain(|key| day.tables[key].is_sorted);
        hindrances.extend(self.work(run, day, &unsorted, Work::Start).await?);
        hindrances.extend(self.work(run, day, &keys, Work::FindOrStart).await?);
        Ok(hindrances)
    }

    /// The newer day of the same source that this one gives way to before it begins: two may arrive at the same moment.
    async fn newer_than(
        &self,
        record: &RunRecord,
        day: &Day,
    ) -> Result<Option<Stamp>, TransferError> {
        if day.begun.is_some() {
            return Ok(None);
        }
        let days = self.days().await?;
        let newest = if day.opened_by.is_some() {
            // A person may want an older day, but not beside a newer one.
            let open = days.open.into_values();
            let open = open.filter(|open| open.source == record.source);
            open.map(|open| open.stamp).max()
        } else {
            let known = days.sources.get(&record.source);
            known.map(|known| known.newest.clone())
        };
        Ok(newest.filter(|newest| *newest > record.stamp))
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
                let entry = day.tables.entry(key.clone()).or_default();
                for name in table.writing() {
                    if !entry.is_earlier(name) {
                        entry.unended.push(name.clone());
                    }
                }
            }
            self.note(run, day).await?;
            self.end_superseded(old_run, &stamp).await?;
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
}

/// The day that `record` keeps, where it can be read.
pub(crate) fn readable(record: &RunRecord) -> Option<Day> {
    Day::of(record).unwrap_or_else(|error| {
        tracing::warn!(run = record.run, %error, "left out");
        None
    })
}
