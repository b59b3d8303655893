//! boto3, a client that is not ours, finds the simulator to be RDS.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use simulators::rds::{Engine, Obstacle, Options, Snapshot, Source, refusal};
use simulators::{Effect, Objects, Rds, When};
use test_services::Moto;
use tokio::process::Command;

use super::{Night, at, postgresql};

/// Runs a story of `boto3_client.py`; the addresses are of RDS and of S3.
async fn tells(story: &str, rds: &Rds, s3: &str) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/rds/boto3_client.py");
    let mut command = Command::new("python3");
    command.arg(script).args([story, &rds.address(), s3]);
    command.env("AWS_EC2_METADATA_DISABLED", "true");
    command.stdin(Stdio::null()).kill_on_drop(true);
    let output = tokio::time::timeout(Duration::from_mins(1), command.output()).await;
    let output = output
        .unwrap()
        .expect("python3 with boto3 is needed: ./test.sh installs both");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{story}: {errors}");
}

#[tokio::test]
async fn it_starts_follows_and_reads_an_export() {
    let moto = Moto::start("unused").await.unwrap();
    let objects = Objects::s3(moto.address());
    objects.create_bucket("night", "ap-northeast-1").unwrap();
    let options = Options {
        objects,
        ..Options::default()
    };
    let night = Night::with(Source::article(), options);
    // Each look comes five minutes after the one before.
    night
        .rds
        .before(When::action("DescribeExportTasks"), |account| {
            account.advance(Duration::from_mins(5));
        });
    tells("export", &night.rds, moto.address()).await;
}

#[tokio::test]
async fn it_pages_and_filters() {
    let night = Night::article();
    for day in 1..=30 {
        for hour in ["01", "13"] {
            let time = at(&format!("2026-10-{day:02}T{hour}:00:00Z"));
            night.rds.add_snapshot("app-db", Snapshot::automated(time));
        }
    }
    night
        .rds
        .before(When::action("StartExportTask"), |account| {
            account.advance(Duration::from_mins(20));
        });
    tells("pages", &night.rds, "").await;
}

#[tokio::test]
async fn it_understands_every_refusal() {
    let night = Night::article();
    let copying = Snapshot::manual("copying", at("2026-11-21T15:00:00Z")).status("copying");
    night.rds.add_snapshot("app-db", copying);
    for day in 1..=5 {
        let time = at(&format!("2026-11-1{day}T14:00:00Z"));
        night
            .rds
            .add_snapshot("app-db", Snapshot::manual(&format!("day-{day}"), time));
    }
    let role = |name: &str| format!("arn:aws:iam::123456789012:role/{name}");
    night.rds.obstruct(Obstacle::NoRole(role("gone")));
    night.rds.obstruct(Obstacle::WeakRole(role("weak")));
    night
        .rds
        .obstruct(Obstacle::NoKey("alias/closed".to_owned()));
    night.rds.obstruct(Obstacle::NoBucket("gone".to_owned()));
    night
        .rds
        .obstruct(Obstacle::Denied("DescribeDBInstances".to_owned()));
    tells("refusals", &night.rds, "").await;
}

#[tokio::test]
async fn it_describes_clusters_instances_and_their_snapshots() {
    let night = Night::of(postgresql());
    night
        .rds
        .add(Source::cluster("app-db", Engine::AuroraMysql));
    night.rds.add_snapshot(
        "app-db",
        Snapshot::manual("by-hand", at("2026-11-21T15:00:00Z")),
    );
    tells("sources", &night.rds, "").await;
}

#[tokio::test]
async fn it_tries_again_after_throttling_a_failure_and_a_cut() {
    let night = Night::article();
    let describe = || When::action("DescribeExportTasks");
    night
        .rds
        .script(describe().nth(1), refusal("Throttling", "Rate exceeded"));
    night.rds.script(
        describe().nth(2),
        refusal("InternalFailure", "The request failed"),
    );
    night.rds.script(describe().nth(3), Effect::Cut);
    tells("retries", &night.rds, "").await;
    assert_eq!(night.rds.requests().len(), 4);
}
