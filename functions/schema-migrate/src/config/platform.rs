//! What Cloud Run tells its jobs. It sets these by itself, so that a wrong value is no fault of anybody's.
//!
//! **Source:** Cloud Run documentation, "Container runtime contract", environment variables of jobs.

use function_core::Settings;
use migration_run::Execution;

/// The run that this process is an attempt of, if it is a job's.
pub(super) fn execution(settings: &Settings<'_>) -> Option<Execution> {
    Some(Execution {
        id: settings.optional("CLOUD_RUN_EXECUTION")?.to_owned(),
        attempt: number(settings, "CLOUD_RUN_TASK_ATTEMPT"),
    })
}

/// Which of the job's parallel tasks this is.
pub(super) fn task_index(settings: &Settings<'_>) -> u32 {
    number(settings, "CLOUD_RUN_TASK_INDEX")
}

fn number(settings: &Settings<'_>, name: &str) -> u32 {
    let text = settings.optional(name).unwrap_or_default();
    text.parse().unwrap_or_default()
}
