//! Which rows of a plan are to be written.

mod chosen;
mod error;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use function_core::sha256_hex;
use serde::{Deserialize, Serialize};

use crate::Class;
use crate::plan::{self, PlanReader, Summary};

pub use chosen::Chosen;
pub use error::SelectionError;

/// Which rows of a plan are to be written. What is not ticked is not written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Selection {
    /// What is ticked, by the name of the table: `public.item`.
    #[serde(default)]
    pub tables: BTreeMap<String, Ticks>,
    /// The tables whose names were typed, so that many of their rows may be deleted.
    #[serde(default)]
    pub confirmed: BTreeSet<String>,
}

/// What is ticked of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ticks {
    /// All rows of these classes,
    #[serde(default)]
    pub classes: BTreeSet<Class>,
    /// but for the rows with these numbers,
    #[serde(default)]
    pub except: BTreeSet<u64>,
    /// and the rows with these numbers.
    #[serde(default)]
    pub also: BTreeSet<u64>,
}

impl Selection {
    /// Ticks `classes` in all tables of the plan that have rows of them.
    pub fn of_classes(summary: &Summary, classes: &[Class]) -> Self {
        let mut selection = Self::default();
        for end in summary.tables.iter().filter_map(|table| table.end.as_ref()) {
            let has_rows = |class: &Class| end.counts.classes.get(*class) > 0;
            let classes: BTreeSet<_> = classes.iter().copied().filter(has_rows).collect();
            if !classes.is_empty() {
                let ticks = Ticks {
                    classes,
                    ..Ticks::default()
                };
                selection.tables.insert(end.table.to_string(), ticks);
            }
        }
        selection
    }

    /// The digest of its canonical form: `sha256:…`.
    pub fn digest(&self) -> String {
        format!("sha256:{}", sha256_hex(&plan::canonical_bytes(self)))
    }

    /// Holds it against the plan, and counts what it chooses.
    ///
    /// # Errors
    /// It ticks what may not be written, or what the plan does not have; it misses a confirmation; it ticks nothing; the plan can't be read.
    pub async fn check(&self, plan: &PlanReader) -> Result<Chosen, SelectionError> {
        Chosen::new(self, plan).await
    }
}
