//! The overview for a program.

use migration_folder::{SumState, Variant, Version};
use migration_run::{Applied, Edited, Origin, Renamed};
use serde_json::{Value, json};

use super::Overview;

/// One object. Versions are texts, for a JavaScript number holds no more than 53 bits of them.
pub(super) fn of(overview: &Overview<'_>) -> Value {
    let Overview {
        database,
        folder,
        status,
        steps,
        refusal,
    } = overview;
    let steps: Vec<_> = steps.iter().map(|step| step.version).collect();
    json!({
        "database": database,
        "version": status.version.map(|version| version.to_string()),
        "dirty": status.dirty.as_ref().map(ToString::to_string),
        "applied": status.applied.iter().map(applied).collect::<Vec<_>>(),
        "pending": versions(&steps),
        "outOfOrder": versions(&status.out_of_order),
        "edited": status.edited.iter().map(edited).collect::<Vec<_>>(),
        "missing": versions(&status.missing),
        "renamed": status.renamed.iter().map(renamed).collect::<Vec<_>>(),
        "ahead": status.ahead.map(|version| version.to_string()),
        "atlasSum": sum(folder.sum()),
        "passedOver": folder.ignored().iter().map(|file| file.name.as_str()).collect::<Vec<_>>(),
        "refused": refusal,
        "exit": overview.exit().code(),
    })
}

fn versions(versions: &[Version]) -> Vec<String> {
    versions.iter().map(ToString::to_string).collect()
}

fn applied(applied: &Applied) -> Value {
    json!({
        "version": applied.version.to_string(),
        "title": applied.title,
        "origin": origin(applied.origin),
        "by": applied.by,
        "at": applied.at.map(|at| at.to_string()),
        "tookMs": applied.took.map(|took| u64::try_from(took.as_millis()).unwrap_or(u64::MAX)),
    })
}

fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Applied => "applied",
        Origin::Baseline => "baseline",
        Origin::Repaired => "repaired",
        Origin::Adopted => "adopted",
    }
}

fn edited(edited: &Edited) -> Value {
    json!({ "version": edited.version.to_string(), "file": edited.file })
}

fn renamed(renamed: &Renamed) -> Value {
    json!({ "version": renamed.version.to_string(), "was": renamed.was, "is": renamed.is })
}

fn sum(state: &SumState) -> Value {
    match state {
        SumState::Absent => Value::Null,
        SumState::Good(Variant::UpAndDown) => json!("up and down files"),
        SumState::Good(Variant::UpOnly) => json!("up files"),
        SumState::Broken { .. } => json!("broken"),
    }
}
