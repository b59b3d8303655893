//! What goes wrong at the service, and how it is told.

use function_core::Exit;
use simulators::rds::{Fault, Obstacle, refusal};
use simulators::{Effect, When, s3};

use crate::world::{BUCKET, World, done, word};

const FORCE: &str = r#"{"source": "app-db", "date": "2026-11-21", "force": true}"#;

/// The next export fails.
fn fail(world: &World) {
    let cause = "The KMS key is disabled".to_owned();
    world
        .rds
        .next_export("app-db", Fault::Fails { percent: 40, cause });
}

/// Lets `times` attempts fail, one after the other.
async fn failed(world: &World, times: usize) {
    for _ in 0..times {
        fail(world);
        world.ends("running").await;
        world.wait(20);
    }
}

#[tokio::test]
async fn a_failed_export_is_started_again_under_the_next_name() {
    let world = World::new().await;
    world.snapshot("app-db");
    failed(&world, 2).await;
    world.ends("running").await;
    world.wait(20);
    world.ends("verified").await;
    let base = "export-id-stg-app-db-20261121";
    let names = [base.to_owned(), format!("{base}-2"), format!("{base}-3")];
    assert_eq!(world.rds.exports(), names);
    assert_eq!(world.manifest("app-db").details.export.prefix, names[2]);
    assert!(world.sink.words().is_empty());
}

#[tokio::test]
async fn the_last_failure_is_told_once_with_its_cause_and_settles_the_run() {
    let world = World::new().await;
    world.snapshot("app-db");
    failed(&world, 3).await;
    let failure = world.fails().await;
    assert!(
        failure.error.contains("export-id-stg-app-db-20261121-3, attempt 3, failed: The KMS key is disabled; see that the key is enabled"),
        "{failure:?}"
    );
    for _ in 0..4 {
        world.wait(30);
        world.ends("failed").await;
    }
    assert_eq!(world.sink.words().len(), 1);
    assert_eq!(world.rds.exports().len(), 3);
    assert!(world.record().settled && world.latest("app-db").is_none());
}

#[tokio::test]
async fn force_starts_once_more_and_a_further_failure_is_told_again() {
    let world = World::new().await;
    world.snapshot("app-db");
    failed(&world, 3).await;
    world.fails().await;
    fail(&world);
    done(world.send(FORCE).await);
    world.wait(20);
    world.fails().await;
    assert_eq!(world.sink.words().len(), 2);
    done(world.send(FORCE).await);
    world.wait(20);
    world.ends("verified").await;
    assert_eq!(world.rds.exports().len(), 5);
}

#[tokio::test]
async fn a_canceled_export_is_told_once_and_started_again_by_force_only() {
    let world = World::new().await;
    world.snapshot("app-db");
    world.ends("running").await;
    let client = aws_sdk_rds::Client::new(&aws_client::config(world.env(), "RDS").await);
    let name = "export-id-stg-app-db-20261121";
    client
        .cancel_export_task()
        .export_task_identifier(name)
        .send()
        .await
        .unwrap();
    assert!(
        world
            .ends("running")
            .await
            .progress
            .unwrap()
            .contains("CANCELING")
    );
    world.wait(5);
    let failure = world.fails().await;
    assert!(
        failure
            .error
            .contains(&format!("somebody canceled export task {name}")),
        "{failure:?}"
    );
    world.wait(30);
    world.ends("failed").await;
    assert_eq!(
        (world.sink.words().len(), world.rds.exports().len()),
        (1, 1)
    );
    done(world.send(FORCE).await);
    world.wait(20);
    world.ends("verified").await;
}

#[tokio::test]
async fn a_status_that_is_not_documented_is_waited_for_and_told_when_it_lasts() {
    let world = World::new().await;
    world
        .rds
        .next_export("app-db", Fault::EndsAs("PAUSED".to_owned()));
    world.snapshot("app-db");
    world.ends("running").await;
    world.wait(30);
    let report = world.ends("running").await;
    assert!(
        report
            .progress
            .unwrap()
            .contains("`PAUSED`, a status that is not documented")
    );
    world.wait(13 * 60);
    let failure = world.fails().await;
    assert!(failure.error.contains("has been PAUSED for"), "{failure:?}");
    assert_eq!(failure.exit, Exit::Incomplete);
}

#[tokio::test]
async fn an_export_that_takes_too_long_is_told_once_and_followed_still() {
    let world = World::new().await.set("EXPORT_TIMEOUT", "2h");
    world.rds.edit("app-db", |source| {
        let (starting, running) = (
            std::time::Duration::from_mins(10),
            std::time::Duration::from_hours(4),
        );
        *source = source.clone().takes(starting, running);
    });
    world.snapshot("app-db");
    world.ends("running").await;
    world.wait(150);
    let failure = world.fails().await;
    assert!(
        failure
            .error
            .contains("has been IN_PROGRESS for 2 h; EXPORT_TIMEOUT is 2 h"),
        "{failure:?}"
    );
    world.wait(30);
    world.ends("incomplete").await;
    world.wait(120);
    world.ends("verified").await;
    assert_eq!(world.sink.words().len(), 1);
}

