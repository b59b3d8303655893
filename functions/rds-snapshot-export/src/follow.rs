//! One source in one invocation: which of its snapshots are followed, and what is told where there is none.

use function_core::{Report, Retryable as _, RunState, chain};
use jiff::Timestamp;
use reconcile::{Begun, Conclusion, Request, Unit, Unverified, Verdict};
use run_record::RunRecord;
use serde_json::json;

use crate::choose::{missing, missing_unit, newest, unit};
use crate::error::ExportError;
use crate::function::RdsSnapshotExport;
use crate::plan::has_export;
use crate::source::{Snapshot, Source};

/// What a person does where the snapshots can't be listed.
const UNSEEN: &str = "put right what RDS names; the README lists the rights that the function's role needs; the next tick tries again";

/// What came of a source. An error at one of its snapshots leaves the others as they are.
#[derive(Debug, Default)]
pub(crate) struct Followed {
    pub(crate) conclusions: Vec<Conclusion>,
    /// How the newest run stands, unless that is what could not be found out.
    pub(crate) newest: Option<Report>,
    pub(crate) errors: Vec<ExportError>,
}

impl Followed {
    fn add(&mut self, result: Result<Conclusion, ExportError>) -> Option<Report> {
        match result {
            Ok(conclusion) => {
                let report = conclusion.report.clone();
                self.conclusions.push(conclusion);
                Some(report)
            }
            Err(error) => {
                self.errors.push(error);
                None
            }
        }
    }
}

impl RdsSnapshotExport {
    /// Follows the newest snapshot's export of `source`, then those before while they are unfinished.
    pub(crate) async fn follow(&self, source: &Source, request: &Request) -> Followed {
        let mut followed = Followed::default();
        let now = self.machine.clock().now();
        let kind = self.config.snapshot_type.name();
        let snapshots = match self.rds.snapshots(source, kind).await {
            Ok(snapshots) => snapshots,
            Err(error) if error.is_retryable() => {
                followed.errors.push(error.into());
                return followed;
            }
            Err(error) => {
                let unverified = Unverified::failed(chain(&error), UNSEEN);
                let told = self.tell_missing(source, unverified, request, now).await;
                followed.newest = followed.add(told);
                return followed;
            }
        };
        let zone = &self.config.common.time_zone;
        let newest_one = newest(&snapshots, request.date, zone);
        let oldest = self.config.max_snapshot_age;
        let missing = missing(newest_one, kind, request.date, now, oldest);
        if let Some(snapshot) = newest_one {
            let result = match &missing {
                Some(_) if !request.force => self.begun(source, snapshot).await,
                _ => Ok(true),
            };
            let result = match result {
                Ok(true) => Some(self.snapshot(source, snapshot, &snapshots, request).await),
                Ok(false) => None,
                Err(error) => Some(Err(error)),
            };
            followed.newest = result.and_then(|result| followed.add(result));
        }
        if let Some(unverified) = missing {
            let told = self.tell_why(source, newest_one, unverified, request, now);
            followed.newest = followed.add(told.await);
        }
        if let Some(snapshot) = newest_one {
            let before = self.before(&snapshots, snapshot);
            self.follow_unfinished(source, &before, &snapshots, request, &mut followed)
                .await;
        }
        followed
    }

    /// Whether there is an export of `snapshot`, or its run has ended. One that is too old is begun by a person only.
    async fn begun(&self, source: &Source, snapshot: &Snapshot) -> Result<bool, ExportError> {
        let unit = unit(source, snapshot, &self.config.common.time_zone);
        let record = self.record(&unit).await?;
        if record.is_some_and(|record| record.settled) {
            return Ok(true);
        }
        let tasks = self.rds.tasks_of(&snapshot.arn).await?;
        Ok(has_export(&unit, &tasks, &self.rules(false)))
    }

    /// The snapshots before `newest_one`, the newest first, that may have unfinished runs: the one before it, and all
    /// that are not too old.
    fn before<'a>(&self, snapshots: &'a [Snapshot], newest_one: &Snapshot) -> Vec<&'a Snapshot> {
        let earlier = snapshots
            .iter()
            .filter(|other| other.created < newest_one.created);
        let mut earlier: Vec<&Snapshot> = earlier.collect();
        earlier.sort_by_key(|snapshot| std::cmp::Reverse(snapshot.created));
        let oldest = newest_one.created - self.config.max_snapshot_age;
        let recent = earlier.partition_point(|snapshot| snapshot.created >= oldest);
        earlier.truncate(recent.max(1));
        earlier
    }

    /// Follows the runs of `before` that have begun and not ended.
    async fn follow_unfinished(
        &self,
        source: &Source,
        before: &[&Snapshot],
        siblings: &[Snapshot],
        request: &Request,
        followed: &mut Followed,
    ) {
        let alone = Request {
            dry_run: request.dry_run,
            ..Request::default()
        };
        for snapshot in before {
            let unit = unit(source, snapshot, &self.config.common.time_zone);
            match self.record(&unit).await {
                Ok(Some(record)) if !record.settled => {
                    let result = self.snapshot(source, snapshot, siblings, &alone).await;
                    followed.add(result);
                }
                Ok(_) => {}
                Err(error) => followed.errors.push(error),
            }
        }
    }

    /// The record of the run of `unit`, which is not the first of its day where another snapshot was.
    pub(crate) async fn record(&self, unit: &Unit) -> Result<Option<RunRecord>, ExportError> {
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

    async fn tell_why(
        &self,
        source: &Source,
        newest_one: Option<&Snapshot>,
        unverified: Unverified,
        request: &Request,
        now: Timestamp,
    ) -> Result<Conclusion, ExportError> {
        let is_unknown = newest_one.is_none() && self.rds.exists(source).await? == Some(false);
        let unverified = if is_unknown {
            Unverified::failed(
                format!("there is no {source} in this account and Region"),
                "correct DB_CLUSTER_IDENTIFIER or DB_INSTANCE_IDENTIFIER",
            )
        } else {
            unverified
        };
        self.tell_missing(source, unverified, request, now).await
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
}
