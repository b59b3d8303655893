//! The function: its settings, its clients, and what it does with an event.

use std::sync::Arc;

use cloud_store::Store;
use function_core::{Clock, Env, Event, Exit, Outcome, Report, Retryable as _, RunState, chain};
use function_runtime::Function;
use jiff::{SignedDuration, Timestamp};
use reconcile::{
    Begun, Conclusion, Machine, Request, StartError, Tally, Unit, Unverified, Verdict,
};
use run_record::RunRecord;
use serde_json::json;

use crate::FUNCTION;
use crate::apply::Start;
use crate::aws::{Order, Rds};
use crate::config::Config;
use crate::error::ExportError;
use crate::observe::observe;
use crate::patience::{judge, waits_for};
use crate::plan::{Plan, Rules, missing, missing_unit, newest, unit};
use crate::source::{Snapshot, Source};
use crate::verify::{VerifyError, verify};

/// How long after its end an export that is not whole is looked at again: RDS may still be writing what it tells of itself.
const SECOND_LOOKS: SignedDuration = SignedDuration::from_hours(1);

/// What a person does where the snapshots can't be listed.
const UNSEEN: &str = "put right what RDS names; the README lists the rights that the function's role needs; the next tick tries again";

/// rds-snapshot-export, ready for events.
#[derive(Clone, Debug)]
pub struct RdsSnapshotExport {
    config: Arc<Config>,
    rds: Rds,
    bucket: Store,
    machine: Machine,
}

/// What the function takes from outside; tests give their own.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The settings.
    pub env: Env,
    /// The time.
    pub clock: Clock,
}

impl RdsSnapshotExport {
    /// Reads the settings and makes the clients. Nothing is asked of any service yet.
    ///
    /// # Errors
    /// Every setting that is missing or wrong.
    pub async fn from_env(env: &Env) -> Result<Self, StartError> {
        Self::with(Surroundings {
            env: env.clone(),
            clock: Clock::system(),
        })
        .await
    }

    /// The function in given surroundings.
    ///
    /// # Errors
    /// Every setting that is missing or wrong.
    pub async fn with(surroundings: Surroundings) -> Result<Self, StartError> {
        let Surroundings { env, clock } = surroundings;
        let config = Config::from_env(&env)?;
        let opened = config.common.open(FUNCTION, &config.bucket, &env, clock);
        let (bucket, machine) = opened.await?;
        Ok(Self {
            rds: Rds::connect(&env).await,
            config: Arc::new(config),
            bucket,
            machine,
        })
    }
}

impl Function for RdsSnapshotExport {
    async fn handle(&self, event: Event) -> Outcome {
        match Box::pin(self.at(event.time).answer(&event)).await {
            Ok(tally) => tally.into_outcome(),
            Err(error) => Outcome::from_error(&error, error.exit()),
        }
    }
}

impl RdsSnapshotExport {
    /// The same function in an invocation for an event of `time`.
    fn at(&self, time: Timestamp) -> Self {
        Self {
            machine: self.machine.at(time),
            ..self.clone()
        }
    }

    async fn answer(&self, event: &Event) -> Result<Tally, ExportError> {
        let request = Request::of(event)?;
        let mut tally = Tally::default();
        if request.drill {
            tally.report(self.machine.drill(&event.id).await);
            return Ok(tally);
        }
        // Of each source what alarms watch: how its newest run stands.
        let mut newest = Vec::new();
        for source in self.asked_for(&request)? {
            // A source's run holds clients and lists; on the heap it need not be copied.
            let result = Box::pin(self.source(source, &request)).await;
            match result {
                Ok(conclusions) => {
                    newest.extend(conclusions.last().map(|last| last.report.clone()));
                    for conclusion in conclusions {
                        tally.add::<ExportError>(&source.id, Ok(conclusion), Exit::Failed);
                    }
                }
                Err(error) => {
                    tracing::warn!(
                        source = source.id,
                        error = chain(&error),
                        "source not looked at"
                    );
                    let exit = error.exit();
                    tally.add(&source.id, Err(error), exit);
                }
            }
        }
        if request.source.is_none() && !request.dry_run {
            let sources = self.config.sources.iter();
            let sources: Vec<String> = sources.map(|source| source.id.clone()).collect();
            if let Err(error) = self.machine.gauge(&sources, &newest).await {
                tally.add::<ExportError>("gauges", Err(error.into()), Exit::Failed);
            }
        }
        Ok(tally)
    }

