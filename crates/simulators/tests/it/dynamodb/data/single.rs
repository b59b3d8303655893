//! `PutItem` and `DeleteItem` with conditions.

use serde_json::{Value, json};
use simulators::DynamoDb;

use super::super::{answered, call, refused};
use super::{item, put_all, target};

/// Puts `id` if the condition holds for what is there, and tells whether it did.
async fn puts(dynamodb: &DynamoDb, id: &str, condition: &str, values: Value) -> bool {
    let mut request = json!({
        "TableName": "target",
        "Item": item(id, 100),
        "ConditionExpression": condition,
    });
    if condition.contains('#') {
        request["ExpressionAttributeNames"] = json!({ "#v": "version" });
    }
    if values != json!({}) {
        request["ExpressionAttributeValues"] = values;
    }
    let (status, answer) = call(dynamodb, "PutItem", request).await;
    if status == 200 {
        return true;
    }
    let failed = "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException";
    assert_eq!(answer["__type"], failed, "{answer}");
    assert_eq!(answer["message"], "The conditional request failed");
    false
}

#[tokio::test]
async fn a_put_depends_on_the_item_that_is_there() {
    let dynamodb = target();
    let version = |number: &str| json!({ ":v": { "N": number } });
    for (there, condition, values, holds) in [
        (None, "attribute_not_exists(id)", json!({}), true),
        (Some(5), "attribute_not_exists(id)", json!({}), false),
        (Some(5), "attribute_exists(id)", json!({}), true),
        (Some(5), "#v < :v", version("10"), true),
        (Some(5), "#v < :v", version("5"), false),
        (Some(5), "#v <= :v", version("5.0"), true),
        (Some(5), "#v = :v", version("5.00"), true),
        (Some(5), "#v <> :v", version("5"), false),
        (Some(10), "#v > :v", version("9"), true),
        (Some(10), "#v >= :v", version("11"), false),
        (Some(5), ":v > #v", version("10"), true),
        (Some(5), "#v < :v", json!({ ":v": { "S": "9" } }), false),
        (None, "#v < :v", version("10"), false),
        (
            None,
            "attribute_not_exists(#v) OR #v < :v",
            version("1"),
            true,
        ),
        (
            Some(5),
            "attribute_not_exists(#v) OR #v < :v",
            version("1"),
            false,
        ),
        (
            Some(5),
            "attribute_not_exists(id) OR (#v < :v AND attribute_exists(#v))",
            version("6"),
            true,
        ),
        (Some(5), "NOT #v < :v", version("6"), false),
        (
            Some(5),
            "attribute_exists(id) AND NOT (#v = :v)",
            version("6"),
            true,
        ),
        (Some(5), "#v BETWEEN :v AND :v", version("5"), true),
        (
            Some(5),
            "attribute_type(#v, :v)",
            json!({ ":v": { "S": "N" } }),
            true,
        ),
        (
            Some(5),
            "begins_with(id, :v)",
            json!({ ":v": { "S": "b" } }),
            false,
        ),
    ] {
        dynamodb.add_table(simulators::dynamodb::Table::new("target", &[("id", "S")]));
        if let Some(version) = there {
            put_all(&dynamodb, "target", &[item("a", version)]).await;
        }
        let held = puts(&dynamodb, "a", condition, values).await;
        assert_eq!(held, holds, "{condition} with {there:?}");
        let left = if holds { Some(100) } else { there };
        let left: Vec<Value> = left.map(|version| item("a", version)).into_iter().collect();
        assert_eq!(dynamodb.items("target"), left);
    }
}

