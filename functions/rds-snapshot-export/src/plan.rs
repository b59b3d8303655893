//! What to do about a snapshot: pure functions of what was observed.

use jiff::{SignedDuration, Timestamp};
use reconcile::{Unit, Unverified};
use serde_json::{Value, json};

use crate::name::{attempt_name, attempt_of, base_name};
use crate::patience::repair;
use crate::source::{Snapshot, Status, Task};

/// How many export tasks an account may have running.
///
/// **Source**: Amazon RDS User Guide, "Exporting DB snapshot data to Amazon S3", "Limitations".
pub(crate) const MOST_RUNNING: usize = 5;

/// What was seen of one snapshot's export.
#[derive(Clone, Debug)]
pub(crate) struct Observation {
    pub(crate) now: Timestamp,
    pub(crate) snapshot: Snapshot,
    /// The export tasks of the snapshot, whoever started them.
    pub(crate) tasks: Vec<Task>,
    /// How many tasks run in the account.
    pub(crate) running: usize,
}

/// The settings that planning needs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules<'a> {
    pub(crate) environment: &'a str,
    pub(crate) bucket: &'a str,
    pub(crate) attempts: u32,
    pub(crate) timeout: SignedDuration,
    /// A person asks for one more attempt.
    pub(crate) force: bool,
}

/// Whether there is an export of ours, in whatever state.
pub(crate) fn has_export(unit: &Unit, tasks: &[Task], rules: &Rules<'_>) -> bool {
    let base = base_name(rules.environment, &unit.source, unit.date);
    last_attempt(&base, tasks, rules).is_some()
}

/// The newest attempt of our own export among `tasks`.
fn last_attempt<'a>(base: &str, tasks: &'a [Task], rules: &Rules<'_>) -> Option<(u32, &'a Task)> {
    let ours = tasks.iter().filter(|task| task.bucket == rules.bucket);
    let ours = ours.filter_map(|task| Some((attempt_of(base, &task.id)?, task)));
    ours.max_by_key(|(number, _)| *number)
}

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Plan {
    /// Start the export's `number`-th attempt.
    Start { base: String, number: u32 },
    /// Look again later at `task`, which need not be started yet.
    Wait { task: String, progress: String },
    /// The export is complete: verify it.
    Verify { task: Box<Task> },
    /// Tell people.
    Report(Unverified),
}

impl Plan {
    /// Decides by the newest attempt of our own export of the snapshot.
    pub(crate) fn of(unit: &Unit, seen: &Observation, rules: &Rules<'_>) -> Self {
        let base = base_name(rules.environment, &unit.source, unit.date);
        match last_attempt(&base, &seen.tasks, rules) {
            Some((number, task)) => Self::follow(number, task, base, seen, rules),
            None => Self::start(base, 1, seen),
        }
    }

    /// One more attempt after the last one, which is complete and damaged.
    pub(crate) fn anew(unit: &Unit, seen: &Observation, rules: &Rules<'_>) -> Self {
        let base = base_name(rules.environment, &unit.source, unit.date);
        let last = last_attempt(&base, &seen.tasks, rules);
        let number = last.map_or(1, |(number, _)| number + 1);
        Self::start(base, number, seen)
    }

    fn follow(
        number: u32,
        task: &Task,
        base: String,
        seen: &Observation,
        rules: &Rules<'_>,
    ) -> Self {
        match &task.status {
            Status::Complete => Self::Verify {
                task: Box::new(task.clone()),
            },
            Status::Failed if rules.force || number < rules.attempts => {
                Self::start(base, number + 1, seen)
            }
            Status::Canceled if rules.force => Self::start(base, number + 1, seen),
            Status::Failed => Self::Report(failed(task, number)),
            Status::Canceled => Self::Report(canceled(task)),
            running => overdue(task, running, seen.now, rules.timeout).map_or_else(
                || Self::Wait {
                    task: task.id.clone(),
                    progress: progress(task),
                },
                Self::Report,
            ),
        }
    }

