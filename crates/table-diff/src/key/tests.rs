use std::cmp::Ordering;

use proptest::prelude::*;

use super::*;
use crate::KeyType;

/// A value of a key's column, compared as its server compares it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Value {
    Integer(i64),
    Unsigned(u64),
    Text(String),
    Bytes(Vec<u8>),
    Uuid([u8; 16]),
    Date(i32),
    Moment(i64),
    Boolean(bool),
    Decimal(Decimal),
}

/// A decimal number of `units / 10^scale`, or one of those that are none.
#[derive(Clone, Copy, Debug)]
enum Decimal {
    MinusInfinity,
    Number { units: i64, scale: u32 },
    Infinity,
    NaN,
}

impl Decimal {
    /// What it is worth in units of the smallest scale, with what is no number before and behind all numbers.
    fn worth(self) -> (u8, i128) {
        match self {
            Self::MinusInfinity => (0, 0),
            Self::Number { units, scale } => (1, i128::from(units) * 10_i128.pow(12 - scale)),
            Self::Infinity => (2, 0),
            Self::NaN => (3, 0),
        }
    }

    fn text(self) -> String {
        let (units, scale) = match self {
            Self::MinusInfinity => return "-Infinity".to_owned(),
            Self::Infinity => return "Infinity".to_owned(),
            Self::NaN => return "NaN".to_owned(),
            Self::Number { units, scale } => (units, scale as usize),
        };
        let sign = if units < 0 { "-" } else { "" };
        let digits = format!("{:0width$}", units.unsigned_abs(), width = scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        let point = if scale > 0 { "." } else { "" };
        format!("{sign}{whole}{point}{fraction}")
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.worth() == other.worth()
    }
}

impl Eq for Decimal {}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        self.worth().cmp(&other.worth())
    }
}

impl Value {
    fn kind(&self) -> KeyType {
        match self {
            Self::Integer(_) => KeyType::Integer,
            Self::Unsigned(_) => KeyType::Unsigned,
            Self::Text(_) => KeyType::Text,
            Self::Bytes(_) => KeyType::Bytes,
            Self::Uuid(_) => KeyType::Uuid,
            Self::Date(_) => KeyType::Date,
            Self::Moment(_) => KeyType::Moment,
            Self::Boolean(_) => KeyType::Boolean,
            Self::Decimal(_) => KeyType::Decimal,
        }
    }

    fn push(&self, key: &mut Vec<u8>) {
        match self {
            Self::Integer(value) => push_integer(key, *value),
            Self::Unsigned(value) => push_unsigned(key, *value),
            Self::Text(value) => push_text(key, value.as_bytes()),
            Self::Bytes(value) => push_bytes(key, value),
            Self::Uuid(value) => push_uuid(key, *value),
            Self::Date(value) => push_date(key, *value),
            Self::Moment(value) => push_datetime(key, *value),
            Self::Boolean(value) => push_boolean(key, *value),
            Self::Decimal(value) => push_decimal(key, &value.text()).unwrap(),
        }
    }
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    // Few different bytes make prefixes and equal values likely.
    let byte = prop_oneof![Just(0), Just(1), Just(0xFF), any::<u8>()];
    prop::collection::vec(byte, 0..4)
}

fn decimal() -> impl Strategy<Value = Decimal> {
    let units = prop_oneof![-20_i64..20, -2000_i64..2000, any::<i64>()];
    prop_oneof![
        1 => Just(Decimal::MinusInfinity),
        1 => Just(Decimal::Infinity),
        1 => Just(Decimal::NaN),
        20 => (units, 0_u32..=12).prop_map(|(units, scale)| Decimal::Number { units, scale }),
    ]
}

/// Two values of one type.
fn two() -> impl Strategy<Value = (Value, Value)> {
    fn both<T: Clone + std::fmt::Debug>(
        values: impl Strategy<Value = T> + Clone,
        make: fn(T) -> Value,
    ) -> impl Strategy<Value = (Value, Value)> {
        (values.clone(), values).prop_map(move |(one, other)| (make(one), make(other)))
    }
    prop_oneof![
        both(any::<i64>().boxed(), Value::Integer),
        both((-2_i64..2).boxed(), Value::Integer),
        both(any::<u64>().boxed(), Value::Unsigned),
        both("[a\u{0}\u{1}é漢\u{10FFFF}]{0,3}".boxed(), Value::Text),
        both(bytes().boxed(), Value::Bytes),
        both(any::<[u8; 16]>().boxed(), Value::Uuid),
        both(any::<i32>().boxed(), Value::Date),
        both(any::<i64>().boxed(), Value::Moment),
        both(any::<bool>().boxed(), Value::Boolean),
        both(decimal().boxed(), Value::Decimal),
    ]
}

