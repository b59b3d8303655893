//! Tables that come and go.

use std::time::Duration;

use serde_json::{Value, json};
use simulators::DynamoDb;
use simulators::dynamodb::{Options, Table};

use super::super::{answered, refused, with};
use super::{batch, item, put, put_all, target};

fn wanted(name: &str) -> Value {
    json!({
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            { "AttributeName": "customer", "AttributeType": "S" },
            { "AttributeName": "number", "AttributeType": "N" },
        ],
        "KeySchema": [
            { "AttributeName": "customer", "KeyType": "HASH" },
            { "AttributeName": "number", "KeyType": "RANGE" },
        ],
        "Tags": [{ "Key": "scratch", "Value": "true" }],
    })
}

async fn described(dynamodb: &DynamoDb, name: &str) -> Value {
    let answer = answered(dynamodb, "DescribeTable", json!({ "TableName": name })).await;
    answer["Table"].clone()
}

#[tokio::test]
async fn a_table_is_created_filled_and_deleted() {
    let dynamodb = target();
    let created = answered(&dynamodb, "CreateTable", wanted("orders")).await;
    let created = &created["TableDescription"];
    assert_eq!(created["TableStatus"], "CREATING");
    let table = described(&dynamodb, "orders").await;
    assert_eq!(table["TableStatus"], "ACTIVE");
    assert_eq!(table["TableId"], created["TableId"]);
    assert_eq!(table["KeySchema"], wanted("orders")["KeySchema"]);
    assert_eq!(
        table["AttributeDefinitions"],
        wanted("orders")["AttributeDefinitions"]
    );
    assert_eq!(
        table["BillingModeSummary"]["BillingMode"],
        "PAY_PER_REQUEST"
    );
    let tags = json!({ "ResourceArn": table["TableArn"] });
    let tags = answered(&dynamodb, "ListTagsOfResource", tags).await;
    assert_eq!(tags["Tags"], wanted("orders")["Tags"]);
    let (code, message) = refused(&dynamodb, "CreateTable", wanted("orders")).await;
    assert_eq!(
        (code.as_str(), message.as_str()),
        ("ResourceInUseException", "Table already exists: orders")
    );
    let order = json!({ "customer": { "S": "c" }, "number": { "N": "1" } });
    put_all(&dynamodb, "orders", &[order]).await;
    let name = json!({ "TableName": "orders" });
    let gone = answered(&dynamodb, "DeleteTable", name.clone()).await;
    assert_eq!(gone["TableDescription"]["TableStatus"], "DELETING");
    assert_eq!(
        refused(&dynamodb, "DescribeTable", name.clone()).await.0,
        "ResourceNotFoundException"
    );
    assert_eq!(
        refused(&dynamodb, "DeleteTable", name).await.0,
        "ResourceNotFoundException"
    );
}

#[tokio::test]
async fn a_new_table_of_an_old_name_has_another_id_and_no_items() {
    let dynamodb = target();
    answered(&dynamodb, "CreateTable", wanted("orders")).await;
    let first = described(&dynamodb, "orders").await;
    answered(&dynamodb, "DeleteTable", json!({ "TableName": "orders" })).await;
    answered(&dynamodb, "CreateTable", wanted("orders")).await;
    assert_ne!(
        described(&dynamodb, "orders").await["TableId"],
        first["TableId"]
    );
    assert_eq!(dynamodb.items("orders"), [] as [Value; 0]);
}

#[tokio::test]
async fn a_table_takes_no_items_before_it_is_active_nor_while_it_is_deleted() {
    let minute = Duration::from_mins(1);
    let dynamodb = with(Options {
        creating: minute,
        deleting: minute,
        ..Options::default()
    });
    answered(&dynamodb, "CreateTable", wanted("target")).await;
    let order = json!({ "customer": { "S": "c" }, "number": { "N": "1" } });
    let requests = batch(&[put(&order)]);
    let name = json!({ "TableName": "target" });
    assert_eq!(
        described(&dynamodb, "target").await["TableStatus"],
        "CREATING"
    );
    let (code, message) = refused(&dynamodb, "BatchWriteItem", requests.clone()).await;
    assert_eq!(
        (code.as_str(), message.as_str()),
        ("ResourceNotFoundException", "Requested resource not found")
    );
    let (code, message) = refused(&dynamodb, "DeleteTable", name.clone()).await;
    assert_eq!(code, "ResourceInUseException");
    assert_eq!(
        message,
        "Attempt to change a resource which is still in use: Table is being created: target"
    );
    dynamodb.advance(minute);
    answered(&dynamodb, "BatchWriteItem", requests.clone()).await;
    answered(&dynamodb, "DeleteTable", name.clone()).await;
    assert_eq!(
        described(&dynamodb, "target").await["TableStatus"],
        "DELETING"
    );
    assert_eq!(
        refused(&dynamodb, "BatchWriteItem", requests).await.0,
        "ResourceNotFoundException"
    );
    assert_eq!(
        refused(&dynamodb, "CreateTable", wanted("target")).await.0,
        "ResourceInUseException"
    );
    dynamodb.advance(minute);
    assert_eq!(
        refused(&dynamodb, "DescribeTable", name).await.0,
        "ResourceNotFoundException"
    );
}

