//! The real program, killed at many moments, and run again with the same event.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use simulators::kintone::App;
use simulators::{Effect, Hold, When};
use test_services::free_port;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::process::Command;

use crate::machine::{Machine, PATIENCE, end, kill, until};

/// Whether a file below `folder` has a name that ends like this.
fn holds(folder: &Path, ending: &str) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return false;
    };
    entries.flatten().any(|entry| {
        let path = entry.path();
        let is_partial = path.ends_with(".tasuki-partial");
        path.to_string_lossy().ends_with(ending) || !is_partial && holds(&path, ending)
    })
}

/// Kills a run as soon as `moment` has come, and runs it again at once.
async fn kill_and_repeat(machine: &Machine, id: &str, moment: impl Future<Output = ()>) {
    machine.world.kintone.clear_requests();
    let mut child = machine.run(id);
    tokio::select! {
        () = moment => {}
        // On a busy machine the last moments may pass unseen.
        ended = child.wait() => assert!(ended.unwrap().success(), "{id}"),
    }
    // The process that was killed is not waited for: nobody may have taken note of its end.
    kill(&mut child).await;
    let (code, words) = end(machine.run(id)).await;
    assert_eq!(code, Some(0), "{id}: {words}");
    machine.assert_true().await;
    child.wait().await.unwrap();
}

#[tokio::test]
async fn a_run_that_was_killed_at_any_request_is_repeated_at_once() {
    let machine = Machine::new(App::generated(1_200)).await;
    machine.world.kintone.set_latency(Duration::from_millis(5));
    for number in 1..=9 {
        let id = format!("request-{number}");
        kill_and_repeat(&machine, &id, machine.request(number)).await;
    }
    let names = machine.world.folder().list("").await.unwrap();
    let manifests = names
        .iter()
        .filter(|meta| meta.key.ends_with(".manifest.json"));
    assert_eq!(manifests.count(), 9, "one generation a message");
}

#[tokio::test]
async fn a_run_that_was_killed_after_any_object_is_repeated_at_once() {
    let endings = [
        "-20261121030000.json",
        ".csv",
        ".ndjson.gz",
        ".schema.json",
        ".sha256",
        ".manifest.json",
        "latest.json",
    ];
    for ending in endings {
        let machine = Machine::new(App::generated(600)).await;
        let written = until(|| holds(machine.folder.path(), ending));
        kill_and_repeat(&machine, &format!("after{ending}"), written).await;
    }
}

#[tokio::test]
async fn a_run_that_was_killed_in_its_load_is_repeated_at_once() {
    for milliseconds in [0, 2, 5, 10, 20] {
        let machine = Machine::new(App::generated(1_200)).await;
        let begun = async {
            until(|| machine.database().exists()).await;
            tokio::time::sleep(Duration::from_millis(milliseconds)).await;
        };
        kill_and_repeat(&machine, "m-1", begun).await;
        let records = machine.world.run_records().await;
        assert!(records[0].settled && records[0].error.is_none());
    }
}

#[tokio::test]
async fn a_second_process_waits_its_turn_while_the_first_is_alive() {
    let machine = Machine::new(App::article()).await;
    let hold = Hold::default();
    machine.world.kintone.script(
        When::path("records.json").nth(2),
        Effect::Held(hold.clone()),
    );
    let first = machine.run("m-1");
    machine.request(5).await;
    let (code, words) = end(machine.run("m-1")).await;
    hold.let_go();
    assert_eq!(code, Some(6), "{words}");
    assert!(
        words.contains("is being worked on by another process"),
        "{words}"
    );
    let (code, words) = end(first).await;
    assert_eq!(code, Some(0), "{words}");
    machine.assert_true().await;
}

/// Sends a Pub/Sub push message; gives the first line of the answer.
async fn push(address: SocketAddr) -> std::io::Result<String> {
    let body = include_str!("../../events/all-apps.json");
    let length = body.len();
    let mut stream = TcpStream::connect(address).await?;
    let request = format!(
        "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer.lines().next().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn a_served_function_ends_its_event_before_it_stops() {
    let machine = Machine::new(App::article()).await;
    let slow = Effect::Delay(Duration::from_millis(1_500));
    machine
        .world
        .kintone
        .script(When::path("records.json").nth(2), slow);
    let address = SocketAddr::from(([127, 0, 0, 1], free_port().unwrap()));
    let mut command = machine.program("");
    let child = command
        .env("PORT", address.port().to_string())
        .spawn()
        .unwrap();
    let open = async { while TcpStream::connect(address).await.is_err() {} };
    tokio::time::timeout(PATIENCE, open).await.unwrap();

    let pushed = tokio::spawn(push(address));
    machine.request(5).await;
    let process = child.id().unwrap().to_string();
    let kill = Command::new("sh")
        .args(["-c", "kill -TERM $1", "sh", &process])
        .status();
    assert!(kill.await.unwrap().success());
    let closed = async { while TcpStream::connect(address).await.is_ok() {} };
    tokio::time::timeout(PATIENCE, closed).await.unwrap();

    let answer = pushed.await.unwrap().unwrap();
    assert_eq!(answer, "HTTP/1.1 204 No Content");
    let (code, words) = end(child).await;
    assert_eq!(code, Some(0), "{words}");
    machine.assert_true().await;
}