    fn asked_for(&self, request: &Request) -> Result<Vec<&Source>, ExportError> {
        let sources = &self.config.sources;
        let Some(name) = &request.source else {
            return Ok(sources.iter().collect());
        };
        let found = sources.iter().find(|source| source.id == *name);
        found.map(|source| vec![source]).ok_or_else(|| {
            let known: Vec<&str> = sources.iter().map(|source| source.id.as_str()).collect();
            ExportError::UnknownSource {
                name: name.clone(),
                known: known.join(", "),
            }
        })
    }

    /// Follows the newest snapshot's export of `source`, and those before while they are unfinished. What comes of the
    /// newest run is last.
    async fn source(
        &self,
        source: &Source,
        request: &Request,
    ) -> Result<Vec<Conclusion>, ExportError> {
        let now = self.machine.clock().now();
        let zone = &self.config.common.time_zone;
        let kind = self.config.snapshot_type.name();
        let snapshots = match self.rds.snapshots(source, kind).await {
            Ok(snapshots) => snapshots,
            Err(error) if error.is_retryable() => return Err(error.into()),
            Err(error) => {
                let unverified = Unverified::failed(chain(&error), UNSEEN);
                let told = self.tell_missing(source, unverified, request, now).await?;
                return Ok(vec![told]);
            }
        };
        let newest_one = newest(&snapshots, request.date, zone);
        let missing = missing(
            newest_one,
            kind,
            request.date,
            now,
            self.config.max_snapshot_age,
        );
        let mut conclusions = Vec::new();
        if let Some(snapshot) = newest_one {
            for before in self.unfinished_before(source, &snapshots, snapshot).await? {
                let alone = Request {
                    dry_run: request.dry_run,
                    ..Request::default()
                };
                conclusions.push(self.snapshot(source, before, &snapshots, &alone).await?);
            }
            conclusions.push(self.snapshot(source, snapshot, &snapshots, request).await?);
        }
        if let Some(mut unverified) = missing {
            if newest_one.is_none() && self.rds.exists(source).await? == Some(false) {
                unverified = Unverified::failed(
                    format!("there is no {source} in this account and Region"),
                    "correct DB_CLUSTER_IDENTIFIER or DB_INSTANCE_IDENTIFIER",
                );
            }
            conclusions.push(self.tell_missing(source, unverified, request, now).await?);
        }
        Ok(conclusions)
    }

