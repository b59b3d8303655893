//! Which snapshot is exported.

use std::time::Duration;

use simulators::rds::{Engine, Options, Snapshot, Source};
use simulators::{When, rds};

use crate::world::{BUCKET, World, done, word};

#[tokio::test]
async fn a_snapshot_that_is_being_made_is_waited_for() {
    let world = World::new().await;
    world.night("app-db").await;
    world.until("2026-11-21T15:05:00Z");
    let snapshot = Snapshot::automated(world.now()).takes(Duration::from_mins(30));
    world.rds.add_snapshot("app-db", snapshot);
    assert_eq!(world.ends("verified").await.run, "app-db-20261121");
    world.wait(30);
    assert_eq!(world.ends("running").await.run, "app-db-20261122");
}

#[tokio::test]
async fn snapshots_that_failed_or_are_copied_do_not_count() {
    let world = World::new().await;
    for status in ["failed", "copying", "deleting"] {
        let snapshot = Snapshot::automated(world.now()).status(status);
        world.rds.add_snapshot("app-db", snapshot);
        world.wait(1);
    }
    let failure = world.fails().await;
    assert!(
        failure
            .error
            .contains("there is no available automated snapshot")
    );
    assert!(world.rds.exports().is_empty());
}

#[tokio::test]
async fn only_snapshots_of_the_wanted_type_count() {
    let world = World::new().await.set("SNAPSHOT_TYPE", "manual");
    world
        .rds
        .add_snapshot("app-db", Snapshot::manual("release-7", world.now()));
    world.wait(5);
    world.snapshot("app-db");
    world.ends("running").await;
    world.wait(20);
    world.ends("verified").await;
    let manifest = world.manifest("app-db");
    assert_eq!(manifest.details.export.details["snapshot"], "release-7");
}

#[tokio::test]
async fn snapshots_of_aws_backup_are_exported_of_instances() {
    let world = World::with(Options::default()).await;
    world.rds.add(Source::instance("shop", Engine::Postgres));
    let world = world
        .set("DB_INSTANCE_IDENTIFIER", "shop")
        .set("SNAPSHOT_TYPE", "awsbackup");
    world
        .rds
        .add_snapshot("shop", Snapshot::aws_backup("5f", world.now()));
    let [report] = world.tick().await.try_into().unwrap();
    assert_eq!(report.run, "shop-20261121");
    assert_eq!(world.rds.exports(), ["export-id-stg-shop-20261121"]);
}

#[tokio::test]
async fn a_source_without_a_snapshot_is_told_once_a_day() {
    let world = World::new().await;
    let failure = world.fails().await;
    assert!(
        failure
            .error
            .starts_with("cluster app-db: there is no available automated snapshot")
    );
    for _ in 0..5 {
        world.wait(30);
        world.ends("failed").await;
    }
    assert_eq!(world.sink.words().len(), 1);
    world.wait(24 * 60);
    world.fails().await;
    assert_eq!(world.sink.words().len(), 2);
}

#[tokio::test]
async fn a_snapshot_that_is_too_old_is_told_and_exported_only_where_a_person_asks() {
    for event in [
        r#"{"force": true}"#,
        r#"{"source": "app-db", "date": "2026-11-21"}"#,
    ] {
        let world = World::new().await;
        world.snapshot("app-db");
        world.wait(31 * 60);
        let failure = world.fails().await;
        assert!(failure.error.contains("is 31 h old"), "{failure:?}");
        world.wait(30);
        world.ends("failed").await;
        assert!(world.rds.exports().is_empty());
        assert_eq!(world.records().len(), 1, "no run of the old snapshot");
        world.send(event).await;
        assert_eq!(world.rds.exports(), ["export-id-stg-app-db-20261121"]);
        world.wait(20);
        world.tick().await;
        assert_eq!(world.latest("app-db").unwrap().run, "app-db-20261121");
    }
}

#[tokio::test]
async fn the_export_of_a_snapshot_that_grew_too_old_is_followed() {
    let world = World::new().await;
    world.rds.edit("app-db", |source| {
        let slow = Duration::from_hours(5);
        *source = source.clone().takes(slow, slow);
    });
    world.snapshot("app-db");
    world.wait(25 * 60);
    world.ends("running").await;
    world.wait(6 * 60);
    let failure = world.fails().await;
    assert!(
        failure
            .error
            .contains("rds:app-db-2026-11-20-15-05, is 31 h old; MAX_SNAPSHOT_AGE is 30 h"),
        "{failure:?}"
    );
    world.wait(5 * 60);
    let states: Vec<_> = world
        .tick()
        .await
        .iter()
        .map(|report| word(report.state))
        .collect();
    assert!(states.contains(&"verified".to_owned()), "{states:?}");
    assert_eq!(world.sink.words().len(), 1);
}

