//! As of which times a table may be exported.

use serde_json::{Value, json};
use simulators::DynamoDb;
use simulators::dynamodb::{Options, PointInTimeRecovery, Table};

use super::{article, at, described, export, refused, request, seconds, told, with};

async fn refusal(dynamodb: &DynamoDb, table: &str, more: Value) -> String {
    let request = request(dynamodb, table, more);
    let (code, message) = refused(dynamodb, "ExportTableToPointInTime", request).await;
    assert_eq!(code, "InvalidExportTimeException");
    message
}

fn increment(from: &str, to: &str) -> Value {
    let specification = json!({ "ExportFromTime": seconds(from), "ExportToTime": seconds(to) });
    json!({ "ExportType": "INCREMENTAL_EXPORT", "IncrementalExportSpecification": specification })
}

#[tokio::test]
async fn a_full_export_is_as_of_a_time_that_can_be_restored() {
    let dynamodb = article();
    let time = |time: &str| json!({ "ExportTime": seconds(time) });
    for invalid in [
        "2026-11-21T18:30:01Z",
        "2025-12-31T23:59:59Z",
        "2026-10-17T18:29:59Z",
    ] {
        let message = refusal(&dynamodb, "table1", time(invalid)).await;
        assert_eq!(message, "Export Time is invalid", "{invalid}");
    }
    let message = refusal(&dynamodb, "table1", time("2026-11-21T18:25:01Z")).await;
    assert_eq!(
        message,
        "Point in Time Recovery is not available for specified export time"
    );
    for valid in ["2026-10-17T18:30:00Z", "2026-11-21T18:25:00Z"] {
        let arn = export(&dynamodb, "table1", time(valid)).await;
        let time = &described(&dynamodb, &arn).await["ExportTime"];
        assert_eq!(*time, told(valid));
    }
}

#[tokio::test]
async fn the_window_may_be_set_and_may_reach_to_now() {
    let dynamodb = with(Options {
        exports_up_to_now: true,
        ..Options::default()
    });
    let time = |time: &str| json!({ "ExportTime": seconds(time) });
    export(&dynamodb, "table1", time("2026-11-21T18:30:00Z")).await;
    let recovery = PointInTimeRecovery::Between {
        earliest: at("2026-11-21T00:00:00Z"),
        latest: at("2026-11-21T12:00:00Z"),
    };
    dynamodb.add_table(Table::article("table3").recovery(recovery));
    let message = refusal(&dynamodb, "table3", time("2026-11-20T23:59:59Z")).await;
    assert_eq!(message, "Export Time is invalid");
    export(&dynamodb, "table3", time("2026-11-21T00:00:00Z")).await;
}

#[tokio::test]
async fn an_incremental_export_spans_a_quarter_of_an_hour_to_a_day() {
    let dynamodb = article();
    let length = "Difference between export period from time and export period to time is";
    let short = increment("2026-11-21T18:00:01Z", "2026-11-21T18:15:00Z");
    let message = refusal(&dynamodb, "table1", short).await;
    assert_eq!(message, format!("{length} less than 15 minutes"));
    let turned = increment("2026-11-21T18:00:00Z", "2026-11-21T17:00:00Z");
    let message = refusal(&dynamodb, "table1", turned).await;
    assert_eq!(message, format!("{length} less than 15 minutes"));
    let long = increment("2026-11-20T17:59:59Z", "2026-11-21T18:00:00Z");
    let message = refusal(&dynamodb, "table1", long).await;
    assert_eq!(message, format!("{length} greater than 24 hours"));
    for (from, to) in [
        ("2026-11-21T18:00:00Z", "2026-11-21T18:15:00Z"),
        ("2026-11-20T18:30:00Z", "2026-11-21T18:30:00Z"),
    ] {
        export(&dynamodb, "table1", increment(from, to)).await;
    }
}

#[tokio::test]
async fn an_incremental_export_begins_after_the_table_and_ends_before_now() {
    let dynamodb = article();
    dynamodb.add_table(Table::article("young").created(at("2026-11-21T18:00:00Z")));
    let early = increment("2026-11-21T17:59:59Z", "2026-11-21T18:20:00Z");
    let message = refusal(&dynamodb, "young", early).await;
    let words = "Incremental export period from time cannot be less than the table creation time";
    assert_eq!(message, format!("{words} : 2026-11-21T17:59:59Z"));
    let future = increment("2026-11-21T18:00:00Z", "2026-11-21T18:30:01Z");
    let message = refusal(&dynamodb, "young", future).await;
    let words = "Incremental export period to time cannot be greater than the current time";
    assert_eq!(message, format!("{words} : 2026-11-21T18:30:01Z"));
    let gone = increment("2026-10-17T18:00:00Z", "2026-10-17T19:00:00Z");
    let message = refusal(&dynamodb, "table1", gone).await;
    assert_eq!(
        message,
        "Point in Time Recovery is not available for specified export time"
    );
}

#[tokio::test]
async fn type_and_specification_must_go_together() {
    let dynamodb = article();
    let from = seconds("2026-11-21T18:00:00Z");
    for (kind, specification, words) in [
        (
            json!(null),
            json!({ "ExportFromTime": from }),
            "Export Type expected to be Incremental Export when incremental export specification is provided",
        ),
        (
            json!("FULL_EXPORT"),
            json!({ "ExportFromTime": from }),
            "When Export Type is Full Export , Incremental Export Specification should not be provided",
        ),
        (
            json!("INCREMENTAL_EXPORT"),
            json!(null),
            "Incremental Export Specification expected when export type is set as Incremental Export",
        ),
        (
            json!("INCREMENTAL_EXPORT"),
            json!({ "ExportViewType": "NEW_IMAGE" }),
            "ExportFromTime must be provided in IncrementalExportSpecification",
        ),
        (
            json!("INCREMENTAL_EXPORT"),
            json!({ "ExportFromTime": from, "ExportViewType": "NEW_IMAGES" }),
            "'NEW_IMAGES' at 'incrementalExportSpecification.exportViewType' failed to satisfy constraint",
        ),
    ] {
        let both = json!({ "ExportType": kind, "IncrementalExportSpecification": specification });
        let request = request(&dynamodb, "table1", both);
        let (code, message) = refused(&dynamodb, "ExportTableToPointInTime", request).await;
        assert_eq!(code, "ValidationException");
        assert!(message.contains(words), "{message}");
    }
}

#[tokio::test]
async fn an_end_that_is_left_out_is_now() {
    let dynamodb = article();
    let mut open = increment("2026-11-21T18:00:00Z", "2026-11-21T18:30:00Z");
    open["IncrementalExportSpecification"]["ExportToTime"] = json!(null);
    let arn = export(&dynamodb, "table1", open).await;
    let description = described(&dynamodb, &arn).await;
    let expected = json!({
        "ExportFromTime": told("2026-11-21T18:00:00Z"),
        "ExportToTime": told("2026-11-21T18:30:00Z"),
        "ExportViewType": "NEW_AND_OLD_IMAGES",
    });
    assert_eq!(description["IncrementalExportSpecification"], expected);
    assert_eq!(description.get("ExportTime"), None);
}