#[tokio::test]
async fn an_export_that_never_leaves_its_start_is_told() {
    let world = World::new().await.set("EXPORT_TIMEOUT", "2h");
    world.rds.next_export("app-db", Fault::Hangs);
    world.snapshot("app-db");
    world.ends("running").await;
    world.wait(180);
    let failure = world.fails().await;
    assert!(
        failure
            .error
            .contains("is starting, and has been waited for 3 h; EXPORT_TIMEOUT is 2 h"),
        "{failure:?}"
    );
}

#[tokio::test]
async fn a_service_that_is_too_busy_for_every_call_is_asked_again_later() {
    let world = World::new().await;
    world.complete("app-db").await;
    world
        .rds
        .script(When::path(""), refusal("Throttling", "Rate exceeded"));
    let failure = world.retries().await;
    assert!(
        failure.error.contains("Throttling: Rate exceeded"),
        "{failure:?}"
    );
    assert!(world.latest("app-db").is_none() && world.sink.words().is_empty());
    world.rds.clear_script();
    world.ends("verified").await;
}

#[tokio::test]
async fn faults_that_pass_are_not_news() {
    for effect in [
        Effect::html(500),
        Effect::Cut,
        Effect::CutAfter(40),
        refusal("InternalFailure", "try later"),
        Effect::text(503, "Service Unavailable"),
    ] {
        let world = World::new().await;
        world.snapshot("app-db");
        world.rds.script(When::path("").first(2), effect.clone());
        world.ends("running").await;
        world.wait(20);
        world.rds.script(When::path(""), effect.clone());
        let failure = world.retries().await;
        assert_eq!(failure.exit, Exit::TryAgain, "{effect:?}");
        world.rds.clear_script();
        world.ends("verified").await;
        assert!(world.sink.words().is_empty(), "{effect:?}");
    }
}

#[tokio::test]
async fn what_the_role_may_not_do_is_told_once_with_the_right_it_needs() {
    for (action, right) in [
        (
            "DescribeDBClusterSnapshots",
            "rds:DescribeDBClusterSnapshots",
        ),
        ("DescribeExportTasks", "rds:DescribeExportTasks"),
        ("StartExportTask", "rds:StartExportTask"),
    ] {
        let world = World::new().await;
        world.snapshot("app-db");
        world.rds.obstruct(Obstacle::Denied(action.to_owned()));
        let failure = world.fails().await;
        assert!(failure.error.contains(right), "{failure:?}");
        for _ in 0..3 {
            world.wait(10);
            world.ends("failed").await;
        }
        assert_eq!(world.sink.words().len(), 1, "{action}");
        world.rds.clear_obstacles();
        world.tick().await;
        world.wait(20);
        let states: Vec<String> = world
            .tick()
            .await
            .iter()
            .map(|report| word(report.state))
            .collect();
        assert_eq!(states, ["verified"], "{action}");
    }
}

#[tokio::test]
async fn what_stands_in_the_way_of_a_start_is_told_with_its_repair() {
    let role = "arn:aws:iam::123456789012:role/export".to_owned();
    for (obstacle, repair) in [
        (
            Obstacle::NoRole(role.clone()),
            "S3_EXPORT_IAM_ROLE_ARN must be a role of this account",
        ),
        (
            Obstacle::WeakRole(role),
            "the export role must trust export.rds.amazonaws.com",
        ),
        (
            Obstacle::NoKey("alias/export".to_owned()),
            "KMS_KEY_ID must be an enabled symmetric key",
        ),
        (
            Obstacle::NoBucket(BUCKET.to_owned()),
            "S3_EXPORT_BUCKET_NAME must be a bucket in the snapshot's Region",
        ),
    ] {
        let world = World::new().await;
        world.snapshot("app-db");
        world.rds.obstruct(obstacle);
        let failure = world.fails().await;
        assert!(failure.error.contains(repair), "{failure:?}");
        world.wait(10);
        world.ends("failed").await;
        assert_eq!(world.sink.words().len(), 1);
        world.rds.clear_obstacles();
        world.ends("running").await;
        world.wait(20);
        world.ends("verified").await;
    }
}

#[tokio::test]
async fn a_bucket_that_can_not_be_read_publishes_nothing_and_is_told() {
    let world = World::new().await;
    world.complete("app-db").await;
    let list = When::path(BUCKET).method("GET");
    world.s3.script(list, s3::refusal(403, "AccessDenied"));
    let list = When::path("exports/").method("GET");
    world.s3.script(list, s3::refusal(403, "AccessDenied"));
    let failure = world.fails().await;
    assert!(failure.error.contains("s3:ListBucket"), "{failure:?}");
    world.wait(10);
    world.ends("failed").await;
    assert_eq!(world.sink.words().len(), 1);
    world.s3.clear_script();
    world.ends("verified").await;
}

#[tokio::test]
async fn a_store_that_fails_in_passing_is_tried_again() {
    let world = World::new().await;
    world.complete("app-db").await;
    let busy = s3::refusal(503, "SlowDown");
    world.s3.script(When::path(".parquet"), busy);
    world.retries().await;
    world.s3.clear_script();
    assert!(world.latest("app-db").is_none() && world.sink.words().is_empty());
    world.wait(2);
    world.ends("verified").await;
}
