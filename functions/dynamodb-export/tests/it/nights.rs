//! From the schedule to a verified export, whatever happens on the way.

use std::time::Duration;

use function_core::{Exit, Outcome, RunState};
use function_runtime::Function as _;
use futures_util::future::join_all;
use serde_json::json;
use simulators::dynamodb::Fault;
use simulators::{Effect, When};

use crate::world::{World, done, dropped};

const DATE: &str = "2026-11-21";

#[tokio::test]
async fn a_night_ends_verified() {
    let world = World::on_moto().await;
    let reports = world.night().await;
    assert_eq!(reports.len(), 2);
    for report in &reports {
        assert_eq!(report.state, RunState::Running);
        let progress = report.progress.as_deref().unwrap();
        assert!(
            progress.contains("does not export as of 2026-11-20T18:00:00Z yet"),
            "{progress}"
        );
    }
    let reports = done(world.ticks(4).await);
    for (report, table) in reports.iter().zip(["table1", "table2"]) {
        assert_eq!(report.run, format!("{table}-20261121"));
        assert_eq!(report.state, RunState::Verified, "{report:?}");
        assert_eq!(report.counts["rows"], 6);
        let manifest = world.latest(table).await.unwrap();
        let export = &manifest.details.export;
        let details = &export.details;
        assert_eq!(
            (export.engine.as_str(), export.bucket.as_str()),
            ("dynamodb", "backups")
        );
        assert_eq!(details["exportType"], "full");
        assert_eq!(details["exportTime"], "2026-11-20T18:00:00Z");
        assert_eq!(details["verify"], "manifest");
        // No export tells them, and the table may be gone when it is restored.
        let keys = json!({ "partition": { "name": "id", "type": "S" } });
        assert_eq!(details["keys"], keys);
        let truth = world
            .dynamodb
            .truth(details["exportArn"].as_str().unwrap())
            .unwrap();
        assert_eq!(details["manifestSummaryKey"], truth.manifest);
        assert_eq!(export.tables[0].rows, truth.lines.len() as u64);
        assert_eq!(export.tables[0].files, truth.data.len() as u64);
    }
    assert_eq!(world.dynamodb.truths().len(), 2);
}

#[tokio::test]
async fn a_tick_begins_nothing_and_a_settled_day_is_left_alone() {
    let world = World::new().await;
    assert_eq!(done(world.tick().await), []);
    assert!(world.find_record("table1", DATE).await.is_none());
    let world = world.at_ten_past();
    world.night().await;
    world.ticks(3).await;
    world.dynamodb.clear_requests();
    let reports = world.night().await;
    assert!(
        reports
            .iter()
            .all(|report| report.state == RunState::Verified)
    );
    let reports = done(world.tick().await);
    assert!(
        reports
            .iter()
            .all(|report| report.state == RunState::Verified)
    );
    assert_eq!(world.dynamodb.requests(), []);
}

