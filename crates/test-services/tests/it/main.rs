//! What every service that tests start must do: leave nothing behind.

#![cfg(test)]

mod postgres;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use test_services::{Process, PubSubEmulator, Rie, ServiceError, find_program, free_port};

#[tokio::test]
async fn a_process_that_ends_early_is_named_with_its_last_words() {
    let mut process = Process::start("the shell", |_| {
        let mut command = Command::new("sh");
        command.args(["-c", "echo the disk is full; exit 1"]);
        command
    })
    .unwrap();
    let error = process
        .listening(closed_address(), Duration::from_secs(10))
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the shell stopped before it answered; its log ends: the disk is full"
    );
}

#[tokio::test]
async fn a_process_that_never_listens_is_given_up() {
    let mut process = Process::start("the sleeper", |_| {
        let mut command = Command::new("sleep");
        command.arg("600");
        command
    })
    .unwrap();
    let error = process
        .listening(closed_address(), Duration::from_millis(50))
        .await
        .unwrap_err();
    assert!(matches!(error, ServiceError::Silent { .. }), "{error}");
}

#[tokio::test]
async fn dropping_a_process_ends_it_and_removes_its_folder() {
    let process = Process::start("the sleeper", |_| {
        let mut command = Command::new("sleep");
        command.arg("600");
        command
    })
    .unwrap();
    let (id, folder) = (process.id(), process.folder().to_owned());
    assert!(is_running(id) && folder.exists());
    drop(process);
    assert!(!is_running(id) && !folder.exists());
}

#[tokio::test]
async fn a_function_that_ends_without_an_answer_is_told_with_the_log() {
    let rie = Rie::start(Path::new("/bin/false"), &[]).await.unwrap();
    let error = rie.invoke(&serde_json::json!({})).await.unwrap_err();
    let ServiceError::Refused { status, body, .. } = error else {
        panic!("{error}");
    };
    assert_eq!(status, 502);
    assert!(body.contains("exited: exit status 1"), "{body}");
}

#[tokio::test]
async fn gcloud_dropping_the_emulator_ends_its_process() {
    let emulator = PubSubEmulator::start().await.unwrap();
    let id = emulator.process_id();
    assert!(is_running(id));
    drop(emulator);
    assert!(!is_running(id));
}

#[tokio::test]
async fn gcloud_a_refusal_of_the_emulator_is_told() {
    let emulator = PubSubEmulator::start().await.unwrap();
    let error = emulator
        .subscribe(
            "projects/demo/subscriptions/all",
            "projects/demo/topics/absent",
        )
        .await
        .unwrap_err();
    assert!(
        matches!(error, ServiceError::Refused { status: 404, .. }),
        "{error}"
    );
}

fn closed_address() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, free_port().unwrap()).into()
}

#[test]
fn a_program_that_is_not_there_is_named_with_the_repair() {
    let error = find_program("no-such-server", "", "run ./test.sh").unwrap_err();
    assert_eq!(
        error.to_string(),
        "no-such-server is not installed; run ./test.sh"
    );
}

fn is_running(id: u32) -> bool {
    Path::new(&format!("/proc/{id}")).exists()
}
