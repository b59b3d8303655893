//! Fields that point to records by their numbers.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::identity::IdMap;

/// The new numbers of the records that fields point to, by the fields' codes.
#[derive(Clone, Debug, Default)]
pub(crate) struct References(BTreeMap<String, Arc<IdMap>>);

impl References {
    /// Rewrites the field `code` by `ids`.
    pub(crate) fn add(&mut self, code: &str, ids: Arc<IdMap>) {
        self.0.insert(code.to_owned(), ids);
    }

    /// What is written in place of `text` in the field `code`; `None` where it stays.
    pub(crate) fn text(&self, code: &str, text: &str) -> Option<String> {
        let ids = self.0.get(code)?;
        (!text.is_empty()).then(|| ids.rewritten(text))
    }

    /// Whether `text` in the field `code` points to a record that was not restored.
    pub(crate) fn is_dangling(&self, code: &str, text: &str) -> bool {
        self.0.get(code).is_some_and(|ids| !ids.knows(text))
    }
}