    /// The snapshots before `newest_one` whose runs have begun and not ended, the oldest first: the one before it, and all
    /// that are not too old.
    async fn unfinished_before<'a>(
        &self,
        source: &Source,
        snapshots: &'a [Snapshot],
        newest_one: &Snapshot,
    ) -> Result<Vec<&'a Snapshot>, ExportError> {
        let earlier = snapshots
            .iter()
            .filter(|other| other.created < newest_one.created);
        let mut earlier: Vec<&Snapshot> = earlier.collect();
        earlier.sort_by_key(|snapshot| snapshot.created);
        let oldest = newest_one.created - self.config.max_snapshot_age;
        let old = earlier.partition_point(|snapshot| snapshot.created < oldest);
        let mut unfinished = Vec::new();
        for snapshot in &earlier[old.min(earlier.len().saturating_sub(1))..] {
            let unit = unit(source, snapshot, &self.config.common.time_zone);
            let record = self.record(&unit).await?;
            if record.is_some_and(|record| !record.settled) {
                unfinished.push(*snapshot);
            }
        }
        Ok(unfinished)
    }

    /// The record of the run of `unit`, which is not the first of its day where another snapshot was.
    async fn record(&self, unit: &Unit) -> Result<Option<RunRecord>, ExportError> {
        let ledger = self.machine.ledger();
        let Some(first) = ledger.look(&unit.source, &unit.stamp).await? else {
            return Ok(None);
        };
        if first.trigger.id == unit.trigger.id {
            return Ok(Some(first));
        }
        let stamp = unit.stamp.with_id(&unit.trigger.id);
        Ok(ledger.look(&unit.source, &stamp).await?)
    }

    async fn tell_missing(
        &self,
        source: &Source,
        unverified: Unverified,
        request: &Request,
        now: Timestamp,
    ) -> Result<Conclusion, ExportError> {
        let unit = missing_unit(source, now, &self.config.common.time_zone);
        if request.dry_run {
            let mut report = Report::new(unit.run(), RunState::Planned);
            report.plan = Some(
                json!({ "step": "report", "what": unverified.what_happened, "repair": unverified.what_to_do }),
            );
            return Ok(report.into());
        }
        match self.machine.begin(&unit, false).await? {
            Begun::Ended(conclusion) => Ok(*conclusion),
            Begun::Mine(run) => {
                let verdict = Verdict::Unverified(unverified);
                Ok(self.machine.conclude(&unit, *run, verdict).await?)
            }
        }
    }

    async fn snapshot(
        &self,
        source: &Source,
        snapshot: &Snapshot,
        siblings: &[Snapshot],
        request: &Request,
    ) -> Result<Conclusion, ExportError> {
        let unit = unit(source, snapshot, &self.config.common.time_zone);
        if request.dry_run {
            return self.plan(&unit, snapshot, request).await;
        }
        let run = match self.machine.begin(&unit, request.force).await? {
            Begun::Ended(conclusion) => return Ok(*conclusion),
            Begun::Mine(run) => *run,
        };
        let verdict = match self.advance(&unit, snapshot, siblings, request.force).await {
            Ok(verdict) => verdict,
            Err(error) if error.is_retryable() => return Err(error),
            Err(error) => Verdict::Unverified(Unverified::failed(
                chain(&error),
                "put right what the message names; the next tick tries again",
            )),
        };
        let (now, timeout) = (self.machine.clock().now(), self.config.common.timeout);
        let verdict = judge(verdict, run.record().checkpoint.as_ref(), now, timeout);
        Ok(self.machine.conclude(&unit, run, verdict).await?)
    }

    fn rules(&self, force: bool) -> Rules<'_> {
        Rules {
            environment: &self.config.environment,
            bucket: &self.config.bucket,
            attempts: self.config.common.attempts,
            timeout: self.config.common.timeout,
            force,
        }
    }

    /// What would be done now.
    async fn plan(
        &self,
        unit: &Unit,
        snapshot: &Snapshot,
        request: &Request,
    ) -> Result<Conclusion, ExportError> {
        let now = self.machine.clock().now();
        let seen = observe(&self.rds, snapshot, now).await?;
        let plan = Plan::of(unit, &seen, &self.rules(request.force));
        let record = self.record(unit).await?;
        let mut report = Report::new(unit.run(), RunState::Planned);
        let is_settled = record.is_some_and(|record| record.settled);
        report.plan = Some(if is_settled && !request.force {
            json!({ "step": "nothing", "why": "this snapshot's run has ended; \"force\": true opens it again" })
        } else {
            plan.to_json(&seen)
        });
        Ok(report.into())
    }

    /// One look at the export, and one step.
    async fn advance(
        &self,
        unit: &Unit,
        snapshot: &Snapshot,
        siblings: &[Snapshot],
        force: bool,
    ) -> Result<Verdict, ExportError> {
        let now = self.machine.clock().now();
        let seen = observe(&self.rds, snapshot, now).await?;
        match Plan::of(unit, &seen, &self.rules(force)) {
            Plan::Wait { task, progress } => Ok(waits_for(&task, progress)),
            Plan::Report(unverified) => Ok(Verdict::Unverified(unverified)),
            Plan::Start { base, number } => {
                if number > 1 {
                    tracing::warn!(run = unit.run(), number, "export attempted again");
                }
                let start = Start {
                    order: self.order(snapshot),
                    source: &unit.source,
                    snapshot,
                    siblings,
                    now,
                    timeout: self.config.common.timeout,
                };
                Ok(start.run(&self.rds, &base, number).await?)
            }
            Plan::Verify { task } => {
                let verdict = verify(&self.bucket, &self.config, snapshot, &task).await;
                let verdict = verdict.map_err(|error: VerifyError| error)?;
                Ok(settle(verdict, task.ended, now))
            }
        }
    }

    fn order<'a>(&'a self, snapshot: &'a Snapshot) -> Order<'a> {
        Order {
            source_arn: &snapshot.arn,
            bucket: &self.config.bucket,
            prefix: &self.config.common.prefix,
            role: &self.config.role,
            key: &self.config.key,
            only: &self.config.export_only,
        }
    }
}

/// An export that is not whole stays so once it has had time to become whole.
fn settle(verdict: Verdict, ended: Option<Timestamp>, now: Timestamp) -> Verdict {
    match (verdict, ended) {
        (Verdict::Unverified(unverified), Some(ended))
            if now.duration_since(ended) > SECOND_LOOKS =>
        {
            Verdict::Unverified(unverified.settled())
        }
        (verdict, _) => verdict,
    }
}