#[tokio::test]
async fn a_cluster_that_does_not_exist_is_named_with_the_repair() {
    let world = World::new().await.set("DB_CLUSTER_IDENTIFIER", "app-bd");
    let failure = world.fails().await;
    assert!(
        failure.error.contains(
            "there is no cluster app-bd in this account and Region; correct DB_CLUSTER_IDENTIFIER"
        ),
        "{failure:?}"
    );
}

#[tokio::test]
async fn the_logical_date_is_the_snapshots_day_in_the_zone() {
    for (zone, time, date) in [
        ("Asia/Tokyo", "2026-11-20T14:59:00Z", "20261120"),
        ("Asia/Tokyo", "2026-11-20T15:00:00Z", "20261121"),
        ("UTC", "2026-11-20T23:59:59Z", "20261120"),
        ("America/New_York", "2026-11-21T04:30:00Z", "20261120"),
    ] {
        let world = World::new().await.set("TIME_ZONE", zone);
        world.until(time);
        world.snapshot("app-db");
        assert_eq!(world.ends("running").await.run, format!("app-db-{date}"));
        assert_eq!(
            world.rds.exports(),
            [format!("export-id-stg-app-db-{date}")]
        );
    }
}

#[tokio::test]
async fn a_clock_that_is_wrong_by_minutes_changes_nothing() {
    for minutes in [-10, 10] {
        let world = World::new().await.ahead(minutes);
        let report = world.night("app-db").await;
        assert_eq!(report.run, "app-db-20261121");
        assert!(world.sink.words().is_empty());
    }
}

#[tokio::test]
async fn a_day_that_is_asked_for_is_exported_however_long_ago_it_was() {
    let world = World::new().await;
    world.snapshot("app-db");
    world.until("2026-11-25T15:05:00Z");
    world.night("app-db").await;
    let event = r#"{"date": "2026-11-21"}"#;
    let [report] = done(world.send(event).await).try_into().unwrap();
    assert_eq!(
        (report.run.as_str(), word(report.state).as_str()),
        ("app-db-20261121", "running")
    );
    world.wait(20);
    let [report] = done(world.send(event).await).try_into().unwrap();
    assert_eq!(word(report.state), "verified");
    assert_eq!(world.latest("app-db").unwrap().run, "app-db-20261126");
    assert_eq!(world.sink.messages().len(), 2);
    let absent = world.send(r#"{"date": "2026-11-23"}"#).await;
    assert!(format!("{absent:?}").contains("no available automated snapshot of 2026-11-23"));
}

#[tokio::test]
async fn an_unfinished_night_is_followed_beside_the_next_one() {
    let world = World::new().await.set("EXPORT_TIMEOUT", "60h");
    world.rds.edit("app-db", |source| {
        let slow = Duration::from_hours(25);
        *source = source.clone().takes(slow, slow);
    });
    world.snapshot("app-db");
    world.ends("running").await;
    world.wait(24 * 60);
    world.rds.add(Source::article());
    world.snapshot("app-db");
    let runs: Vec<String> = world
        .tick()
        .await
        .into_iter()
        .map(|report| report.run)
        .collect();
    assert_eq!(runs, ["app-db-20261122", "app-db-20261121"]);
    world.wait(30 * 60);
    world.tick().await;
    let states: Vec<_> = world
        .records()
        .iter()
        .map(|record| word(record.state))
        .collect();
    assert_eq!(states, ["verified", "verified"]);
    assert_eq!(world.latest("app-db").unwrap().run, "app-db-20261122");
}

#[tokio::test]
async fn a_fault_at_an_older_night_does_not_keep_the_newest_waiting() {
    let world = World::new().await;
    world.snapshot("app-db");
    world.ends("running").await;
    world.wait(24 * 60);
    let key = "runs/rds-snapshot-export/2026/11/21/app-db-20261121.json";
    let record = world.s3.get(BUCKET, key).unwrap();
    world.s3.put(BUCKET, key, "{");
    world.snapshot("app-db");
    let failure = world.fails().await;
    assert!(
        failure.error.contains("app-db-20261121.json"),
        "{failure:?}"
    );
    assert_eq!(world.rds.exports().len(), 2);
    world.s3.put(BUCKET, key, record);
    world.wait(20);
    let states: Vec<String> = world
        .tick()
        .await
        .iter()
        .map(|report| word(report.state))
        .collect();
    assert_eq!(states, ["verified", "verified"]);
}

#[tokio::test]
async fn all_pages_of_snapshots_are_read_also_when_a_mark_expires_meanwhile() {
    let world = World::new().await;
    for _ in 0..230 {
        world.snapshot("app-db");
        world.wait(1);
    }
    let second = When::action("DescribeDBClusterSnapshots").nth(2);
    world.rds.before(second, rds::Account::expire_markers);
    world.ends("running").await;
    assert_eq!(world.asked("DescribeDBClusterSnapshots"), 2 + 3);
    world.wait(20);
    world.ends("verified").await;
    let manifest = world.manifest("app-db");
    assert_eq!(
        manifest.details.export.details["snapshot"],
        "rds:app-db-2026-11-20-18-54"
    );
}
