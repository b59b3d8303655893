//! Names of export tasks, which can be used only once.

use simulators::rds::{Engine, Options, Snapshot, Source, Table};

use crate::world::{BUCKET, World, assert_true};

#[tokio::test]
async fn a_long_identifier_makes_a_legal_name() {
    let long = format!("a{}z", "-bcdefghij".repeat(6));
    let other = format!("a{}y", "-bcdefghij".repeat(6));
    let world = World::with(Options::default())
        .await
        .set("DB_CLUSTER_IDENTIFIER", format!("{long},{other}"))
        .set("ENV", "sixteen-letters1");
    for source in [&long, &other] {
        let table = Table::mysql("app", "users")
            .column("id", "bigint")
            .generated(5);
        world
            .rds
            .add(Source::cluster(source, Engine::AuroraMysql).table(table));
        world.snapshot(source);
    }
    world.tick().await;
    let exports = world.rds.exports();
    assert_eq!(exports.len(), 2);
    assert!(
        exports
            .iter()
            .all(|name| name.len() <= 58 && !name.contains("--")),
        "{exports:?}"
    );
    world.wait(20);
    world.tick().await;
    assert!(world.latest(&long).is_some() && world.latest(&other).is_some());
}

#[tokio::test]
async fn a_second_snapshot_of_a_day_is_a_run_of_its_own() {
    let world = World::new().await;
    world.night("app-db").await;
    world.wait(60);
    world.night("app-db").await;
    assert_eq!(
        world.rds.exports(),
        [
            "export-id-stg-app-db-20261121",
            "export-id-stg-app-db-20261121-2"
        ]
    );
    let runs: Vec<String> = world
        .records()
        .into_iter()
        .map(|record| record.run)
        .collect();
    assert_eq!(
        runs,
        [
            "app-db-20261121-rds_app-db-2026-11-20-16-25",
            "app-db-20261121"
        ]
    );
    assert_true(
        &world.manifest("app-db"),
        &world.truth("export-id-stg-app-db-20261121-2"),
    );
    assert_eq!(world.sink.messages().len(), 2);
}

#[tokio::test]
async fn a_second_snapshot_does_not_leave_the_first_behind() {
    let world = World::new().await;
    for _ in 0..3 {
        world.snapshot("app-db");
        world.tick().await;
        world.wait(5);
    }
    world.wait(30);
    world.tick().await;
    let states: Vec<bool> = world
        .records()
        .iter()
        .map(|record| record.settled)
        .collect();
    assert_eq!(states, [true; 3], "{:?}", world.records());
}

#[tokio::test]
async fn an_export_of_the_same_name_from_another_source_is_named() {
    let world = World::with(Options::default())
        .await
        .set("DB_CLUSTER_IDENTIFIER", "db");
    world.rds.add(Source::cluster("db", Engine::AuroraMysql));
    world
        .rds
        .add(Source::cluster("billing", Engine::AuroraMysql));
    let billing = world.snapshot("billing");
    start(&world, "export-id-stg-db-20261121", &billing, BUCKET).await;
    world.snapshot("db");
    let failure = world.fails().await;
    assert!(
        failure.error.contains(&format!(
            "export task export-id-stg-db-20261121 exists already, for another source: {billing}; \
             give this deployment another ENV"
        )),
        "{failure:?}"
    );
    world.wait(20);
    world.ends("failed").await;
    assert_eq!(world.sink.words().len(), 1);
    assert!(world.latest("db").is_none());
}

#[tokio::test]
async fn the_name_of_a_source_that_begins_like_ours_is_another_source() {
    let world = World::with(Options::default())
        .await
        .set("DB_CLUSTER_IDENTIFIER", "db");
    world.rds.add(Source::cluster("db", Engine::AuroraMysql));
    world
        .rds
        .add(Source::cluster("db-old", Engine::AuroraMysql));
    let old = world.snapshot("db-old");
    start(&world, "export-id-stg-db-20261121", &old, BUCKET).await;
    world.snapshot("db");
    let failure = world.fails().await;
    assert!(failure.error.contains("for another source"), "{failure:?}");
}

