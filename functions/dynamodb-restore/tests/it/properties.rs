//! Whatever an item holds comes back: exported, restored, scanned.

use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value, json};
use simulators::dynamodb::{Table, canonical};

use crate::world::World;

/// Up to 38 digits, anywhere in the range of DynamoDB's numbers.
fn number() -> impl Strategy<Value = String> {
    let digits = prop_oneof!["[1-9][0-9]{0,37}", Just("0".to_owned()), "[1-9]{38}"];
    (digits, 0_usize..38, any::<bool>()).prop_map(|(digits, point, negative)| {
        let text = match point {
            0 => digits,
            point if point < digits.len() => {
                let (whole, fraction) = digits.split_at(digits.len() - point);
                format!("{whole}.{fraction}")
            }
            _ => digits,
        };
        if negative && text != "0" {
            format!("-{text}")
        } else {
            text
        }
    })
}

/// Bytes as base64.
fn binary() -> impl Strategy<Value = String> {
    vec(any::<u8>(), 0..40).prop_map(|bytes| base64(&bytes))
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk
            .iter()
            .fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte))
            << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let is_there = place <= chunk.len();
            text.push(if is_there {
                char::from(LETTERS[bits >> (18 - 6 * place) & 63])
            } else {
                '='
            });
        }
    }
    text
}

fn attribute() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        ".{0,30}".prop_map(|text| json!({ "S": text })),
        number().prop_map(|number| json!({ "N": number })),
        binary().prop_map(|bytes| json!({ "B": bytes })),
        btree_set("[a-zé]{1,5}", 1..5).prop_map(|texts| json!({ "SS": texts })),
        btree_set(
            (-1000_i64..1000).prop_map(|number| number.to_string()),
            1..5
        )
        .prop_map(|numbers| json!({ "NS": numbers })),
        btree_set(
            vec(any::<u8>(), 1..9).prop_map(|bytes| base64(&bytes)),
            1..4
        )
        .prop_map(|all| json!({ "BS": all })),
        Just(json!({ "NULL": true })),
        any::<bool>().prop_map(|value| json!({ "BOOL": value })),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(|list| json!({ "L": list })),
            btree_map("[a-z \"é]{1,6}", inner, 0..4).prop_map(|map| json!({ "M": map })),
        ]
    })
}

/// Items of a table with a binary and a numeric key.
fn items() -> impl Strategy<Value = Vec<Value>> {
    let attributes = btree_map("[a-z._-]{3,8}", attribute(), 0..6);
    vec(attributes, 1..12).prop_map(|items| {
        let item = |(line, attributes): (usize, std::collections::BTreeMap<String, Value>)| {
            let mut item: Map<String, Value> = attributes.into_iter().collect();
            item.insert(
                "id".to_owned(),
                json!({ "B": base64(&[u8::try_from(line % 3).unwrap(), 255]) }),
            );
            item.insert("n".to_owned(), json!({ "N": format!("{line}.50") }));
            Value::Object(item)
        };
        items.into_iter().enumerate().map(item).collect()
    })
}

#[test]
fn every_item_comes_back_as_it_was() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut runner = TestRunner::new(Config {
        cases: 24,
        failure_persistence: None,
        ..Config::default()
    });
    let result = runner.run(&items(), |items| {
        let (expected, found) = runtime.block_on(async {
            let world = World::new().await;
            let keys = [("id", "B"), ("n", "N")];
            world.dynamodb.add_table(
                items
                    .iter()
                    .cloned()
                    .fold(Table::new("orders", &keys), Table::item),
            );
            world.dynamodb.add_table(Table::new("copy", &keys));
            world.night("orders").await;
            world
                .verified(json!({ "source": "orders", "table": "copy" }))
                .await;
            let mut expected: Vec<Value> = items.iter().map(canonical).collect();
            expected.sort_by_key(Value::to_string);
            (expected, world.items("copy"))
        });
        prop_assert_eq!(expected, found);
        Ok(())
    });
    result.unwrap();
}
