//! Bodies that the platforms really send, and bodies that they never should.

use function_core::{Clock, Event, Outcome};
use functions_framework::{BODY_LIMIT, read_event};
use serde_json::{Value, json};

use crate::server::{ARRIVAL, Answer, Recorder, Server, time};

const PUBLISHED: &str = "2026-11-20T18:00:00.5Z";

/// The one event that the request led to.
async fn received(headers: &[(&str, &str)], body: impl Into<axum::body::Body>) -> Event {
    let recorder = Recorder::new(Outcome::Done(Vec::new()));
    let server = Server::start(recorder.routes()).await;
    let answer = server.post(headers, body).await;
    assert_eq!(answer.status, 204, "{}", answer.text());
    let mut events = recorder.take();
    assert_eq!(events.len(), 1);
    events.remove(0)
}

/// The answer to a request that must not reach the function.
async fn refused(headers: &[(&str, &str)], body: impl Into<axum::body::Body>) -> Answer {
    let recorder = Recorder::new(Outcome::Done(Vec::new()));
    let server = Server::start(recorder.routes()).await;
    let answer = server.post(headers, body).await;
    assert_eq!(recorder.take(), []);
    answer
}

async fn push(message: Value) -> Event {
    let body = json!({ "subscription": "projects/p/subscriptions/s", "message": message });
    received(&[("content-type", "application/json")], body.to_string()).await
}

fn attributes(event: &Event) -> Vec<(&str, &str)> {
    let pairs = event.attributes.iter();
    pairs.map(|(name, value)| (&**name, &**value)).collect()
}

#[tokio::test]
async fn a_wrapped_push_gives_id_time_attributes_and_decoded_data() {
    let event = push(json!({
        "data": "eyJhcHAiOiAxMn0=", "attributes": { "parent": "7" },
        "messageId": "8472", "message_id": "8472",
        "publishTime": PUBLISHED, "publish_time": PUBLISHED,
    }))
    .await;
    assert_eq!((event.id.as_str(), event.time), ("8472", time(PUBLISHED)));
    assert_eq!(attributes(&event), [("parent", "7")]);
    assert_eq!(event.payload, br#"{"app": 12}"#);
}

#[tokio::test]
async fn an_eventarc_push_gives_the_same_as_a_plain_one() {
    let message = json!({ "data": "e30=", "message_id": "8472", "publish_time": PUBLISHED });
    let headers = [
        ("ce-specversion", "1.0"),
        ("ce-type", "google.cloud.pubsub.topic.v1.messagePublished"),
        ("ce-source", "//pubsub.googleapis.com/projects/p/topics/t"),
        ("ce-id", "8472"),
        ("ce-time", "2026-11-20T18:00:01Z"),
        ("content-type", "application/json"),
    ];
    let eventarc = received(&headers, json!({ "message": message }).to_string()).await;
    assert_eq!(eventarc, push(message).await);
    assert_eq!(eventarc.payload, b"{}");
}

#[tokio::test]
async fn an_event_without_message_metadata_falls_back_to_the_envelope() {
    let headers = [
        ("ce-specversion", "1.0"),
        ("ce-type", "google.cloud.pubsub.topic.v1.messagePublished"),
        ("ce-source", "//pubsub.googleapis.com/projects/p/topics/t"),
        ("ce-id", "8472"),
        ("ce-time", PUBLISHED),
    ];
    let event = received(&headers, r#"{"message":{"data":"e30="}}"#).await;
    assert_eq!((event.id.as_str(), event.time), ("8472", time(PUBLISHED)));
}

#[tokio::test]
async fn a_message_with_attributes_only_is_an_event() {
    for data in [json!({}), json!({ "data": "" }), json!({ "data": null })] {
        let mut message = json!({ "messageId": "1", "attributes": { "app": "12" } });
        message["data"] = data["data"].clone();
        let event = push(message).await;
        assert_eq!(attributes(&event), [("app", "12")]);
        assert_eq!(event.payload, b"");
    }
}

#[tokio::test]
async fn a_message_without_attributes_is_an_event() {
    for attributes in [json!({}), json!(null)] {
        let event = push(json!({ "data": "e30=", "attributes": attributes })).await;
        assert!(event.attributes.is_empty());
    }
}

#[tokio::test]
async fn a_message_without_a_publish_time_gets_the_time_of_its_arrival() {
    let event = push(json!({ "data": "e30=", "messageId": "8472" })).await;
    assert_eq!(event.time, time(ARRIVAL));
}

#[tokio::test]
async fn a_message_without_an_id_is_named_after_its_body() {
    let first = push(json!({ "data": "e30=" })).await;
    let again = push(json!({ "data": "e30=" })).await;
    let other = push(json!({ "data": "MTI=" })).await;
    assert!(first.id.starts_with("sha256-"), "{}", first.id);
    assert_eq!(first.id, again.id);
    assert_ne!(first.id, other.id);
}

#[tokio::test]
async fn data_that_is_not_utf_8_arrives_as_it_was() {
    let event = push(json!({ "data": "AP+AgQ==", "messageId": "1" })).await;
    assert_eq!(event.payload, [0x00, 0xff, 0x80, 0x81]);
}

#[tokio::test]
async fn escaped_slashes_of_the_emulator_are_read() {
    let body = br#"{"subscription":"projects\/p\/subscriptions\/s","message":
        {"data":"Pz8\/","attributes":{},"messageId":"1","publishTime":"2026-11-20T18:00:00Z"}}"#;
    let event = received(&[("content-type", "application/json")], body.as_slice()).await;
    assert_eq!(event.payload, b"???");
}

#[tokio::test]
async fn an_unwrapped_push_takes_the_body_as_data_and_headers_as_attributes() {
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("user-agent", "CloudPubSub-Google"),
        ("authorization", "Bearer token"),
        ("x-forwarded-for", "203.0.113.9"),
        ("x-goog-pubsub-message-id", "8472"),
        ("x-goog-pubsub-publish-time", PUBLISHED),
        (
            "x-goog-pubsub-subscription-name",
            "projects/p/subscriptions/s",
        ),
        ("parent", "7"),
    ];
    let event = received(&headers, vec![0xff, 0x00]).await;
    assert_eq!((event.id.as_str(), event.time), ("8472", time(PUBLISHED)));
    assert_eq!(attributes(&event), [("parent", "7")]);
    assert_eq!(event.payload, [0xff, 0x00]);
}

