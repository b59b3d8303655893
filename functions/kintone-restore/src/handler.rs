//! Event in, outcome out.

use function_core::{Event, Outcome, Report};
use function_runtime::Function;

use crate::begun::Asked;
use crate::error::RestoreError;
use crate::function::KintoneRestore;
use crate::prepare::{Earlier, Job};
use crate::request::Request;
use crate::standing::Manner;

impl Function for KintoneRestore {
    async fn handle(&self, event: Event) -> Outcome {
        // A run holds many clients and buffers; on the heap it need not be copied from caller to caller.
        let result = Box::pin(self.answer(&event)).await;
        self.progress.end();
        match result {
            Ok(reports) => Outcome::Done(reports),
            Err(error) => Outcome::from_error(&error, error.exit()),
        }
    }
}

impl KintoneRestore {
    async fn answer(&self, event: &Event) -> Result<Vec<Report>, RestoreError> {
        let request: Request = event.json()?;
        let manner = Manner {
            force: request.force,
            event: asking(event),
            deadline: self.clock.now() + self.config.invocation_time,
        };
        let dry_run = request.dry_run;
        let jobs = self.jobs(request, &manner).await?;
        if dry_run {
            return self.plans(&jobs, &manner).await;
        }
        let reports = self.restore_all(jobs, &manner).await?;
        for report in &reports {
            for warning in &report.warnings {
                tracing::warn!(run = report.run, warning, "notice");
            }
        }
        Ok(reports)
    }

    async fn jobs(&self, request: Request, manner: &Manner) -> Result<Vec<Job>, RestoreError> {
        if request.drill {
            let alone = Request {
                drill: true,
                force: request.force,
                dry_run: request.dry_run,
                ..Request::default()
            };
            if request != alone {
                return Err(RestoreError::Request {
                    rule: "`drill` stands alone, or beside `dryRun` and `force`: what it restores is in DRILL_SOURCE and DRILL_APP",
                });
            }
            return Ok(vec![self.drill_job(manner).await?]);
        }
        let mut jobs = Vec::new();
        let mut before = Vec::new();
        for restore in request.into_restores()? {
            let app = restore.target();
            let asked = Asked {
                restore,
                before: before.clone(),
                drill: None,
            };
            let job = self.job(asked, manner).await?;
            let source = job.source.clone();
            before.push(Earlier { app, source });
            jobs.push(job);
        }
        Ok(jobs)
    }
}

/// What tells one asking from another: the event's id, which a redelivery repeats. What has none is named after its
/// content, as an event file by hand; there the time tells.
fn asking(event: &Event) -> String {
    if event.id.starts_with(NAMED_AFTER_CONTENT) {
        format!("{} at {}", event.id, event.time)
    } else {
        event.id.clone()
    }
}

/// How ids start that were made of the event's content.
const NAMED_AFTER_CONTENT: &str = "sha256-";
