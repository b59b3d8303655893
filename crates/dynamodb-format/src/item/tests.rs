use std::collections::BTreeSet;

use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::AttributeFault;

/// Any item that DynamoDB can hold, in small; empty texts, binaries, lists and maps among its values.
pub(crate) fn any_item() -> impl Strategy<Value = Item> {
    btree_map(".{1,8}", any_value(), 0..6).prop_map(Item)
}

fn any_value() -> impl Strategy<Value = AttributeValue> {
    let leaf = prop_oneof![
        any::<String>().prop_map(AttributeValue::S),
        any_number().prop_map(AttributeValue::N),
        any::<Vec<u8>>().prop_map(AttributeValue::B),
        btree_set(any::<String>(), 0..4).prop_map(AttributeValue::Ss),
        btree_set(any_number(), 0..4).prop_map(AttributeValue::Ns),
        btree_set(any::<Vec<u8>>(), 0..4).prop_map(AttributeValue::Bs),
        Just(AttributeValue::Null),
        any::<bool>().prop_map(AttributeValue::Bool),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(AttributeValue::L),
            btree_map(".{0,8}", inner, 0..4).prop_map(AttributeValue::M),
        ]
    })
}

fn any_number() -> impl Strategy<Value = String> {
    "-?[0-9]{1,38}|-?[0-9]{1,19}\\.[0-9]{1,19}|-?[0-9](\\.[0-9]{1,37})?[eE][-+]?[0-9]{1,3}"
}

/// `item` as another program may write it: names and sets in reverse.
fn reversed(item: &Item) -> String {
    fn reverse(value: Value) -> Value {
        match value {
            Value::Object(map) => map
                .into_iter()
                .rev()
                .map(|(name, value)| match name.as_str() {
                    "SS" | "NS" | "BS" if value.is_array() => (name, turned(value)),
                    _ => (name, reverse(value)),
                })
                .collect(),
            Value::Array(list) => list.into_iter().map(reverse).collect(),
            other => other,
        }
    }
    fn turned(set: Value) -> Value {
        match set {
            Value::Array(list) => list.into_iter().rev().collect(),
            other => other,
        }
    }
    reverse(serde_json::from_str(&item.to_line()).unwrap()).to_string()
}

fn fault(line: &str) -> String {
    Item::parse(line.as_bytes()).unwrap_err().to_string()
}

proptest! {
    #[test]
    fn an_item_comes_back_from_its_line(item in any_item()) {
        let line = item.to_line();
        prop_assert!(!line.contains('\n'));
        prop_assert_eq!(Item::parse(line.as_bytes()).unwrap(), item);
    }

    #[test]
    fn equal_items_have_equal_lines_in_whatever_order_they_were_written(item in any_item()) {
        let other = Item::parse(reversed(&item).as_bytes()).unwrap();
        prop_assert_eq!(other.to_line(), item.to_line());
    }

    #[test]
    fn a_cut_line_is_never_an_item(item in any_item(), cut in any::<prop::sample::Index>()) {
        let line = item.to_line();
        let cut = cut.index(line.len());
        prop_assert!(Item::parse(&line.as_bytes()[..cut]).is_err());
    }

    #[test]
    fn no_line_makes_the_parser_panic(line in vec(any::<u8>(), 0..200)) {
        prop_assert!(Item::parse(&line).is_err());
    }
}

#[test]
fn every_type_is_read_as_the_service_writes_it() {
    let line = r#"{"Item":{
        "text":{"S":"日本\u8a9e\n"}, "number":{"N":"-12345678901234567890123456789012345678"},
        "bytes":{"B":"AAH/"}, "texts":{"SS":["b","a"]}, "numbers":{"NS":["2","1.5"]},
        "binaries":{"BS":["/w==","AA=="]}, "map":{"M":{"inner":{"M":{}}}},
        "list":{"L":[{"S":""},{"NULL":true}]}, "yes":{"BOOL":true}}}"#;
    let item = Item::parse(line.as_bytes()).unwrap();
    let expected = [
        ("text", AttributeValue::S("日本語\n".to_owned())),
        (
            "number",
            AttributeValue::N("-12345678901234567890123456789012345678".to_owned()),
        ),
        ("bytes", AttributeValue::B(vec![0, 1, 255])),
        (
            "texts",
            AttributeValue::Ss(["a", "b"].map(str::to_owned).into()),
        ),
        (
            "numbers",
            AttributeValue::Ns(["1.5", "2"].map(str::to_owned).into()),
        ),
        (
            "binaries",
            AttributeValue::Bs(BTreeSet::from([vec![0], vec![255]])),
        ),
        (
            "map",
            AttributeValue::M(BTreeMap::from([(
                "inner".to_owned(),
                AttributeValue::M(BTreeMap::new()),
            )])),
        ),
        (
            "list",
            AttributeValue::L(vec![AttributeValue::S(String::new()), AttributeValue::Null]),
        ),
        ("yes", AttributeValue::Bool(true)),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value));
    assert_eq!(item, Item(BTreeMap::from(expected)));
}

