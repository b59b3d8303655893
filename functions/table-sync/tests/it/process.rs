//! The real program: its exit codes, and that it never shows a password.

use std::process::{Command, Output};

use crate::databases::OneServer;
use crate::desk::{Desk, NOW};

pub(crate) fn run(
    desk: &Desk<OneServer>,
    event: &str,
    more: &[(&str, &str)],
) -> (Option<i32>, String) {
    words(&command(desk, event, more).output().unwrap())
}

/// The program with the settings of `desk`, and `more` of them, given an event.
pub(crate) fn command(desk: &Desk<OneServer>, event: &str, more: &[(&str, &str)]) -> Command {
    let path = desk.folder.path().join("event.json");
    std::fs::write(&path, event).unwrap();
    let mut command = program(desk, more);
    command.arg("--event").arg(&path);
    command
}

/// The program with the settings of `desk`, and `more` of them.
pub(crate) fn program(desk: &Desk<OneServer>, more: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_table-sync"));
    let env = more
        .iter()
        .fold(desk.env(), |env, (name, value)| env.with(*name, *value));
    command.env_clear().env("LOG_LEVEL", "debug");
    for name in env.names() {
        if let Some(value) = env.get(name) {
            command.env(name, value.replace("postgres@", "postgres:pass-word@"));
        }
    }
    command
}

/// Its exit code, and all that it said.
pub(crate) fn words(output: &Output) -> (Option<i32>, String) {
    let words = [&output.stdout[..], &output.stderr[..]].concat();
    let words = String::from_utf8(words).unwrap();
    assert!(!words.contains("pass-word"), "{words}");
    (output.status.code(), words)
}

fn desk() -> Desk<OneServer> {
    Desk::of(
        OneServer::start(),
        "CREATE TABLE item (id int PRIMARY KEY, name text)",
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_exit_code_tells_equal_differing_blocked_refused_and_failed_apart() {
    let mut desk = desk();
    assert_eq!(run(&desk, "{}", &[]).0, Some(0));
    desk.source("INSERT INTO item VALUES (1, 'a')");
    let (code, words) = run(&desk, "{}", &[]);
    assert_eq!(code, Some(3), "{words}");
    assert!(
        words.contains("1 rows differ in 1 tables (1 insert): public.item 1; see the plan"),
        "{words}"
    );
    assert!(
        !words.contains("ERROR"),
        "differences are no fault: {words}"
    );
    let (code, words) = run(&desk, r#"{"dryRun": true}"#, &[]);
    assert_eq!(code, Some(0), "{words}");
    let summary = desk.diff().await;
    let apply = format!(
        r#"{{"apply": "{}", "digest": "{}", "classes": ["insert"]}}"#,
        summary.plan.id, summary.digest
    );
    // The program's clock is the real one, for which this plan may be of any age.
    let age = [("PLAN_MAX_AGE", "876000h")];
    let (code, words) = run(&desk, &apply.replace("sha256:", "sha256:0"), &age);
    assert_eq!(code, Some(4), "{words}");
    let (code, words) = run(&desk, &apply, &age);
    assert_eq!(code, Some(0), "{words}");
    assert_eq!(desk.target("SELECT count(*) FROM item"), "1");
    let preview = format!(r#"{{"undo": "{}", "dryRun": true}}"#, summary.plan.id);
    let (code, words) = run(&desk, &preview, &[]);
    assert_eq!(code, Some(0), "{words}");
    let result: serde_json::Value =
        serde_json::from_str(&desk.object(&summary, "result.json")).unwrap();
    let digest = result["undo"].as_str().unwrap();
    assert!(words.contains(digest), "{words}");
    let undo = preview.replace("\"dryRun\": true", &format!("\"digest\": \"{digest}\""));
    assert_eq!(
        run(&desk, &undo.replace("sha256:", "sha256:0"), &[]).0,
        Some(4)
    );
    assert_eq!(run(&desk, &undo, &[]).0, Some(0));
    assert_eq!(desk.target("SELECT count(*) FROM item"), "0");
    desk.target("ALTER TABLE item ADD note text");
    let (code, words) = run(&desk, "{}", &[]);
    assert_eq!(code, Some(4), "{words}");
    assert!(words.contains("public.item"), "{words}");
    for (event, exit) in [
        (r#"{"tabels": []}"#, 2),
        (r#"{"undo": "../../etc"}"#, 2),
        (r#"{"tables": ["public.nothing"]}"#, 2),
    ] {
        let (code, words) = run(&desk, event, &[]);
        assert_eq!(code, Some(exit), "{event}: {words}");
    }
    let nowhere = [(
        "TARGET_URL",
        "postgres://u:pass-word@127.0.0.1:1/x?sslmode=disable",
    )];
    let (code, words) = run(&desk, "{}", &nowhere);
    assert_eq!(code, Some(6), "{words}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn settings_at_fault_are_all_named_and_exit_2() {
    let desk = desk();
    let wrong = [
        ("TABLES", ""),
        ("PARALLEL", "33"),
        ("KEYS", "nonsense"),
        ("COMPARE", "all"),
        ("EXACT", "yes"),
        ("SOURCE_URL", "oracle://u:pass-word@host/x"),
        ("LOCK_TIMEOUT", "0s"),
    ];
    let (code, words) = run(&desk, "{}", &wrong);
    assert_eq!(code, Some(2), "{words}");
    for (name, _) in wrong {
        assert!(
            words.contains(&format!("table-sync: {name} is ")),
            "{name}: {words}"
        );
    }
    assert!(!words.contains(NOW));
}
