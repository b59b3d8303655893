//! A run from its claim to its verdict.

use cloud_store::{Put, Store, StoreError};
use cloud_topic::{Topic, TopicError};
use function_core::{Clock, FORMAT_VERSION, Failure, Manifest, Report, Retryable, RunState, TOOL};
use jiff::Timestamp;
use notify::{Notice, Notifier};
use run_record::{Claim, Latest, Ledger, LedgerError, Run, RunRecord, move_forward};

use crate::manifest::{Details, ExportManifest, LATEST, manifest_key};
use crate::news::is_news;
use crate::shrink::shrunk;
use crate::{Unit, Unverified, Verdict, Verified, VerifiedMessage};

/// What a person should do about a verified run with warnings.
const LOOK: &str =
    "Nothing, if the change was meant. If not, keep the older export and look at the source.";

/// What a [`Machine`] is made of.
#[derive(Clone, Debug)]
pub struct Parts {
    /// The function's name.
    pub function: &'static str,
    /// The run records.
    pub ledger: Ledger,
    /// The folder of manifests and pointers, one folder a source.
    pub verified: Store,
    /// Who tells people.
    pub notifier: Notifier,
    /// Where the "export verified" message goes.
    pub topic: Option<Topic>,
    /// The time.
    pub clock: Clock,
    /// How much may be lost before people are told.
    pub max_shrink_percent: u64,
}

/// Follows runs. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Machine {
    function: &'static str,
    ledger: Ledger,
    verified: Store,
    notifier: Notifier,
    topic: Option<Topic>,
    pub(crate) clock: Clock,
    max_shrink_percent: u64,
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
    /// A machine of `parts`.
    pub fn new(parts: Parts) -> Self {
        let Parts {
            function,
            ledger,
            verified,
            notifier,
            topic,
            clock,
            max_shrink_percent,
        } = parts;
        Self {
            function,
            ledger,
            verified,
            notifier,
            topic,
            clock,
            max_shrink_percent,
        }
    }

    /// The folder of a source's manifests.
    pub(crate) fn folder(&self, source: &str) -> Store {
        self.verified.folder(source)
    }

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
            Claim::Settled(record) => Ok(ended(report(*record))),
            Claim::Busy { run, until } => {
                let mut report = Report::new(run, RunState::Running);
                report.progress = Some(format!("another invocation is at work, until {until}"));
                Ok(ended(report))
            }
            // Published, but whoever did it had no time to say so.
            Claim::Mine(run) if run.record().manifest.is_some() && !again => {
                match self.published(unit, run.record()).await? {
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
                Ok(report(record.await?).into())
            }
            Verdict::Verified(verified) => self.publish(unit, run, *verified).await,
            Verdict::Unverified(unverified) => self.give_up(unit, run, unverified).await,
        }
    }

    /// The manifest of the newest verified run of `source`.
    ///
    /// # Errors
    /// It can't be read.
    pub async fn last_verified(
        &self,
        source: &str,
    ) -> Result<Option<ExportManifest>, MachineError> {
        let folder = self.verified.folder(source);
        let manifest = match Latest::read(&folder, LATEST).await? {
            Some(latest) => read_manifest(&folder, &latest.manifest).await?,
            None => None,
        };
        Ok(manifest.filter(|manifest| manifest.details.withdrawn.is_none()))
    }

    /// The manifest of the run of `unit`, if it was ever verified.
    ///
    /// # Errors
    /// It can't be read.
    pub async fn manifest_of(&self, unit: &Unit) -> Result<Option<ExportManifest>, MachineError> {
        let folder = self.verified.folder(&unit.source);
        read_manifest(&folder, &manifest_key(&unit.stamp)).await
    }

    /// Tells people that this is a drill; the report is verified only if all who are set took it.
    pub async fn drill(&self, event: &str) -> Report {
        let run = format!("drill-{event}");
        let told = self
            .notifier
            .tell(&Notice {
                function: self.function.to_owned(),
                source: "drill".to_owned(),
                run: run.clone(),
                state: RunState::Failed,
                since: None,
                what_happened: "this is a drill: nothing failed".to_owned(),
                what_to_do: "nothing; the way from the function to you works".to_owned(),
            })
            .await;
        let fault = match (self.notifier.has_listener(), told) {
            (true, true) => return Report::new(run, RunState::Verified),
            (true, false) => "the notice could not be sent; the log says why",
            (false, _) => "there is nobody to tell: set NOTIFY_TOPIC or NOTIFY_WEBHOOK",
        };
        let mut report = Report::new(run, RunState::Failed);
        report.warnings.push(fault.to_owned());
        report
    }

    async fn publish(
        &self,
        unit: &Unit,
        mut run: Run,
        verified: Verified,
    ) -> Result<Conclusion, MachineError> {
        let manifest = self.manifest(unit, run.record(), verified).await?;
        let folder = self.verified.folder(&unit.source);
        let key = manifest_key(&run.record().stamp);
        let content = serde_json::to_vec_pretty(&manifest).map_err(MachineError::Manifest)?;
        let put = Put::new("application/json");
        folder.put(&key, content, &put).await?;
        let latest = Latest {
            stamp: run.record().stamp.clone(),
            run: manifest.run.clone(),
            manifest: key.clone(),
        };
        move_forward(&folder, LATEST, &latest).await?;
        run.published(&folder.url(&key)).await?;
        self.hand_on(unit, run, manifest).await
    }

    /// What follows publication: the message, what people should look at, and the record's end.
    async fn hand_on(
        &self,
        unit: &Unit,
        run: Run,
        manifest: ExportManifest,
    ) -> Result<Conclusion, MachineError> {
        if let Some(topic) = &self.topic {
            let message = VerifiedMessage::of(&manifest).into_message();
            let message = message.map_err(MachineError::Manifest)?;
            let id = topic.publish(message).await?;
            tracing::info!(run = manifest.run, topic = topic.name(), id, "handed on");
        }
        let details = &manifest.details;
        let warnings: Vec<String> = [&details.warnings[..], &details.shrunk[..]].concat();
        let notes = details.notes.clone();
        let looked_at = run.record().told.as_deref() == Some(LOOK);
        if !warnings.is_empty() && !looked_at {
            tracing::warn!(
                run = manifest.run,
                warnings = warnings.join("; "),
                "verified with warnings"
            );
            self.tell(
                unit,
                run.record(),
                RunState::Verified,
                &warnings.join("; "),
                LOOK,
            )
            .await;
        }
        let files = details.export.tables.iter().map(|table| table.files).sum();
        let counts = [
            ("rows", details.rows),
            ("bytes", details.bytes),
            ("tables", details.export.tables.len() as u64),
            ("files", files),
        ];
        let record = run.end(true, |record| {
            record.state = RunState::Verified;
            record.error = None;
            record.progress = None;
            record.checkpoint = None;
            record.counts = counts.map(|(name, count)| (name.to_owned(), count)).into();
            record.told = (!warnings.is_empty()).then(|| LOOK.to_owned());
            record.warnings = [warnings, notes].concat();
        });
        Ok(report(record.await?).into())
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
            report: report(record.await?),
            failure: is_news.then_some(Failure { exit, error: words }),
        })
    }

    async fn manifest(
        &self,
        unit: &Unit,
        record: &RunRecord,
        verified: Verified,
    ) -> Result<ExportManifest, MachineError> {
        let Verified {
            started,
            export,
            warnings,
            notes,
            comparable,
        } = verified;
        let before = self.last_verified(&unit.source).await?;
        let shrunk = match before {
            // A run that is verified a second time is not compared with itself.
            Some(before) if before.run == record.run => before.details.shrunk,
            // A day of the past that is exported later has not shrunk.
            Some(before) if comparable && before.details.logical_date <= unit.date => shrunk(
                &before.details.export.tables,
                &export.tables,
                self.max_shrink_percent,
            ),
            _ => Vec::new(),
        };
        Ok(Manifest {
            format_version: FORMAT_VERSION,
            tool: TOOL.to_owned(),
            function: self.function.to_owned(),
            run: record.run.clone(),
            trigger: record.trigger.clone(),
            started,
            ended: self.clock.now(),
            objects: Vec::new(),
            details: Details {
                source: unit.source.clone(),
                logical_date: unit.date,
                rows: export.tables.iter().map(|table| table.rows).sum(),
                bytes: export.tables.iter().map(|table| table.bytes).sum(),
                export,
                warnings,
                notes,
                shrunk,
                withdrawn: None,
            },
        })
    }

    async fn published(
        &self,
        unit: &Unit,
        record: &RunRecord,
    ) -> Result<Option<ExportManifest>, MachineError> {
        let folder = self.verified.folder(&unit.source);
        read_manifest(&folder, &manifest_key(&record.stamp)).await
    }

    async fn tell(
        &self,
        unit: &Unit,
        record: &RunRecord,
        state: RunState,
        happened: &str,
        to_do: &str,
    ) {
        let last = self.last_verified(&unit.source).await.ok().flatten();
        let notice = Notice {
            function: self.function.to_owned(),
            source: unit.label.clone(),
            run: record.run.clone(),
            state,
            since: last.map(|manifest| manifest.ended),
            what_happened: happened.to_owned(),
            what_to_do: to_do.to_owned(),
        };
        self.notifier.tell(&notice).await;
    }
}

