//! What would be done, in JSON.

use function_core::{Report, RunState};
use serde_json::{Value, json};

use crate::error::ExportError;
use crate::function::DynamodbExport;
use crate::job::{Ask, since, unit};
use crate::moment::Moment;
use crate::observe::Question;
use crate::order::Checkpoint;
use crate::plan::{Observation, Source, Step, plan};
use crate::select::TableName;

/// What a gigabyte is on the bill.
const GIGABYTE: u64 = 1024 * 1024 * 1024;

impl DynamodbExport {
    /// What would be done now; touches nothing.
    pub(crate) async fn dry_run(&self, table: &TableName, ask: Ask) -> Result<Report, ExportError> {
        let unit = unit(table, ask.moment);
        let mut report = Report::new(unit.run(), RunState::Planned);
        let record = self.record(table, ask.moment).await?;
        if let Some(record) = record
            .as_ref()
            .filter(|record| record.settled && !ask.force)
        {
            report.plan = Some(json!({ "action": "none", "state": record.state }));
            return Ok(report);
        }
        let now = self.machine.clock().now();
        let time = record.as_ref().map(|record| record.trigger.time);
        let moment = Moment {
            time: time.unwrap_or(ask.moment.time),
            ..ask.moment
        };
        let started = record.as_ref().map_or(now, |record| record.started);
        let checkpoint = record
            .as_ref()
            .and_then(|record| record.checkpoint.as_ref());
        let checkpoint = Checkpoint::of(checkpoint);
        let question = Question {
            table,
            moment,
            since: since(started, moment, now),
            again: ask.force,
            checkpoint: checkpoint.as_ref(),
            answered: None,
        };
        let seen = self.observe(question).await?;
        report.plan = Some(self.plan_json(&seen, plan(&seen, &self.rules)));
        Ok(report)
    }

    fn plan_json(&self, seen: &Observation, step: Step) -> Value {
        match step {
            Step::Start(order) => {
                let place = &self.destination.place;
                let mut plan = json!({
                    "action": "start",
                    "bucket": place.bucket,
                    "prefix": place.prefix,
                    "order": order,
                });
                if let Source::Known(table, _) = &seen.source {
                    plan["tableItems"] = json!(table.items);
                    plan["tableSizeBytes"] = json!(table.size_bytes);
                    plan["tableGigabytes"] = json!(gigabytes(table.size_bytes));
                }
                plan
            }
            Step::Wait(words) => json!({ "action": "wait", "reason": words }),
            Step::Verify(export) => json!({ "action": "verify", "exportArn": export.arn }),
            Step::NothingDue(words) => json!({ "action": "none", "reason": words }),
            Step::Report(unverified) => json!({
                "action": "report",
                "state": unverified.state,
                "whatHappened": unverified.what_happened,
                "whatToDo": unverified.what_to_do,
            }),
        }
    }
}

/// In hundredths, rounded up: what an export of the whole table is billed for.
fn gigabytes(bytes: u64) -> String {
    let hundredths = bytes.saturating_mul(100).div_ceil(GIGABYTE);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}
