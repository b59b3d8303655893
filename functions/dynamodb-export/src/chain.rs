//! Whether the next link of a chain is full or incremental; pure.
//!
//! A chain is a full export and the incremental ones after it. Each begins with the very second with which the one
//! before ends, so applying them in turn gives the table as of the last one's end.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::export::Scope;

/// The shortest and the longest window of an incremental export.
///
/// **Source**: Amazon DynamoDB API Reference, `IncrementalExportSpecification`.
const SHORTEST: SignedDuration = SignedDuration::from_mins(15);
const LONGEST: SignedDuration = SignedDuration::from_hours(24);

/// The full export that a chain begins with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Base {
    /// Its manifest, in the same folder.
    pub(crate) manifest: String,
    /// The moment that it holds the table as of.
    pub(crate) export_time: Timestamp,
}

/// The newest verified link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    /// Its manifest, in the same folder.
    pub(crate) manifest: String,
    pub(crate) table_id: String,
    pub(crate) scope: Scope,
    /// The chain's full export, which may be this one.
    pub(crate) base: Base,
}

/// What follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    Full {
        reason: String,
    },
    Incremental {
        scope: Scope,
        base: Base,
        previous: String,
        reason: String,
    },
    /// The chain reaches that far already.
    NothingDue(String),
}

/// What a chain is to hold next.
pub(crate) struct Wanted<'a> {
    /// The moment that the next link is to reach.
    pub(crate) time: Timestamp,
    pub(crate) table_id: &'a str,
    /// The first moment that the service can still export.
    pub(crate) earliest: Timestamp,
    pub(crate) full_every: SignedDuration,
}

/// The link after `last` that reaches `wanted.time`.
pub(crate) fn next(last: Option<&Link>, wanted: &Wanted<'_>) -> Next {
    let Some(last) = last else {
        return full("no verified export precedes it");
    };
    let from = last.scope.end();
    let missing = from.duration_until(wanted.time);
    if last.table_id != wanted.table_id {
        return full("the table was deleted and made anew since the last verified export");
    }
    if let Some(words) = too_soon(from, wanted.time) {
        return Next::NothingDue(words);
    }
    if missing > LONGEST {
        return full(format!(
            "the last verified export reaches {from}, and an incremental one spans 24 hours at most: a window was missed"
        ));
    }
    if from < wanted.earliest {
        return full(format!(
            "point-in-time recovery reaches back to {} only, and the last verified export ends at {from}",
            wanted.earliest
        ));
    }
    let age = last.base.export_time.duration_until(wanted.time);
    if age >= wanted.full_every {
        let begun = last.base.export_time;
        return full(format!("the chain began on {begun}, FULL_EVERY_DAYS ago"));
    }
    Next::Incremental {
        scope: Scope::Incremental {
            from,
            to: wanted.time,
        },
        base: last.base.clone(),
        previous: last.manifest.clone(),
        reason: format!("goes on from {}", last.manifest),
    }
}

/// Why a link from `from` can't reach `to`, if it can't.
pub(crate) fn too_soon(from: Timestamp, to: Timestamp) -> Option<String> {
    let next = from + SHORTEST;
    (to < next)
        .then(|| format!("the chain reaches {from}; the next link may be as of {next} or later"))
}

fn full(reason: impl Into<String>) -> Next {
    Next::Full {
        reason: reason.into(),
    }
}

#[cfg(test)]
mod tests;
