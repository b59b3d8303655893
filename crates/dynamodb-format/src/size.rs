//! How large an item is as DynamoDB stores it, and whether it can be stored at all.

use std::collections::{BTreeMap, BTreeSet};

use crate::number::Decimal;
use crate::{AttributeValue, Item, canonical_number};

/// The most bytes of an item as stored: 400 KiB, names included.
///
/// **Source**: Amazon DynamoDB Developer Guide, "Constraints in Amazon DynamoDB", "Items".
pub const ITEM_BYTES_MAX: u64 = 400 * 1024;

/// The most significant digits of a number. **Source**: as above, "Data types".
const DIGITS_MAX: usize = 38;

/// The exponents of the largest and of the smallest number, `9.99…E+125` and `1E-130`. **Source**: as above.
const EXPONENT_MAX: i64 = 125;
const EXPONENT_MIN: i64 = -130;

/// How deep lists and maps may be nested. **Source**: as above, "Nested attributes".
const DEPTH_MAX: u32 = 32;

/// What a list or a map takes besides its elements, and what each element takes besides its value.
const CONTAINER_BYTES: u64 = 3;
const ELEMENT_BYTES: u64 = 1;

/// Why no table can hold an item. Names the attribute, never its value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ItemFault {
    /// The item is too large.
    #[error("the item has {bytes} bytes as stored; at most {ITEM_BYTES_MAX} are allowed")]
    Large {
        /// Its size as stored.
        bytes: u64,
    },
    /// A number has too many digits.
    #[error(
        "{attribute} holds a number of {digits} significant digits; at most {DIGITS_MAX} are allowed"
    )]
    Digits {
        /// The item's attribute.
        attribute: String,
        /// The number's digits.
        digits: usize,
    },
    /// A number is too large, or too near to zero.
    #[error("{attribute} holds a number outside 1E-130 to 9.99E+125")]
    Range {
        /// The item's attribute.
        attribute: String,
    },
    /// A set is empty.
    #[error("{attribute} holds an empty set")]
    EmptySet {
        /// The item's attribute.
        attribute: String,
    },
    /// A set holds one number twice, written differently.
    #[error("{attribute} holds a set with the same number twice")]
    Twice {
        /// The item's attribute.
        attribute: String,
    },
    /// Lists and maps are nested too deep.
    #[error("{attribute} is nested deeper than {DEPTH_MAX} levels")]
    Deep {
        /// The item's attribute.
        attribute: String,
    },
}

impl Item {
    /// The size in bytes as stored, by which writes are counted and the limit of 400 KiB is meant. That of
    /// numbers is documented as approximate.
    ///
    /// | part | bytes |
    /// |---|--:|
    /// | name, text | its UTF-8 |
    /// | binary | its bytes, not base64's |
    /// | number | 1, and 1 for two significant digits |
    /// | null, boolean | 1 |
    /// | set | its values |
    /// | list, map | 3, and 1 for each element besides its name and value |
    ///
    /// **Source**: Amazon DynamoDB Developer Guide, "DynamoDB item sizes and formats".
    pub fn stored_bytes(&self) -> u64 {
        named(&self.0)
    }

    /// The size as stored, if a table can hold the item; its key apart, which the table must know.
    ///
    /// # Errors
    /// It is too large, or holds a value that DynamoDB refuses.
    ///
    /// **Source**: Amazon DynamoDB Developer Guide, "Constraints in Amazon DynamoDB".
    pub fn storable(&self) -> Result<u64, ItemFault> {
        for (attribute, value) in &self.0 {
            check(attribute, value, 0)?;
        }
        match self.stored_bytes() {
            bytes if bytes > ITEM_BYTES_MAX => Err(ItemFault::Large { bytes }),
            bytes => Ok(bytes),
        }
    }
}

fn named(attributes: &BTreeMap<String, AttributeValue>) -> u64 {
    attributes
        .iter()
        .map(|(name, value)| length(name.len()) + bytes(value))
        .sum()
}

