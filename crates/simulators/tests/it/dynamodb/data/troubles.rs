//! What may go wrong with writes and reads, as a test wants it.

use std::time::Duration;

use serde_json::{Value, json};
use simulators::dynamodb::{Options, Table, Trouble, refuse};
use simulators::{DynamoDb, Effect, When};

use super::super::{CLIENT, answered, call, refused, with};
use super::{batch, item, put, put_all, target};

/// The ids of a batch's operations that were left.
fn left(answer: &Value) -> Vec<String> {
    let requests = answer["UnprocessedItems"]["target"].as_array();
    let ids = requests
        .into_iter()
        .flatten()
        .map(|request| &request["PutRequest"]["Item"]["id"]["S"]);
    ids.map(|id| id.as_str().unwrap().to_owned()).collect()
}

fn twenty_five() -> Vec<Value> {
    (0..25)
        .map(|id| put(&item(&format!("id-{id}"), 1)))
        .collect()
}

#[tokio::test]
async fn a_share_of_each_batch_is_left_and_written_when_it_comes_again() {
    let dynamodb = target();
    let mut wanted = twenty_five();
    dynamodb.trouble(
        "target",
        Trouble::Unprocessed {
            percent: 30,
            seed: 7,
        },
    );
    let mut rounds = Vec::new();
    while !wanted.is_empty() {
        let (status, answer) = call(&dynamodb, "BatchWriteItem", batch(&wanted)).await;
        if status == 400 {
            assert!(
                answer["__type"]
                    .as_str()
                    .unwrap()
                    .ends_with("#ProvisionedThroughputExceededException")
            );
            continue;
        }
        rounds.push(left(&answer).len());
        wanted = answer["UnprocessedItems"]["target"]
            .as_array()
            .cloned()
            .unwrap_or_default();
    }
    assert!((4..12).contains(&rounds[0]), "{rounds:?}");
    assert!(rounds.is_sorted_by(|one, next| one > next), "{rounds:?}");
    assert_eq!(dynamodb.items("target").len(), 25);
    let unprocessed: usize = rounds.iter().sum();
    assert!(dynamodb.tally().unprocessed >= unprocessed as u64);
}

#[tokio::test]
async fn what_is_left_follows_from_the_seed_and_not_from_the_order_of_requests() {
    let round = async |seed: u64, reversed: bool| {
        let dynamodb = target();
        dynamodb.trouble("target", Trouble::Unprocessed { percent: 50, seed });
        let mut requests = twenty_five();
        if reversed {
            requests.reverse();
        }
        let mut left = left(&answered(&dynamodb, "BatchWriteItem", batch(&requests)).await);
        left.sort();
        left
    };
    assert_eq!(round(1, false).await, round(1, true).await);
    assert_ne!(round(1, false).await, round(2, false).await);
}

#[tokio::test]
async fn nothing_is_written_while_all_is_unprocessed() {
    let dynamodb = target();
    dynamodb.trouble(
        "target",
        Trouble::Unprocessed {
            percent: 100,
            seed: 0,
        },
    );
    let (status, answer) = call(&dynamodb, "BatchWriteItem", batch(&twenty_five())).await;
    let code = "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException";
    assert_eq!((status, answer["__type"].as_str()), (400, Some(code)));
    assert_eq!(
        answer["ThrottlingReasons"][0]["resource"],
        dynamodb.table_arn("target")
    );
    let single = json!({ "TableName": "target", "Item": item("a", 1) });
    assert_eq!(
        refused(&dynamodb, "PutItem", single).await.0,
        "ProvisionedThroughputExceededException"
    );
    assert_eq!(dynamodb.items("target"), [] as [Value; 0]);
    dynamodb.calm("target");
    answered(&dynamodb, "BatchWriteItem", batch(&twenty_five())).await;
    assert_eq!(dynamodb.items("target").len(), 25);
}

#[tokio::test]
async fn a_limit_lets_so_many_units_through_in_a_second() {
    let dynamodb = target();
    dynamodb.trouble(
        "target",
        Trouble::WriteLimit {
            per_second: 10,
            burst: 20,
        },
    );
    let answer = answered(&dynamodb, "BatchWriteItem", batch(&twenty_five())).await;
    assert_eq!(left(&answer).len(), 5);
    let rest = answer["UnprocessedItems"]["target"]
        .as_array()
        .unwrap()
        .clone();
    let (code, _) = refused(&dynamodb, "BatchWriteItem", batch(&rest)).await;
    assert_eq!(code, "ProvisionedThroughputExceededException");
    dynamodb.advance(Duration::from_millis(300));
    let answer = answered(&dynamodb, "BatchWriteItem", batch(&rest)).await;
    assert_eq!(left(&answer).len(), 2);
    assert_eq!(dynamodb.tally().write_units, 23);
}

#[tokio::test]
async fn a_storm_lasts_for_a_time_or_for_so_many_calls() {
    let dynamodb = target();
    let second = Duration::from_secs(1);
    dynamodb.trouble("target", Trouble::ThrottledUntil(dynamodb.now() + second));
    let requests = batch(&twenty_five());
    for _ in 0..3 {
        let (code, _) = refused(&dynamodb, "BatchWriteItem", requests.clone()).await;
        assert_eq!(code, "ThrottlingException");
    }
    dynamodb.advance(second);
    answered(&dynamodb, "BatchWriteItem", requests.clone()).await;
    let storm = refuse("ThrottlingException", "Rate exceeded");
    dynamodb.script(When::action("BatchWriteItem").first(2), storm);
    for status in [400, 400, 200] {
        assert_eq!(
            call(&dynamodb, "BatchWriteItem", requests.clone()).await.0,
            status
        );
    }
}

