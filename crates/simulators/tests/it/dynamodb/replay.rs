//! A full export and the increments after it give the table back.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};
use simulators::DynamoDb;
use simulators::dynamodb::Table;

use super::reader::read;
use super::{article, at, export};

/// When the full export is as of; increments of six hours follow.
const FIRST: &str = "2026-11-20T18:00:00Z";
const STEP: Duration = Duration::from_hours(6);

fn item(id: u8, value: u16) -> Value {
    json!({ "id": { "S": id.to_string() }, "value": { "N": value.to_string() } })
}

fn key(keys: &Value) -> String {
    keys["id"]["S"].as_str().unwrap().to_owned()
}

/// All lines of an export that was started with `more`, when it is done.
async fn exported(dynamodb: &DynamoDb, more: Value) -> Vec<Value> {
    let arn = export(dynamodb, "history", more).await;
    dynamodb.advance(Duration::from_mins(12));
    let truth = dynamodb.truth(&arn).unwrap();
    let export = read(dynamodb.objects(), "night", &truth.manifest).unwrap();
    assert_eq!(export.lines, truth.lines);
    export.lines
}

fn increment(from: Timestamp, to: Timestamp, view: &str) -> Value {
    json!({ "ExportType": "INCREMENTAL_EXPORT", "IncrementalExportSpecification": {
        "ExportFromTime": from.as_second(),
        "ExportToTime": to.as_second(),
        "ExportViewType": view,
    }})
}

/// Applies an increment, and checks that what it calls old is what there was.
fn apply(items: &mut BTreeMap<String, Value>, lines: &[Value], old_images: bool) {
    for line in lines {
        let key = key(&line["Keys"]);
        if old_images {
            assert_eq!(line.get("OldImage"), items.get(&key));
        } else {
            assert_eq!(line.get("OldImage"), None);
        }
        match line.get("NewImage") {
            Some(new) => drop(items.insert(key, new.clone())),
            None => assert!(items.remove(&key).is_some(), "a delete of nothing"),
        }
    }
}

/// Puts and deletes of few items within a day, often at the very ends of the increments.
fn changes() -> impl Strategy<Value = Vec<(i64, u8, Option<u16>)>> {
    let hour = 3600_i64;
    let second = prop_oneof![
        -hour..24 * hour,
        prop::sample::select(vec![0, 6 * hour, 12 * hour, 18 * hour, 24 * hour]),
    ];
    prop::collection::vec((second, 0..6_u8, prop::option::of(any::<u16>())), 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_full_export_and_gapless_increments_give_the_state_at_every_end(
        changes in changes(),
        old_images in any::<bool>(),
    ) {
        let dynamodb = article();
        dynamodb.add_table(Table::new("history", &[("id", "S")]).item(item(0, 0)));
        let first = at(FIRST);
        for (second, id, value) in changes {
            let time = first + SignedDuration::from_secs(second);
            match value {
                Some(value) => dynamodb.put_at("history", time, item(id, value)),
                None => dynamodb.delete_at("history", time, &item(id, 0)),
            }
        }
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all().build().unwrap().block_on(async {
            let full = exported(&dynamodb, json!({ "ExportTime": first.as_second() })).await;
            let mut items: BTreeMap<String, Value> = full
                .iter()
                .map(|line| (key(&line["Item"]), line["Item"].clone()))
                .collect();
            let view = if old_images { "NEW_AND_OLD_IMAGES" } else { "NEW_IMAGE" };
            let mut from = first;
            for _ in 0..4 {
                let to = from + STEP;
                let lines = exported(&dynamodb, increment(from, to, view)).await;
                apply(&mut items, &lines, old_images);
                let expected = dynamodb.items_before("history", to);
                assert_eq!(items.values().cloned().collect::<Vec<_>>(), expected);
                from = to;
            }
        });
    }
}

#[tokio::test]
async fn an_item_that_comes_and_goes_within_an_increment_leaves_no_record() {
    let dynamodb = article();
    dynamodb.add_table(Table::new("history", &[("id", "S")]).item(item(1, 1)));
    let from = at("2026-11-21T12:00:00Z");
    let after = |minutes| from + Duration::from_mins(minutes);
    dynamodb.put_at("history", after(1), item(2, 2));
    dynamodb.delete_at("history", after(2), &item(2, 2));
    dynamodb.put_at("history", after(3), item(1, 3));
    dynamodb.put_at("history", after(4), item(1, 4));
    let lines = exported(&dynamodb, increment(from, after(30), "NEW_AND_OLD_IMAGES")).await;
    let expected = json!({
        "Metadata": { "WriteTimestampMicros": { "N": after(4).as_microsecond().to_string() } },
        "Keys": { "id": { "S": "1" } },
        "NewImage": item(1, 4),
        "OldImage": item(1, 1),
    });
    assert_eq!(lines, [expected]);
}
