use std::time::Duration;

use simulators::rds::{Fault, Source};

use super::Night;
use super::auditor::{agree, below};

/// Status, percent and gigabytes.
async fn stand(night: &Night) -> (String, String, String) {
    let task = night.task("tonight").await;
    let field = |name: &str| task[name].clone();
    (
        field("Status"),
        field("PercentProgress"),
        field("TotalExtractedDataInGB"),
    )
}

fn owned(status: &str, percent: &str, gigabytes: &str) -> (String, String, String) {
    (status.to_owned(), percent.to_owned(), gigabytes.to_owned())
}

#[tokio::test]
async fn an_export_starts_for_long_then_grows_and_is_complete() {
    let source = Source::article()
        .takes(Duration::from_mins(12), Duration::from_mins(4))
        .gigabytes(40);
    let night = Night::of(source);
    night.start("tonight").await;
    assert_eq!(stand(&night).await, owned("STARTING", "0", "0"));
    assert!(!night.task("tonight").await.contains_key("TaskStartTime"));
    night.rds.advance(Duration::from_mins(12));
    assert_eq!(stand(&night).await, owned("IN_PROGRESS", "0", "0"));
    night.rds.advance(Duration::from_mins(1));
    assert_eq!(stand(&night).await, owned("IN_PROGRESS", "25", "10"));
    night.rds.advance(Duration::from_mins(2));
    assert_eq!(stand(&night).await, owned("IN_PROGRESS", "75", "30"));
    assert!(!night.task("tonight").await.contains_key("TaskEndTime"));
    night.rds.advance(Duration::from_mins(1));
    assert_eq!(stand(&night).await, owned("COMPLETE", "100", "40"));
    let task = night.task("tonight").await;
    assert_eq!(task["TaskStartTime"], "2026-11-21T17:12:00.000Z");
    assert_eq!(task["TaskEndTime"], "2026-11-21T17:16:00.000Z");
    assert_eq!(task["SnapshotTime"], "2026-11-21T14:03:00.000Z");
}

#[tokio::test]
async fn tables_are_written_one_by_one_and_the_info_files_last() {
    let night = Night::of(Source::article().takes(Duration::ZERO, Duration::from_mins(3)));
    night.start("tonight").await;
    let mut seen = Vec::new();
    for _ in 0..4 {
        let keys = below(&night.objects, "tonight/").into_keys();
        seen.push(keys.filter(|key| !key.contains("part-")).count());
        night.rds.advance(Duration::from_secs(65));
    }
    assert_eq!(seen, [0, 1, 2, 5]);
}

#[tokio::test]
async fn a_failed_export_tells_its_cause_and_frees_its_place() {
    for (percent, status) in [(0, "STARTING"), (70, "IN_PROGRESS")] {
        let night = Night::article();
        let cause = "KMS key check failed. Check the credentials on your KMS key and try again.";
        let fault = Fault::Fails {
            percent,
            cause: cause.to_owned(),
        };
        night.rds.next_export("app-db", fault);
        night.start("tonight").await;
        let before = if percent == 0 { 719 } else { 721 };
        night.rds.advance(Duration::from_secs(before));
        assert_eq!(stand(&night).await.0, status);
        night.rds.advance(Duration::from_mins(3));
        let task = night.task("tonight").await;
        assert_eq!(
            (&*task["Status"], &*task["FailureCause"]),
            ("FAILED", cause)
        );
        assert_eq!(task["PercentProgress"], percent.to_string());
        assert_eq!(task.contains_key("TaskStartTime"), percent > 0);
        assert_eq!(night.rds.truth("tonight").unwrap().missing().len(), 3);
        // The fault was for one export only.
        night.export("again").await;
        assert!(agree(&night, "again").await.is_whole());
    }
}

#[tokio::test]
async fn an_export_may_never_leave_its_first_status() {
    let night = Night::article();
    night.rds.next_export("app-db", Fault::Hangs);
    night.start("tonight").await;
    night.rds.advance(Duration::from_hours(48));
    assert_eq!(stand(&night).await, owned("STARTING", "0", "0"));
}

#[tokio::test]
async fn an_export_may_end_in_a_status_that_nobody_knows() {
    let night = Night::article();
    night
        .rds
        .next_export("app-db", Fault::EndsAs("PAUSED".to_owned()));
    night.export("tonight").await;
    assert_eq!(stand(&night).await.0, "PAUSED");
    assert!(!night.rds.truth("tonight").unwrap().is_whole());
}

#[tokio::test]
async fn a_canceled_export_keeps_what_it_has_written_and_can_be_canceled_once() {
    let night = Night::of(Source::article().takes(Duration::ZERO, Duration::from_mins(3)));
    night.start("tonight").await;
    night.rds.advance(Duration::from_secs(90));
    let cancel = [("ExportTaskIdentifier", "tonight")];
    assert_eq!(night.call("CancelExportTask", &cancel).await.0, 200);
    assert_eq!(stand(&night).await.0, "CANCELING");
    let refused = night.refused("CancelExportTask", &cancel).await;
    assert_eq!(refused, (400, "InvalidExportTaskStateFault".to_owned()));
    night.rds.advance(Duration::from_mins(5));
    assert_eq!(stand(&night).await, owned("CANCELED", "50", "6"));
    let keys = below(&night.objects, "tonight/")
        .into_keys()
        .collect::<Vec<_>>();
    assert_eq!(keys.len(), 2, "{keys:?}");

    let none = [("ExportTaskIdentifier", "none")];
    let refused = night.refused("CancelExportTask", &none).await;
    assert_eq!(refused, (404, "ExportTaskNotFound".to_owned()));
}

#[tokio::test]
async fn a_bucket_that_vanishes_fails_the_export() {
    let moto = test_services::Moto::start("unused").await.unwrap();
    let objects = simulators::Objects::s3(moto.address());
    objects.create_bucket("night", "ap-northeast-1").unwrap();
    let options = simulators::rds::Options {
        objects: objects.clone(),
        ..simulators::rds::Options::default()
    };
    let night = Night::with(Source::article(), options);
    night.start("tonight").await;
    objects.delete("night", "").unwrap();
    night.rds.advance(Duration::from_mins(15));
    let task = night.task("tonight").await;
    assert_eq!(task["Status"], "FAILED");
    assert!(
        task["FailureCause"].ends_with("Error code: NoSuchBucket"),
        "{task:?}"
    );
}
