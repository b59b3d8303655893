//! Whole runs on the real protocols of S3 and Cloud Storage.

use simulators::kintone::App;
use test_services::{FakeGcsServer, Moto};

use crate::backups::golden;
use crate::world::{World, person};

/// Three nights: all records, then what changed, then an older message again.
async fn hold(world: World) {
    let old = world.event("old", "");
    world.verified().await;
    assert_eq!(world.csv().await, golden());
    let first = world.manifest().await;
    world.assert_latest_is(&world.records()).await;

    world.kintone.insert(world.app, [&person("新しい人")]);
    world.verified().await;
    let second = world.manifest().await;
    assert_eq!(
        second.details.based_on.as_deref(),
        Some(first.run.rsplit('-').next().unwrap())
    );
    world.assert_latest_is(&world.records()).await;

    let outcome = world.deliver(old).await;
    assert!(
        matches!(outcome, function_core::Outcome::Done(_)),
        "{outcome:?}"
    );
    assert_eq!(world.manifest().await.run, second.run);
    let records = world.run_records().await;
    assert_eq!(records.len(), 3);
    assert!(records.iter().all(|record| record.settled));
}

fn world() -> World {
    World::new(App::all_types())
        .set("INCREMENTAL", "on")
        .set("ATTACHMENTS", "on")
}

#[tokio::test]
async fn a_backup_in_s3_is_that_of_cli_kintone() {
    let server = Moto::start("backups").await.unwrap();
    let settings = [
        ("AWS_ENDPOINT_URL", server.address()),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
    ];
    hold(world().at("s3://backups/kintone", &settings).await).await;
}

#[tokio::test]
async fn a_backup_in_cloud_storage_is_that_of_cli_kintone() {
    let server = FakeGcsServer::start("backups").await.unwrap();
    let settings = [("STORAGE_EMULATOR_HOST", server.address())];
    hold(world().at("gs://backups/kintone", &settings).await).await;
}
