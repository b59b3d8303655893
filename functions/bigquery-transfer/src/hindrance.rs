//! What kept a day, or a table of it, from going on.

use function_core::{Retryable as _, chain};

use crate::error::TransferError;

/// Why something did not go on at this look. They are in the order of their tables.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Hindrance {
    /// The table; `None` where it is the whole day's.
    table: Option<String>,
    /// What it is, without the numbers that change from look to look.
    kind: String,
    pub(crate) words: String,
    /// Whether the next look may find it gone.
    pub(crate) is_passing: bool,
}

impl Hindrance {
    /// What kept the table `key` from going on.
    pub(crate) fn of_table(key: String, error: &TransferError) -> Self {
        Self {
            table: Some(key),
            ..Self::of_day(error)
        }
    }

    /// What kept the whole day from going on.
    pub(crate) fn of_day(error: &TransferError) -> Self {
        let words = chain(error);
        Self {
            table: None,
            kind: match error {
                TransferError::Api(error) => error.kind(),
                _ => without_numbers(&words),
            },
            words,
            is_passing: error.is_retryable(),
        }
    }

    /// Whether it is what keeps the table `key` from going on.
    pub(crate) fn concerns(&self, key: &str) -> bool {
        self.table.as_deref().is_none_or(|table| table == key)
    }

    /// What tells it from others: the same for as long as it lasts.
    pub(crate) fn mark(&self) -> String {
        mark(self.table.as_deref().unwrap_or_default(), &self.kind)
    }

    /// The words, with the table in front.
    pub(crate) fn sentence(&self) -> String {
        match &self.table {
            Some(table) => format!("{table}: {}", self.words),
            None => self.words.clone(),
        }
    }
}

/// What tells a trouble of the table `key` from others.
pub(crate) fn mark(key: &str, kind: &str) -> String {
    let digest = function_core::sha256_hex(format!("{key}\n{kind}").as_bytes());
    digest[..16].to_owned()
}

/// Numbers, such as of requests, change from look to look.
fn without_numbers(words: &str) -> String {
    let signs = words.chars();
    signs.filter(|sign| !sign.is_ascii_digit()).collect()
}
