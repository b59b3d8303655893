//! Whatever an item holds comes back: exported, restored, scanned.

use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value, json};
use simulators::dynamodb::{Table, canonical};

use crate::world::World;

/// Numbers as others write them: each is the same as a plain one.
const ODD: &[&str] = &[
    "1E+5", "-2.5e-7", "1.500", "00012", "-0", "9.9E+125", "1E-130",
];

/// Up to 38 digits, anywhere in the range of DynamoDB's numbers.
fn number() -> impl Strategy<Value = String> {
    let digits = prop_oneof!["[1-9][0-9]{0,37}", Just("0".to_owned()), "[1-9]{38}"];
    let plain = (digits, 0_usize..38, any::<bool>()).prop_map(|(digits, point, negative)| {
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
    });
    let odd = proptest::sample::select(ODD).prop_map(str::to_owned);
    prop_oneof![4 => plain, 1 => odd]
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

const KEYS: &[(&str, &str)] = &[("id", "B"), ("n", "N")];

/// Runs `story` with some of what `given` gives; it answers what should be in the table, and what is.
fn for_some<S: Strategy>(
    cases: u32,
    given: &S,
    story: impl AsyncFn(S::Value) -> (Vec<Value>, Vec<Value>),
) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut runner = TestRunner::new(Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    });
    let result = runner.run(given, |value| {
        let (mut expected, found) = runtime.block_on(story(value));
        expected.sort_by_key(Value::to_string);
        prop_assert_eq!(expected, found);
        Ok(())
    });
    result.unwrap();
}

/// A world with the table `orders`, and its export.
async fn exported(items: &[Value]) -> World {
    let world = World::new().await;
    let orders = Table::new("orders", KEYS);
    let orders = items.iter().cloned().fold(orders, Table::item);
    world.dynamodb.add_table(orders);
    world.night("orders").await;
    world
}

#[test]
fn every_item_comes_back_as_it_was() {
    for_some(24, &items(), async |items| {
        let world = exported(&items).await;
        world.dynamodb.add_table(Table::new("copy", KEYS));
        world
            .verified(json!({ "source": "orders", "table": "copy" }))
            .await;
        let expected = items.iter().map(canonical).collect();
        (expected, world.items("copy"))
    });
}

#[test]
fn every_item_comes_back_by_an_import() {
    for_some(12, &items(), async |items| {
        let world = exported(&items).await;
        world
            .verified(json!({ "source": "orders", "table": "new", "import": true }))
            .await;
        let expected = items.iter().map(canonical).collect();
        (expected, world.items("new"))
    });
}

/// What happens between two nights: items that are put, those that are deleted, and some that are both.
fn windows() -> impl Strategy<Value = Vec<Vec<(bool, Value)>>> {
    let window = (items(), vec(any::<bool>(), 12)).prop_map(|(items, kept)| {
        let items = items.into_iter().rev();
        items
            .zip(kept)
            .map(|(item, is_put)| (is_put, item))
            .collect()
    });
    vec(window, 1..4)
}

#[test]
fn every_chain_comes_back_as_its_last_night() {
    for_some(12, &(items(), windows()), async |(items, windows)| {
        let world = World::new().await;
        let orders = Table::new("orders", KEYS);
        let orders = items.into_iter().fold(orders, Table::item);
        world.dynamodb.add_table(orders);
        world.dynamodb.add_table(Table::new("copy", KEYS));
        world.link("orders").await;
        for window in windows {
            world.wait(12 * 60);
            for (is_put, item) in window {
                if is_put {
                    world.dynamodb.put_at("orders", world.now(), item);
                } else {
                    world.dynamodb.delete_at("orders", world.now(), &item);
                }
            }
            world.wait(12 * 60);
            world.link("orders").await;
        }
        world
            .verified(json!({ "source": "orders", "table": "copy" }))
            .await;
        (world.items("orders"), world.items("copy"))
    });
}
