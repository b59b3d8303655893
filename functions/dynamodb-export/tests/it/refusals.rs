//! What keeps a table from being exported, and how it heals.

use std::time::Duration;

use function_core::{Exit, Outcome, RunState};
use simulators::dynamodb::{PointInTimeRecovery, Table, refuse};
use simulators::{When, s3};

use crate::world::{World, done, dropped, start};

const DATE: &str = "2026-11-21";

#[tokio::test]
async fn recovery_that_is_off_is_told_once_and_heals_when_it_is_switched_on() {
    let world = World::due().await.set("TABLES", "table1");
    world
        .dynamodb
        .set_recovery("table1", PointInTimeRecovery::Off);
    let failure = dropped(world.night_outcome().await);
    assert_eq!(failure.exit, Exit::Failed);
    let repair = "aws dynamodb update-continuous-backups --table-name table1 \
                  --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true";
    assert!(failure.error.contains(repair), "{}", failure.error);
    assert_eq!(done(world.ticks(2).await)[0].state, RunState::Failed);
    world.wait(5 * 60);
    let earliest = world.now();
    let on = PointInTimeRecovery::On { earliest };
    world.dynamodb.set_recovery("table1", on);
    let reports = done(world.ticks(6).await);
    assert_eq!(reports[0].state, RunState::Verified, "{reports:?}");
    assert!(
        reports[0].warnings[0].contains("as of 2026-11-20T23:20:00Z, not 2026-11-20T18:00:00Z")
    );
}

#[tokio::test]
async fn a_table_that_is_too_young_is_exported_once_it_has_backups() {
    let world = World::due().await.set("TABLES", "table1");
    let unavailable = PointInTimeRecovery::Unavailable;
    world.dynamodb.set_recovery("table1", unavailable);
    let failure = dropped(world.night_outcome().await);
    assert!(failure.error.contains("too young"), "{}", failure.error);
    let earliest = world.now();
    world
        .dynamodb
        .set_recovery("table1", PointInTimeRecovery::On { earliest });
    let reports = done(world.ticks(5).await);
    assert_eq!(reports[0].state, RunState::Verified, "{reports:?}");
}

#[tokio::test]
async fn one_table_that_is_unknown_does_not_hide_the_good_ones() {
    let world = World::due().await.set("TABLES", "table1,table0,table2");
    let failure = dropped(world.night_outcome().await);
    assert!(
        failure
            .error
            .starts_with("table table0: there is no table table0"),
        "{}",
        failure.error
    );
    let reports = done(world.ticks(3).await);
    let states: Vec<_> = reports.iter().map(|report| report.state).collect();
    let expected = [RunState::Failed, RunState::Verified, RunState::Verified];
    assert_eq!(states, expected, "{reports:?}");
    // The table was not made yet.
    world.dynamodb.add_table(Table::article("table0"));
    let reports = done(world.ticks(4).await);
    assert!(
        reports
            .iter()
            .all(|report| report.state == RunState::Verified),
        "{reports:?}"
    );
}

#[tokio::test]
async fn a_refused_caller_is_told_what_to_allow() {
    for action in [
        "DescribeTable",
        "DescribeContinuousBackups",
        "ListExports",
        "ExportTableToPointInTime",
    ] {
        let world = World::due().await.set("TABLES", "table1");
        let message = format!(
            "User: arn:aws:sts::1:assumed-role/r/f is not authorized to perform: dynamodb:{action}"
        );
        let denied = refuse("AccessDeniedException", &message);
        world.dynamodb.script(When::action(action), denied);
        let failure = dropped(world.night_outcome().await);
        for words in [action, "allow it in the policy of the role", &message] {
            assert!(failure.error.contains(words), "{action}: {}", failure.error);
        }
        assert!(!world.record("table1", DATE).await.settled);
        world.dynamodb.clear_script();
        let reports = done(world.ticks(4).await);
        assert_eq!(
            reports[0].state,
            RunState::Verified,
            "{action}: {reports:?}"
        );
        assert_eq!(world.dynamodb.truths().len(), 1);
    }
}

