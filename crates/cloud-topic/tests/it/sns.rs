//! SNS: moto, and refusals that it can't give.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use cloud_topic::{Message, Topic, TopicError};
use function_core::{Env, Retryable as _, chain};
use serde_json::{Value, json};
use test_services::Moto;
use tokio::net::TcpListener;

const TOPIC: &str = "arn:aws:sns:eu-west-1:123456789012:runs";

fn env(address: &str) -> Env {
    Env::default()
        .with("AWS_ENDPOINT_URL_SNS", address)
        .with("AWS_REGION", "us-east-1")
        .with("AWS_ACCESS_KEY_ID", "test")
        .with("AWS_SECRET_ACCESS_KEY", "test")
}

#[tokio::test]
async fn a_published_message_reaches_the_subscription_as_it_was() {
    let moto = Moto::start("tasuki").await.unwrap();
    let there = moto.topic("eu-west-1", "runs").await.unwrap();
    let topic = Topic::open(&there.arn(), &env(moto.address())).unwrap();
    let sent = Message::new(r#"{"名前":"襷 & more"}"#)
        .attribute("function", "rds-snapshot-export")
        .attribute("state", "failed");
    let id = topic.publish(sent).await.unwrap();
    let [received] = there.delivered().await.unwrap().try_into().unwrap();
    assert_eq!(received["MessageId"], id);
    assert_eq!(received["Message"], r#"{"名前":"襷 & more"}"#);
    let string = |value| json!({ "Type": "String", "Value": value });
    assert_eq!(
        received["MessageAttributes"],
        json!({ "function": string("rds-snapshot-export"), "state": string("failed") })
    );
}

#[tokio::test]
async fn words_for_mail_leave_the_content_for_all_others_as_it_is() {
    let moto = Moto::start("tasuki").await.unwrap();
    let there = moto.topic("eu-west-1", "runs").await.unwrap();
    let topic = Topic::open(&there.arn(), &env(moto.address())).unwrap();
    let sent = Message::new(r#"{"a":1}"#).mail("a subject\nof two lines", "in words");
    topic.publish(sent).await.unwrap();
    let [received] = there.delivered().await.unwrap().try_into().unwrap();
    assert_eq!(received["Message"], r#"{"a":1}"#);
    assert_eq!(received["Subject"], "a subject of two lines");
}

#[tokio::test]
async fn mail_holds_the_words_and_a_subject_that_is_not_too_long() {
    let server = Server::start(StatusCode::OK, "", "").await;
    let topic = Topic::open(TOPIC, &env(&server.address)).unwrap();
    let sent = Message::new("content").mail("題".repeat(200), "in words");
    topic.publish(sent).await.unwrap();
    let [form] = server.forms().try_into().unwrap();
    let value = |name| form.iter().find(|(key, _)| key == name).unwrap().1.clone();
    let parts: Value = serde_json::from_str(&value("Message")).unwrap();
    assert_eq!(parts, json!({ "default": "content", "email": "in words" }));
    assert_eq!(value("MessageStructure"), "json");
    assert_eq!(value("Subject").chars().count(), 99);
}

#[tokio::test]
async fn a_topic_that_is_not_there_is_refused_with_the_repair() {
    let moto = Moto::start("tasuki").await.unwrap();
    let topic = Topic::open(TOPIC, &env(moto.address())).unwrap();
    let error = topic.publish(Message::new("{}")).await.unwrap_err();
    assert!(!error.is_retryable());
    assert_eq!(
        error.to_string(),
        format!(
            "publishing to {TOPIC} was refused; create the topic, or correct its name and region"
        )
    );
}

#[tokio::test]
async fn a_message_that_is_too_large_is_refused_with_the_bound() {
    let moto = Moto::start("tasuki").await.unwrap();
    let there = moto.topic("eu-west-1", "runs").await.unwrap();
    let topic = Topic::open(&there.arn(), &env(moto.address())).unwrap();
    let large = "x".repeat(256 * 1024 + 1);
    let error = topic.publish(Message::new(large)).await.unwrap_err();
    assert!(!error.is_retryable());
    assert!(error.to_string().contains("at most 256 KiB"), "{error}");
}

#[tokio::test]
async fn what_sns_can_not_carry_is_refused_before_it_is_sent() {
    let server = Server::start(StatusCode::OK, "", "").await;
    let topic = Topic::open(TOPIC, &env(&server.address)).unwrap();
    for message in [
        Message::new(b"\xff".as_slice()),
        Message::default().attribute("state", "failed"),
    ] {
        let error = topic.publish(message).await.unwrap_err();
        assert!(matches!(error, TopicError::Unfit { .. }), "{error}");
    }
    assert_eq!(server.forms().len(), 0);
}

#[tokio::test]
async fn each_lasting_refusal_names_its_repair() {
    for (status, code, message, repair) in [
        (
            403,
            "AuthorizationError",
            "not authorized to perform: SNS:Publish",
            "allow sns:Publish",
        ),
        (
            403,
            "AuthorizationError",
            "no kms:GenerateDataKey on it",
            "allow kms:GenerateDataKey",
        ),
        (
            400,
            "KMSAccessDenied",
            "no access",
            "allow kms:GenerateDataKey",
        ),
        (400, "KMSDisabled", "disabled", "enable the key"),
        (400, "KMSInvalidState", "pending deletion", "enable the key"),
        (400, "KMSNotFound", "no key", "with a key that exists"),
        (
            400,
            "InvalidParameter",
            "Invalid parameter: TopicArn",
            "correct the topic's ARN",
        ),
        (
            403,
            "InvalidClientTokenId",
            "invalid",
            "run it with a role on AWS",
        ),
    ] {
        let server = Server::start(StatusCode::from_u16(status).unwrap(), code, message).await;
        let topic = Topic::open(TOPIC, &env(&server.address)).unwrap();
        let error = topic.publish(Message::new("{}")).await.unwrap_err();
        let words = chain(&error);
        assert!(words.contains(repair) && words.contains(code), "{words}");
        assert!(
            !error.is_retryable() && server.forms().len() == 1,
            "{words}"
        );
    }
}

#[tokio::test]
async fn a_busy_key_is_a_passing_fault() {
    let server = Server::start(StatusCode::BAD_REQUEST, "KMSThrottling", "later").await;
    let topic = Topic::open(TOPIC, &env(&server.address)).unwrap();
    let error = topic.publish(Message::new("{}")).await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
}

/// The names and values of a request.
type Form = Vec<(String, String)>;

/// A server that gives one answer to all, and keeps what it was asked.
#[derive(Clone)]
struct Server {
    address: String,
    status: StatusCode,
    body: String,
    forms: Arc<Mutex<Vec<Form>>>,
}

impl Server {
    async fn start(status: StatusCode, code: &str, message: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let body = if status.is_success() {
            "<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>"
                .to_owned()
        } else {
            format!(
                "<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
            )
        };
        let server = Self {
            address: format!("http://{}", listener.local_addr().unwrap()),
            status,
            body,
            forms: Arc::default(),
        };
        let router = Router::new().fallback(answer).with_state(server.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        server
    }

    fn forms(&self) -> Vec<Form> {
        self.forms.lock().unwrap().clone()
    }
}

async fn answer(State(server): State<Server>, body: String) -> (StatusCode, String) {
    let form = url::form_urlencoded::parse(body.as_bytes()).into_owned();
    server.forms.lock().unwrap().push(form.collect());
    (server.status, server.body)
}
