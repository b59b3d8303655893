//! Whether a plan may be carried out.

use crate::error::RestoreError;
use crate::finding::Severity;
use crate::plan::Plan;
use crate::prepare::Job;

/// Refuses a plan that can't be carried out, or whose losses nobody has accepted.
pub(crate) fn check(plan: &Plan, job: &Job) -> Result<(), RestoreError> {
    let words = |severity| {
        let words = plan.words(severity).into_iter();
        words.map(str::to_owned).collect::<Vec<_>>()
    };
    let blockers = words(Severity::Blocker);
    if !blockers.is_empty() {
        return Err(RestoreError::Blocked {
            app: plan.app,
            findings: blockers,
        });
    }
    if job.drill.is_some() {
        return Ok(());
    }
    match &job.restore.accept {
        Some(accepted) if *accepted != plan.digest => Err(RestoreError::Stale {
            accepted: accepted.clone(),
            now: plan.digest.clone(),
        }),
        Some(_) => Ok(()),
        None => {
            let losses = words(Severity::Loss);
            if losses.is_empty() {
                return Ok(());
            }
            Err(RestoreError::NotAccepted {
                app: plan.app,
                findings: losses,
                digest: plan.digest.clone(),
            })
        }
    }
}