fn bytes(value: &AttributeValue) -> u64 {
    match value {
        AttributeValue::S(text) => length(text.len()),
        AttributeValue::N(number) => number_bytes(number),
        AttributeValue::B(bytes) => length(bytes.len()),
        AttributeValue::Ss(texts) => texts.iter().map(|text| length(text.len())).sum(),
        AttributeValue::Ns(numbers) => numbers.iter().map(|number| number_bytes(number)).sum(),
        AttributeValue::Bs(binaries) => binaries.iter().map(|bytes| length(bytes.len())).sum(),
        AttributeValue::M(map) => CONTAINER_BYTES + length(map.len()) * ELEMENT_BYTES + named(map),
        AttributeValue::L(list) => {
            let elements: u64 = list.iter().map(bytes).sum();
            CONTAINER_BYTES + length(list.len()) * ELEMENT_BYTES + elements
        }
        AttributeValue::Null | AttributeValue::Bool(_) => 1,
    }
}

fn number_bytes(number: &str) -> u64 {
    let mantissa = number.split(['e', 'E']).next().unwrap_or_default();
    1 + length(significant(mantissa)).div_ceil(2)
}

/// The digits of `mantissa` without zeros at either end.
fn significant(mantissa: &str) -> usize {
    let is_significant = |byte: &u8| (b'1'..=b'9').contains(byte);
    let bytes = mantissa.as_bytes();
    let Some(first) = bytes.iter().position(is_significant) else {
        return 0;
    };
    let last = bytes.iter().rposition(is_significant).unwrap_or(first);
    bytes[first..=last]
        .iter()
        .filter(|byte| byte.is_ascii_digit())
        .count()
}

fn length(count: usize) -> u64 {
    count as u64
}

fn check(attribute: &str, value: &AttributeValue, depth: u32) -> Result<(), ItemFault> {
    let name = || attribute.to_owned();
    match value {
        AttributeValue::N(number) => check_number(attribute, number),
        AttributeValue::Ns(numbers) => check_numbers(attribute, numbers),
        AttributeValue::Ss(texts) if texts.is_empty() => {
            Err(ItemFault::EmptySet { attribute: name() })
        }
        AttributeValue::Bs(binaries) if binaries.is_empty() => {
            Err(ItemFault::EmptySet { attribute: name() })
        }
        AttributeValue::M(_) | AttributeValue::L(_) if depth == DEPTH_MAX => {
            Err(ItemFault::Deep { attribute: name() })
        }
        AttributeValue::M(map) => map
            .values()
            .try_for_each(|value| check(attribute, value, depth + 1)),
        AttributeValue::L(list) => list
            .iter()
            .try_for_each(|value| check(attribute, value, depth + 1)),
        _ => Ok(()),
    }
}

fn check_numbers(attribute: &str, numbers: &BTreeSet<String>) -> Result<(), ItemFault> {
    let attribute_name = || attribute.to_owned();
    if numbers.is_empty() {
        return Err(ItemFault::EmptySet {
            attribute: attribute_name(),
        });
    }
    numbers
        .iter()
        .try_for_each(|number| check_number(attribute, number))?;
    let values: BTreeSet<_> = numbers
        .iter()
        .map(|number| canonical_number(number))
        .collect();
    if values.len() < numbers.len() {
        return Err(ItemFault::Twice {
            attribute: attribute_name(),
        });
    }
    Ok(())
}

