//! How long a run may wait.
//!
//! RDS tells no time of a task that is `STARTING`, or that could not be started yet. So the run record keeps what is
//! waited for, and since when.

use jiff::{SignedDuration, Timestamp};
use reconcile::{Unverified, Verdict};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What the run record's checkpoint says.
#[derive(Debug, Deserialize, Serialize)]
struct Waiting {
    /// The export task, which need not be started yet.
    task: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    since: Option<Timestamp>,
}

/// The verdict that `task` is waited for.
pub(crate) fn waits_for(task: &str, progress: String) -> Verdict {
    Verdict::Underway {
        progress,
        checkpoint: Some(json!({ "task": task })),
    }
}

/// The same verdict with the time since when the task is waited for; or, after `timeout`, that it takes too long.
///
/// `before` is the checkpoint of the look before.
pub(crate) fn judge(
    verdict: Verdict,
    before: Option<&Value>,
    now: Timestamp,
    timeout: SignedDuration,
) -> Verdict {
    let Verdict::Underway {
        progress,
        checkpoint: Some(checkpoint),
    } = verdict
    else {
        return verdict;
    };
    let read = |value: &Value| Waiting::deserialize(value).ok();
    let Some(Waiting { task, .. }) = read(&checkpoint) else {
        return Verdict::Underway {
            progress,
            checkpoint: Some(checkpoint),
        };
    };
    let before = before.and_then(read).filter(|before| before.task == task);
    let since = before.and_then(|before| before.since).unwrap_or(now);
    let age = now.duration_since(since);
    if age > timeout {
        return Verdict::Unverified(Unverified::incomplete(
            format!(
                "{progress}, and has been waited for {} h; EXPORT_TIMEOUT is {} h",
                age.as_hours(),
                timeout.as_hours()
            ),
            repair(&task),
        ));
    }
    Verdict::Underway {
        progress,
        checkpoint: Some(json!({ "task": task, "since": since })),
    }
}

/// What a person does about a task that takes too long.
pub(crate) fn repair(task: &str) -> String {
    format!(
        "look at it in the RDS console; `aws rds cancel-export-task --export-task-identifier {task}` \
         and an event with \"force\": true begin it anew"
    )
}
