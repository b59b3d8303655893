//! Old record numbers to new ones.

/// The new ids of the records of one app, by their old ones. Takes 16 bytes a record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct IdMap(
    /// Old and new, in the order of the old ones.
    Vec<(u64, u64)>,
);

impl FromIterator<(u64, u64)> for IdMap {
    fn from_iter<I: IntoIterator<Item = (u64, u64)>>(pairs: I) -> Self {
        let mut pairs: Vec<_> = pairs.into_iter().collect();
        pairs.sort_unstable();
        Self(pairs)
    }
}

impl IdMap {
    /// `text`, a record number such as `12` or `CODE-12`, with the new number.
    ///
    /// Empty when the record was not restored: the old number would name another record now.
    pub(crate) fn rewritten(&self, text: &str) -> String {
        let Some((prefix, old)) = number(text) else {
            return String::new();
        };
        let new = self.new_id(old);
        new.map_or_else(String::new, |new| format!("{prefix}{new}"))
    }

    /// Whether `text` names a record that was restored, or nothing.
    pub(crate) fn knows(&self, text: &str) -> bool {
        text.is_empty() || number(text).is_some_and(|(_, old)| self.new_id(old).is_some())
    }

    fn new_id(&self, old: u64) -> Option<u64> {
        let at = self.0.binary_search_by_key(&old, |(old, _)| *old).ok()?;
        Some(self.0[at].1)
    }
}

/// The app code with its hyphen, and the number.
fn number(text: &str) -> Option<(&str, u64)> {
    let digits = text.rsplit('-').next()?;
    let prefix = text.strip_suffix(digits)?;
    Some((prefix, digits.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn record_numbers_are_rewritten_with_their_app_code() {
        let ids: IdMap = [(12, 101), (13, 102)].into_iter().collect();
        assert_eq!(ids.rewritten("12"), "101");
        assert_eq!(ids.rewritten("CRM-13"), "CRM-102");
        assert_eq!(ids.rewritten("A-B-13"), "A-B-102");
    }

    #[test]
    fn a_record_that_was_not_restored_is_pointed_to_no_more() {
        let ids: IdMap = [(12, 101)].into_iter().collect();
        for text in ["14", "CRM-14", "", "abc", "12x"] {
            assert_eq!(ids.rewritten(text), "");
        }
        assert!(ids.knows("") && ids.knows("CRM-12") && !ids.knows("14"));
    }
}
