//! One table's run, from its claim to a verdict.

use function_core::{Report, RunState, Stamp, Trigger};
use jiff::Timestamp;
use reconcile::{Begun, Conclusion, Unit, Unverified, Verdict};
use run_record::{Run, RunRecord};

use crate::apply::Started;
use crate::chain;
use crate::config::ExportType;
use crate::error::ExportError;
use crate::export::Export;
use crate::function::DynamodbExport;
use crate::moment::Moment;
use crate::observe::{Question, details};
use crate::order::{Checkpoint, Order};
use crate::plan::{Observation, Seen, Step, patiently, plan};
use crate::repair;
use crate::select::TableName;

/// How many exports an invocation looks at in one run: attempts that it finds started and FAILED, one after the other.
const LOOKS: u32 = 10;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ask {
    pub(crate) moment: Moment,
    /// Open a settled run again.
    pub(crate) force: bool,
    /// When this invocation should come to its end.
    pub(crate) deadline: Timestamp,
}

/// A run that is being worked on.
pub(crate) struct Job<'a> {
    pub(crate) table: &'a TableName,
    pub(crate) run: Run,
    pub(crate) moment: Moment,
    pub(crate) checkpoint: Option<Checkpoint>,
    /// What the service answered to the start just now.
    answered: Option<Export>,
    /// A person asks for another export of what ended badly.
    again: bool,
    pub(crate) deadline: Timestamp,
}

/// The run of a table at a moment. Every trigger of that day means the same.
pub(crate) fn unit(table: &TableName, moment: Moment) -> Unit {
    let Moment { date, time } = moment;
    Unit {
        source: table.name.clone(),
        label: format!("table {}", table.name),
        date,
        stamp: Stamp::day(date),
        trigger: Trigger {
            id: format!("export-{date}"),
            time,
        },
    }
}

/// Since when a run is waited for that `started` so. An event that is replayed tells of another time than the record
/// does: where the record is ahead of it, the run's own moment counts.
pub(crate) fn since(started: Timestamp, moment: Moment, now: Timestamp) -> Timestamp {
    if started > now {
        return moment.time;
    }
    started.max(moment.time)
}

impl DynamodbExport {
    /// The run record of a table's day, if there is one.
    pub(crate) async fn record(
        &self,
        table: &TableName,
        moment: Moment,
    ) -> Result<Option<RunRecord>, ExportError> {
        let unit = unit(table, moment);
        let ledger = self.machine.ledger();
        Ok(ledger.look(&unit.source, &unit.stamp).await?)
    }

    /// Looks at the run of `table`, and does what is to be done.
    pub(crate) async fn work(
        &self,
        table: &TableName,
        ask: Ask,
    ) -> Result<Conclusion, ExportError> {
        let unit = unit(table, ask.moment);
        let before = if ask.force || self.rules.export_type == ExportType::Chain {
            self.record(table, ask.moment).await?
        } else {
            None
        };
        if before.is_none()
            && !ask.force
            && let Some(report) = self.nothing_due(&unit).await?
        {
            return Ok(report.into());
        }
        let run = match self.machine.begin(&unit, ask.force).await? {
            Begun::Mine(run) => *run,
            Begun::Ended(conclusion) => return Ok(*conclusion),
        };
        let settled = before.as_ref().filter(|record| record.settled);
        let was_verified = settled.is_some_and(|record| record.state == RunState::Verified);
        let checkpoint = Checkpoint::of(run.record().checkpoint.as_ref());
        let mut job = Job {
            table,
            moment: Moment {
                date: unit.date,
                time: run.record().trigger.time,
            },
            run,
            checkpoint,
            answered: None,
            again: ask.force && !was_verified && (before.is_none() || settled.is_some()),
            deadline: ask.deadline,
        };
        if was_verified && let Some(checkpoint) = self.verified_checkpoint(&unit).await? {
            job.note(checkpoint).await?;
        }
        let verdict = match self.verdict(&mut job).await {
            Ok(verdict) => verdict,
            Err(error) => Verdict::Unverified(error.into_unverified()?),
        };
        Ok(self.machine.conclude(&unit, job.run, verdict).await?)
    }

    async fn verdict(&self, job: &mut Job<'_>) -> Result<Verdict, ExportError> {
        for _ in 0..LOOKS {
            let question = Question {
                table: job.table,
                moment: job.moment,
                since: job.since(self.machine.clock().now()),
                again: job.again,
                checkpoint: job.checkpoint.as_ref(),
                answered: job.answered.take(),
            };
            let seen = self.observe(question).await?;
            job.note_found(&seen).await?;
            match plan(&seen, &self.rules) {
                Step::Start(order) => {
                    if let Some(verdict) = self.act(job, *order, &seen).await? {
                        return Ok(verdict);
                    }
                }
                Step::Verify(export) => return self.verify(job, &export).await,
                Step::Wait(words) => return Ok(job.underway(words)),
                Step::Report(unverified) => return Ok(Verdict::Unverified(unverified)),
                Step::NothingDue(words) => return Ok(Verdict::Unverified(job.not_due(words))),
            }
        }
        Ok(job.underway("several exports failed at once; the next tick looks again".to_owned()))
    }

