//! The different values of one field, as far as they are looked for.

use std::collections::BTreeSet;

use kintone_client::Value;

/// Different values of one field that are looked for in Kintone, at most.
pub(crate) const MOST_DISTINCT: usize = 10_000;

/// The different values of one field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Distinct {
    pub(crate) values: BTreeSet<String>,
    /// Whether there are more than are kept.
    pub(crate) is_cut: bool,
}

impl Distinct {
    /// Takes the keys or people in `value`.
    pub(crate) fn add(&mut self, value: &Value<'_>) {
        match value {
            Value::Text(text) => self.keep(text),
            Value::User(user) => self.keep(&user.code),
            Value::Users(users) => users.iter().for_each(|user| self.keep(&user.code)),
            _ => {}
        }
    }

    fn keep(&mut self, text: &str) {
        if text.is_empty() || self.values.contains(text) {
            return;
        }
        if self.values.len() == MOST_DISTINCT {
            self.is_cut = true;
        } else {
            self.values.insert(text.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_beyond_the_bound_are_known_to_be_left_out() {
        let mut distinct = Distinct::default();
        for number in 0..MOST_DISTINCT {
            distinct.add(&Value::Text(number.to_string().into()));
        }
        distinct.add(&Value::Text("0".into()));
        assert!(!distinct.is_cut, "it is one of them");
        distinct.add(&Value::Text("one more".into()));
        assert_eq!(
            (distinct.is_cut, distinct.values.len()),
            (true, MOST_DISTINCT)
        );
    }
}
