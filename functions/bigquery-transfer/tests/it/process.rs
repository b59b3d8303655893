//! The real program: its exit codes, what it prints, and a kill at any moment.

use std::process::{Command, Output, Stdio};
use std::time::Duration;

use simulators::{Effect, When};

use crate::desk::{Desk, NAMES};

/// The program at a desk, with the keys in files.
fn program(desk: &Desk, event: &str, more: &[&str]) -> Command {
    let folder = desk.night.folder.path();
    for (name, content) in [
        ("id", "AKIAEXAMPLE\n"),
        ("secret", "very-secret\n"),
        ("event.json", event),
    ] {
        std::fs::write(folder.join(name), content).unwrap();
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_bigquery-transfer"));
    command
        .env_clear()
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let env = desk.night.env();
    for name in env.names().filter(|name| !name.starts_with("S3_")) {
        command.env(name, env.get(name).unwrap());
    }
    command
        .env("S3_ACCESS_KEY_ID_FILE", folder.join("id"))
        .env("S3_SECRET_ACCESS_KEY_FILE", folder.join("secret"))
        .env("LOG_LEVEL", "debug")
        .arg("--event")
        .arg(folder.join("event.json"))
        .args(more);
    command
}

/// The exit code, and all that was printed, in which no key is.
fn end(output: &Output) -> (Option<i32>, String) {
    let words = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert!(
        !words.contains("very-secret") && !words.contains("AKIAEXAMPLE"),
        "{words}"
    );
    (output.status.code(), words)
}

fn run(desk: &Desk, event: &str, more: &[&str]) -> (Option<i32>, String) {
    end(&program(desk, event, more).output().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_check_exits_3_until_all_is_in_order_and_no_output_shows_a_key() {
    let desk = Desk::of(&NAMES).await;
    let (code, words) = run(&desk, "{}", &["--check"]);
    assert_eq!(code, Some(3), "{words}");
    assert!(words.contains("`app.users` has no config"), "{words}");
    assert_eq!(desk.writes(), [""; 0]);
    let (code, words) = run(&desk, "{}", &["--dry-run"]);
    assert_eq!(code, Some(0), "{words}");
    assert!(words.contains("export-id-prod-app-db-"), "{words}");
    assert_eq!(desk.writes(), [""; 0]);
    assert_eq!(run(&desk, r#"{"reconcile": true}"#, &[]).0, Some(0));
    desk.assert_in_order(&NAMES);
    assert_eq!(run(&desk, "{}", &["--check"]).0, Some(0));
    let name = desk.config("users")["name"].as_str().unwrap().to_owned();
    desk.night.bigquery.edit_config(&name, |config| {
        config["params"]["access_key_id"] = "AKIAOTHER".into();
    });
    let (code, words) = run(&desk, "{}", &["--check", "--json"]);
    assert_eq!(code, Some(3));
    assert!(
        words.contains("params.access_key_id of `app.users` is (hidden), not (hidden)"),
        "{words}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn without_a_topic_a_start_says_that_only_ticks_judge() {
    let desk = Desk::of(&["users"]).await;
    let words_of = |program: &mut Command| end(&program.output().unwrap()).1;
    let warning = "the end of a run is found by ticks only";
    let mut program = program(&desk, "{}", &["--check"]);
    assert!(!words_of(&mut program).contains(warning));
    let words = words_of(program.env_remove("NOTIFICATION_TOPIC"));
    assert!(words.contains(warning), "{words}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn settings_at_fault_are_all_named_and_exit_2() {
    let desk = Desk::of(&["users"]).await;
    let mut program = program(&desk, "{}", &[]);
    program
        .env("UNWANTED", "burn")
        .env("NOTIFICATION_TOPIC", "topic")
        .env("S3_SECRET_ACCESS_KEY_FILE", "/nowhere")
        .env_remove("DATASET");
    let (code, words) = end(&program.output().unwrap());
    assert_eq!(code, Some(2), "{words}");
    for name in [
        "UNWANTED",
        "NOTIFICATION_TOPIC",
        "S3_SECRET_ACCESS_KEY_FILE",
        "DATASET",
    ] {
        assert!(
            words.contains(&format!("bigquery-transfer: {name} is ")),
            "{name}: {words}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_program_that_is_killed_at_any_request_is_followed_by_the_next() {
    let reconcile = r#"{"reconcile": true}"#;
    for number in [1, 2, 3, 6, 10, 11, 13, 17] {
        let desk = Desk::of(&NAMES).await;
        let bigquery = &desk.night.bigquery;
        // The work is done, and the program dies before it hears of it.
        let late = Effect::Delay(Duration::from_mins(1));
        bigquery.script(When::path("").from(number), late);
        let mut child = program(&desk, reconcile, &[]).spawn().unwrap();
        while bigquery.requests().len() < number && child.try_wait().unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        bigquery.clear_script();
        let (code, words) = run(&desk, reconcile, &[]);
        assert_eq!(code, Some(0), "{number}: {words}");
        desk.assert_in_order(&NAMES);
        desk.writes();
        run(&desk, reconcile, &[]);
        assert_eq!(desk.writes(), [""; 0]);
    }
}