    /// Starts an export. What is ordered is noted before, and what the service answers after it: whoever goes on from
    /// either finds the same export.
    async fn act(
        &self,
        job: &mut Job<'_>,
        order: Order,
        seen: &Observation,
    ) -> Result<Option<Verdict>, ExportError> {
        job.again = false;
        let was_looked_for = seen.order.as_ref() == Some(&order);
        job.note(Checkpoint::new(order.clone())).await?;
        let started = self.start(&order, &job.table.name, &seen.source, was_looked_for);
        Ok(match started.await? {
            Started::Export(export) => {
                let mut checkpoint = Checkpoint::new(order);
                checkpoint.export_arn = Some(export.arn.clone());
                job.note(checkpoint).await?;
                job.answered = Some(*export);
                None
            }
            Started::Refused(unverified) => Some(Verdict::Unverified(unverified)),
            Started::Later(words) => {
                let waited = patiently(words, seen.since, seen.now, self.rules.timeout);
                Some(waited.map_or_else(Verdict::Unverified, |words| job.underway(words)))
            }
        })
    }

    /// Of a chain: a report that says so, where the next link would be too short.
    async fn nothing_due(&self, unit: &Unit) -> Result<Option<Report>, ExportError> {
        let Some(last) = self.last_link(&unit.source).await? else {
            return Ok(None);
        };
        let words = chain::too_soon(last.scope.end(), unit.trigger.time);
        Ok(words.map(|words| {
            let mut report = Report::new(unit.run(), RunState::Planned);
            report.progress = Some(format!("nothing is due: {words}"));
            report
        }))
    }

    /// What was ordered for a run that is to be verified once more.
    async fn verified_checkpoint(&self, unit: &Unit) -> Result<Option<Checkpoint>, ExportError> {
        let manifest = self.machine.manifest_of(unit).await?;
        let details = manifest.as_ref().and_then(details);
        Ok(details.map(|details| Checkpoint {
            export_arn: Some(details.export_arn),
            ..Checkpoint::new(details.order)
        }))
    }
}

impl Job<'_> {
    /// Since when the run is waited for, at `now`.
    pub(crate) fn since(&self, now: Timestamp) -> Timestamp {
        since(self.run.record().started, self.moment, now)
    }

    /// An export that was found by its token need not be looked for again.
    async fn note_found(&mut self, seen: &Observation) -> Result<(), ExportError> {
        match (&seen.export, &self.checkpoint) {
            (Seen::Export(export), Some(known)) if known.export_arn.is_none() => {
                let mut checkpoint = known.clone();
                checkpoint.export_arn = Some(export.arn.clone());
                self.note(checkpoint).await
            }
            _ => Ok(()),
        }
    }

    async fn note(&mut self, checkpoint: Checkpoint) -> Result<(), ExportError> {
        let json = checkpoint.to_json();
        self.checkpoint = Some(checkpoint);
        let noted = self.run.change(|record| record.checkpoint = Some(json));
        Ok(noted.await?)
    }

    pub(crate) fn underway(&self, progress: String) -> Verdict {
        Verdict::Underway {
            progress,
            checkpoint: self.checkpoint.as_ref().map(Checkpoint::to_json),
        }
    }

    /// The day was claimed, and then the chain went past it.
    fn not_due(&self, words: String) -> Unverified {
        let again = repair::export_again(&self.table.name, self.moment.date);
        Unverified::failed(
            words,
            format!("nothing, if later days are verified; {again}"),
        )
        .settled()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_run_is_waited_for_since_a_time_to_come() {
        let at = |time: &str| -> Timestamp { time.parse().unwrap() };
        let moment = Moment {
            date: "2026-11-21".parse().unwrap(),
            time: at("2026-11-20T18:00:00Z"),
        };
        let now = at("2026-11-20T18:10:00Z");
        for (started, expected) in [
            // It began before its moment, by a clock that is behind.
            ("2026-11-20T17:59:58Z", "2026-11-20T18:00:00Z"),
            ("2026-11-20T18:05:00Z", "2026-11-20T18:05:00Z"),
            // The event is of days ago, and the record of today.
            ("2026-11-25T09:00:00Z", "2026-11-20T18:00:00Z"),
        ] {
            assert_eq!(since(at(started), moment, now), at(expected), "{started}");
        }
    }
}
