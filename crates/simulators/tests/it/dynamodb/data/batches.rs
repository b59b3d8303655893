//! `BatchWriteItem`.

use serde_json::{Value, json};
use simulators::dynamodb::Table;

use super::super::{answered, export};
use super::{batch, delete, item, put, target};

#[tokio::test]
async fn a_batch_puts_replaces_and_deletes() {
    let dynamodb = target();
    let first = batch(&[put(&item("a", 1)), put(&item("b", 1)), delete("c")]);
    let answer = answered(&dynamodb, "BatchWriteItem", first).await;
    assert_eq!(answer, json!({ "UnprocessedItems": {} }));
    let second = batch(&[put(&item("a", 2)), delete("b")]);
    answered(&dynamodb, "BatchWriteItem", second).await;
    assert_eq!(dynamodb.items("target"), [item("a", 2)]);
    let tally = dynamodb.tally();
    assert_eq!((tally.put, tally.deleted), (3, 2));
    assert_eq!(
        (tally.most_operations, tally.calls["BatchWriteItem"]),
        (3, 2)
    );
}

#[tokio::test]
async fn one_batch_writes_to_several_tables() {
    let dynamodb = target();
    dynamodb.add_table(Table::new("other", &[("id", "S")]));
    let requests = json!({ "RequestItems": { "target": [put(&item("a", 1))], "other": [put(&item("b", 1))] } });
    answered(&dynamodb, "BatchWriteItem", requests).await;
    assert_eq!(dynamodb.items("target"), [item("a", 1)]);
    assert_eq!(dynamodb.items("other"), [item("b", 1)]);
}

#[tokio::test]
async fn items_cost_a_unit_for_each_kilobyte_in_the_table_and_in_each_index() {
    let dynamodb = target();
    let indexed = Table::new("indexed", &[("id", "S")]).index("by-kind", &[("kind", "S")]);
    dynamodb.add_table(indexed);
    let large =
        json!({ "id": { "S": "a" }, "kind": { "S": "k" }, "text": { "S": "x".repeat(1024) } });
    let request = |item: &Value| json!({ "RequestItems": { "indexed": [put(item)] }, "ReturnConsumedCapacity": "INDEXES" });
    let consumed = async |item: &Value| {
        let answer = answered(&dynamodb, "BatchWriteItem", request(item)).await;
        let capacity = &answer["ConsumedCapacity"][0];
        let index = &capacity["GlobalSecondaryIndexes"]["by-kind"]["CapacityUnits"];
        [
            &capacity["CapacityUnits"],
            &capacity["Table"]["CapacityUnits"],
            index,
        ]
        .map(Value::as_f64)
    };
    assert_eq!(consumed(&large).await, [Some(4.0), Some(2.0), Some(2.0)]);
    // The larger one of the old and the new item counts.
    assert_eq!(
        consumed(&item("a", 1)).await,
        [Some(4.0), Some(2.0), Some(2.0)]
    );
    assert_eq!(consumed(&item("a", 1)).await, [Some(1.0), Some(1.0), None]);
    assert_eq!(dynamodb.tally().write_units, 9);
}

#[tokio::test]
async fn what_was_written_is_in_the_next_export() {
    let dynamodb = target();
    answered(&dynamodb, "BatchWriteItem", batch(&[put(&item("a", 1))])).await;
    dynamodb.advance(std::time::Duration::from_secs(1));
    let arn = export(&dynamodb, "target", json!({})).await;
    let lines = dynamodb.truth(&arn).unwrap().lines;
    assert_eq!(lines, [json!({ "Item": item("a", 1) })]);
}

#[tokio::test]
async fn numbers_sets_and_attributes_come_back_as_the_service_keeps_them() {
    let dynamodb = target();
    let digits = "1234567890123456789012345678901234567.8";
    let given = json!({
        "version": { "N": "0100.50" },
        "id": { "S": "a" },
        "big": { "N": "1E3" },
        "small": { "N": "-1.20e-3" },
        "exact": { "N": digits },
        "numbers": { "NS": ["10", "9.0"] },
        "texts": { "SS": ["b", "a"] },
        "bytes": { "BS": ["/w==", "AA=="] },
        "nested": { "M": { "list": { "L": [{ "NULL": true }, { "S": "" }, { "B": "" }, { "BOOL": false }] } } },
    });
    answered(&dynamodb, "BatchWriteItem", batch(&[put(&given)])).await;
    let kept = json!({
        "big": { "N": "1000" },
        "bytes": { "BS": ["AA==", "/w=="] },
        "exact": { "N": digits },
        "id": { "S": "a" },
        "nested": { "M": { "list": { "L": [{ "NULL": true }, { "S": "" }, { "B": "" }, { "BOOL": false }] } } },
        "numbers": { "NS": ["9", "10"] },
        "small": { "N": "-0.0012" },
        "texts": { "SS": ["a", "b"] },
        "version": { "N": "100.5" },
    });
    assert_eq!(dynamodb.items("target")[0].to_string(), kept.to_string());
    assert_eq!(simulators::dynamodb::canonical(&given), kept);
}

#[tokio::test]
async fn every_write_is_kept_in_order_if_a_test_asks_for_it() {
    let dynamodb = target();
    dynamodb.keep_writes();
    let requests = batch(&[put(&item("b", 1)), put(&item("a", 1)), delete("c")]);
    answered(&dynamodb, "BatchWriteItem", requests).await;
    let writes = dynamodb.writes();
    let keys: Vec<(&str, bool)> = writes
        .iter()
        .map(|write| (write.key["id"]["S"].as_str().unwrap(), write.deleted))
        .collect();
    assert_eq!(keys, [("b", false), ("a", false), ("c", true)]);
    assert_eq!(writes[0].at, dynamodb.now());
}
