//! The same on moto, which is nobody's of this workspace: a bucket, and a topic with a queue behind it.

use std::sync::{Arc, Mutex};

use function_core::{Clock, Env, Event, Outcome};
use function_runtime::Function as _;
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use rds_snapshot_export::RdsSnapshotExport;
use reconcile::Surroundings;
use simulators::rds::{Options, Snapshot, Source};
use simulators::{Objects, Rds};
use test_services::Moto;

const REGION: &str = "us-east-1";

#[tokio::test]
async fn ticks_at_once_end_in_one_export_one_verdict_and_one_message() {
    let moto = Moto::start("exports").await.unwrap();
    let topic = moto.topic(REGION, "verified").await.unwrap();
    let now: Timestamp = "2026-11-20T15:05:00Z".parse().unwrap();
    let rds = Rds::start(Options {
        now: Some(now),
        region: REGION.to_owned(),
        objects: Objects::s3(moto.address()),
        ..Options::default()
    });
    rds.add(Source::article());
    rds.add_snapshot("app-db", Snapshot::automated(now));
    let env = Env::default()
        .with("DB_CLUSTER_IDENTIFIER", "app-db")
        .with("ENV", "stg")
        .with("S3_EXPORT_BUCKET_NAME", "exports")
        .with(
            "S3_EXPORT_IAM_ROLE_ARN",
            "arn:aws:iam::123456789012:role/export",
        )
        .with("KMS_KEY_ID", "alias/export")
        .with("VERIFIED_TOPIC", topic.arn())
        .with("AWS_ENDPOINT_URL", moto.address())
        .with("AWS_ENDPOINT_URL_RDS", rds.address())
        .with("AWS_REGION", REGION)
        .with("AWS_ACCESS_KEY_ID", "test")
        .with("AWS_SECRET_ACCESS_KEY", "test");
    let clock = Arc::new(Mutex::new(now));
    let shared = Arc::clone(&clock);
    let surroundings = Surroundings {
        env,
        clock: Clock::from_fn(move || *shared.lock().unwrap()),
    };
    let function = RdsSnapshotExport::with(surroundings).await.unwrap();
    let ticks = async |count: usize| {
        let tick = |_| function.handle(Event::new("e-1", now, "{}"));
        join_all((0..count).map(tick)).await
    };
    let wait = |minutes| {
        let mut now = clock.lock().unwrap();
        *now += SignedDuration::from_mins(minutes);
        rds.set_now(*now);
    };
    ticks(3).await;
    wait(20);
    ticks(3).await;
    wait(5);
    let [Outcome::Done(reports)] = &ticks(1).await[..] else {
        panic!("not done");
    };
    assert_eq!(reports[0].counts["rows"], 1203);
    assert_eq!(rds.exports(), ["export-id-stg-app-db-20261121"]);
    let [message] = topic.delivered().await.unwrap().try_into().unwrap();
    let message: serde_json::Value =
        serde_json::from_str(message["Message"].as_str().unwrap()).unwrap();
    assert_eq!(message["run"], "app-db-20261121");
    assert_eq!(message["tables"][1]["rows"], 1200);
}
