//! Nights on which all goes well.

use serde_json::json;

use crate::world::{World, assert_true};

#[tokio::test]
async fn a_night_ends_verified_with_the_rows_that_the_database_had() {
    let world = World::new().await;
    world.snapshot("app-db");
    let report = world.ends("running").await;
    assert_eq!(report.run, "app-db-20261121");
    assert_eq!(
        report.progress.unwrap(),
        "export task export-id-stg-app-db-20261121 is starting"
    );
    world.wait(13);
    let report = world.ends("running").await;
    assert!(report.progress.unwrap().contains("in progress, 33 %"));
    assert!(world.latest("app-db").is_none() && world.sink.messages().is_empty());
    world.wait(7);
    let report = world.ends("verified").await;
    assert_eq!(report.counts["rows"], 1203);
    let manifest = world.manifest("app-db");
    assert_true(&manifest, &world.truth("export-id-stg-app-db-20261121"));
    let record = world.record();
    assert!(record.settled && record.error.is_none() && record.progress.is_none());
    assert_eq!(
        record.manifest.as_deref(),
        Some("s3://exports/verified/rds-snapshot-export/app-db/20261121.manifest.json")
    );
    let keys = world.s3.keys("exports", "runs/");
    assert_eq!(
        keys,
        ["runs/rds-snapshot-export/2026/11/21/app-db-20261121.json"]
    );
    let bytes = |table: usize| manifest.details.export.tables[table].bytes;
    assert_eq!(
        world.sink.messages(),
        [json!({
            "function": "rds-snapshot-export", "source": "app-db", "run": "app-db-20261121",
            "logicalDate": "2026-11-21", "bucket": "exports",
            "prefix": "export-id-stg-app-db-20261121", "engine": "aurora-mysql",
            "tables": [
                { "database": "app", "schema": "app", "table": "audits", "rows": 0, "bytes": 0, "files": 0 },
                { "database": "app", "schema": "app", "table": "orders", "rows": 1200, "bytes": bytes(1), "files": 3 },
                { "database": "app", "schema": "app", "table": "users", "rows": 3, "bytes": bytes(2), "files": 1 },
            ],
            // The bucket's time of all its objects.
            "newestFile": "2026-01-01T00:00:00Z",
        })]
    );
    assert!(world.sink.words().is_empty());
}

#[tokio::test]
async fn later_ticks_leave_a_verified_night_alone() {
    let world = World::new().await;
    world.night("app-db").await;
    let record = world.record();
    world.s3.clear_requests();
    for _ in 0..3 {
        world.wait(30);
        world.ends("verified").await;
    }
    assert_eq!(world.record(), record);
    assert_eq!(world.sink.messages().len(), 1);
    assert_eq!(world.rds.exports().len(), 1);
    let writes = world.s3.requests();
    assert!(writes.iter().all(|seen| seen.method == "GET"), "{writes:?}");
}

#[tokio::test]
async fn each_night_has_a_run_of_its_own_and_latest_moves_on() {
    let world = World::new().await;
    for day in ["20261121", "20261122", "20261123"] {
        world.night("app-db").await;
        assert_eq!(world.latest("app-db").unwrap().stamp.as_str(), day);
        world.wait(24 * 60 - 20);
    }
    assert_eq!(world.records().len(), 3);
    assert_eq!(world.sink.messages().len(), 3);
}