fn ended(report: Report) -> Begun {
    Begun::Ended(Box::new(report.into()))
}

pub(crate) async fn read_manifest(
    folder: &Store,
    key: &str,
) -> Result<Option<ExportManifest>, MachineError> {
    let Some((_, content)) = folder.read(key).await? else {
        return Ok(None);
    };
    let manifest = serde_json::from_slice(&content).map_err(|source| MachineError::Unreadable {
        object: folder.url(key),
        source,
    })?;
    Ok(Some(manifest))
}

fn report(record: RunRecord) -> Report {
    let mut warnings = record.warnings;
    warnings.extend(record.error);
    Report {
        run: record.run,
        state: record.state,
        counts: record.counts,
        warnings,
        manifest: record.manifest,
        progress: record.progress,
        plan: None,
    }
}

/// Why a run could not be followed.
#[derive(Debug, thiserror::Error)]
pub enum MachineError {
    /// The run record.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The store of manifests.
    #[error("the verified export could not be published")]
    Store(#[from] StoreError),
    /// The topic.
    #[error("the export is verified, but the message that says so was not sent")]
    Topic(#[from] TopicError),
    /// A manifest of ours can't be read.
    #[error("{object} is not a manifest of this function; move it away")]
    Unreadable {
        /// Its address.
        object: String,
        /// Where and why reading stopped.
        source: serde_json::Error,
    },
    /// A manifest can't be written.
    #[error("the manifest could not be written as JSON")]
    Manifest(#[source] serde_json::Error),
}

impl Retryable for MachineError {
    fn is_retryable(&self) -> bool {
        match self {
            Self::Ledger(error) => error.is_retryable(),
            Self::Store(error) => error.is_retryable(),
            Self::Topic(error) => error.is_retryable(),
            Self::Unreadable { .. } | Self::Manifest(_) => false,
        }
    }
}