#[tokio::test]
async fn credentials_expire_at_a_call() {
    let dynamodb = target();
    dynamodb.script(
        When::action("BatchWriteItem").from(2),
        simulators::dynamodb::expired(),
    );
    answered(&dynamodb, "BatchWriteItem", batch(&twenty_five())).await;
    let (status, answer) = call(&dynamodb, "BatchWriteItem", batch(&twenty_five())).await;
    let code = "com.amazon.coral.service#ExpiredTokenException";
    assert_eq!((status, answer["__type"].as_str()), (400, Some(code)));
}

#[tokio::test]
async fn a_connection_is_cut_before_or_after_the_write() {
    for (effect, written) in [(Effect::Cut, 0), (Effect::CutAfter(0), 25)] {
        let dynamodb = target();
        dynamodb.script(When::action("BatchWriteItem").nth(1), effect);
        let request = CLIENT
            .post(dynamodb.address())
            .header("authorization", "AWS4-HMAC-SHA256 Credential=any")
            .header("x-amz-target", "DynamoDB_20120810.BatchWriteItem")
            .body(batch(&twenty_five()).to_string());
        // Of an answer that is cut, the head may have come.
        let answer = match request.send().await {
            Ok(response) => response.bytes().await,
            Err(error) => Err(error),
        };
        assert!(answer.is_err());
        assert_eq!(dynamodb.items("target").len(), written);
    }
}

#[tokio::test]
async fn one_key_refuses_its_whole_batch() {
    let dynamodb = target();
    dynamodb.trouble(
        "target",
        Trouble::Refused {
            key: json!({ "id": { "S": "id-7" } }),
            code: "ItemCollectionSizeLimitExceededException".to_owned(),
            message: "Collection size exceeded.".to_owned(),
        },
    );
    let all = twenty_five();
    let (code, message) = refused(&dynamodb, "BatchWriteItem", batch(&all)).await;
    assert_eq!(code, "ItemCollectionSizeLimitExceededException");
    assert_eq!(message, "Collection size exceeded.");
    assert_eq!(dynamodb.items("target"), [] as [Value; 0]);
    answered(&dynamodb, "BatchWriteItem", batch(&all[..7])).await;
    answered(&dynamodb, "BatchWriteItem", batch(&all[8..])).await;
    assert_eq!(dynamodb.items("target").len(), 24);
}

#[tokio::test]
async fn somebody_else_writes_between_two_calls() {
    let dynamodb = target();
    dynamodb.before(When::action("PutItem").nth(2), |account| {
        account.put_at("target", account.now(), item("theirs", 9));
    });
    put_all(&dynamodb, "target", &[item("a", 1)]).await;
    assert_eq!(dynamodb.items("target").len(), 1);
    put_all(&dynamodb, "target", &[item("b", 1)]).await;
    assert_eq!(dynamodb.items("target").len(), 3);
}

#[tokio::test]
async fn a_share_of_the_keys_is_left_unread() {
    let dynamodb = target();
    answered(&dynamodb, "BatchWriteItem", batch(&twenty_five())).await;
    dynamodb.trouble(
        "target",
        Trouble::Unread {
            percent: 40,
            seed: 3,
        },
    );
    let keys: Vec<Value> = (0..25)
        .map(|id| json!({ "id": { "S": format!("id-{id}") } }))
        .collect();
    let request = json!({ "RequestItems": { "target": { "Keys": keys } } });
    let answer = answered(&dynamodb, "BatchGetItem", request).await;
    let found = answer["Responses"]["target"].as_array().unwrap().len();
    let left = answer["UnprocessedKeys"]["target"]["Keys"]
        .as_array()
        .unwrap()
        .len();
    assert_eq!(found + left, 25);
    assert!((5..16).contains(&left), "{left}");
}

#[tokio::test]
async fn a_null_sink_answers_everything_and_keeps_nothing() {
    let dynamodb = with(Options {
        null_sink: true,
        ..Options::default()
    });
    dynamodb.add_table(Table::new("target", &[("id", "S")]));
    let mut request = batch(&twenty_five());
    let answer = answered(&dynamodb, "BatchWriteItem", request.clone()).await;
    assert_eq!(answer, json!({ "UnprocessedItems": {} }));
    request["ReturnConsumedCapacity"] = json!("TOTAL");
    let answer = answered(&dynamodb, "BatchWriteItem", request).await;
    let capacity = &answer["ConsumedCapacity"][0];
    assert_eq!(
        (&capacity["TableName"], &capacity["CapacityUnits"]),
        (&json!("target"), &json!(25))
    );
    let put = json!({ "TableName": "target", "Item": item("a", 1) });
    assert_eq!(answered(&dynamodb, "PutItem", put).await, json!({}));
    assert_eq!(dynamodb.items("target"), [] as [Value; 0]);
    let tally = dynamodb.tally();
    assert_eq!((tally.put, tally.calls["BatchWriteItem"]), (51, 2));
    assert_eq!(tally.calls["PutItem"], 1);
}

#[tokio::test]
async fn each_table_has_its_own_troubles() {
    let dynamodb: DynamoDb = target();
    dynamodb.trouble(
        "table1",
        Trouble::Unprocessed {
            percent: 100,
            seed: 0,
        },
    );
    put_all(&dynamodb, "target", &[item("a", 1)]).await;
    let request = json!({ "TableName": "table1", "Item": { "id": { "S": "9" } } });
    assert_eq!(
        refused(&dynamodb, "PutItem", request).await.0,
        "ProvisionedThroughputExceededException"
    );
}
