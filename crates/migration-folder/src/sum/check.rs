//! Whether an `atlas.sum` belongs to the files of its folder.

use super::Variant;
use super::compute::{Line, lines, total};
use crate::Folder;

/// What a folder's `atlas.sum` says of its files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SumState {
    /// There is none: the folder is golang-migrate's alone.
    Absent,
    /// It belongs to the files. A folder without down files fits both variants and counts as `UpOnly`.
    Good(Variant),
    /// A file was changed, added or removed since, or two branches were merged without it.
    Broken {
        /// The variant that it was written as, as far as can be told.
        variant: Variant,
        /// Where the two part.
        fault: SumFault,
    },
}

impl SumState {
    /// The variant of the file that is there.
    pub fn variant(&self) -> Option<Variant> {
        match self {
            Self::Absent => None,
            Self::Good(variant) | Self::Broken { variant, .. } => Some(*variant),
        }
    }
}

/// Where `atlas.sum` and the files of its folder part.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SumFault {
    /// A line is not of the form.
    #[error(
        "line {line} of atlas.sum is not `NAME h1:HASH`, as a merge conflict leaves it: look at both sides, then write it anew by `schema-migrate hash`"
    )]
    Malformed {
        /// The line, from 1.
        line: usize,
    },
    /// The first line is not the sum of those below.
    #[error(
        "line 1 of atlas.sum is `h1:{found}` where the lines below it give `h1:{expected}`, as when two branches were merged or a line was edited: look at the order of the files, then write it anew by `schema-migrate hash`"
    )]
    Total {
        /// What the lines below give.
        expected: String,
        /// What it says.
        found: String,
    },
    /// A file's content is not what it was.
    #[error(
        "{name} was changed since atlas.sum was written (line {line}): undo the change if the file may have run anywhere, else write atlas.sum anew by `schema-migrate hash`"
    )]
    Changed {
        /// The line, from 1.
        line: usize,
        /// The file.
        name: String,
    },
    /// A file is not in it.
    #[error(
        "{name} is not in atlas.sum: was it written by hand or merged from a branch? Then write atlas.sum anew by `schema-migrate hash`"
    )]
    Added {
        /// The file.
        name: String,
    },
    /// A file is gone.
    #[error(
        "line {line} of atlas.sum names {name}, which is not there: bring the file back if it may have run anywhere, else write atlas.sum anew by `schema-migrate hash`"
    )]
    Removed {
        /// The line, from 1.
        line: usize,
        /// The file.
        name: String,
    },
}

/// Holds the `atlas.sum` of these `bytes` against the files of `folder`.
pub(crate) fn check(folder: &Folder, bytes: &[u8]) -> SumState {
    let (found, found_total) = match parse(bytes) {
        Ok(parsed) => parsed,
        Err(line) => {
            let fault = SumFault::Malformed { line };
            return SumState::Broken {
                variant: guess(bytes),
                fault,
            };
        }
    };
    let fault = |variant| fault(&lines(folder, variant), &found, &found_total);
    let Some(up_only) = fault(Variant::UpOnly) else {
        return SumState::Good(Variant::UpOnly);
    };
    let Some(up_and_down) = fault(Variant::UpAndDown) else {
        return SumState::Good(Variant::UpAndDown);
    };
    match guess(bytes) {
        variant @ Variant::UpAndDown => SumState::Broken {
            variant,
            fault: up_and_down,
        },
        variant @ Variant::UpOnly => SumState::Broken {
            variant,
            fault: up_only,
        },
    }
}

/// What a sum that fits neither was written as: only one of the two names down files.
fn guess(bytes: &[u8]) -> Variant {
    let text = String::from_utf8_lossy(bytes);
    if text.contains(".down.sql ") {
        Variant::UpAndDown
    } else {
        Variant::UpOnly
    }
}

/// The lines below the first, and the first one's hash; or the line, from 1, that is neither.
fn parse(bytes: &[u8]) -> Result<(Vec<Line>, String), usize> {
    let text = str::from_utf8(bytes).map_err(|_| 1_usize)?;
    let mut rows = text.lines();
    let total = rows.next().unwrap_or_default();
    let total = total.strip_prefix("h1:").ok_or(1_usize)?;
    let line = |(index, row): (usize, &str)| {
        let (name, hash) = row.split_once("h1:").ok_or(index + 2)?;
        let (name, hash) = (name.trim().to_owned(), hash.to_owned());
        Ok(Line { name, hash })
    };
    let lines = rows.enumerate().map(line).collect::<Result<_, usize>>()?;
    Ok((lines, total.to_owned()))
}

/// The first place where what was `found` parts from what the folder gives.
fn fault(expected: &[Line], found: &[Line], found_total: &str) -> Option<SumFault> {
    for index in 0..expected.len().max(found.len()) {
        let (is, was) = (expected.get(index), found.get(index));
        if is != was {
            return part(is, was, index + 2);
        }
    }
    let total = total(expected);
    (total != found_total).then(|| SumFault::Total {
        expected: total,
        found: found_total.to_owned(),
    })
}

/// How the file that there is and the file that there was at `line` part. Both lists are in order of their names.
fn part(is: Option<&Line>, was: Option<&Line>, line: usize) -> Option<SumFault> {
    let name = |line: &Line| line.name.clone();
    Some(match (is, was) {
        (Some(is), Some(was)) if is.name == was.name => SumFault::Changed {
            line,
            name: name(is),
        },
        (Some(is), Some(was)) if is.name > was.name => SumFault::Removed {
            line,
            name: name(was),
        },
        (Some(is), _) => SumFault::Added { name: name(is) },
        (None, Some(was)) => SumFault::Removed {
            line,
            name: name(was),
        },
        (None, None) => return None,
    })
}
