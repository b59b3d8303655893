//! What may be wrong with an export.

use std::time::Duration;

use serde_json::{Value, json};
use simulators::DynamoDb;
use simulators::dynamodb::{Counted, Fault, Part};

use super::reader::read;
use super::{article, described, export};

/// The description of an export of `table1` when its time is over, and what a reader finds.
async fn ended(dynamodb: &DynamoDb) -> (Value, Result<usize, String>) {
    let arn = export(dynamodb, "table1", json!({})).await;
    dynamodb.advance(Duration::from_mins(12));
    let manifest = dynamodb.truth(&arn).unwrap().manifest;
    let export = read(dynamodb.objects(), "night", &manifest);
    let found = export.map(|export| export.lines.len());
    (described(dynamodb, &arn).await, found)
}

#[tokio::test]
async fn each_fault_is_seen_by_a_reader_that_compares_everything() {
    for (fault, finding) in [
        (Fault::Missing(Part::Summary), "no manifest-summary.json"),
        (
            Fault::Missing(Part::SummaryChecksum),
            "no manifest-summary.checksum",
        ),
        (Fault::Missing(Part::Files), "no manifest-files.json"),
        (
            Fault::Missing(Part::FilesChecksum),
            "no manifest-files.checksum",
        ),
        (Fault::Missing(Part::Data(0)), "no data file"),
        (
            Fault::Truncated(Part::Summary),
            "checksum of manifest-summary.json",
        ),
        (
            Fault::Truncated(Part::Files),
            "checksum of manifest-files.json",
        ),
        (Fault::Truncated(Part::Data(1)), "checksum of a data file"),
        (
            Fault::Altered(Part::SummaryChecksum),
            "checksum of manifest-summary.json",
        ),
        (
            Fault::Altered(Part::FilesChecksum),
            "checksum of manifest-files.json",
        ),
        (Fault::Altered(Part::Data(0)), "checksum of a data file"),
        (Fault::Miscounted(Counted::Files), "count of a data file"),
        (Fault::Miscounted(Counted::Summary), "count of the summary"),
        (Fault::Short(0), "count of a data file"),
    ] {
        let dynamodb = article();
        dynamodb.spoil_next("table1", fault.clone());
        let (description, found) = ended(&dynamodb).await;
        assert_eq!(description["ExportStatus"], "COMPLETED", "{fault:?}");
        assert_eq!(found, Err(finding.to_owned()), "{fault:?}");
        assert_eq!(
            ended(&dynamodb).await.1,
            Ok(6),
            "the export after {fault:?}"
        );
    }
}

#[tokio::test]
async fn the_description_may_tell_another_count() {
    let dynamodb = article();
    dynamodb.spoil_next("table1", Fault::Miscounted(Counted::Description));
    let (description, found) = ended(&dynamodb).await;
    assert_eq!((&description["ItemCount"], found), (&json!(7), Ok(6)));
}

#[tokio::test]
async fn a_status_that_nobody_knows_can_be_told() {
    let dynamodb = article();
    dynamodb.spoil_next("table1", Fault::Status("ARCHIVED".to_owned()));
    assert_eq!(ended(&dynamodb).await.0["ExportStatus"], "ARCHIVED");
}

#[tokio::test]
async fn a_failed_export_tells_its_cause_and_has_no_manifest() {
    let dynamodb = article();
    let denied = Fault::failed("S3AccessDenied", "Access Denied (Service: Amazon S3)");
    dynamodb.spoil_every("table1", denied);
    for _ in 0..2 {
        let (description, found) = ended(&dynamodb).await;
        assert_eq!(description["ExportStatus"], "FAILED");
        assert_eq!(description["FailureCode"], "S3AccessDenied");
        assert_eq!(
            description["FailureMessage"],
            "Access Denied (Service: Amazon S3)"
        );
        assert_eq!(description.get("ExportManifest"), None);
        assert_eq!(found, Err("no manifest-summary.json".to_owned()));
    }
    dynamodb.heal("table1");
    assert_eq!(ended(&dynamodb).await.1, Ok(6));
}

#[tokio::test]
async fn an_export_to_a_bucket_that_is_not_there_is_accepted_and_fails_soon() {
    let dynamodb = article();
    dynamodb.forget_bucket("night");
    let arn = export(&dynamodb, "table1", json!({ "ClientToken": "t" })).await;
    assert_eq!(
        described(&dynamodb, &arn).await["ExportStatus"],
        "IN_PROGRESS"
    );
    dynamodb.advance(Duration::from_secs(15));
    let description = described(&dynamodb, &arn).await;
    assert_eq!(description["FailureCode"], "S3NoSuchBucket");
    let message = description["FailureMessage"].as_str().unwrap();
    assert!(
        message.starts_with("The specified bucket does not exist"),
        "{message}"
    );
    let again = export(&dynamodb, "table1", json!({ "ClientToken": "t" })).await;
    assert_eq!(again, arn, "a token stands for a failed export too");
}

#[tokio::test]
async fn an_export_to_a_bucket_of_somebody_else_fails() {
    let dynamodb = article();
    let owner = json!({ "S3BucketOwner": "210987654321" });
    let arn = export(&dynamodb, "table1", owner).await;
    dynamodb.advance(Duration::from_secs(15));
    assert_eq!(
        described(&dynamodb, &arn).await["FailureCode"],
        "S3AccessDenied"
    );
}

#[tokio::test]
async fn an_export_may_take_its_own_time() {
    let dynamodb = article();
    dynamodb.spoil_next("table1", Fault::Takes(Duration::from_hours(5)));
    assert_eq!(ended(&dynamodb).await.0["ExportStatus"], "IN_PROGRESS");
    dynamodb.advance(Duration::from_hours(5));
    let arn = &dynamodb.truths()[0].arn;
    assert_eq!(described(&dynamodb, arn).await["ExportStatus"], "COMPLETED");
}

#[tokio::test]
async fn an_object_can_be_lost_after_the_export_completed() {
    let dynamodb = article();
    assert_eq!(ended(&dynamodb).await.1, Ok(6));
    let truth = dynamodb.truths().remove(0);
    dynamodb.lose(&truth.arn, Part::Data(0)).unwrap();
    let found = read(dynamodb.objects(), "night", &truth.manifest);
    assert_eq!(found.unwrap_err(), "no data file");
    assert_eq!(
        described(&dynamodb, &truth.arn).await["ExportStatus"],
        "COMPLETED"
    );
}