#[tokio::test]
async fn three_events_at_once_make_one_export_and_one_record() {
    let world = World::on_moto().await.at_ten_past();
    world.dynamodb.set_latency(Duration::from_millis(20));
    let mut functions = Vec::new();
    for _ in 0..3 {
        functions.push(world.function().await);
    }
    let events = functions
        .iter()
        .map(|function| function.handle(world.event("{}")));
    for outcome in join_all(events).await {
        assert!(!matches!(outcome, Outcome::Drop(_)), "{outcome:?}");
    }
    assert_eq!(world.dynamodb.truths().len(), 2);
    let functions = functions.iter();
    world.wait(15);
    join_all(functions.map(|function| function.handle(world.event(r#"{"tick": true}"#)))).await;
    world.tick().await;
    for table in ["table1", "table2"] {
        let record = world.record(table, DATE).await;
        assert!(
            record.settled && record.state == RunState::Verified,
            "{record:?}"
        );
    }
    assert_eq!(world.store.list("runs/").await.unwrap().len(), 2);
    assert_eq!(world.dynamodb.truths().len(), 2);
}

#[tokio::test]
async fn a_start_whose_answer_never_came_is_found_again() {
    let world = World::due().await.set("TABLES", "table1");
    let started = When::action("ExportTableToPointInTime");
    world.dynamodb.script(started, Effect::CutAfter(0));
    let outcome = world.night_outcome().await;
    assert!(matches!(outcome, Outcome::Retry(_)), "{outcome:?}");
    let checkpoint = world.record("table1", DATE).await.checkpoint.unwrap();
    assert!(checkpoint.get("exportArn").is_none());
    world.dynamodb.clear_script();
    world.dynamodb.clear_requests();
    // So late that the token alone would start another one.
    world.wait(10 * 60);
    let reports = done(world.tick().await);
    assert_eq!(reports[0].state, RunState::Verified, "{reports:?}");
    assert_eq!(world.asked("ExportTableToPointInTime"), 0);
    assert_eq!(world.dynamodb.truths().len(), 1);
}

#[tokio::test]
async fn a_day_whose_record_is_lost_is_not_exported_twice() {
    let world = World::due().await.set("TABLES", "table1");
    world.night().await;
    for object in world.store.list("runs/").await.unwrap() {
        world.store.delete(&object.key).await.unwrap();
    }
    world.wait(9 * 60);
    let reports = world.night().await;
    assert_eq!(reports[0].state, RunState::Verified, "{reports:?}");
    assert_eq!(world.dynamodb.truths().len(), 1);
}

#[tokio::test]
async fn a_failed_export_is_started_once_more() {
    let world = World::due().await.set("TABLES", "table1");
    let fault = Fault::failed("S3InternalError", "We encountered an internal error");
    world.dynamodb.spoil_next("table1", fault);
    world.night().await;
    let reports = done(world.ticks(3).await);
    assert_eq!(reports[0].state, RunState::Running);
    assert_eq!(world.dynamodb.truths().len(), 2);
    let reports = done(world.ticks(3).await);
    assert_eq!(reports[0].state, RunState::Verified, "{reports:?}");
    let manifest = world.latest("table1").await.unwrap();
    assert_eq!(manifest.details.export.details["attempt"], 2);
}

#[tokio::test]
async fn after_the_last_attempt_a_person_is_told_and_may_order_another() {
    let world = World::due()
        .await
        .set("TABLES", "table1")
        .set("EXPORT_ATTEMPTS", "2");
    let fault = Fault::failed("S3AccessDenied", "Access Denied");
    world.dynamodb.spoil_every("table1", fault);
    world.night().await;
    world.ticks(3).await;
    let failure = dropped(world.ticks(3).await);
    assert_eq!(failure.exit, Exit::Failed);
    for words in [
        "attempt 2, ended FAILED: S3AccessDenied: Access Denied",
        "allow s3:PutObject, s3:PutObjectAcl and s3:AbortMultipartUpload on arn:aws:s3:::backups/*",
        r#"send {"source": "table1", "date": "2026-11-21", "force": true}"#,
    ] {
        assert!(failure.error.contains(words), "{}", failure.error);
    }
    assert!(world.record("table1", DATE).await.settled);
    let reports = done(world.tick().await);
    assert_eq!(reports[0].state, RunState::Failed);
    world.dynamodb.heal("table1");
    let force = r#"{"source": "table1", "date": "2026-11-21", "force": true}"#;
    assert_eq!(done(world.send(force).await)[0].state, RunState::Running);
    let reports = done(world.ticks(3).await);
    assert_eq!(reports[0].state, RunState::Verified, "{reports:?}");
    assert_eq!(world.dynamodb.truths().len(), 3);
}

#[tokio::test]
async fn a_verified_run_is_verified_again_when_a_person_asks() {
    let world = World::due().await.set("TABLES", "table1");
    world.night().await;
    world.ticks(3).await;
    let force = r#"{"force": true}"#;
    assert_eq!(done(world.send(force).await)[0].state, RunState::Verified);
    let manifest = world.latest("table1").await.unwrap();
    let export = manifest.details.export.details["exportArn"].clone();
    let lost = simulators::dynamodb::Part::Data(0);
    world.dynamodb.lose(export.as_str().unwrap(), lost).unwrap();
    world.wait(2 * 60);
    let failure = dropped(world.send(force).await);
    assert_eq!(failure.exit, Exit::Incomplete);
    assert!(
        failure.error.contains(".json.gz is missing"),
        "{}",
        failure.error
    );
    // The same once more, and the day is exported again.
    assert_eq!(done(world.send(force).await)[0].state, RunState::Running);
    let reports = done(world.ticks(3).await);
    assert_eq!(reports[0].state, RunState::Verified, "{reports:?}");
    assert_eq!(world.dynamodb.truths().len(), 2);
}

#[tokio::test]
async fn an_export_that_takes_too_long_is_told_once_and_still_followed() {
    let world = World::due()
        .await
        .set("TABLES", "table1")
        .set("EXPORT_TIMEOUT", "2h");
    let hours = Duration::from_hours(5);
    world.dynamodb.spoil_next("table1", Fault::Takes(hours));
    world.night().await;
    world.wait(130);
    let failure = dropped(world.tick().await);
    assert_eq!(failure.exit, Exit::Incomplete);
    assert!(
        failure.error.contains("is in progress since"),
        "{}",
        failure.error
    );
    world.wait(60);
    assert_eq!(done(world.tick().await)[0].state, RunState::Incomplete);
    world.wait(120);
    assert_eq!(done(world.tick().await)[0].state, RunState::Verified);
}

#[tokio::test]
async fn a_status_that_nobody_knows_is_named_and_never_verified() {
    let world = World::due().await.set("TABLES", "table1");
    let fault = Fault::Status("ARCHIVING".to_owned());
    world.dynamodb.spoil_next("table1", fault);
    world.night().await;
    let reports = done(world.ticks(4).await);
    let progress = reports[0].progress.as_deref().unwrap();
    assert!(progress.contains("of the status `ARCHIVING`"), "{progress}");
    world.wait(13 * 60);
    let failure = dropped(world.tick().await);
    assert_eq!(failure.exit, Exit::Incomplete);
    assert!(failure.error.contains("`ARCHIVING`"), "{}", failure.error);
    assert!(world.latest("table1").await.is_none());
}

#[tokio::test]
async fn an_export_that_runs_past_midnight_is_followed() {
    let world = World::new().await.set("TABLES", "table1");
    // 23:50 in Tokyo.
    world.wait(20 * 60 + 50);
    world.night().await;
    world.wait(5);
    world.tick().await;
    world.wait(20);
    let reports = done(world.tick().await);
    assert_eq!(reports[0].run, "table1-20261121");
    assert_eq!(reports[0].state, RunState::Verified, "{reports:?}");
}

#[tokio::test]
async fn an_export_that_outlasts_its_day_is_followed_beside_the_next_one() {
    for world in [World::due().await, World::new().await] {
        let world = world.set("TABLES", "table1").set("EXPORT_TIMEOUT", "48h");
        let hours = Duration::from_hours(26);
        world.dynamodb.spoil_next("table1", Fault::Takes(hours));
        world.night().await;
        world.wait(10);
        world.tick().await;
        world.wait(24 * 60);
        world.night().await;
        world.ticks(6).await;
        assert_eq!(world.record("table1", DATE).await.state, RunState::Running);
        let next = world.record("table1", "2026-11-22").await;
        assert_eq!(next.state, RunState::Verified);
        world.wait(2 * 60);
        let reports = done(world.tick().await);
        let runs: Vec<_> = reports
            .iter()
            .map(|report| (report.run.as_str(), report.state))
            .collect();
        // The newest one comes first, and readers keep to it.
        assert_eq!(
            runs,
            [
                ("table1-20261122", RunState::Verified),
                ("table1-20261121", RunState::Verified)
            ]
        );
        let latest = world.latest("table1").await.unwrap();
        assert_eq!(latest.run, "table1-20261122");
    }
}

#[tokio::test]
async fn a_day_that_is_asked_for_is_exported_as_of_its_own_minute() {
    let world = World::due().await;
    let payload = r#"{"source": "table2", "date": "2026-11-10"}"#;
    world.send(payload).await;
    world.wait(15);
    let follow = r#"{"date": "2026-11-10", "tick": true}"#;
    let reports = done(world.send(follow).await);
    assert_eq!(reports.len(), 1);
    assert_eq!(reports[0].run, "table2-20261110");
    assert_eq!(reports[0].state, RunState::Verified, "{reports:?}");
    let manifest = world.latest("table2").await.unwrap();
    let details = &manifest.details.export.details;
    assert_eq!(details["exportTime"], "2026-11-09T18:00:00Z");
}