#[tokio::test]
async fn throttling_everywhere_is_a_passing_fault() {
    let world = World::due().await;
    let busy = refuse(
        "ThrottlingException",
        "Rate of requests exceeds the allowed throughput",
    );
    world.dynamodb.script(When::path(""), busy);
    let outcome = world.night_outcome().await;
    assert!(
        matches!(&outcome, Outcome::Retry(failure) if failure.exit == Exit::TryAgain),
        "{outcome:?}"
    );
    world.dynamodb.clear_script();
    let reports = done(world.ticks(5).await);
    assert!(
        reports
            .iter()
            .all(|report| report.state == RunState::Verified),
        "{reports:?}"
    );
    assert_eq!(world.dynamodb.truths().len(), 2);
}

#[tokio::test]
async fn an_account_that_runs_all_it_may_is_waited_for() {
    let world = World::due()
        .await
        .set("TABLES", "table1")
        .set("EXPORT_TIMEOUT", "1h");
    let full = refuse("LimitExceededException", "Too many exports are in progress");
    world
        .dynamodb
        .script(When::action("ExportTableToPointInTime"), full);
    let reports = world.night().await;
    let progress = reports[0].progress.as_deref().unwrap();
    assert!(progress.contains("as many exports as it may"), "{progress}");
    world.wait(61);
    let failure = dropped(world.tick().await);
    assert_eq!(failure.exit, Exit::Incomplete);
    world.dynamodb.clear_script();
    let reports = done(world.ticks(4).await);
    assert_eq!(reports[0].state, RunState::Verified, "{reports:?}");
}

#[tokio::test]
async fn a_clock_that_is_ahead_waits_until_the_service_has_caught_up() {
    let world = World::new().await.set("TABLES", "table1");
    world.skew(30);
    let reports = world.night().await;
    assert_eq!(reports[0].state, RunState::Running);
    let reports = done(world.ticks(6).await);
    assert_eq!(reports[0].state, RunState::Running, "{reports:?}");
    let reports = done(world.ticks(6).await);
    assert_eq!(reports[0].state, RunState::Verified, "{reports:?}");
    let manifest = world.latest("table1").await.unwrap();
    let details = &manifest.details.export.details;
    assert_eq!(details["exportTime"], "2026-11-20T18:30:00Z");
}

#[tokio::test]
async fn a_moment_that_the_service_refuses_is_told_with_the_window() {
    let world = World::due().await.set("TABLES", "table1");
    let refused = refuse("InvalidExportTimeException", "Export Time is invalid");
    let start = When::action("ExportTableToPointInTime");
    world.dynamodb.script(start, refused);
    let failure = dropped(world.night_outcome().await);
    let window = "reaches from 2026-10-16T18:10:00Z to 2026-11-20T18:05:00Z";
    assert!(failure.error.contains(window), "{}", failure.error);
}

#[tokio::test]
async fn a_token_that_was_used_with_other_parameters_is_followed_if_it_is_the_same_export() {
    let mut world = World::due().await.set("TABLES", "table1");
    world.night().await;
    for object in world.store.list("runs/").await.unwrap() {
        world.store.delete(&object.key).await.unwrap();
    }
    world.change("KMS_KEY_ID", "alias/backups");
    // The list does not tell of it at first, so it is started, and refused.
    world.dynamodb.script(
        When::action("ListExports").first(1),
        simulators::Effect::Answer(simulators::Answer::new(
            200,
            "application/x-amz-json-1.0",
            r#"{"ExportSummaries": []}"#,
        )),
    );
    world.night().await;
    assert_eq!(world.asked("ExportTableToPointInTime"), 2);
    let reports = done(world.ticks(3).await);
    assert_eq!(reports[0].state, RunState::Verified, "{reports:?}");
    assert_eq!(world.dynamodb.truths().len(), 1);
}

#[tokio::test]
async fn a_bucket_that_is_not_there_is_named() {
    let world = World::on_moto()
        .await
        .at_ten_past()
        .set("EXPORT_S3_BUCKET", "backup");
    let failure = dropped(world.night_outcome().await);
    let words = "create the bucket backup, or correct its name";
    assert!(failure.error.contains(words), "{}", failure.error);
    assert_eq!(world.dynamodb.truths().len(), 0);
    // With the run records elsewhere the run itself knows.
    let world = world.set("RUNS_URL", "s3://backups/runs");
    let failure = dropped(world.night_outcome().await);
    assert!(failure.error.contains(words), "{}", failure.error);
    let record = world.record("table1", DATE).await;
    assert!(
        record.state == RunState::Failed && !record.settled,
        "{record:?}"
    );
    assert_eq!(world.dynamodb.truths().len(), 0);
}

