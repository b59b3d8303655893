//! As a Lambda function, in Lambda's own runtime interface emulator.

use serde_json::{Value, json};
use test_services::{LambdaError, Rie};

use crate::process::built_example;

/// The function with `more` beside the variables that Lambda sets and the emulator does not.
async fn start(more: &[(&str, &str)]) -> Rie {
    let mut env = vec![
        ("AWS_LAMBDA_FUNCTION_NAME", "echo"),
        // A setting of the function's configuration; it makes no service of it.
        ("PORT", "8080"),
    ];
    env.extend(more);
    Rie::start(&built_example("echo"), &env).await.unwrap()
}

async fn answer(rie: &Rie, event: Value) -> Result<Value, LambdaError> {
    rie.invoke(&event).await.unwrap()
}

#[tokio::test]
async fn each_trigger_reaches_the_function_with_its_id_its_time_and_its_payload() {
    let eventbridge = json!({
        "version": "0", "id": "e-1", "detail-type": "RDS DB Cluster Snapshot Event", "source": "aws.rds",
        "time": "2026-11-21T03:05:00Z", "detail": { "EventID": "RDS-EVENT-0163" },
    });
    let sns = json!({ "Records": [{
        "EventSource": "aws:sns", "EventVersion": "1.0",
        "Sns": { "MessageId": "m-1", "Timestamp": "2026-11-21T03:06:00.125Z", "Message": "{}" },
    }] });
    let rie = start(&[]).await;
    for (event, run, payload) in [
        (
            json!({ "scheduledTime": "2026-11-21T03:00:00Z", "source": "orders" }),
            "schedule-2026-11-21T03:00:00Z-2026-11-21T03:00:00Z",
            json!({ "source": "orders" }),
        ),
        (eventbridge.clone(), "e-1-2026-11-21T03:05:00Z", eventbridge),
        (sns.clone(), "m-1-2026-11-21T03:06:00.125Z", sns),
    ] {
        let answer = answer(&rie, event).await.unwrap();
        let report = &answer["reports"][0];
        assert_eq!((&report["run"], &report["plan"]), (&json!(run), &payload));
    }
    let by_hand = answer(&rie, json!({ "source": "orders" })).await.unwrap();
    let line = rie.lines("run ended", 4).await.pop().unwrap();
    let report = &by_hand["reports"][0];
    assert_eq!(report["plan"], json!({ "source": "orders" }));
    let request = line["requestId"].as_str().unwrap();
    let run = report["run"].as_str().unwrap();
    assert!(run.starts_with(request), "{run} of request {request}");
}

#[tokio::test]
async fn failures_have_stable_types_and_the_sandbox_survives_them() {
    let rie = start(&[]).await;
    for (event, kind, words) in [
        (
            json!({ "do": "retry" }),
            "Echo.Retryable",
            "the echo is away",
        ),
        (json!({ "do": "panic" }), "Echo.Panicked", "the echo fell"),
        (
            json!({ "do": "drop" }),
            "Echo.Permanent",
            "the echo is refused",
        ),
    ] {
        let expected = LambdaError {
            error_type: kind.to_owned(),
            error_message: words.to_owned(),
        };
        assert_eq!(answer(&rie, event).await, Err(expected));
    }
    let unfilled = json!({ "scheduledTime": "<aws.scheduler.scheduled-time>" });
    let refused = answer(&rie, unfilled).await.unwrap_err();
    assert_eq!(refused.error_type, "Echo.Permanent");
    assert!(answer(&rie, json!({})).await.is_ok());
    assert_eq!(rie.log().matches("exited").count(), 0, "{}", rie.log());
}

#[tokio::test]
async fn every_line_of_an_invocation_is_json_with_the_request_id() {
    let rie = start(&[]).await;
    answer(&rie, json!({ "do": "panic" })).await.unwrap_err();
    // The last of the lines of this invocation.
    rie.lines("panicked: the echo fell", 1).await;
    let log = rie.log();
    let started = log
        .lines()
        .find_map(|line| line.strip_prefix("START RequestId: "));
    let request = started.and_then(|rest| rest.split(' ').next()).expect(&log);
    for (message, level) in [
        ("invoked", "INFO"),
        ("working", "INFO"),
        ("panicked: the echo fell", "ERROR"),
    ] {
        let [line] = &rie.lines(message, 1).await[..] else {
            panic!("`{message}` is not once in {log}");
        };
        assert_eq!(
            (&line["requestId"], &line["level"]),
            (&json!(request), &json!(level))
        );
        assert_eq!(line["function"], "echo");
    }
    let remaining = rie.lines("invoked", 1).await[0]["remaining_ms"]
        .as_i64()
        .unwrap();
    // The emulator's own timeout is 300 s.
    assert!((1..=300_000).contains(&remaining), "{remaining}");
}

#[tokio::test]
async fn settings_at_fault_are_what_the_invoker_is_told() {
    let wrong = [("ECHO_WAIT_MILLISECONDS", "soon"), ("ECHO_TIMES", "300")];
    let rie = start(&wrong).await;
    let told = answer(&rie, json!({})).await.unwrap_err();
    assert_eq!(told.error_type, "Echo.Permanent");
    let lines = [
        "ECHO_WAIT_MILLISECONDS is `soon`: an event takes 0 to 60000 ms",
        "ECHO_TIMES is `300`: a whole number up to 255",
    ];
    assert_eq!(told.error_message.lines().collect::<Vec<_>>(), lines);
    for line in lines {
        let logged = rie.lines(&format!("not started: {line}"), 1).await;
        assert_eq!(logged[0]["level"], "ERROR");
    }
}
