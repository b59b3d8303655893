//! The real program, killed at every request that it sends, and run again with the same events.

use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use simulators::bigquery::Options;
use simulators::{Effect, When};
use tokio::process::{Child, Command};

use crate::night::{Export, Night, TABLES};

/// How long anything may take that ends by itself.
const PATIENCE: Duration = Duration::from_mins(2);

fn program(night: &Night, payload: &Value, more: &[&str]) -> Child {
    let event = night.folder.path().join("event.json");
    std::fs::write(&event, payload.to_string()).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_bigquery-transfer"));
    command.env_clear();
    for name in night.env().names() {
        command.env(name, night.env().get(name).unwrap());
    }
    command
        .arg("--event")
        .arg(event)
        .args(more)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command.spawn().unwrap()
}

/// The exit code, and all that was printed.
async fn end(child: Child) -> (Option<i32>, String) {
    let ended = tokio::time::timeout(PATIENCE, child.wait_with_output());
    let output = ended.await.unwrap().unwrap();
    let words = [output.stdout, output.stderr].concat();
    (
        output.status.code(),
        String::from_utf8_lossy(&words).into_owned(),
    )
}

/// What happens in a night: the message, and ticks after the runs ended.
async fn events(night: &Night, message: &Value) -> bool {
    for payload in [message, &json!({}), &json!({})] {
        let (code, words) = end(program(night, payload, &[])).await;
        assert!(matches!(code, Some(0 | 6)), "{code:?}: {words}");
        night.bigquery.finish_runs();
    }
    night.record("20261121")["state"] == "verified"
}

/// Kills a process once the service has done the work of the request `number`, and before it answered.
///
/// False when the process ended before it sent so many.
async fn killed_at(night: &Night, payload: &Value, number: usize) -> bool {
    night.bigquery.clear_requests();
    night
        .bigquery
        .script(When::path("").nth(number), Effect::Unanswered);
    let mut child = program(night, payload, &[]);
    let reached = async {
        while night.bigquery.requests().len() < number {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        // The request is there, and now its work is done.
        night.bigquery.caught_up().await;
    };
    let was_reached = tokio::select! {
        () = reached => true,
        _ = child.wait() => false,
    };
    child.start_kill().ok();
    child.wait().await.unwrap();
    night.bigquery.clear_script();
    was_reached
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_request_each_table_is_loaded_once() {
    for payload in ["message", "tick"] {
        for number in 1.. {
            let night = Night::at_its_time(Options::default()).await;
            let message = Export::of("20261121").put(&night.bigquery).message();
            let killed = if payload == "message" {
                killed_at(&night, &message, number).await
            } else {
                end(program(&night, &message, &[])).await;
                night.bigquery.finish_runs();
                killed_at(&night, &json!({}), number).await
            };
            assert!(
                events(&night, &message).await,
                "{payload} killed at request {number}"
            );
            night.assert_loaded_once(&TABLES);
            assert!(night.sink.words().is_empty() && night.open().is_empty());
            if !killed {
                assert!(number > 5, "{payload}: {number} requests");
                break;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_is_told_the_end() {
    let night = Night::at_its_time(Options::default()).await;
    let message = Export::of("20261121").put(&night.bigquery).message();
    let (code, words) = end(program(&night, &message, &["--wait", "--interval", "1"])).await;
    assert_eq!(code, Some(0), "{words}");
    assert!(words.contains("verified"), "{words}");
    night.assert_loaded_once(&TABLES);
    assert!(
        !words.contains("very-secret") && !words.contains("AKIAEXAMPLE"),
        "{words}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_for_a_day_that_fails_gets_its_exit_code() {
    let night = Night::at_its_time(Options::default()).await;
    let message = Export::of("20261121").put(&night.bigquery).message();
    night
        .bigquery
        .spoil_next("users", simulators::bigquery::Fault::Blind);
    let (code, words) = end(program(&night, &message, &["--wait", "--interval", "1"])).await;
    assert_eq!(code, Some(1), "{words}");
    assert!(words.contains("app.users: its run"), "{words}");
    assert_eq!(night.sink.words().len(), 1);
}
