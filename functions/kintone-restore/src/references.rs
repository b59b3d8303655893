//! Fields that point to records by their numbers.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::identity::{IdMap, number};

/// Where the fields that hold record numbers point to, by the fields' codes.
#[derive(Clone, Debug, Default)]
pub(crate) struct References(BTreeMap<String, Pointing>);

/// Where one field points to.
#[derive(Clone, Debug)]
pub(crate) struct Pointing {
    /// The new numbers of the records.
    pub(crate) ids: Arc<IdMap>,
    /// What stands before record numbers of that app, where they have an app code: `CODE-`, or nothing. `None` where that
    /// is not known: then what was saved stays.
    pub(crate) prefix: Option<String>,
    /// Whether records that were not restored have the numbers that they had: it is the app that was pointed to before.
    pub(crate) is_same_app: bool,
}

impl References {
    /// Rewrites the field `code` by `pointing`.
    pub(crate) fn add(&mut self, code: &str, pointing: Pointing) {
        self.0.insert(code.to_owned(), pointing);
    }

    /// Where the field `code` points to.
    pub(crate) fn get(&self, code: &str) -> Option<&Pointing> {
        self.0.get(code)
    }

    /// What is written in place of `text` in the field `code`; `None` where it stays.
    pub(crate) fn text(&self, code: &str, text: &str) -> Option<String> {
        let pointing = self.0.get(code)?;
        (!text.is_empty()).then(|| pointing.rewritten(text).unwrap_or_default())
    }

    /// Whether `text` in the field `code` points to a record that was not restored.
    pub(crate) fn is_dangling(&self, code: &str, text: &str) -> bool {
        let pointing = self.0.get(code).filter(|_| !text.is_empty());
        pointing.is_some_and(|pointing| pointing.rewritten(text).is_none())
    }
}

impl Pointing {
    /// `text`, a record number such as `12` or `CODE-12`, with the new number.
    ///
    /// `None` when the record was not restored: the old number would name another record now.
    fn rewritten(&self, text: &str) -> Option<String> {
        let Some((saved, old)) = number(text) else {
            return self.is_same_app.then(|| text.to_owned());
        };
        let stays = self.is_same_app.then_some(old);
        let new = self.ids.new_id(old).or(stays)?;
        let prefix = match &self.prefix {
            // A bare number names a record whatever the app's code is.
            Some(prefix) if !saved.is_empty() => prefix,
            _ => saved,
        };
        Some(format!("{prefix}{new}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointing(prefix: Option<&str>, is_same_app: bool) -> References {
        let ids: IdMap = [(12, 101), (13, 102)].into_iter().collect();
        let pointing = Pointing {
            ids: Arc::new(ids),
            prefix: prefix.map(str::to_owned),
            is_same_app,
        };
        let mut references = References::default();
        references.add("customer", pointing);
        references
    }

    fn text(references: &References, text: &str) -> String {
        references.text("customer", text).unwrap_or_default()
    }

    #[test]
    fn record_numbers_are_rewritten_with_the_code_of_the_app_they_point_to() {
        for (prefix, rewritten) in [
            (None, "A-B-102"),
            (Some("NEW-"), "NEW-102"),
            (Some(""), "102"),
        ] {
            let references = pointing(prefix, false);
            assert_eq!(text(&references, "12"), "101");
            assert_eq!(text(&references, "A-B-13"), rewritten);
        }
    }

    #[test]
    fn a_record_that_was_not_restored_is_pointed_to_no_more() {
        let references = pointing(None, false);
        for saved in ["14", "CRM-14", "abc", "12x"] {
            assert_eq!(text(&references, saved), "");
            assert!(references.is_dangling("customer", saved));
        }
        assert!(!references.is_dangling("customer", ""));
        assert!(!references.is_dangling("customer", "CRM-12"));
    }

    #[test]
    fn in_the_same_app_what_was_not_restored_has_its_old_number() {
        let references = pointing(None, true);
        assert_eq!(text(&references, "12"), "101");
        assert_eq!(text(&references, "CRM-14"), "CRM-14");
        assert!(!references.is_dangling("customer", "CRM-14"));
    }
}