fn check_number(attribute: &str, number: &str) -> Result<(), ItemFault> {
    // A short plain number is within all bounds, whatever its digits.
    if number.len() <= DIGITS_MAX && !number.contains(['e', 'E']) {
        return Ok(());
    }
    let Some(decimal) = Decimal::parse(number) else {
        return Err(ItemFault::Range {
            attribute: attribute.to_owned(),
        });
    };
    if decimal.digits.len() > DIGITS_MAX {
        let digits = decimal.digits.len();
        return Err(ItemFault::Digits {
            attribute: attribute.to_owned(),
            digits,
        });
    }
    let exponent = decimal.point() - 1;
    if !decimal.digits.is_empty() && !(EXPONENT_MIN..=EXPONENT_MAX).contains(&exponent) {
        return Err(ItemFault::Range {
            attribute: attribute.to_owned(),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(attributes: &str) -> Item {
        Item::parse(format!(r#"{{"Item":{attributes}}}"#).as_bytes()).unwrap()
    }

    fn stored(attributes: &str) -> u64 {
        item(attributes).stored_bytes()
    }

    #[test]
    fn sizes_are_the_documented_ones() {
        for (attributes, expected) in [
            ("{}", 0),
            (r#"{"id":{"S":"abc"}}"#, 5),
            (r#"{"é":{"S":"漢字"}}"#, 2 + 6),
            (r#"{"n":{"N":"0"}}"#, 1 + 1),
            (r#"{"n":{"N":"27"}}"#, 1 + 2),
            (r#"{"n":{"N":"-271.00"}}"#, 1 + 3),
            (r#"{"n":{"N":"0.00271E7"}}"#, 1 + 3),
            (
                r#"{"n":{"N":"12345678901234567890123456789012345678"}}"#,
                1 + 20,
            ),
            (r#"{"b":{"B":"AAEC"}}"#, 1 + 3),
            (r#"{"x":{"NULL":true},"y":{"BOOL":false}}"#, 4),
            (r#"{"s":{"SS":["ab","c"]}}"#, 1 + 3),
            (r#"{"s":{"NS":["1","234"]}}"#, 1 + 2 + 3),
            (r#"{"s":{"BS":["AAEC","AA=="]}}"#, 1 + 4),
            (r#"{"m":{"M":{}}}"#, 1 + 3),
            (r#"{"l":{"L":[]}}"#, 1 + 3),
            (r#"{"m":{"M":{"a":{"S":"bc"}}}}"#, 1 + 3 + 1 + 1 + 2),
            (
                r#"{"l":{"L":[{"S":"a"},{"L":[{"NULL":true}]}]}}"#,
                1 + 3 + 2 + 1 + (3 + 1 + 1),
            ),
        ] {
            assert_eq!(stored(attributes), expected, "{attributes}");
        }
    }

    #[test]
    fn an_item_of_400_kib_is_the_largest() {
        let largest = item(&format!(r#"{{"a":{{"S":"{}"}}}}"#, "x".repeat(409_599)));
        assert_eq!(largest.storable(), Ok(ITEM_BYTES_MAX));
        let larger = item(&format!(r#"{{"a":{{"S":"{}"}}}}"#, "x".repeat(409_600)));
        assert_eq!(larger.storable(), Err(ItemFault::Large { bytes: 409_601 }));
    }

    fn nested(levels: usize) -> String {
        format!(
            r#"{{"a":{}{{"NULL":true}}{}}}"#,
            r#"{"L":["#.repeat(levels),
            "]}".repeat(levels)
        )
    }

    #[test]
    fn what_the_service_refuses_is_told_with_the_attribute() {
        for (attributes, expected) in [
            (
                format!(r#"{{"a":{{"N":"{}"}}}}"#, "1".repeat(39)),
                "a holds a number of 39 significant digits; at most 38 are allowed",
            ),
            (
                r#"{"a":{"L":[{"N":"1E126"}]}}"#.to_owned(),
                "a holds a number outside 1E-130 to 9.99E+125",
            ),
            (
                r#"{"a":{"N":"-1E-131"}}"#.to_owned(),
                "a holds a number outside 1E-130 to 9.99E+125",
            ),
            (
                r#"{"a":{"N":"1E99999999999"}}"#.to_owned(),
                "a holds a number outside 1E-130 to 9.99E+125",
            ),
            (
                r#"{"a":{"M":{"b":{"SS":[]}}}}"#.to_owned(),
                "a holds an empty set",
            ),
            (r#"{"a":{"NS":[]}}"#.to_owned(), "a holds an empty set"),
            (r#"{"a":{"BS":[]}}"#.to_owned(), "a holds an empty set"),
            (
                r#"{"a":{"NS":["1","1.0"]}}"#.to_owned(),
                "a holds a set with the same number twice",
            ),
            (nested(33), "a is nested deeper than 32 levels"),
        ] {
            assert_eq!(
                item(&attributes).storable().unwrap_err().to_string(),
                expected,
                "{attributes}"
            );
        }
    }

    #[test]
    fn the_bounds_themselves_are_storable() {
        for attributes in [
            format!(r#"{{"a":{{"N":"{}"}}}}"#, "1".repeat(38)),
            format!(r#"{{"a":{{"N":"-{}E88"}}}}"#, "9".repeat(38)),
            r#"{"a":{"N":"9.99E125"},"b":{"N":"1E-130"},"c":{"N":"0E999"}}"#.to_owned(),
            nested(32),
        ] {
            assert!(item(&attributes).storable().is_ok(), "{attributes}");
        }
    }
}
