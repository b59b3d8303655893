//! One app's run, from its claim to its settlement.

use cloud_store::Store;
use function_core::{Report, Retryable as _, RunState, Stamp, Trigger, chain};
use jiff::Timestamp;
use kintone_format::Generation;
use notify::Notice;
use run_record::{Claim, LedgerError, Run, RunRecord, StageRecord};

use crate::FUNCTION;
use crate::backup::backup;
use crate::error::ExportError;
use crate::function::KintoneExport;
use crate::load::load;
use crate::observe::{observe, previous};
use crate::plan::Plan;

/// The step after publication that has a verdict of its own.
const LOAD: &str = "load";

/// What a person should do about a verified run with warnings.
const LOOK: &str = "Nothing, if the change was meant. See that the table and a restore still fit.";

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Order {
    pub(crate) app: u64,
    /// Publish even if the app lost many records.
    pub(crate) force: bool,
}

impl KintoneExport {
    /// What a run would do now; touches nothing.
    pub(crate) async fn plan(
        &self,
        order: Order,
        trigger: &Trigger,
    ) -> Result<Report, ExportError> {
        let (client, store) = self.place(order.app)?;
        let stamp = Stamp::new(trigger.time, &self.config.time_zone);
        let observation = observe(&client, &store, order.app, &self.config.backup).await?;
        let plan = Plan::new(&self.config, stamp.clone(), &observation)?;
        let run = format!("{}-{stamp}", self.source(order.app));
        let records = observation.bounds.count;
        let mut report = Report::new(run, RunState::Planned).count("records", records);
        report.plan = Some(plan.to_json(&store.address().to_string(), records));
        Ok(report)
    }

    /// Exports and loads the app, as far as an earlier delivery of the same trigger has not.
    pub(crate) async fn run(&self, order: Order, trigger: &Trigger) -> Result<Report, ExportError> {
        let stamp = Stamp::new(trigger.time, &self.config.time_zone);
        // Nothing is noted about an app that this deployment does not know.
        self.place(order.app)?;
        let source = self.source(order.app);
        let mut run = match self.ledger.claim(&source, &stamp, trigger).await {
            Ok(Claim::Mine(run)) => *run,
            Ok(Claim::Busy { run, until }) => return Err(ExportError::Busy { run, until }),
            Ok(Claim::Settled(record)) => return settled(*record),
            Err(error) => {
                let run = format!("{source}-{stamp}");
                return Err(self.unrecorded(order.app, &run, error).await);
            }
        };
        let attempt = run.record().attempts;
        tracing::info!(
            app = order.app,
            run = run.record().run,
            attempt,
            "run started"
        );
        let result = self.work(order, trigger, &mut run).await;
        self.progress.end();
        match result {
            Ok(()) => {
                self.tell_warnings(order.app, run.record()).await;
                let id = run.record().run.clone();
                let ended = run.end(true, |record| record.error = None).await;
                let record = match ended {
                    Ok(record) => record,
                    Err(error) => return Err(self.unrecorded(order.app, &id, error).await),
                };
                // The alarm on silence counts these lines, by app; see `infra/gcp/alerts.sh`.
                tracing::info!(
                    app = order.app,
                    run = record.run,
                    state = "verified",
                    "run finished"
                );
                Ok(record.into_report())
            }
            Err(error) => {
                self.fail(order.app, run, &error).await;
                Err(error)
            }
        }
    }

    async fn work(
        &self,
        order: Order,
        trigger: &Trigger,
        run: &mut Run,
    ) -> Result<(), ExportError> {
        let (client, store) = self.place(order.app)?;
        backup(self, order, trigger, (&client, &store), run).await?;
        self.load(&store, run).await
    }

