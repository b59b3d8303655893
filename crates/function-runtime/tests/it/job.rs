//! As a Cloud Run job.

use serde_json::json;

use crate::process::{echo, finished, json_lines};

const JOB: [(&str, &str); 2] = [
    ("CLOUD_RUN_JOB", "echo"),
    ("CLOUD_RUN_EXECUTION", "echo-x7k2p"),
];

#[tokio::test]
async fn a_job_runs_one_event_named_after_its_execution() {
    let output = finished(echo(&JOB)).await;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let lines = json_lines(&output.stdout);
    let ended = lines.last().unwrap();
    assert_eq!(ended["message"], "run ended");
    assert_eq!(ended["state"], "verified");
    assert_eq!(
        (&ended["function"], &ended["event"]),
        (&json!("echo"), &json!("echo-x7k2p"))
    );
    assert!(
        ended["run"].as_str().unwrap().starts_with("echo-x7k2p-20"),
        "{ended}"
    );
}

#[tokio::test]
async fn a_job_ends_with_the_outcomes_exit_code() {
    for (request, code, severity) in [
        ("retry", 6, "WARNING"),
        ("drop", 4, "ERROR"),
        ("panic", 1, "ERROR"),
    ] {
        let event = json!({ "do": request }).to_string();
        let mut env = JOB.to_vec();
        env.push(("EVENT", &event));
        let output = finished(echo(&env)).await;
        assert_eq!(output.status.code(), Some(code), "{request}");
        let lines = json_lines(&output.stdout);
        assert_eq!(lines.last().unwrap()["severity"], severity, "{request}");
    }
}
