//! By hand.

use std::process::{Output, Stdio};

use serde_json::{Value, json};

use crate::process::{echo, fed, finished, text};

async fn call(arguments: &[&str]) -> Output {
    let mut command = echo(&[]);
    command.args(arguments);
    finished(command).await
}

/// Calls with the event on standard input; the outcome is read as JSON.
async fn call_with(event: &str, arguments: &[&str]) -> (Option<i32>, Value) {
    let mut command = echo(&[]);
    command.args(["--json", "--event", "-"]).args(arguments);
    let output = fed(command, event).await;
    let outcome = serde_json::from_slice(&output.stdout).unwrap();
    (output.status.code(), outcome)
}

#[tokio::test]
async fn prints_the_report_of_an_event_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("event.json");
    let push = json!({ "message": {
        "messageId": "8472", "publishTime": "2026-11-20T18:00:00Z", "data": "eyJhcHAiOiAxMn0=",
    } });
    std::fs::write(&path, push.to_string()).unwrap();
    let output = call(&["--event", path.to_str().unwrap()]).await;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let report = text(&output.stdout);
    assert!(
        report.starts_with("echo: verified 8472-2026-11-20T18:00:00Z\n"),
        "{report}"
    );
    assert!(report.contains("\"app\": 12"), "{report}");
}

#[tokio::test]
async fn a_trigger_is_repeated_by_its_id_and_time() {
    let arguments = ["--id", "8472", "--time", "2026-11-21T03:00:00+09:00"];
    let (code, outcome) = call_with("{}", &arguments).await;
    assert_eq!(code, Some(0));
    let event = json!({ "id": "8472", "time": "2026-11-20T18:00:00Z" });
    assert_eq!(outcome["event"], event);
    assert_eq!(outcome["reports"][0]["run"], "8472-2026-11-20T18:00:00Z");
}

#[tokio::test]
async fn a_dry_run_says_so_in_the_payload() {
    let (_, outcome) = call_with(r#"{"app": 12}"#, &["--dry-run"]).await;
    let payload = json!({ "app": 12, "dryRun": true });
    assert_eq!(outcome["reports"][0]["plan"], payload);
    let output = call(&["--dry-run", "--json"]).await;
    let outcome: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(outcome["reports"][0]["plan"], json!({ "dryRun": true }));
}

#[tokio::test]
async fn a_check_says_so_in_the_payload() {
    let (_, outcome) = call_with(r#"{"app": 12}"#, &["--check"]).await;
    let payload = json!({ "app": 12, "check": true });
    assert_eq!(outcome["reports"][0]["plan"], payload);
}

#[tokio::test]
async fn an_event_without_room_for_an_option_is_a_matter_of_usage() {
    // The payload is the text `["app", 12]`.
    let push = json!({ "message": {
        "messageId": "8472", "publishTime": "2026-11-20T18:00:00Z", "data": "WyJhcHAiLCAxMl0=",
    } });
    for option in ["--dry-run", "--check"] {
        let mut command = echo(&[]);
        command
            .args([option, "--event", "-"])
            .stderr(Stdio::piped());
        let output = fed(command, &push.to_string()).await;
        assert_eq!(output.status.code(), Some(2));
        let words = text(&output.stderr);
        assert!(words.contains(&format!("{option} needs")), "{words}");
    }
}

#[tokio::test]
async fn the_exit_code_is_the_outcomes() {
    let words = [
        ("retry", 6, "retry"),
        ("drop", 4, "drop"),
        ("panic", 1, "drop"),
    ];
    for (request, code, outcome) in words {
        let event = json!({ "do": request }).to_string();
        let (exit, seen) = call_with(&event, &[]).await;
        assert_eq!(
            (exit, &seen["outcome"]),
            (Some(code), &json!(outcome)),
            "{request}"
        );
    }
}

#[tokio::test]
async fn a_failure_says_what_to_do() {
    let mut command = echo(&[]);
    command.args(["--event", "-", "--id", "8472"]);
    let output = fed(command, r#"{"do": "retry"}"#).await;
    let report = text(&output.stdout);
    assert!(
        report.starts_with("echo: the echo is away\n  what to do   wait"),
        "{report}"
    );
    assert!(report.contains("--id '8472' --time "), "{report}");
}

#[tokio::test]
async fn an_event_that_can_not_be_read_is_a_matter_of_usage() {
    let output = call(&["--event", "/nowhere/event.json"]).await;
    assert_eq!(output.status.code(), Some(2));
    let words = text(&output.stderr);
    assert!(
        words.starts_with("echo: the event /nowhere/event.json can't be read: "),
        "{words}"
    );
    let mut command = echo(&[]);
    command.args(["--event", "-"]).stderr(Stdio::piped());
    let output = fed(command, "app=12").await;
    assert_eq!(output.status.code(), Some(2));
    let words = text(&output.stderr);
    assert!(
        words.starts_with("echo: the event - can't be understood: "),
        "{words}"
    );
}

#[tokio::test]
async fn an_option_that_is_none_is_a_matter_of_usage_and_help_is_not() {
    let output = call(&["--evnt", "x"]).await;
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("--evnt"), "{output:?}");
    let output = call(&["--help"]).await;
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stdout).contains("--dry-run"), "{output:?}");
}