    /// Loads the published generation, unless that is done or a newer one is published already.
    async fn load(&self, store: &Store, run: &mut Run) -> Result<(), ExportError> {
        let Some(config) = &self.config.load else {
            return Ok(());
        };
        if run
            .record()
            .stages
            .get(LOAD)
            .is_some_and(|stage| stage.state == RunState::Verified)
        {
            return Ok(());
        }
        let generation = Generation::new(run.record().stamp.clone());
        let loaded = match load(self, config, store, &generation).await {
            Ok(None) => {
                tracing::info!(
                    run = run.record().run,
                    "a newer generation is published; this one is not loaded"
                );
                return Ok(());
            }
            Ok(Some(report)) => Ok(report),
            Err(error) => Err(error),
        };
        let stage = StageRecord {
            state: if loaded.is_ok() {
                RunState::Verified
            } else {
                RunState::Failed
            },
            ended: self.clock.now(),
            counts: loaded.as_ref().map(load_counts).unwrap_or_default(),
            error: loaded.as_ref().err().map(|error| chain(error)),
        };
        run.stage(LOAD, stage).await?;
        loaded.map(|_| ())
    }

    /// Notes why the run ended, and tells a person unless the same was told before.
    async fn fail(&self, app: u64, mut run: Run, error: &ExportError) {
        let words = chain(error);
        if let Err(LedgerError::Lost { run }) = run.change(|_| {}).await {
            // Whoever took the run over tells how it ends.
            tracing::warn!(run, error = words, "stopped, because another took over");
            return;
        }
        let record = run.record().clone();
        let is_published = record.state == RunState::Verified;
        let state = match error {
            ExportError::Moving { .. } => RunState::Incomplete,
            _ => RunState::Failed,
        };
        // The words of a passing fault change from attempt to attempt; what there is to do does not.
        let to_do = error.what_to_do();
        if record.told.as_deref() != Some(to_do) {
            self.tell(app, &record.run, state, &words, to_do).await;
        }
        let ended = run.end(!error.is_retryable(), |record| {
            // A load that fails does not undo a published backup.
            if !is_published {
                record.state = state;
            }
            record.error = Some(words);
            record.told = Some(to_do.to_owned());
        });
        if let Err(error) = ended.await {
            tracing::warn!(%error, "the end of the run was not noted");
        }
    }

    async fn tell_warnings(&self, app: u64, record: &RunRecord) {
        if !record.warnings.is_empty() {
            let words = record.warnings.join("; ");
            self.tell(app, &record.run, RunState::Verified, &words, LOOK)
                .await;
        }
    }

    /// The record of `run` could not be written: what is passing is not told, because nothing notes that it was.
    async fn unrecorded(&self, app: u64, run: &str, error: LedgerError) -> ExportError {
        let error = ExportError::from(error);
        if !error.is_retryable() {
            let words = chain(&error);
            self.tell(app, run, RunState::Failed, &words, error.what_to_do())
                .await;
        }
        error
    }

    async fn tell(&self, app: u64, run: &str, state: RunState, happened: &str, to_do: &str) {
        let notice = Notice {
            function: FUNCTION.to_owned(),
            source: format!("app {app}"),
            run: run.to_owned(),
            state,
            since: self.last_verified(app).await,
            what_happened: happened.to_owned(),
            what_to_do: to_do.to_owned(),
        };
        self.notifier.tell(&notice).await;
    }

    async fn last_verified(&self, app: u64) -> Option<Timestamp> {
        let (_, store) = self.place(app).ok()?;
        let previous = previous(&store).await.ok()??;
        Some(previous.manifest.ended)
    }
}

/// A redelivery of a trigger whose run has ended for good.
fn settled(record: RunRecord) -> Result<Report, ExportError> {
    if record.state == RunState::Verified && record.error.is_none() {
        tracing::info!(run = record.run, "the run is settled already");
        return Ok(record.into_report());
    }
    Err(ExportError::Ended {
        run: record.run,
        error: record.error.unwrap_or_default(),
    })
}

fn load_counts(report: &table_load::LoadReport) -> std::collections::BTreeMap<String, u64> {
    let parent = report.tables.first().cloned().unwrap_or_default();
    [
        ("staged", parent.staged),
        ("inserted", parent.inserted),
        ("updated", parent.updated),
        ("deleted", parent.deleted),
    ]
    .map(|(name, number)| (name.to_owned(), number))
    .into()
}
