//! What the service refuses to write.

use serde_json::{Value, json};
use simulators::DynamoDb;
use simulators::dynamodb::Table;

use super::super::{answered, call, refused};
use super::{batch, delete, item, put, target};

/// The words with which a batch is refused; nothing of it is done.
async fn invalid(dynamodb: &DynamoDb, requests: &[Value]) -> String {
    let before = dynamodb.items("target");
    let (code, message) = refused(dynamodb, "BatchWriteItem", batch(requests)).await;
    assert_eq!(code, "ValidationException", "{message}");
    assert_eq!(dynamodb.items("target"), before);
    message
}

#[tokio::test]
async fn a_batch_has_one_to_twenty_five_operations() {
    let dynamodb = target();
    let length = "1 validation error detected: Value '{target=[...]}' at 'requestItems' failed to satisfy constraint: \
                  Map value must satisfy constraint: [Member must have length less than or equal to 25, Member must \
                  have length greater than or equal to 1]";
    assert_eq!(invalid(&dynamodb, &[]).await, length);
    let many: Vec<Value> = (0..26).map(|id| put(&item(&id.to_string(), 1))).collect();
    assert_eq!(invalid(&dynamodb, &many).await, length);
    dynamodb.add_table(Table::new("other", &[("id", "S")]));
    let split = json!({ "RequestItems": { "target": &many[..13], "other": &many[13..] } });
    let (_, message) = refused(&dynamodb, "BatchWriteItem", split).await;
    assert_eq!(
        message,
        "Too many items requested for the BatchWriteItem call"
    );
    answered(&dynamodb, "BatchWriteItem", batch(&many[..25])).await;
    assert_eq!(dynamodb.items("target").len(), 25);
}

#[tokio::test]
async fn one_item_that_can_not_be_written_refuses_the_whole_batch() {
    let dynamodb = target();
    let schema = "The provided key element does not match the schema";
    let empty_key = "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain \
                     an empty string value. Key: id";
    let digits = "Attempting to store more than 38 significant digits in a Number";
    let long = "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit \
                of2048 bytes";
    for (value, message) in [
        (json!({ "version": { "N": "1" } }), schema),
        (json!({ "id": { "N": "1" } }), schema),
        (json!({ "id": { "S": "" } }), empty_key),
        (json!({ "id": { "S": "x".repeat(2049) } }), long),
        (
            json!({ "id": { "S": "a" }, "tags": { "SS": [] } }),
            "One or more parameter values were invalid: An string set  may not be empty",
        ),
        (
            json!({ "id": { "S": "a" }, "deep": { "M": { "tags": { "NS": [] } } } }),
            "One or more parameter values were invalid: An number set  may not be empty",
        ),
        (
            json!({ "id": { "S": "a" }, "tags": { "SS": ["x", "x"] } }),
            "One or more parameter values were invalid: Input collection [x, x] contains duplicates.",
        ),
        (
            json!({ "id": { "S": "a" }, "tags": { "NS": ["1", "1.0"] } }),
            "Input collection contains duplicates",
        ),
        (
            json!({ "id": { "S": "a" }, "n": { "N": "1".repeat(39) } }),
            digits,
        ),
        (
            json!({ "id": { "S": "a" }, "n": { "N": format!("1.{}1", "0".repeat(37)) } }),
            digits,
        ),
        (
            json!({ "id": { "S": "a" }, "n": { "N": "1e126" } }),
            "Number overflow. Attempting to store a number with magnitude larger than supported range",
        ),
        (
            json!({ "id": { "S": "a" }, "n": { "N": "1e-131" } }),
            "Number underflow. Attempting to store a number with magnitude smaller than supported range",
        ),
        (
            json!({ "id": { "S": "a" }, "n": { "N": "one" } }),
            "The parameter cannot be converted to a numeric value: one",
        ),
        (
            json!({ "id": { "S": "a" }, "n": {} }),
            "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes",
        ),
        (
            json!({ "id": { "S": "a" }, "n": { "S": "a", "N": "1" } }),
            "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes",
        ),
        (
            json!({ "id": { "S": "a" }, "n": { "NULL": false } }),
            "One or more parameter values were invalid: Null attribute value types must have the value of true",
        ),
    ] {
        let requests = [put(&item("good", 1)), put(&value)];
        assert_eq!(invalid(&dynamodb, &requests).await, message);
    }
}