fn encoded(values: &[Value]) -> Vec<u8> {
    let mut key = Vec::new();
    for value in values {
        value.push(&mut key);
    }
    key
}

fn columns(values: &[Value]) -> Vec<(String, KeyType)> {
    let kinds = values.iter().map(Value::kind).enumerate();
    kinds.map(|(at, kind)| (format!("k{at}"), kind)).collect()
}

proptest! {
    #[test]
    fn bytes_are_ordered_and_equal_as_keys_are(pairs in prop::collection::vec(two(), 1..4)) {
        let (one, other): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
        prop_assert_eq!(encoded(&one).cmp(&encoded(&other)), one.cmp(&other));
    }

    #[test]
    fn the_text_of_a_key_makes_the_same_bytes(pairs in prop::collection::vec(two(), 1..4)) {
        let (values, _): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
        let (key, columns) = (encoded(&values), columns(&values));
        let texts = decode(&columns, &key).unwrap();
        prop_assert_eq!(encode(&columns, &texts), Ok(key));
    }

    #[test]
    fn bytes_that_are_no_key_are_refused_or_are_one(
        pairs in prop::collection::vec(two(), 1..3),
        bytes in prop::collection::vec(any::<u8>(), 0..20),
    ) {
        let (values, _): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
        let columns = columns(&values);
        if let Ok(texts) = decode(&columns, &bytes) {
            prop_assert_eq!(texts.len(), columns.len());
        }
    }

    #[test]
    fn a_cut_key_is_refused(pairs in prop::collection::vec(two(), 1..3), cut in 1_usize..20) {
        let (values, _): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
        let key = encoded(&values);
        let cut = cut.min(key.len());
        prop_assert!(decode(&columns(&values), &key[..key.len() - cut]).is_err());
    }
}

fn text_of(kind: KeyType, push: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut key = Vec::new();
    push(&mut key);
    decode(&[("k".to_owned(), kind)], &key).unwrap().remove(0)
}

#[test]
fn texts_are_those_of_the_server() {
    let cases = [
        (
            text_of(KeyType::Integer, |key| push_integer(key, i64::MIN)),
            "-9223372036854775808",
        ),
        (
            text_of(KeyType::Unsigned, |key| push_unsigned(key, u64::MAX)),
            "18446744073709551615",
        ),
        (
            text_of(KeyType::Bytes, |key| push_bytes(key, b"\0\xff")),
            r"\x00ff",
        ),
        (
            text_of(KeyType::Uuid, |key| push_uuid(key, [0xAB; 16])),
            "abababab-abab-abab-abab-abababababab",
        ),
        (
            text_of(KeyType::Date, |key| push_date(key, 20_089)),
            "2025-01-01",
        ),
        (
            text_of(KeyType::Moment, |key| {
                push_datetime(key, 1_735_689_600_000_001);
            }),
            "2025-01-01 00:00:00.000001+00",
        ),
        (
            text_of(KeyType::Boolean, |key| push_boolean(key, true)),
            "true",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(text, expected);
    }
}

#[test]
fn one_number_has_one_text_whatever_its_scale() {
    let cases = [
        ("1.00", "1"),
        ("-0", "0"),
        ("0.000", "0"),
        ("100", "100"),
        ("0100.50", "100.5"),
        ("-0.0012", "-0.0012"),
        (".5", "0.5"),
        ("+7", "7"),
    ];
    for (text, expected) in cases {
        assert_eq!(
            text_of(KeyType::Decimal, |key| push_decimal(key, text).unwrap()),
            expected
        );
    }
}

#[test]
fn a_value_that_is_none_is_named() {
    let key = |kind, text: &str| encode(&[("k".to_owned(), kind)], &[text.to_owned()]);
    for (kind, text) in [
        (KeyType::Integer, "1.0"),
        (KeyType::Unsigned, "-1"),
        (KeyType::Decimal, "1e5"),
        (KeyType::Decimal, ""),
        (KeyType::Decimal, "."),
        (KeyType::Bytes, "00"),
        (KeyType::Bytes, r"\x0"),
        (KeyType::Uuid, "ABABABAB-ABAB-ABAB-ABAB-ABABABABABAB"),
        (KeyType::Date, "2025-02-30"),
        (KeyType::Moment, "2025-01-01 00:00:00"),
        (KeyType::Boolean, "t"),
    ] {
        let error = key(kind, text).unwrap_err();
        assert!(
            error.to_string().starts_with(&format!("`{text}` is no ")),
            "{error}"
        );
    }
    assert_eq!(
        encode(&[], &["1".to_owned()]).unwrap_err().to_string(),
        "a key of 0 columns has 1 values"
    );
}
