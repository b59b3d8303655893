//! `Scan`, `GetItem` and `BatchGetItem`.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use simulators::DynamoDb;
use simulators::dynamodb::{Options, Table};

use super::super::{answered, call, refused, with};
use super::{item, put_all, target};

/// A table `target` with so many items, there since its creation.
fn filled(count: u64) -> DynamoDb {
    let dynamodb = target();
    let table = (0..count).fold(Table::new("target", &[("id", "S")]), |table, id| {
        table.item(item(&format!("id-{id}"), id))
    });
    dynamodb.add_table(table);
    dynamodb
}

/// All pages of a scan, and how many there were.
async fn scanned(dynamodb: &DynamoDb, more: Value) -> (Vec<Value>, usize) {
    let mut request = json!({ "TableName": "target", "ConsistentRead": true });
    request
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    let (mut items, mut pages) = (Vec::new(), 0);
    loop {
        let page = answered(dynamodb, "Scan", request.clone()).await;
        items.extend(page["Items"].as_array().unwrap().clone());
        pages += 1;
        match page.get("LastEvaluatedKey") {
            None => return (items, pages),
            Some(last) => request["ExclusiveStartKey"] = last.clone(),
        }
    }
}

fn ids(items: &[Value]) -> BTreeSet<String> {
    items
        .iter()
        .map(|item| item["id"]["S"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_scan_gives_every_item_once_whatever_its_pages_and_segments() {
    let dynamodb = filled(100);
    let all = dynamodb.items("target");
    assert_eq!(scanned(&dynamodb, json!({})).await, (all.clone(), 1));
    // The tenth page is full, so the service can't tell yet that nothing follows.
    assert_eq!(
        scanned(&dynamodb, json!({ "Limit": 10 })).await,
        (all.clone(), 11)
    );
    let mut found = Vec::new();
    for segment in 0..7 {
        let part = json!({ "Segment": segment, "TotalSegments": 7, "Limit": 9 });
        found.extend(scanned(&dynamodb, part).await.0);
    }
    assert_eq!(found.len(), 100);
    assert_eq!(ids(&found), ids(&all));
}

#[tokio::test]
async fn a_page_ends_at_a_megabyte() {
    let dynamodb = target();
    let large = (0..5).fold(Table::new("target", &[("id", "S")]), |table, id| {
        table.item(json!({ "id": { "S": id.to_string() }, "text": { "S": "x".repeat(400_000) } }))
    });
    dynamodb.add_table(large);
    let (items, pages) = scanned(&dynamodb, json!({})).await;
    assert_eq!((items.len(), pages), (5, 2));
}

#[tokio::test]
async fn a_scan_counts_and_projects() {
    let dynamodb = filled(3);
    let count = json!({ "TableName": "target", "Select": "COUNT" });
    let count = answered(&dynamodb, "Scan", count).await;
    assert_eq!(count, json!({ "Count": 3, "ScannedCount": 3 }));
    let keys = json!({ "ProjectionExpression": "#k", "ExpressionAttributeNames": { "#k": "id" } });
    let (items, _) = scanned(&dynamodb, keys).await;
    assert!(
        items
            .iter()
            .all(|item| item.as_object().unwrap().len() == 1),
        "{items:?}"
    );
    assert_eq!(ids(&items).len(), 3);
}

#[tokio::test]
async fn sort_keys_come_in_their_order_within_a_partition() {
    let dynamodb = target();
    let numbers = ["10", "-1", "9.5", "0", "1e2", "-20"];
    let table = Table::new("target", &[("id", "S"), ("number", "N")]);
    let table = numbers.iter().fold(table, |table, number| {
        table.item(json!({ "id": { "S": "a" }, "number": { "N": number } }))
    });
    dynamodb.add_table(table);
    let (items, _) = scanned(&dynamodb, json!({ "Limit": 1 })).await;
    let found: Vec<&str> = items
        .iter()
        .map(|item| item["number"]["N"].as_str().unwrap())
        .collect();
    assert_eq!(found, ["-20", "-1", "0", "9.5", "10", "100"]);
}

#[tokio::test]
async fn scans_that_make_no_sense_are_refused() {
    let dynamodb = filled(10);
    for (more, message) in [
        (
            json!({ "Segment": 0 }),
            "The TotalSegments parameter is required but was not present in the request when \
          Segment parameter is present",
        ),
        (
            json!({ "TotalSegments": 1 }),
            "The Segment parameter is required but was not present in the request when \
          parameter TotalSegments is present",
        ),
        (
            json!({ "Segment": 2, "TotalSegments": 2 }),
            "The Segment parameter is zero-based and must be less than parameter \
          TotalSegments: Segment: 2 is not less than TotalSegments: 2",
        ),
        (
            json!({ "ExclusiveStartKey": { "other": { "S": "a" } } }),
            "The provided starting key is invalid: The provided \
          key element does not match the schema",
        ),
        (
            json!({ "Limit": 0 }),
            "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member \
          must have value greater than or equal to 1",
        ),
    ] {
        let mut request = json!({ "TableName": "target" });
        request
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        assert_eq!(refused(&dynamodb, "Scan", request).await.1, message);
    }
    let (code, _) = refused(&dynamodb, "Scan", json!({ "TableName": "no-such" })).await;
    assert_eq!(code, "ResourceNotFoundException");
}

#[tokio::test]
async fn many_items_are_read_by_their_keys() {
    let dynamodb = filled(100);
    let key = |id: u64| json!({ "id": { "S": format!("id-{id}") } });
    let keys: Vec<Value> = (50..150).map(key).collect();
    let request = |keys: &[Value]| json!({ "RequestItems": { "target": { "Keys": keys } } });
    let answer = answered(&dynamodb, "BatchGetItem", request(&keys)).await;
    assert_eq!(answer["UnprocessedKeys"], json!({}));
    let found = answer["Responses"]["target"].as_array().unwrap();
    assert_eq!(found.len(), 50);
    // Not in the order of the request.
    assert_ne!(found[0], item("id-50", 50));
    assert!(ids(found).contains("id-99"));
    let (_, message) = refused(&dynamodb, "BatchGetItem", request(&[key(1), key(1)])).await;
    assert_eq!(message, "Provided list of item keys contains duplicates");
    let many: Vec<Value> = (0..101).map(key).collect();
    let (code, _) = refused(&dynamodb, "BatchGetItem", request(&many)).await;
    assert_eq!(code, "ValidationException");
}

#[tokio::test]
async fn what_exceeds_16_mebibytes_is_left_unread() {
    let dynamodb = target();
    let large = (0..50).fold(Table::new("target", &[("id", "N")]), |table, id| {
        table.item(json!({ "id": { "N": id.to_string() }, "text": { "S": "x".repeat(400_000) } }))
    });
    dynamodb.add_table(large);
    let mut wanted: Vec<Value> = (0..50)
        .map(|id| json!({ "id": { "N": id.to_string() } }))
        .collect();
    let (mut found, mut calls) = (0, 0);
    while !wanted.is_empty() {
        let request =
            json!({ "RequestItems": { "target": { "Keys": wanted, "ConsistentRead": true } } });
        let answer = answered(&dynamodb, "BatchGetItem", request).await;
        found += answer["Responses"]["target"].as_array().unwrap().len();
        let left = &answer["UnprocessedKeys"]["target"];
        assert!(left.is_null() || left["ConsistentRead"] == true);
        wanted = left["Keys"].as_array().cloned().unwrap_or_default();
        calls += 1;
    }
    assert_eq!((found, calls), (50, 2));
}

#[tokio::test]
async fn one_item_is_read_by_its_key() {
    let dynamodb = filled(3);
    let request = |id: &str| json!({ "TableName": "target", "Key": { "id": { "S": id } } });
    let found = answered(&dynamodb, "GetItem", request("id-2")).await;
    assert_eq!(found, json!({ "Item": item("id-2", 2) }));
    assert_eq!(
        answered(&dynamodb, "GetItem", request("id-3")).await,
        json!({})
    );
}

#[tokio::test]
async fn reads_that_are_not_consistent_may_miss_what_was_only_just_written() {
    let dynamodb = with(Options {
        read_lag: Duration::from_secs(1),
        ..Options::default()
    });
    dynamodb.add_table(Table::new("target", &[("id", "S")]));
    put_all(&dynamodb, "target", &[item("a", 1)]).await;
    let counted = async |consistent: bool| {
        let request =
            json!({ "TableName": "target", "Select": "COUNT", "ConsistentRead": consistent });
        let (_, answer) = call(&dynamodb, "Scan", request).await;
        answer["Count"].as_u64().unwrap()
    };
    assert_eq!((counted(true).await, counted(false).await), (1, 0));
    dynamodb.advance(Duration::from_secs(1));
    assert_eq!(counted(false).await, 1);
}
