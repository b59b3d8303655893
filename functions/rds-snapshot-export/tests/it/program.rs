//! The real program: each sample of an event, and a kill at any moment.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use function_core::Clock;
use simulators::rds::{Snapshot, Source};
use simulators::{Effect, When};

use crate::world::{World, assert_true};

/// A world at the true time, which is the program's, with a snapshot now and one of the samples' day.
async fn world() -> World {
    let world = World::new().await;
    let source = Source::article().takes(Duration::ZERO, Duration::ZERO);
    world.rds.add(source);
    let sample = "2026-11-20T15:05:00Z".parse().unwrap();
    world
        .rds
        .add_snapshot("app-db", Snapshot::automated(sample));
    world.until(&Clock::system().now().to_string());
    world.snapshot("app-db");
    world
}

fn program(world: &World) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rds-snapshot-export"));
    command
        .env_clear()
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    for name in world.env().names() {
        command.env(name, world.env().get(name).unwrap());
    }
    command
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn every_sample_is_understood() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("events");
    let mut samples = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let world = world().await;
        let output = program(&world).arg("--event").arg(&path).output().unwrap();
        let words = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {words}", path.display());
        let name = path.file_stem().unwrap().to_str().unwrap();
        let is_idle = matches!(name, "dry-run" | "drill");
        assert_eq!(world.rds.exports().is_empty(), is_idle, "{name}: {words}");
        if name == "force" {
            assert_eq!(world.rds.exports(), ["export-id-stg-app-db-20261121"]);
        }
        samples += 1;
    }
    assert!(samples >= 7, "{samples} samples");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_program_that_is_killed_at_any_request_is_followed_by_the_next() {
    for number in [1, 2, 4, 6, 8, 10, 12, 14] {
        let world = world().await;
        program(&world).output().unwrap();
        let export = world.rds.exports().pop().unwrap();
        world.s3.clear_requests();
        let slow = Effect::Delay(Duration::from_mins(1));
        world.s3.script(When::path("").nth(number), slow);
        let mut child = program(&world).spawn().unwrap();
        while world.s3.requests().len() < number && child.try_wait().unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        world.s3.clear_script();
        let output = program(&world).output().unwrap();
        let words = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && words.contains("verified"),
            "{number}: {words}"
        );
        assert_true(&world.manifest("app-db"), &world.truth(&export));
        assert_eq!(world.rds.exports().len(), 1);
    }
}
