//! What is wrong with an export, in words that name the object, what was expected, and what was found.

use std::fmt;

/// How many faults are told in words; the rest is counted.
const TOLD: usize = 5;

/// One thing that is wrong.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error("{object} is missing")]
    Missing { object: String },
    #[error("{object} is empty, 0 bytes")]
    Empty { object: String },
    #[error("{object} has the MD5 {found}, expected {expected}")]
    Checksum {
        object: String,
        expected: String,
        found: String,
    },
    #[error("{object} can't be read: {why}")]
    Unreadable { object: String, why: String },
    #[error("{object} tells {field} {found}, expected {expected}")]
    Field {
        object: String,
        field: &'static str,
        expected: String,
        found: String,
    },
    #[error("{object} tells {found} items, expected {expected} as in {other}")]
    Count {
        object: String,
        other: &'static str,
        expected: u64,
        found: String,
    },
    #[error("{object} has {found} lines, expected {expected}")]
    Lines {
        object: String,
        expected: u64,
        found: u64,
    },
}

/// All that is wrong, of which the first few are told.
#[derive(Debug, Default)]
pub(super) struct Faults {
    told: Vec<Fault>,
    more: usize,
}

impl Faults {
    pub(super) fn add(&mut self, fault: Fault) {
        if self.told.len() < TOLD {
            self.told.push(fault);
        } else {
            self.more += 1;
        }
    }

    pub(super) fn count(&self) -> usize {
        self.told.len() + self.more
    }

    pub(super) fn is_empty(&self) -> bool {
        self.told.is_empty()
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.told.iter().enumerate() {
            if index > 0 {
                formatter.write_str("; ")?;
            }
            fault.fmt(formatter)?;
        }
        match self.more {
            0 => Ok(()),
            more => write!(formatter, "; and {more} more faults"),
        }
    }
}