#[tokio::test]
async fn an_export_that_somebody_started_under_our_name_is_followed() {
    let world = World::new().await;
    let snapshot = world.snapshot("app-db");
    start(&world, "export-id-stg-app-db-20261121", &snapshot, BUCKET).await;
    world.ends("running").await;
    world.wait(20);
    world.ends("verified").await;
    assert_eq!(world.rds.exports().len(), 1);
}

#[tokio::test]
async fn an_export_that_somebody_started_elsewhere_is_waited_for_and_ours_follows() {
    for name in ["by-hand", "export-id-stg-app-db-20261121"] {
        let world = World::new().await;
        let snapshot = world.snapshot("app-db");
        start(&world, name, &snapshot, "elsewhere").await;
        let report = world.ends("running").await;
        let progress = report.progress.unwrap();
        assert!(
            progress.contains(&format!(
                "export task {name} of the same snapshot is STARTING"
            )),
            "{progress}"
        );
        world.wait(20);
        world.ends("running").await;
        assert_eq!(world.rds.exports().len(), 2, "{name}");
        world.wait(20);
        world.ends("verified").await;
        assert_eq!(world.manifest("app-db").details.export.bucket, BUCKET);
    }
}

#[tokio::test]
async fn an_export_of_a_part_that_somebody_started_under_our_name_is_not_the_whole() {
    let world = World::new().await;
    let snapshot = world.snapshot("app-db");
    let client = client(&world).await;
    let request = client
        .start_export_task()
        .source_arn(snapshot)
        .s3_bucket_name(BUCKET);
    let request = request
        .export_task_identifier("export-id-stg-app-db-20261121")
        .iam_role_arn("arn:aws:iam::123456789012:role/export")
        .kms_key_id("alias/export")
        .export_only("app.users");
    request.send().await.unwrap();
    world.wait(20);
    let failure = world.fails().await;
    assert!(failure.error.contains("only app.users"), "{failure:?}");
    assert!(world.latest("app-db").is_none());
}

#[tokio::test]
async fn a_start_whose_answer_was_lost_is_found_again() {
    let world = World::new().await;
    world.snapshot("app-db");
    let start = simulators::When::action("StartExportTask").first(1);
    world.rds.script(start, simulators::Effect::CutAfter(10));
    let report = world.ends("running").await;
    assert!(
        report
            .progress
            .unwrap()
            .contains("export-id-stg-app-db-20261121 is starting")
    );
    assert_eq!(world.rds.exports(), ["export-id-stg-app-db-20261121"]);
    world.wait(20);
    world.ends("verified").await;
}

#[tokio::test]
async fn the_export_of_a_snapshot_that_was_deleted_is_not_another_sources() {
    let world = World::new().await;
    let first = world.snapshot("app-db");
    world.ends("running").await;
    world.wait(20);
    world.ends("verified").await;
    world.rds.delete_snapshot(&first);
    world.wait(5);
    world.snapshot("app-db");
    world.ends("running").await;
    assert_eq!(world.rds.exports().len(), 2);
}

async fn client(world: &World) -> aws_sdk_rds::Client {
    aws_sdk_rds::Client::new(&aws_client::config(world.env(), "RDS").await)
}

/// Somebody starts an export by hand.
async fn start(world: &World, name: &str, snapshot: &str, bucket: &str) {
    let client = client(world).await;
    let request = client
        .start_export_task()
        .source_arn(snapshot)
        .s3_bucket_name(bucket);
    let request = request
        .export_task_identifier(name)
        .iam_role_arn("arn:aws:iam::123456789012:role/export")
        .kms_key_id("alias/export");
    request.send().await.unwrap();
}

#[tokio::test]
async fn manual_snapshots_of_one_day_are_all_of_one_source() {
    let world = World::new().await.set("SNAPSHOT_TYPE", "manual");
    for name in ["before-release", "after-release"] {
        world
            .rds
            .add_snapshot("app-db", Snapshot::manual(name, world.now()));
        world.ends("running").await;
        world.wait(20);
        world.ends("verified").await;
    }
    assert_eq!(world.rds.exports().len(), 2);
}
