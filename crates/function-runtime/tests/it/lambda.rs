//! As a Lambda function.

use serde_json::{Value, json};

use crate::process::{Running, echo};
use crate::runtime_api::RuntimeApi;

fn start(api: &RuntimeApi) -> Running {
    Running::start(echo(&[
        ("AWS_LAMBDA_RUNTIME_API", &api.address),
        ("AWS_LAMBDA_FUNCTION_NAME", "echo"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        // A setting of the function's configuration; it makes no service of it.
        ("PORT", "8080"),
    ]))
}

#[tokio::test]
async fn the_response_is_the_reports_of_the_event() {
    let schedule = json!({ "scheduledTime": "2026-11-21T03:00:00Z", "source": "orders" });
    let mut api = RuntimeApi::start(&[&schedule.to_string()]).await;
    let mut running = start(&api);
    let posted = api.posted().await;
    assert_eq!(
        (posted.request.as_str(), posted.kind.as_str()),
        ("r-1", "response")
    );
    let report = &posted.body["reports"][0];
    assert_eq!(
        report["run"],
        "schedule-2026-11-21T03:00:00Z-2026-11-21T03:00:00Z"
    );
    assert_eq!(report["plan"], json!({ "source": "orders" }));
    let line = running.logged("invoked").await;
    assert_eq!(
        (&line["requestId"], &line["level"]),
        (&json!("r-1"), &json!("INFO"))
    );
    let remaining = line["remaining_ms"].as_i64().unwrap();
    assert!((1..=15 * 60 * 1000).contains(&remaining), "{remaining}");
}

#[tokio::test]
async fn failures_have_stable_types_and_the_runtime_survives_them() {
    let payloads = [
        r#"{"do": "retry"}"#,
        r#"{"do": "panic"}"#,
        r#"{"do": "drop"}"#,
        r#"{"scheduledTime": "<aws.scheduler.scheduled-time>"}"#,
        "null",
    ];
    let mut api = RuntimeApi::start(&payloads).await;
    let mut running = start(&api);
    let mut ends = Vec::new();
    for _ in payloads {
        let posted = api.posted().await;
        let kind = posted.body["errorType"]
            .as_str()
            .unwrap_or("none")
            .to_owned();
        ends.push(format!("{} {} {kind}", posted.request, posted.kind));
    }
    assert_eq!(
        ends,
        [
            "r-1 error Echo.Retryable",
            "r-2 error Echo.Panicked",
            "r-3 error Echo.Permanent",
            "r-4 error Echo.Permanent",
            "r-5 response none",
        ]
    );
    let failed = running.logged("to be tried again").await;
    assert_eq!(
        (&failed["requestId"], &failed["level"]),
        (&json!("r-1"), &json!("WARN"))
    );
    let panicked = running.logged("panicked: the echo fell").await;
    assert_eq!(panicked["requestId"], "r-2");
}

#[tokio::test]
async fn an_error_carries_the_words_of_the_failure() {
    let mut api = RuntimeApi::start(&[r#"{"do": "retry"}"#]).await;
    let _running = start(&api);
    let posted = api.posted().await;
    assert_eq!(posted.body["errorMessage"], Value::from("the echo is away"));
}