#[tokio::test]
async fn an_unwrapped_push_may_be_empty() {
    let headers = [("x-goog-pubsub-message-id", "8472")];
    let event = received(&headers, "").await;
    assert_eq!((event.id.as_str(), event.payload.len()), ("8472", 0));
    assert_eq!(event.time, time(ARRIVAL));
}

#[tokio::test]
async fn an_event_that_is_no_message_gives_its_data_and_extensions() {
    let headers = [
        ("ce-specversion", "1.0"),
        ("ce-type", "com.example.done"),
        ("ce-source", "//example"),
        ("ce-id", "e-1"),
        ("ce-shop", "\"%E6%9D%B1%E4%BA%AC\""),
        ("content-type", "text/csv"),
    ];
    let event = received(&headers, "a,b\n").await;
    assert_eq!((event.id.as_str(), event.time), ("e-1", time(ARRIVAL)));
    assert_eq!(attributes(&event), [("shop", "東京")]);
    assert_eq!(event.payload, b"a,b\n");
}

#[tokio::test]
async fn a_structured_event_may_carry_bytes_or_nothing() {
    let mut body = json!({
        "specversion": "1.0", "id": "e-1", "source": "//example", "type": "com.example.done",
        "data_base64": "/wA=", "attempt": 2,
    });
    let headers = [("content-type", "application/cloudevents+json")];
    let event = received(&headers, body.to_string()).await;
    assert_eq!(event.payload, [0xff, 0x00]);
    assert_eq!(attributes(&event), [("attempt", "2")]);
    body.as_object_mut().unwrap().remove("data_base64");
    let event = received(&headers, body.to_string()).await;
    assert_eq!(event.payload, b"");
}

