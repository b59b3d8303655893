//! Nothing is believed that does not fit the question.

use kintone_client::{Cause, ClientError, PageRequest};
use serde_json::{Value, json};
use simulators::kintone::FILTER_ABORTED;
use simulators::{Answer, Effect, When};

use crate::world::{World, read_all};

/// An answer with records of these ids.
fn answer(ids: impl IntoIterator<Item = u64>) -> Effect {
    let record = |id: u64| {
        json!({
            "$id": { "type": "__ID__", "value": id.to_string() },
            "$revision": { "type": "__REVISION__", "value": "1" },
        })
    };
    let records: Vec<_> = ids.into_iter().map(record).collect();
    json_answer(&json!({ "records": records, "totalCount": null }))
}

fn json_answer(body: &Value) -> Effect {
    Effect::Answer(Answer::json(200, body))
}

async fn error_of(effect: Effect) -> ClientError {
    let world = World::generated(3);
    world.kintone.script(When::path("records.json"), effect);
    let request = PageRequest {
        app: world.app,
        after: 10,
        up_to: Some(600),
        ..PageRequest::default()
    };
    let error = world.client().page(&request).await.unwrap_err();
    assert_eq!(world.record_requests(), 1);
    error
}

#[tokio::test]
async fn records_that_were_not_asked_for_are_an_error() {
    for effect in [
        answer([12, 11]),
        answer([11, 11]),
        answer([10]),
        answer([601]),
        answer(11..=511),
    ] {
        let error = error_of(effect).await;
        assert!(matches!(error, ClientError::NotAsAsked { .. }), "{error}");
        assert!(
            error
                .to_string()
                .starts_with("records of app 1 after $id 10: "),
            "{error}"
        );
    }
}

#[tokio::test]
async fn json_of_another_shape_is_an_error() {
    for body in [
        json!({}),
        json!({ "records": {} }),
        json!({ "records": [{}] }),
        json!({ "records": [{ "$id": { "value": "x" }, "$revision": { "value": "1" } }] }),
    ] {
        let error = error_of(json_answer(&body)).await;
        assert_eq!(error.cause(), Cause::BadAnswer, "{body}: {error}");
    }
}

#[tokio::test]
async fn a_warning_that_records_are_missing_is_an_error() {
    let world = World::generated(1_001);
    let (name, value) = FILTER_ABORTED;
    let warning = Effect::Header(name, value.to_owned());
    world
        .kintone
        .script(When::path("records.json").nth(1), warning);
    let mut request = world.read();
    request.condition = Some("company like \"社\"".to_owned());
    let error = read_all(&world.client(), &request).await.unwrap_err();
    assert_eq!(error.cause(), Cause::Incomplete);
    let words = error.to_string();
    for part in ["too many search results", "company like", "use `=` or `in`"] {
        assert!(words.contains(part), "{words}");
    }
}

#[tokio::test]
async fn a_value_of_the_wrong_shape_is_told_when_it_is_decoded() {
    let world = World::generated(3);
    let record = json!({
        "$id": { "type": "__ID__", "value": "1" },
        "$revision": { "type": "__REVISION__", "value": "1" },
        "n": { "type": "CHECK_BOX", "value": "not a list" },
    });
    let body = json!({ "records": [record] });
    world
        .kintone
        .script(When::path("records.json"), json_answer(&body));
    let request = PageRequest {
        app: world.app,
        ..PageRequest::default()
    };
    let page = world.client().page(&request).await.unwrap();
    let error = page.records().unwrap_err();
    assert!(matches!(error, ClientError::Decode { .. }), "{error}");
    assert_eq!(page.raw_records().unwrap()[0].get(), record.to_string());
}