#[tokio::test]
async fn a_bucket_that_vanishes_meanwhile_fails_the_export_with_its_repair() {
    let world = World::due()
        .await
        .set("TABLES", "table1")
        .set("EXPORT_ATTEMPTS", "1");
    world.night().await;
    world.dynamodb.forget_bucket("backups");
    let failure = dropped(world.ticks(3).await);
    for words in [
        "S3NoSuchBucket",
        "create the bucket backups, or correct EXPORT_S3_BUCKET",
    ] {
        assert!(failure.error.contains(words), "{}", failure.error);
    }
}

#[tokio::test]
async fn a_day_out_of_reach_is_refused_with_the_window() {
    let world = World::due().await.set("TABLES", "table1");
    let failure = dropped(world.send(r#"{"date": "2026-09-01"}"#).await);
    let words = "point-in-time recovery of table1 reaches back to";
    assert!(failure.error.contains(words), "{}", failure.error);
    let failure = dropped(world.send(r#"{"date": "2026-11-22"}"#).await);
    assert_eq!(failure.exit, Exit::Usage);
    assert!(failure.error.contains("still to come"), "{}", failure.error);
}

#[tokio::test]
async fn a_request_for_what_is_not_exported_here_is_refused() {
    let world = World::due().await;
    let failure = dropped(world.send(r#"{"source": "table3"}"#).await);
    assert_eq!(failure.exit, Exit::Usage);
    assert!(
        failure.error.contains("it exports table1, table2"),
        "{}",
        failure.error
    );
    let failure = dropped(world.send(r#"{"table": "table1"}"#).await);
    assert_eq!(failure.exit, Exit::Usage);
    assert_eq!(world.dynamodb.requests(), []);
}

#[tokio::test]
async fn a_table_that_is_deleted_after_the_start_is_verified_all_the_same() {
    let world = World::due().await.set("TABLES", "table1");
    world.night().await;
    world.dynamodb.delete_table("table1");
    let reports = done(world.ticks(3).await);
    assert_eq!(reports[0].state, RunState::Verified, "{reports:?}");
}

#[tokio::test]
async fn a_service_that_does_not_answer_is_asked_again_by_the_next_tick() {
    let world = World::due().await.set("TABLES", "table1");
    world
        .dynamodb
        .script(When::action("DescribeTable"), simulators::Effect::Cut);
    let outcome = world.night_outcome().await;
    assert!(matches!(outcome, Outcome::Retry(_)), "{outcome:?}");
    world.dynamodb.clear_script();
    world.dynamodb.set_latency(Duration::from_millis(5));
    let reports = done(world.ticks(4).await);
    assert_eq!(reports[0].state, RunState::Verified, "{reports:?}");
    assert!(world.now() > start());
}

#[tokio::test]
async fn a_bucket_that_may_not_be_used_is_told_before_anything_is_exported() {
    for (status, code, words) in [
        (403, "AccessDenied", "allow s3:GetObject"),
        (
            301,
            "PermanentRedirect",
            "set AWS_REGION to the region of the bucket",
        ),
    ] {
        let world = World::due().await.set("TABLES", "table1");
        let s3 = world.buckets.simulator();
        s3.script(When::path("latest.json"), s3::refusal(status, code));
        let failure = dropped(world.night_outcome().await);
        assert!(failure.error.contains(words), "{}", failure.error);
        assert_eq!(world.dynamodb.truths().len(), 0);
        s3.clear_script();
        let reports = done(world.ticks(4).await);
        assert_eq!(reports[0].state, RunState::Verified, "{reports:?}");
    }
}

#[tokio::test]
async fn a_bucket_that_is_busy_while_it_is_read_is_read_by_the_next_tick() {
    let world = World::due().await.set("TABLES", "table1");
    world.night().await;
    world.wait(15);
    let s3 = world.buckets.simulator();
    s3.script(
        When::path("manifest-files.json").first(8),
        s3::refusal(503, "SlowDown"),
    );
    let outcome = world.tick().await;
    assert!(matches!(outcome, Outcome::Retry(_)), "{outcome:?}");
    assert_eq!(done(world.ticks(1).await)[0].state, RunState::Verified);
}
