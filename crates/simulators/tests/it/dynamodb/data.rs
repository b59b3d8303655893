//! Items written and read over the wire.

mod batches;
mod creating;
mod importing;
mod reads;
mod refusals;
mod single;
mod troubles;

use serde_json::{Value, json};
use simulators::DynamoDb;
use simulators::dynamodb::Table;

use super::{answered, article};

/// A DynamoDB with the empty table `target`, whose key is the text `id`.
fn target() -> DynamoDb {
    let dynamodb = article();
    dynamodb.add_table(Table::new("target", &[("id", "S")]));
    dynamodb
}

/// An item with an id and a number.
fn item(id: &str, version: u64) -> Value {
    json!({ "id": { "S": id }, "version": { "N": version.to_string() } })
}

fn put(item: &Value) -> Value {
    json!({ "PutRequest": { "Item": item } })
}

fn delete(id: &str) -> Value {
    json!({ "DeleteRequest": { "Key": { "id": { "S": id } } } })
}

fn batch(requests: &[Value]) -> Value {
    json!({ "RequestItems": { "target": requests } })
}

/// Puts items one by one.
async fn put_all(dynamodb: &DynamoDb, table: &str, items: &[Value]) {
    for item in items {
        let request = json!({ "TableName": table, "Item": item });
        answered(dynamodb, "PutItem", request).await;
    }
}