#[tokio::test]
async fn expressions_that_make_no_sense_are_refused() {
    let dynamodb = target();
    for (condition, more, message) in [
        (
            "attribute_not_exists(:v)",
            json!({ ":v": { "S": "a" } }),
            "Invalid ConditionExpression: Operator or function \
          requires a document path; operator or function: attribute_not_exists",
        ),
        (
            "attribute_not_there(id)",
            json!({}),
            "Invalid ConditionExpression: Invalid function name; function: \
          attribute_not_there",
        ),
        (
            "((attribute_exists(id)))",
            json!({}),
            "Invalid ConditionExpression: The expression has redundant parentheses;",
        ),
        (
            "version < :w",
            json!({ ":v": { "N": "1" } }),
            "Invalid ConditionExpression: An expression attribute value used \
          in expression is not defined; attribute value: :w",
        ),
        (
            "attribute_exists(id)",
            json!({ ":v": { "N": "1" } }),
            "Value provided in ExpressionAttributeValues unused in \
          expressions: keys: {:v}",
        ),
        (
            "version < ",
            json!({}),
            "Invalid ConditionExpression: Syntax error; token: \"<EOF>\", near: \"<EOF>\"",
        ),
        (
            "",
            json!({}),
            "Invalid ConditionExpression: The expression can not be empty;",
        ),
    ] {
        let mut request = json!({ "TableName": "target", "Item": item("a", 1), "ConditionExpression": condition });
        if more != json!({}) {
            request["ExpressionAttributeValues"] = more;
        }
        let (code, words) = refused(&dynamodb, "PutItem", request).await;
        assert_eq!(
            (code.as_str(), words.as_str()),
            ("ValidationException", message)
        );
    }
    let nameless = json!({ "TableName": "target", "Item": item("a", 1), "ExpressionAttributeNames": { "#v": "v" } });
    let (_, words) = refused(&dynamodb, "PutItem", nameless).await;
    assert_eq!(
        words,
        "ExpressionAttributeNames can only be specified when using expressions"
    );
}

#[tokio::test]
async fn a_failed_condition_shows_the_item_that_is_there_if_it_is_asked_for() {
    let dynamodb = target();
    put_all(&dynamodb, "target", &[item("a", 5)]).await;
    let mut request = json!({
        "TableName": "target",
        "Item": item("a", 6),
        "ConditionExpression": "attribute_not_exists(id)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    });
    let (_, answer) = call(&dynamodb, "PutItem", request.clone()).await;
    assert_eq!(answer["Item"], item("a", 5));
    request["ReturnValuesOnConditionCheckFailure"] = json!("NONE");
    let (_, answer) = call(&dynamodb, "PutItem", request).await;
    assert_eq!(answer.get("Item"), None);
    assert_eq!(dynamodb.tally().conditions_failed, 2);
    assert_eq!(dynamodb.tally().write_units, 3);
}

#[tokio::test]
async fn a_delete_gives_back_what_was_there_and_needs_exactly_the_key() {
    let dynamodb = target();
    put_all(&dynamodb, "target", &[item("a", 5)]).await;
    let request =
        json!({ "TableName": "target", "Key": { "id": { "S": "a" } }, "ReturnValues": "ALL_OLD" });
    let gone = answered(&dynamodb, "DeleteItem", request.clone()).await;
    assert_eq!(gone["Attributes"], item("a", 5));
    assert_eq!(answered(&dynamodb, "DeleteItem", request).await, json!({}));
    let more = json!({ "TableName": "target", "Key": item("a", 5) });
    let (_, message) = refused(&dynamodb, "DeleteItem", more).await;
    assert_eq!(
        message,
        "The provided key element does not match the schema"
    );
}

#[tokio::test]
async fn a_single_put_tells_which_key_is_wrong() {
    let dynamodb = target();
    for (value, message) in [
        (
            json!({}),
            "One or more parameter values were invalid: Missing the key id in the item",
        ),
        (
            json!({ "id": { "N": "1" } }),
            "One or more parameter values were invalid: Type mismatch for key id expected: S actual: N",
        ),
    ] {
        let request = json!({ "TableName": "target", "Item": value });
        assert_eq!(refused(&dynamodb, "PutItem", request).await.1, message);
    }
}