#[test]
fn the_line_is_sorted_and_compact() {
    let line = r#"{"Item": {"b": {"SS": ["z", "y"]}, "a": {"B": "AAH/"}}}"#;
    let item = Item::parse(line.as_bytes()).unwrap();
    assert_eq!(
        item.to_line(),
        r#"{"Item":{"a":{"B":"AAH/"},"b":{"SS":["y","z"]}}}"#
    );
}

#[test]
fn the_deepest_nesting_that_the_service_allows_is_read() {
    let mut value = AttributeValue::Null;
    for level in 0..32 {
        value = match level % 2 {
            0 => AttributeValue::L(vec![value]),
            _ => AttributeValue::M(BTreeMap::from([("a".to_owned(), value)])),
        };
    }
    let item = Item(BTreeMap::from([("a".to_owned(), value)]));
    assert_eq!(Item::parse(item.to_line().as_bytes()).unwrap(), item);
}

#[test]
fn a_fault_names_the_attribute_and_not_its_value() {
    for (line, expected) in [
        (
            r#"{"Item":{"a":{"M":{"b":{"L":[{"S":"x"},{"N":"secret"}]}}}}}"#,
            "Item.a.b[1] is not a number",
        ),
        (r#"{"Item":{"a":{"B":"secret"}}}"#, "Item.a is not base64"),
        (
            r#"{"Item":{"a":{"BS":["AA==","secret"]}}}"#,
            "Item.a[1] is not base64",
        ),
        (
            r#"{"Item":{"a":{"N":12345}}}"#,
            "Item.a is not written as its type is",
        ),
        (
            r#"{"Item":{"a":{"S":"secret","N":"1"}}}"#,
            "Item.a is not written as its type is",
        ),
        (
            r#"{"Item":{"a":{}}}"#,
            "Item.a is not written as its type is",
        ),
        (
            r#"{"Item":{"a":"secret"}}"#,
            "Item.a is not written as its type is",
        ),
        (
            r#"{"Item":{"a":{"NULL":false}}}"#,
            "Item.a is not written as its type is",
        ),
        (
            r#"{"Item":{"a":{"secret":"secret"}}}"#,
            "Item.a has none of the types S, N, B, SS, NS, BS, M, L, NULL, BOOL",
        ),
        (
            r#"{"Item":{"a":{"SS":["secret","secret"]}}}"#,
            "Item.a holds the same name or value twice",
        ),
        (
            r#"{"Item":{"a":{"S":"secret"},"a":{"S":"secret"}}}"#,
            "Item holds the same name or value twice",
        ),
        (r#"{"Keys":{"a":{"S":"secret"}}}"#, "Item is missing"),
        (r#"["secret"]"#, "the record is not written as its type is"),
        (
            r#"{"Item":{"a":{"S":"secret""#,
            "the record is not JSON from column 26 on; it is cut or damaged",
        ),
        (
            r#"{"Item":{}} {"secret":1}"#,
            "the record is not JSON from column 13 on; it is cut or damaged",
        ),
        (
            "",
            "the record is not JSON from column 0 on; it is cut or damaged",
        ),
    ] {
        assert_eq!(fault(line), expected, "{line}");
    }
}

#[test]
fn text_that_is_not_utf_8_is_refused() {
    let line = b"{\"Item\":{\"a\":{\"S\":\"\xff\"}}}";
    assert!(matches!(
        Item::parse(line),
        Err(crate::FormatError::Json { column: 20 })
    ));
}

#[test]
fn what_is_no_number_is_refused() {
    for text in [
        "", "-", ".", "1.", ".5", "1e", "e1", "0x1", "1 ", "NaN", "--1", "1.2.3",
    ] {
        let line = format!(r#"{{"Item":{{"a":{{"N":"{text}"}}}}}}"#);
        let found = Item::parse(line.as_bytes());
        let Err(FormatError::Attribute { fault, .. }) = found else {
            panic!("{text} was read");
        };
        assert_eq!(fault, AttributeFault::Number, "{text}");
    }
}

#[test]
fn a_line_with_more_than_the_item_is_no_request() {
    let request = |line: &str| Item::parse_request(line.as_bytes()).unwrap();
    let (item, is_request) = request(r#"{"Item":{"id":{"S":"a"}}}"#);
    assert!(is_request);
    assert_eq!(
        request(r#"{"Item":{"id":{"S":"a"}},"Added":1}"#),
        (item, false)
    );
}