#[tokio::test]
async fn an_item_has_at_most_400_kilobytes_as_it_is_stored() {
    let dynamodb = target();
    let sized =
        |bytes: usize| json!({ "id": { "S": "a" }, "text": { "S": "x".repeat(bytes - 3 - 4) } });
    let message = invalid(&dynamodb, &[put(&sized(400 * 1024 + 1))]).await;
    assert_eq!(message, "Item size has exceeded the maximum allowed size");
    answered(
        &dynamodb,
        "BatchWriteItem",
        batch(&[put(&sized(400 * 1024))]),
    )
    .await;
    // Sent, it is longer: a control character is one byte that takes six.
    let text = "\u{1}".repeat(100_000);
    let escaped = json!({ "id": { "S": "b" }, "text": { "S": text } });
    answered(&dynamodb, "BatchWriteItem", batch(&[put(&escaped)])).await;
    assert_eq!(dynamodb.items("target").len(), 2);
}

#[tokio::test]
async fn two_operations_on_one_key_refuse_the_batch() {
    let dynamodb = target();
    let message = "Provided list of item keys contains duplicates";
    for requests in [
        [put(&item("a", 1)), put(&item("a", 2))],
        [put(&item("a", 1)), delete("a")],
        [delete("a"), put(&item("a", 1))],
    ] {
        assert_eq!(invalid(&dynamodb, &requests).await, message);
    }
    dynamodb.add_table(Table::new("numbered", &[("id", "N")]));
    let number = |text: &str| put(&json!({ "id": { "N": text } }));
    let twice = json!({ "RequestItems": { "numbered": [number("1"), number("1.0")] } });
    assert_eq!(refused(&dynamodb, "BatchWriteItem", twice).await.1, message);
}

#[tokio::test]
async fn index_keys_must_have_their_types() {
    let dynamodb = target();
    dynamodb.add_table(Table::new("target", &[("id", "S")]).index("by-kind", &[("kind", "S")]));
    let with = |kind: Value| [put(&json!({ "id": { "S": "a" }, "kind": kind }))];
    assert_eq!(
        invalid(&dynamodb, &with(json!({ "N": "1" }))).await,
        "One or more parameter values were invalid: Type mismatch for Index Key kind Expected: S Actual: N IndexName: \
         by-kind"
    );
    assert_eq!(
        invalid(&dynamodb, &with(json!({ "S": "" }))).await,
        "One or more parameter values are not valid. A value specified for a secondary index key is not supported. \
         The AttributeValue for a key attribute cannot contain an empty string value. IndexName: by-kind, IndexKey: kind"
    );
}

#[tokio::test]
async fn an_unknown_table_and_a_request_of_over_16_mebibytes_are_refused() {
    let dynamodb = target();
    let unknown = json!({ "RequestItems": { "no-such": [put(&item("a", 1))] } });
    let refusal = refused(&dynamodb, "BatchWriteItem", unknown).await;
    let (code, message) = (refusal.0.as_str(), refusal.1.as_str());
    assert_eq!(
        (code, message),
        ("ResourceNotFoundException", "Requested resource not found")
    );
    let mut padded = batch(&[put(&item("a", 1))]);
    padded["Padding"] = json!("x".repeat(16 * 1024 * 1024));
    let response = super::super::CLIENT
        .post(dynamodb.address())
        .header("authorization", "AWS4-HMAC-SHA256 Credential=any")
        .header("x-amz-target", "DynamoDB_20120810.BatchWriteItem")
        .body(padded.to_string());
    assert_eq!(response.send().await.unwrap().status(), 413);
    assert_eq!(dynamodb.items("target"), [] as [Value; 0]);
}

#[tokio::test]
async fn what_is_no_item_at_all_is_a_serialization_error() {
    let dynamodb = target();
    for request in [
        json!({ "RequestItems": [] }),
        json!({ "RequestItems": { "target": {} } }),
        batch(&[json!({ "PutRequest": { "Item": [] } })]),
        batch(&[json!({ "PutRequest": { "Item": { "id": "a" } } })]),
        batch(&[put(&json!({ "id": { "S": 1 } }))]),
        batch(&[put(
            &json!({ "id": { "S": "a" }, "b": { "B": "not base64" } }),
        )]),
    ] {
        let (code, _) = refused(&dynamodb, "BatchWriteItem", request).await;
        assert_eq!(code, "SerializationException");
    }
    let (status, answer) = call(
        &dynamodb,
        "BatchWriteItem",
        batch(&[json!({ "PutRequest": {} })]),
    )
    .await;
    let missing = "1 validation error detected: Value null at 'requestItems.target.member.1.member.putRequest.item' \
                   failed to satisfy constraint: Member must not be null";
    assert_eq!((status, answer["message"].as_str()), (400, Some(missing)));
}
