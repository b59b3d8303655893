//! The overview for a person.

use std::fmt::{self, Display, Write as _};

use migration_folder::{SumState, Version};
use migration_run::{Applied, Origin};

use super::Overview;

/// Lines of a name and a value, and below them a line for each migration.
pub(super) fn of(overview: &Overview<'_>) -> String {
    let Overview {
        database,
        folder,
        status,
        steps,
        refusal,
    } = overview;
    let mut text = String::new();
    let version = status
        .version
        .map_or_else(|| "none".to_owned(), |version| version.to_string());
    line(&mut text, "database", database);
    line(&mut text, "version", version);
    line(&mut text, "atlas.sum", sum(folder.sum()));
    for applied in &status.applied {
        line(&mut text, "applied", AppliedLine(applied));
    }
    for adopted in &status.adopted {
        let words = format!(
            "{} {} by another tool since the last run",
            adopted.version, adopted.direction
        );
        line(&mut text, "adopted", words);
    }
    for renamed in &status.renamed {
        let words = format!(
            "{} was called {} when it was applied, with the same content",
            renamed.version, renamed.was
        );
        line(&mut text, "renamed", words);
    }
    if let Some(dirty) = &status.dirty {
        line(&mut text, "half-way", dirty);
    }
    for step in steps {
        line(&mut text, "pending", named(overview, step.version));
    }
    if let Some(refusal) = refusal {
        line(&mut text, "refused", refusal);
    }
    for file in folder.ignored() {
        let meant = file.meant.as_ref().map_or_else(String::new, |meant| {
            format!(": rename it to {meant} if it is meant as one")
        });
        line(
            &mut text,
            "passed over",
            format!("{} is no migration by its name{meant}", file.name),
        );
    }
    text
}

fn line(text: &mut String, name: &str, value: impl Display) {
    writeln!(text, "{name:<12} {value}")
        .unwrap_or_else(|_| unreachable!("a String takes all writes"));
}

fn sum(state: &SumState) -> String {
    match state {
        SumState::Absent => "none".to_owned(),
        SumState::Good(variant) => format!("good, over {}", variant.as_str()),
        SumState::Broken { .. } => "does not belong to the files".to_owned(),
    }
}

/// `20230330050530 add_address`.
fn named(overview: &Overview<'_>, version: Version) -> String {
    let title = overview
        .folder
        .migration(version)
        .map_or("", |migration| &migration.title);
    format!("{version} {title}")
}

/// `20230330013250 init, 2026-11-22T03:00:00Z by migrator in 12 ms`.
struct AppliedLine<'a>(&'a Applied);

impl Display for AppliedLine<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Applied {
            version,
            title,
            origin,
            by,
            at,
            took,
        } = self.0;
        write!(formatter, "{version} {title}")?;
        if let Some(at) = at {
            write!(formatter, ", {}", at.strftime("%Y-%m-%dT%H:%M:%SZ"))?;
        }
        if let Some(by) = by {
            write!(formatter, " by {by}")?;
        }
        match (origin, took) {
            (Origin::Applied, Some(took)) => write!(formatter, " in {} ms", took.as_millis()),
            (Origin::Applied, None) => Ok(()),
            (Origin::Baseline, _) => formatter.write_str(", by baseline: not run"),
            (Origin::Repaired, _) => formatter.write_str(", by repair"),
            (Origin::Adopted, _) => formatter.write_str(", by another tool"),
        }
    }
}
