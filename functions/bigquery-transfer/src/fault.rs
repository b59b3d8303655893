//! What kept a day, or a table of it, from going on.

use function_core::{Retryable, chain};

use std::error::Error;

/// Why something did not go on at this look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The table; `None` where it is the whole day's.
    table: Option<String>,
    pub(crate) words: String,
    /// Whether the next look may find it gone.
    pub(crate) is_passing: bool,
}

impl Fault {
    /// What kept the table `key` from going on.
    pub(crate) fn of_table(key: String, error: &(impl Error + Retryable)) -> Self {
        Self {
            table: Some(key),
            ..Self::of_day(error)
        }
    }

    /// What kept the whole day from going on.
    pub(crate) fn of_day(error: &(impl Error + Retryable)) -> Self {
        Self {
            table: None,
            words: chain(error),
            is_passing: error.is_retryable(),
        }
    }

    /// Whether it is what keeps the table `key` from going on.
    pub(crate) fn concerns(&self, key: &str) -> bool {
        self.table.as_deref().is_none_or(|table| table == key)
    }

    /// The words, with the table in front.
    pub(crate) fn sentence(&self) -> String {
        match &self.table {
            Some(table) => format!("{table}: {}", self.words),
            None => self.words.clone(),
        }
    }
}
