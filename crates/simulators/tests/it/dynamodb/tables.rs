//! What the service tells about tables.

use serde_json::{Value, json};
use simulators::dynamodb::{PointInTimeRecovery, Table};

use super::{answered, article, at, refused, told};

#[tokio::test]
async fn a_table_tells_its_keys_its_age_and_its_arn() {
    let dynamodb = article();
    let created = "2026-03-01T00:00:00Z";
    let orders = Table::new("orders", &[("customer", "S"), ("number", "N")]);
    let orders = orders.created(at(created)).status("UPDATING");
    let arn = dynamodb.add_table(orders);
    for name in ["orders", &arn] {
        let answer = answered(&dynamodb, "DescribeTable", json!({ "TableName": name })).await;
        let table = &answer["Table"];
        assert_eq!(table["TableArn"], arn);
        assert_eq!(table["TableStatus"], "UPDATING");
        assert_eq!(table["CreationDateTime"], told(created));
        let keys = json!([
            { "AttributeName": "customer", "KeyType": "HASH" },
            { "AttributeName": "number", "KeyType": "RANGE" },
        ]);
        assert_eq!(table["KeySchema"], keys);
    }
    let (code, message) = refused(&dynamodb, "DescribeTable", json!({ "TableName": "no" })).await;
    assert_eq!(code, "ResourceNotFoundException");
    assert_eq!(message, "Requested resource not found: Table: no not found");
}

#[tokio::test]
async fn table_names_come_in_pages() {
    let dynamodb = article();
    for number in 0..250 {
        dynamodb.add_table(Table::new(&format!("orders-{number:03}"), &[("id", "S")]));
    }
    let (mut names, mut request) = (Vec::new(), json!({}));
    loop {
        let page = answered(&dynamodb, "ListTables", request).await;
        names.extend(page["TableNames"].as_array().unwrap().clone());
        match page.get("LastEvaluatedTableName") {
            None => break,
            Some(last) => request = json!({ "ExclusiveStartTableName": last }),
        }
    }
    assert_eq!(names.len(), 252);
    assert_eq!(
        (&names[0], &names[251]),
        (&json!("orders-000"), &json!("table2"))
    );
}

#[tokio::test]
async fn tags_come_in_pages() {
    let dynamodb = article();
    let table = Table::new("tagged", &[("id", "S")]);
    let tagged = (0..12).fold(table, |table, number| {
        table.tag(&format!("tag{number}"), "yes")
    });
    let arn = dynamodb.add_table(tagged);
    let first = answered(
        &dynamodb,
        "ListTagsOfResource",
        json!({ "ResourceArn": arn }),
    )
    .await;
    let rest = json!({ "ResourceArn": arn, "NextToken": first["NextToken"] });
    let rest = answered(&dynamodb, "ListTagsOfResource", rest).await;
    assert_eq!(first["Tags"].as_array().unwrap().len(), 10);
    let last = json!([{ "Key": "tag10", "Value": "yes" }, { "Key": "tag11", "Value": "yes" }]);
    assert_eq!(rest, json!({ "Tags": last }));
    let unknown = json!({ "ResourceArn": dynamodb.table_arn("no") });
    let (code, _) = refused(&dynamodb, "ListTagsOfResource", unknown).await;
    assert_eq!(code, "ResourceNotFoundException");
}

#[tokio::test]
async fn backups_tell_how_far_back_and_how_far_forward_a_table_can_be_restored() {
    let dynamodb = article();
    let asked = async || -> Value {
        let request = json!({ "TableName": "table1" });
        let answer = answered(&dynamodb, "DescribeContinuousBackups", request).await;
        answer["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"].clone()
    };
    let on = asked().await;
    assert_eq!(
        on["EarliestRestorableDateTime"],
        told("2026-10-17T18:30:00Z")
    );
    assert_eq!(on["LatestRestorableDateTime"], told("2026-11-21T18:25:00Z"));
    dynamodb.set_recovery("table1", PointInTimeRecovery::Off);
    assert_eq!(
        asked().await,
        json!({ "PointInTimeRecoveryStatus": "DISABLED" })
    );
    let unknown = json!({ "TableName": "no" });
    let (code, message) = refused(&dynamodb, "DescribeContinuousBackups", unknown).await;
    assert_eq!(
        (code.as_str(), message.as_str()),
        ("TableNotFoundException", "Table not found: no")
    );
}
