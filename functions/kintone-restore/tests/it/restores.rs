//! Whole restores into an empty app.

use function_core::RunState;
use serde_json::json;
use simulators::kintone::App;

use crate::world::World;

#[tokio::test]
async fn every_field_type_comes_back_with_its_files() {
    let world = World::new(App::all_types());
    world.back_up().await;
    let report = world.restored(&json!({})).await;
    assert_eq!(report.state, RunState::Verified, "{report:?}");
    assert_eq!(report.counts["added"], 4);
    assert_eq!(report.counts["files"], 4);
    assert_eq!(report.counts["differences"], 0);
    // The fixture's number has zeros that Kintone drops when it is written.
    world.assert_same(world.source, world.target, &["num"]);
    let first = world.kintone.record(world.target, 1).unwrap();
    assert_eq!(first["num"]["value"], "12.5");
}

#[tokio::test]
async fn thousands_of_records_come_back_in_their_order() {
    let world = World::new(App::generated(4_321));
    world.back_up().await;
    let report = world.restored(&json!({})).await;
    assert_eq!(report.state, RunState::Verified, "{report:?}");
    assert_eq!(report.counts["added"], 4_321);
    assert_eq!(world.writes(), 3, "bulks of 2,000 records");
    world.assert_restored();
    let ids = world.lines(".ids.ndjson").await;
    assert_eq!(ids.len(), 4_321);
    assert_eq!(ids[0], json!({ "old": 1, "new": 1 }));
}
