//! One snapshot in one invocation: a look at its export, one step, and what comes of it.

use function_core::{Report, Retryable as _, RunState, chain};
use jiff::Timestamp;
use reconcile::{Begun, Conclusion, Request, Unit, Unverified, Verdict};
use serde_json::json;

use crate::apply::Start;
use crate::aws::Order;
use crate::choose::unit;
use crate::error::ExportError;
use crate::function::RdsSnapshotExport;
use crate::observe::observe;
use crate::patience::{judge, waits_for};
use crate::plan::{Observation, Plan, Rules};
use crate::source::{Snapshot, Source};
use crate::verify::verify;

/// What a person does once a damaged export is made anew.
const ANEW: &str = "do not use the damaged export; the new one is verified when it is complete, and a later tick tells if it could not be started";

/// What a person does where a damaged export can't be made anew at once.
const LATER: &str =
    "do not use this export; send \"force\": true again once the other exports have ended";

impl RdsSnapshotExport {
    pub(crate) async fn snapshot(
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

    pub(crate) fn rules(&self, force: bool) -> Rules<'_> {
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
                let start = self.to_start(unit, snapshot, siblings, now);
                Ok(start.run(&self.rds, &base, number).await?)
            }
            Plan::Verify { task } => {
                let finding = verify(&self.bucket, &self.config, snapshot, &task).await?;
                match finding.verdict {
                    Verdict::Unverified(found) if force && finding.is_damaged => {
                        let start = self.to_start(unit, snapshot, siblings, now);
                        self.export_anew(found, unit, &seen, start).await
                    }
                    Verdict::Unverified(found) => Ok(Verdict::Unverified(match task.ended {
                        Some(ended) => found.settled_after(ended, now),
                        None => found,
                    })),
                    verdict => Ok(verdict),
                }
            }
        }
    }

    /// Starts the next attempt of a damaged export. What was `found` stays told, and a manifest of it is withdrawn, until
    /// that attempt is verified.
    async fn export_anew(
        &self,
        found: Unverified,
        unit: &Unit,
        seen: &Observation,
        start: Start<'_>,
    ) -> Result<Verdict, ExportError> {
        let verdict = match Plan::anew(unit, seen, &self.rules(true)) {
            Plan::Start { base, number } => start.run(&self.rds, &base, number).await?,
            Plan::Wait { progress, .. } => {
                let words = format!("{}; not exported anew yet: {progress}", found.what_happened);
                return Ok(Verdict::Unverified(Unverified::incomplete(words, LATER)));
            }
            Plan::Verify { .. } | Plan::Report(_) => return Ok(Verdict::Unverified(found)),
        };
        Ok(match verdict {
            Verdict::Underway { progress, .. } => Verdict::Unverified(Unverified {
                what_happened: format!("{}; {progress}", found.what_happened),
                what_to_do: ANEW.to_owned(),
                ..found
            }),
            verdict => verdict,
        })
    }

    fn to_start<'a>(
        &'a self,
        unit: &'a Unit,
        snapshot: &'a Snapshot,
        siblings: &'a [Snapshot],
        now: Timestamp,
    ) -> Start<'a> {
        Start {
            order: self.order(snapshot),
            source: &unit.source,
            snapshot,
            siblings,
            now,
            timeout: self.config.common.timeout,
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
