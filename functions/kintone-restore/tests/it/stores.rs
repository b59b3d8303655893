//! Whole restores on the real protocols of S3 and Cloud Storage.

use cloud_store::Store;
use function_core::RunState;
use serde_json::json;
use simulators::kintone::App;
use test_services::{FakeGcsServer, Moto};

use crate::world::World;

/// A backup, a restore, and the same request again.
async fn hold(address: &str, settings: &[(&str, &str)]) {
    let mut world = World::new(App::all_types());
    for (name, value) in settings {
        world.set(name, *value);
    }
    world.set("BUCKET", address);
    let store = Store::open(address, world.env()).await.unwrap();
    world.keep_in(store);
    world.back_up().await;
    let report = world.restored(&json!({})).await;
    assert_eq!(report.state, RunState::Verified, "{report:?}");
    world.assert_same(world.source, world.target, &["num"]);
    let again = world.restored(&json!({})).await;
    assert_eq!(again.state, RunState::Verified);
    assert_eq!(world.kintone.count(world.target), 4);
    let plan = world.plan(&json!({ "force": true })).await;
    let forced = json!({ "force": true, "accept": plan["accept"] });
    assert_eq!(world.restored(&forced).await.state, RunState::Verified);
    assert_eq!(world.kintone.count(world.target), 8);
}

#[tokio::test]
async fn a_backup_in_s3_comes_back() {
    let server = Moto::start("backups").await.unwrap();
    let settings = [
        ("AWS_ENDPOINT_URL", server.address()),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
    ];
    hold("s3://backups/kintone", &settings).await;
}

#[tokio::test]
async fn a_backup_in_cloud_storage_comes_back() {
    let server = FakeGcsServer::start("backups").await.unwrap();
    let settings = [("STORAGE_EMULATOR_HOST", server.address())];
    hold("gs://backups/kintone", &settings).await;
}
