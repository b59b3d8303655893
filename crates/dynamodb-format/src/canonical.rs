//! One line for all items that DynamoDB holds to be equal.

use std::collections::{BTreeMap, BTreeSet};

use serde::ser::{Serialize, SerializeSeq, Serializer};

use crate::write::{json, typed};
use crate::{AttributeValue, Item, canonical_number};

impl Item {
    /// The line of this item where numbers count by value: `1.0` is `1`, `1E2` is `100`. Names and sets are sorted, so two
    /// items have the same line if, and only if, DynamoDB holds them to be equal. [`Item::parse`] reads it.
    pub fn canonical_line(&self) -> String {
        json(&BTreeMap::from([("Item", Attributes(&self.0))]))
    }
}

struct Attributes<'a>(&'a BTreeMap<String, AttributeValue>);

struct Value<'a>(&'a AttributeValue);

struct List<'a>(&'a [AttributeValue]);

impl Serialize for Attributes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, Value(value))))
    }
}

impl Serialize for List<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        for value in self.0 {
            list.serialize_element(&Value(value))?;
        }
        list.end()
    }
}

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            AttributeValue::N(number) => typed(serializer, "N", &canonical_number(number)),
            AttributeValue::Ns(numbers) => {
                let numbers: BTreeSet<_> = numbers
                    .iter()
                    .map(|number| canonical_number(number))
                    .collect();
                typed(serializer, "NS", &numbers)
            }
            AttributeValue::M(map) => typed(serializer, "M", &Attributes(map)),
            AttributeValue::L(list) => typed(serializer, "L", &List(list)),
            value => value.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::item::tests::any_item;

    fn line(attributes: &str) -> String {
        let line = format!(r#"{{"Item":{attributes}}}"#);
        Item::parse(line.as_bytes()).unwrap().canonical_line()
    }

    #[test]
    fn numbers_count_by_value_at_any_depth() {
        let one = line(
            r#"{"n":{"N":"1E2"},"s":{"NS":["10","2.0"]},"l":{"L":[{"M":{"x":{"N":"0.50"}}}]}}"#,
        );
        let other = line(
            r#"{"l":{"L":[{"M":{"x":{"N":"5E-1"}}}]},"n":{"N":"100"},"s":{"NS":["2","1E1"]}}"#,
        );
        assert_eq!(one, other);
        let expected = r#"{"Item":{"l":{"L":[{"M":{"x":{"N":"0.5"}}}]},"n":{"N":"100"},"s":{"NS":["10","2"]}}}"#;
        assert_eq!(one, expected);
    }

    #[test]
    fn texts_count_as_they_are() {
        assert_ne!(line(r#"{"s":{"S":"1.0"}}"#), line(r#"{"s":{"S":"1"}}"#));
        assert_ne!(line(r#"{"s":{"S":"1"}}"#), line(r#"{"s":{"N":"1"}}"#));
        assert_ne!(line(r#"{"s":{"L":[]}}"#), line(r#"{"s":{"M":{}}}"#));
    }

    proptest! {
        #[test]
        fn a_canonical_line_is_that_of_the_item_in_it(item in any_item()) {
            let line = item.canonical_line();
            prop_assert_eq!(Item::parse(line.as_bytes()).unwrap().canonical_line(), line);
        }
    }
}
