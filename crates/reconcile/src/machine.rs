//! A run from its claim to its verdict.

use cloud_store::Store;
use cloud_topic::Topic;
use function_core::{Clock, Failure, Report, RunState};
use jiff::Timestamp;
use notify::Notifier;
use run_record::{Claim, Ledger, Run};

use crate::news::is_news;
use crate::{MachineError, Unit, Unverified, Verdict};

/// Follows runs. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Machine {
    pub(crate) function: &'static str,
    /// The run records.
    pub(crate) ledger: Ledger,
    /// The folder of manifests and pointers, one folder a source.
    pub(crate) verified: Store,
    pub(crate) notifier: Notifier,
    /// Where the "export verified" message goes.
    pub(crate) topic: Option<Topic>,
    pub(crate) clock: Clock,
    /// How much may be lost before people are told.
    pub(crate) max_shrink_percent: u64,
}

/// What came of an attempt to work on a run.
#[derive(Debug)]
pub enum Begun {
    /// It is ours until it is concluded or dropped.
    Mine(Box<Run>),
    /// There is nothing to do now.
    Ended(Box<Conclusion>),
}

/// What came of a run in this invocation.
#[derive(Clone, Debug, PartialEq)]
pub struct Conclusion {
    /// How the run stands.
    pub report: Report,
    /// What a person was told just now, if the run is not as it should be.
    pub failure: Option<Failure>,
}

impl From<Report> for Conclusion {
    fn from(report: Report) -> Self {
        Self {
            report,
            failure: None,
        }
    }
}

impl Machine {
    /// The run records.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The same machine in an invocation for an event of `time`: its clock goes on from there.
    ///
    /// So what an event leads to does not depend on when it is delivered, and a repeated one leads to the same.
    /// Leases keep to the true time.
    #[must_use]
    pub fn at(&self, time: Timestamp) -> Self {
        let (clock, began) = (self.clock.clone(), self.clock.now());
        Self {
            clock: Clock::from_fn(move || time + clock.now().duration_since(began)),
            ..self.clone()
        }
    }

    /// The time, counted from that of the event.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Claims the run of `unit`; `again` opens a settled one.
    ///
    /// # Errors
    /// The run record can't be read or written.
    pub async fn begin(&self, unit: &Unit, again: bool) -> Result<Begun, MachineError> {
        let Unit {
            source,
            stamp,
            trigger,
            ..
        } = unit;
        let claim = if again {
            self.ledger.reopen(source, stamp, trigger).await?
        } else {
            self.ledger.claim(source, stamp, trigger).await?
        };
        match claim {
            Claim::Settled(record) => Ok(ended(record.into_report())),
            Claim::Busy { run, until } => {
                let mut report = Report::new(run, RunState::Running);
                report.progress = Some(format!("another invocation is at work, until {until}"));
                Ok(ended(report.with_ticks()))
            }
            // Published, but whoever did it had no time to say so.
            Claim::Mine(run) if run.record().manifest.is_some() && !again => {
                match self.manifest_at(&unit.source, &run.record().stamp).await? {
                    Some(manifest) => {
                        let conclusion = self.hand_on(unit, *run, manifest).await?;
                        Ok(Begun::Ended(Box::new(conclusion)))
                    }
                    None => Ok(Begun::Mine(run)),
                }
            }
            Claim::Mine(mut run) => {
                // Whoever opens a run again wants to know how it ends, also where it ends as before.
                if again && run.record().told.is_some() {
                    run.change(|record| record.told = None).await?;
                }
                Ok(Begun::Mine(run))
            }
        }
    }

    /// Makes `verdict` known: to the run record, to readers of `latest.json`, to the topic, to people.
    ///
    /// # Errors
    /// The store or the topic failed; the next tick does what is left.
    pub async fn conclude(
        &self,
        unit: &Unit,
        run: Run,
        verdict: Verdict,
    ) -> Result<Conclusion, MachineError> {
        match verdict {
            Verdict::Underway {
                progress,
                checkpoint,
            } => {
                tracing::info!(run = run.record().run, progress, "under way");
                let record = run.end(false, |record| {
                    record.state = RunState::Running;
                    record.ended = None;
                    record.error = None;
                    record.progress = Some(progress);
                    record.checkpoint = checkpoint;
                    // A run that is verified again is not verified until it is.
                    record.manifest = None;
                });
                Ok(record.await?.into_report().with_ticks().into())
            }
            Verdict::Verified(verified) => self.publish(unit, run, *verified).await,
            Verdict::Unverified(unverified) => self.give_up(unit, run, unverified).await,
        }
    }

    async fn give_up(
        &self,
        unit: &Unit,
        run: Run,
        unverified: Unverified,
    ) -> Result<Conclusion, MachineError> {
        let exit = unverified.exit();
        let Unverified {
            state,
            what_happened,
            what_to_do,
            settled,
            counts,
        } = unverified;
        let record = run.record().clone();
        let is_news = is_news(&record, &what_happened, &what_to_do);
        let withdrawn = self.withdraw(unit, &record, &what_happened).await;
        if let Err(error) = &withdrawn {
            let error = function_core::chain(error);
            tracing::warn!(run = record.run, error, "not withdrawn yet");
        }
        // Where the bucket can't be reached, the next look withdraws what there is to withdraw.
        let settled = settled && withdrawn.is_ok();
        if is_news {
            self.tell(unit, &record, state, &what_happened, &what_to_do)
                .await;
        }
        let words = format!("{}: {what_happened}; {what_to_do}", unit.label);
        let record = run.end(settled, |record| {
            record.state = state;
            record.error = Some(what_happened);
            record.told = Some(what_to_do);
            record.progress = None;
            record.manifest = None;
            record.counts = counts;
        });
        Ok(Conclusion {
            report: record.await?.into_report(),
            failure: is_news.then_some(Failure { exit, error: words }),
        })
    }
}

fn ended(report: Report) -> Begun {
    Begun::Ended(Box::new(report.into()))
}