#[tokio::test]
async fn a_description_tells_indexes_streams_and_units_and_counts_late() {
    let dynamodb = target();
    let table = Table::new("busy", &[("id", "S"), ("version", "N")])
        .index("by-kind", &[("kind", "S"), ("version", "N")])
        .local_index("by-age", "age", "N")
        .provisioned(5, 10)
        .streams()
        .time_to_live("expires")
        .protected();
    dynamodb.add_table(table);
    put_all(&dynamodb, "busy", &[item("a", 1)]).await;
    let table = described(&dynamodb, "busy").await;
    assert_eq!(
        (&table["ItemCount"], &table["TableSizeBytes"]),
        (&json!(0), &json!(0))
    );
    assert_eq!(table.get("BillingModeSummary"), None);
    assert_eq!(table["ProvisionedThroughput"]["WriteCapacityUnits"], 10);
    assert_eq!(table["StreamSpecification"]["StreamEnabled"], true);
    assert_eq!(table["AttributeDefinitions"].as_array().unwrap().len(), 4);
    let local = &table["LocalSecondaryIndexes"][0];
    assert_eq!(
        local["KeySchema"],
        json!([
            { "AttributeName": "id", "KeyType": "HASH" },
            { "AttributeName": "age", "KeyType": "RANGE" },
        ])
    );
    let index = &table["GlobalSecondaryIndexes"][0];
    assert_eq!(
        index["KeySchema"][1],
        json!({ "AttributeName": "version", "KeyType": "RANGE" })
    );
    let name = json!({ "TableName": "busy" });
    let lives = answered(&dynamodb, "DescribeTimeToLive", name.clone()).await;
    let told = json!({ "TimeToLiveStatus": "ENABLED", "AttributeName": "expires" });
    assert_eq!(lives["TimeToLiveDescription"], told);
    assert_eq!(
        refused(&dynamodb, "DeleteTable", name).await.0,
        "ValidationException"
    );
    dynamodb.advance(Duration::from_hours(7));
    let table = described(&dynamodb, "busy").await;
    // The names, two texts of one byte, and a number of two.
    assert_eq!(
        (&table["ItemCount"], &table["TableSizeBytes"]),
        (&json!(1), &json!(12))
    );
}

#[tokio::test]
async fn a_table_is_created_with_its_indexes() {
    let dynamodb = target();
    let mut request = wanted("orders");
    let index = |name: &str, hash: &str, range: &str| {
        json!([{
            "IndexName": name,
            "KeySchema": [
                { "AttributeName": hash, "KeyType": "HASH" },
                { "AttributeName": range, "KeyType": "RANGE" },
            ],
            "Projection": { "ProjectionType": "ALL" },
        }])
    };
    let definitions = request["AttributeDefinitions"].as_array_mut().unwrap();
    definitions.push(json!({ "AttributeName": "age", "AttributeType": "N" }));
    request["GlobalSecondaryIndexes"] = index("by-number", "number", "customer");
    request["LocalSecondaryIndexes"] = index("by-age", "customer", "age");
    answered(&dynamodb, "CreateTable", request.clone()).await;
    let table = described(&dynamodb, "orders").await;
    for kind in ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"] {
        for member in ["IndexName", "KeySchema", "Projection"] {
            assert_eq!(table[kind][0][member], request[kind][0][member]);
        }
    }
    let order = json!({ "customer": { "S": "c" }, "number": { "N": "1" }, "age": { "N": "2" } });
    let put = json!({ "TableName": "orders", "Item": order, "ReturnConsumedCapacity": "INDEXES" });
    let answer = answered(&dynamodb, "PutItem", put).await;
    let one = json!({ "CapacityUnits": 1.0 });
    let capacity = &answer["ConsumedCapacity"];
    assert_eq!(capacity["CapacityUnits"], 3.0);
    assert_eq!(
        capacity["GlobalSecondaryIndexes"],
        json!({ "by-number": one })
    );
    assert_eq!(capacity["LocalSecondaryIndexes"], json!({ "by-age": one }));
}

#[tokio::test]
async fn tags_are_set_and_replaced() {
    let dynamodb = target();
    let arn = dynamodb.table_arn("target");
    for value in ["one", "two"] {
        let tags = json!([{ "Key": "scratch", "Value": value }]);
        answered(
            &dynamodb,
            "TagResource",
            json!({ "ResourceArn": arn, "Tags": tags }),
        )
        .await;
    }
    let tags = answered(
        &dynamodb,
        "ListTagsOfResource",
        json!({ "ResourceArn": arn }),
    )
    .await;
    assert_eq!(tags["Tags"], json!([{ "Key": "scratch", "Value": "two" }]));
}

#[tokio::test]
async fn a_table_without_proper_keys_is_refused() {
    let dynamodb = target();
    let mut undefined = wanted("orders");
    undefined["AttributeDefinitions"]
        .as_array_mut()
        .unwrap()
        .pop();
    let mut unused = wanted("orders");
    unused["KeySchema"].as_array_mut().unwrap().pop();
    let mut swapped = wanted("orders");
    swapped["KeySchema"].as_array_mut().unwrap().reverse();
    let mut unpaid = wanted("orders");
    unpaid.as_object_mut().unwrap().remove("BillingMode");
    let short = wanted("no");
    for request in [undefined, unused, swapped, unpaid, short] {
        assert_eq!(
            refused(&dynamodb, "CreateTable", request).await.0,
            "ValidationException"
        );
    }
}
