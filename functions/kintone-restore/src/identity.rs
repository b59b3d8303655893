//! Old record numbers to new ones.

/// The new ids of the records of one app, by their old ones. Takes 16 bytes a record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct IdMap(
    /// Old and new, in the order of the old ones.
    Vec<(u64, u64)>,
);

impl FromIterator<(u64, u64)> for IdMap {
    /// Of several pairs with one old id, the last counts.
    fn from_iter<I: IntoIterator<Item = (u64, u64)>>(pairs: I) -> Self {
        let mut pairs: Vec<_> = pairs.into_iter().collect();
        pairs.reverse();
        pairs.sort_by_key(|(old, _)| *old);
        pairs.dedup_by_key(|(old, _)| *old);
        Self(pairs)
    }
}

impl IdMap {
    /// The new id of the record that had the id `old`; `None` where it was not restored.
    pub(crate) fn new_id(&self, old: u64) -> Option<u64> {
        let at = self.0.binary_search_by_key(&old, |(old, _)| *old).ok()?;
        Some(self.0[at].1)
    }

    /// Old and new ids, in the order of the old ones.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (u64, u64)> {
        self.0.iter().copied()
    }
}

/// A record number: `12`, or `CODE-12` as two parts, the first with its hyphen. `None` where `text` is none.
pub(crate) fn number(text: &str) -> Option<(&str, u64)> {
    let digits = text.rsplit('-').next()?;
    let prefix = text.strip_suffix(digits)?;
    Some((prefix, digits.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_new_ids_the_newest_counts() {
        let ids: IdMap = [(12, 101), (13, 102), (12, 201)].into_iter().collect();
        assert_eq!((ids.new_id(12), ids.new_id(13)), (Some(201), Some(102)));
        assert_eq!(ids.new_id(14), None);
    }

    #[test]
    fn a_record_number_may_have_an_app_code() {
        assert_eq!(number("12"), Some(("", 12)));
        assert_eq!(number("A-B-13"), Some(("A-B-", 13)));
        for text in ["", "abc", "12x", "CRM-"] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