    fn start(base: String, number: u32, seen: &Observation) -> Self {
        let name = attempt_name(&base, number);
        let other = seen.tasks.iter().find(|task| task.status.is_running());
        if let Some(task) = other {
            return Self::Wait {
                task: name,
                progress: format!(
                    "export task {} of the same snapshot is {}; a snapshot has one at a time",
                    task.id, task.status
                ),
            };
        }
        if seen.running >= MOST_RUNNING {
            return Self::Wait {
                task: name,
                progress: format!(
                    "{} export tasks run in the account, of {MOST_RUNNING} that may; queued",
                    seen.running
                ),
            };
        }
        Self::Start { base, number }
    }

    /// The plan for people and programs.
    pub(crate) fn to_json(&self, seen: &Observation) -> Value {
        let snapshot = json!({ "id": seen.snapshot.id, "created": seen.snapshot.created, "engine": seen.snapshot.engine });
        let (step, more) = match self {
            Self::Start { base, number } => {
                ("start", json!({ "task": attempt_name(base, *number) }))
            }
            Self::Wait { progress, .. } => ("wait", json!({ "for": progress })),
            Self::Verify { task } => ("verify", json!({ "task": task.id })),
            Self::Report(unverified) => (
                "report",
                json!({ "what": unverified.what_happened, "repair": unverified.what_to_do }),
            ),
        };
        let mut plan = json!({ "step": step, "snapshot": snapshot });
        if let (Some(plan), Value::Object(more)) = (plan.as_object_mut(), more) {
            plan.extend(more);
        }
        plan
    }
}

/// What a task that runs is at, in words.
pub(crate) fn progress(task: &Task) -> String {
    match &task.status {
        Status::InProgress => format!("export task {} is in progress, {} %", task.id, task.percent),
        Status::Starting => format!("export task {} is starting", task.id),
        Status::Unknown(word) => format!(
            "export task {} is `{word}`, a status that is not documented",
            task.id
        ),
        status => format!("export task {} is {status}", task.id),
    }
}

/// A task that runs longer than it should: followed still, but told.
fn overdue(
    task: &Task,
    status: &Status,
    now: Timestamp,
    timeout: SignedDuration,
) -> Option<Unverified> {
    let started = task.started?;
    let age = now.duration_since(started);
    (age > timeout).then(|| {
        Unverified::incomplete(
            format!(
                "export task {} has been {status} for {} h; EXPORT_TIMEOUT is {} h",
                task.id,
                age.as_hours(),
                timeout.as_hours()
            ),
            repair(&task.id),
        )
    })
}

fn failed(task: &Task, number: u32) -> Unverified {
    let cause = task.failure_cause.as_deref().unwrap_or("no cause given");
    Unverified::failed(
        format!("export task {}, attempt {number}, failed: {cause}", task.id),
        repair_of(cause),
    )
    .settled()
}

/// What a person can do about the cause that RDS gives.
fn repair_of(cause: &str) -> &'static str {
    let cause = cause.to_ascii_lowercase();
    if cause.contains("kms") || cause.contains("key") {
        "see that the key is enabled and that its policy allows the export role to use it; then send \"force\": true"
    } else if cause.contains("role") || cause.contains("permission") || cause.contains("access") {
        "see that the export role trusts export.rds.amazonaws.com and may write to the bucket; then send \"force\": true"
    } else if cause.contains("bucket") || cause.contains("s3") {
        "see that the bucket exists in the snapshot's Region and that nothing removed objects meanwhile; then send \"force\": true"
    } else if cause.contains("500 mb") || cause.contains("large") || cause.contains("lob") {
        "leave the table with the large value out through EXPORT_ONLY, or shorten the value; then send \"force\": true"
    } else {
        "look at the task in the RDS console, put right what it names, then send \"force\": true"
    }
}

fn canceled(task: &Task) -> Unverified {
    Unverified::failed(
        format!("somebody canceled export task {}", task.id),
        "an event with \"force\": true begins it anew; what it wrote so far stays in the bucket",
    )
    .settled()
}

#[cfg(test)]
mod tests;