#[tokio::test]
async fn a_malformed_body_is_refused_with_what_is_wrong() {
    let cases = [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[]", "not an object"),
        (r#"{"app": 12}"#, "no `message`"),
        (
            r#"{"message": "text"}"#,
            "message of the event is `\"text\"`",
        ),
        (
            r#"{"message": {"data": "%"}}"#,
            "message.data of the event is not base64",
        ),
        (r#"{"message": {"data": 7}}"#, "data of the event is `7`"),
        (
            r#"{"message": {"attributes": {"a": 1}}}"#,
            "message.attributes of the event",
        ),
        (
            r#"{"message": {"publishTime": "soon"}}"#,
            "message.publishTime of the event is `soon`",
        ),
        (
            r#"{"specversion": "1.0", "source": "/s", "type": "t"}"#,
            "has no id",
        ),
        (
            r#"{"specversion": "0.3", "id": "1"}"#,
            "specversion of the event is `0.3`",
        ),
        (
            r#"{"eventType": "a.b.c", "eventId": "1"}"#,
            "eventType of the background event is `a.b.c`",
        ),
        (
            r#"{"eventType": "google.storage.object.finalize", "eventId": "1"}"#,
            "background event has no resource",
        ),
        (
            r#"{"eventType": "providers/google.firebase.database/eventTypes/ref.write",
                "eventId": "1", "resource": "projects/_/instances/i/refs/r"}"#,
            "background event has no domain",
        ),
    ];
    for (body, words) in cases {
        let answer = refused(&[("content-type", "application/json")], body).await;
        assert_eq!(answer.status, 400, "{body}");
        assert!(answer.text().contains(words), "{body}: {}", answer.text());
    }
}

#[tokio::test]
async fn malformed_headers_are_refused_with_what_is_wrong() {
    let whole = [
        ("ce-specversion", "1.0"),
        ("ce-id", "1"),
        ("ce-source", "/s"),
        ("ce-type", "t"),
    ];
    for missing in 0..whole.len() {
        let mut headers = whole.to_vec();
        let (name, _) = headers.remove(missing);
        let answer = refused(&headers, "").await;
        assert_eq!(answer.status, 400);
        let words = format!("the binary CloudEvent has no {name}");
        assert_eq!(answer.text(), words);
    }
    let mut headers = whole.to_vec();
    headers.push(("content-type", "application/json"));
    let answer = refused(&headers, "not json").await;
    assert!(
        answer
            .text()
            .starts_with("the data of the event is not the JSON")
    );
    headers.push(("ce-time", "yesterday"));
    let answer = refused(&headers, "{}").await;
    assert!(
        answer
            .text()
            .starts_with("ce-time of the event is `yesterday`")
    );
    let batch = [("content-type", "application/cloudevents-batch+json")];
    assert_eq!(refused(&batch, "[]").await.status, 400);
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_and_one_at_the_limit_is_read() {
    let headers = [("x-goog-pubsub-message-id", "8472")];
    let event = received(&headers, vec![b'x'; BODY_LIMIT]).await;
    assert_eq!(event.payload.len(), BODY_LIMIT);
    let answer = refused(&headers, vec![b'x'; BODY_LIMIT + 1]).await;
    assert_eq!(answer.status, 413);
    assert_eq!(answer.text(), "the body is larger than 16777216 bytes");
}

#[test]
fn a_file_may_hold_any_envelope_or_the_functions_own_json() {
    let clock = Clock::fixed(time(ARRIVAL));
    let read = |text: &str| read_event(text.as_bytes(), &clock).unwrap();
    let push = r#"{"message": {"messageId": "8472", "data": "eyJhcHAiOiAxMn0="}}"#;
    assert_eq!(read(push).id, "8472");
    let structured = r#"{"specversion": "1.0", "id": "e-1", "source": "/s", "type": "t",
        "data": {"app": 12}}"#;
    assert_eq!(read(structured).payload, br#"{"app":12}"#);
    let own = read(" {\"app\": 12}\n");
    assert_eq!(own.payload, br#"{"app": 12}"#);
    assert_eq!(own.time, time(ARRIVAL));
    assert_eq!(read("").payload, b"");
    assert!(read_event(b"app=12", &clock).is_err());
    assert!(read_event(b"[12]", &clock).is_err());
}
