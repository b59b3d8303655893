//! What a message would do, said without doing it.

use function_core::{Report, RunState};
use run_record::RunRecord;
use serde_json::json;

use crate::checkpoint::Checkpoint;
use crate::error::RestoreError;
use crate::function::KintoneRestore;
use crate::prepare::Job;
use crate::settlement::settled;
use crate::standing::{Manner, Past, Standing};

impl KintoneRestore {
    /// What would be done; touches nothing.
    pub(crate) async fn plans(
        &self,
        jobs: &[Job],
        manner: &Manner,
    ) -> Result<Vec<Report>, RestoreError> {
        let mut reports = Vec::new();
        for job in jobs {
            reports.push(match self.standing(job, manner).await? {
                Standing::Plan(past) => self.plan(job, past).await?,
                Standing::GoOn(record) if record.settled => settled(*record),
                Standing::GoOn(record) => self.rest(job, *record),
            });
        }
        Ok(reports)
    }

    async fn plan(&self, job: &Job, past: Past) -> Result<Report, RestoreError> {
        let plan = self.prepare(job, &past.of(job)).await?.plan;
        let run = format!("{}-{}", job.name, job.stamp());
        let mut report = Report::new(run, RunState::Planned)
            .count("records", plan.records)
            .count("files", plan.files)
            .count("requests", plan.requests);
        report.manifest = Some(job.origin.address.clone());
        let json = plan.to_json();
        tracing::info!(app = job.app(), plan = json.to_string(), "planned");
        report.plan = Some(json);
        Ok(report)
    }

    /// The plan of a run that is begun: it was accepted then, and is not made again.
    fn rest(&self, job: &Job, record: RunRecord) -> Report {
        let checkpoint = Checkpoint::of(&record);
        let how_far = match &record.progress {
            Some(progress) => format!(": {progress}"),
            None => String::new(),
        };
        let goes_on = format!(
            "the run {} is begun and goes on{how_far}; to begin with another backup, name its manifest",
            record.run
        );
        let json = json!({
            "from": job.origin.address,
            "into": format!("app {} of {}", job.app(), self.config.kintone.host()),
            "mode": job.restore.mode().to_string(),
            "records": checkpoint.records,
            "blockers": [],
            "warnings": checkpoint.losses,
            "notes": [goes_on],
        });
        tracing::info!(app = job.app(), plan = json.to_string(), "planned");
        let mut report =
            Report::new(record.run, RunState::Planned).count("records", checkpoint.records);
        report.manifest = Some(job.origin.address.clone());
        report.plan = Some(json);
        report
    }
}
