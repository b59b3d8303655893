//! What starts an export, what repeats one, and what is refused.

use std::time::Duration;

use serde_json::{Value, json};
use simulators::dynamodb::{Options, PointInTimeRecovery, refuse};
use simulators::{DynamoDb, Effect, When};

use super::{
    CLIENT, NOW, answered, article, call, described, export, refused, request, seconds, told, with,
};

const START: &str = "ExportTableToPointInTime";

#[tokio::test]
async fn an_export_runs_for_its_time_and_then_tells_what_it_wrote() {
    let dynamodb = article();
    let arn = export(&dynamodb, "table1", json!({ "S3Prefix": "daily" })).await;
    let running = described(&dynamodb, &arn).await;
    assert_eq!(running["ExportStatus"], "IN_PROGRESS");
    assert_eq!(running["ExportTime"], told(NOW));
    assert_eq!(running.get("ItemCount"), None);

    dynamodb.advance(Duration::from_millis(12 * 60_000 - 1));
    assert_eq!(described(&dynamodb, &arn).await, running);
    dynamodb.advance(Duration::from_millis(1));
    let done = described(&dynamodb, &arn).await;
    assert_eq!(done["ExportStatus"], "COMPLETED");
    assert_eq!(done["ItemCount"], 6);
    let id = arn.rsplit('/').next().unwrap();
    assert!(id.starts_with("01795285800000-"), "{id}");
    let manifest = format!("daily/AWSDynamoDB/{id}/manifest-summary.json");
    assert_eq!(done["ExportManifest"], manifest);
}

#[tokio::test]
async fn a_token_stands_for_one_export_for_eight_hours() {
    let dynamodb = article();
    let token = json!({ "ClientToken": "t" });
    let first = export(&dynamodb, "table1", token.clone()).await;
    dynamodb.advance(Duration::from_secs(8 * 3600 - 1));
    assert_eq!(export(&dynamodb, "table1", token.clone()).await, first);
    dynamodb.advance(Duration::from_secs(1));
    assert_ne!(export(&dynamodb, "table1", token).await, first);
    assert_eq!(dynamodb.truths().len(), 2);
}

#[tokio::test]
async fn no_token_starts_an_export_each_time() {
    let dynamodb = article();
    let first = export(&dynamodb, "table1", json!({})).await;
    assert_ne!(export(&dynamodb, "table1", json!({})).await, first);
}

#[tokio::test]
async fn a_token_with_any_other_parameter_conflicts() {
    let dynamodb = article();
    let time = seconds("2026-11-21T18:00:00Z");
    export(&dynamodb, "table1", json!({ "ClientToken": "t" })).await;
    let increment = json!({ "ExportFromTime": time - 3600, "ExportToTime": time });
    let changes = [
        json!({ "TableArn": dynamodb.table_arn("table2") }),
        json!({ "S3Bucket": "another" }),
        json!({ "S3BucketOwner": "123456789012" }),
        json!({ "S3Prefix": "daily" }),
        json!({ "S3SseAlgorithm": "AES256" }),
        json!({ "S3SseAlgorithm": "KMS", "S3SseKmsKeyId": "alias/exports" }),
        json!({ "ExportFormat": "DYNAMODB_JSON" }),
        json!({ "ExportTime": time }),
        json!({ "ExportType": "FULL_EXPORT" }),
        json!({ "ExportType": "INCREMENTAL_EXPORT", "IncrementalExportSpecification": increment }),
    ];
    for change in changes {
        let mut request = request(&dynamodb, "table1", json!({ "ClientToken": "t" }));
        for (name, value) in change.as_object().unwrap() {
            request[name] = value.clone();
        }
        let message = "Export conflict: Duplicate request detected with conflicting parameters";
        let conflict = ("ExportConflictException".to_owned(), message.to_owned());
        assert_eq!(
            refused(&dynamodb, START, request).await,
            conflict,
            "{change}"
        );
    }
    assert_eq!(dynamodb.truths().len(), 1);
}

/// Starts an export of `table1` with these members, and gives the refusal.
async fn refusal(dynamodb: &DynamoDb, more: Value) -> (String, String) {
    refused(dynamodb, START, request(dynamodb, "table1", more)).await
}

#[tokio::test]
async fn what_the_model_does_not_allow_is_refused_at_once_and_all_together() {
    let dynamodb = article();
    let (code, message) = refused(&dynamodb, START, json!({ "ExportFormat": "CSV" })).await;
    assert_eq!(code, "ValidationException");
    let expected = "3 validation errors detected: \
        Value null at 'tableArn' failed to satisfy constraint: Member must not be null; \
        Value null at 's3Bucket' failed to satisfy constraint: Member must not be null; \
        Value 'CSV' at 'exportFormat' failed to satisfy constraint: \
        Member must satisfy enum value set: [ION, DYNAMODB_JSON]";
    assert_eq!(message, expected);
    for (name, value, member) in [
        ("S3Bucket", "arn:aws:s3:::night", "s3Bucket"),
        ("S3Bucket", "", "s3Bucket"),
        ("S3BucketOwner", "me", "s3BucketOwner"),
        ("S3Prefix", "", "s3Prefix"),
        ("S3SseAlgorithm", "aws:kms", "s3SseAlgorithm"),
        ("S3SseKmsKeyId", "not a key", "s3SseKmsKeyId"),
        ("ExportType", "PARTIAL_EXPORT", "exportType"),
        ("ClientToken", "$", "clientToken"),
    ] {
        let (code, message) = refusal(&dynamodb, json!({ name: value })).await;
        assert_eq!(code, "ValidationException");
        let words = format!("1 validation error detected: Value '{value}' at '{member}' failed");
        assert!(message.starts_with(&words), "{message}");
    }
    let (code, message) = refusal(&dynamodb, json!({ "S3Prefix": 7 })).await;
    assert_eq!(code, "SerializationException");
    assert_eq!(message, "NUMBER_VALUE cannot be converted to String");
    assert!(dynamodb.truths().is_empty());
}

#[tokio::test]
async fn a_member_that_nobody_knows_is_overlooked() {
    let dynamodb = article();
    export(&dynamodb, "table1", json!({ "DefinitelyNotAMember": 1 })).await;
    assert_eq!(dynamodb.truths().len(), 1);
}

#[tokio::test]
async fn a_table_must_be_there_and_be_ours() {
    let dynamodb = article();
    let arn = dynamodb.table_arn("table1");
    for (arn, code, message) in [
        (
            "table1",
            "ValidationException",
            "One or more parameter values were invalid: tableArn is not a valid ARN",
        ),
        (
            &format!("{arn}/index/by-name"),
            "ValidationException",
            "Invalid Request: Table ARN is invalid.",
        ),
        (
            &arn.replace("123456789012", "210987654321"),
            "AccessDeniedException",
            "Access is denied",
        ),
    ] {
        let request = request(&dynamodb, "table1", json!({ "TableArn": arn }));
        let expected = (code.to_owned(), message.to_owned());
        assert_eq!(refused(&dynamodb, START, request).await, expected);
    }
    for arn in [
        arn.replace("table1", "table9"),
        arn.replace("ap-northeast-1", "us-east-1"),
    ] {
        let request = request(&dynamodb, "table1", json!({ "TableArn": arn }));
        let expected = (
            "TableNotFoundException".to_owned(),
            format!("Table not found: {arn}"),
        );
        assert_eq!(refused(&dynamodb, START, request).await, expected);
    }
}

#[tokio::test]
async fn without_recovery_nothing_is_exported_until_it_is_switched_on() {
    let dynamodb = article();
    dynamodb.set_recovery("table1", PointInTimeRecovery::Unavailable);
    let on = json!({
        "TableName": "table1",
        "PointInTimeRecoverySpecification": { "PointInTimeRecoveryEnabled": true },
    });
    let (code, _) = refusal(&dynamodb, json!({})).await;
    assert_eq!(code, "ContinuousBackupsUnavailableException");
    let (code, _) = refused(&dynamodb, "UpdateContinuousBackups", on.clone()).await;
    assert_eq!(code, "ContinuousBackupsUnavailableException");

    dynamodb.set_recovery("table1", PointInTimeRecovery::Off);
    let token = json!({ "S3Bucket": "nowhere", "ClientToken": "t" });
    let (code, message) = refusal(&dynamodb, token).await;
    assert_eq!(code, "PointInTimeRecoveryUnavailableException");
    assert_eq!(
        message,
        "Point in time recovery is not enabled for table 'table1'"
    );

    answered(&dynamodb, "UpdateContinuousBackups", on).await;
    // A refusal does not use up the token.
    export(&dynamodb, "table1", json!({ "ClientToken": "t" })).await;
}

#[tokio::test]
async fn a_key_needs_the_algorithm_that_takes_one() {
    let dynamodb = article();
    for algorithm in [json!(null), json!("AES256")] {
        let key = json!({ "S3SseAlgorithm": algorithm, "S3SseKmsKeyId": "alias/exports" });
        let (code, message) = refusal(&dynamodb, key).await;
        assert_eq!(code, "ValidationException");
        let words = "Invalid Request: KMS Key Id is not supported for this encryption type";
        assert_eq!(message, words);
    }
    let key = json!({ "S3SseAlgorithm": "KMS", "S3SseKmsKeyId": "alias/exports" });
    let arn = export(&dynamodb, "table1", key).await;
    let description = described(&dynamodb, &arn).await;
    assert_eq!(description["S3SseKmsKeyId"], "alias/exports");
}

#[tokio::test]
async fn the_301st_export_has_to_wait() {
    let dynamodb = article();
    for _ in 0..300 {
        export(&dynamodb, "table1", json!({})).await;
    }
    let (code, _) = refusal(&dynamodb, json!({})).await;
    assert_eq!(code, "LimitExceededException");
    dynamodb.advance(Duration::from_mins(12));
    export(&dynamodb, "table1", json!({})).await;
}

#[tokio::test]
async fn every_call_can_be_throttled_denied_cut_or_failed() {
    let dynamodb = article();
    let start = || When::action(START);
    dynamodb.script(
        start().nth(1),
        refuse("ThrottlingException", "Rate exceeded"),
    );
    dynamodb.script(
        start().nth(2),
        refuse("AccessDeniedException", "not authorized"),
    );
    dynamodb.script(
        start().nth(3),
        refuse("InternalServerError", "The request failed"),
    );
    dynamodb.script(start().nth(4), Effect::Cut);
    let request = request(&dynamodb, "table1", json!({}));
    let mut seen = Vec::new();
    for _ in 0..3 {
        let (status, answer) = call(&dynamodb, START, request.clone()).await;
        seen.push((status, answer["__type"].as_str().unwrap().to_owned()));
    }
    let expected = [
        (400, "com.amazon.coral.availability#ThrottlingException"),
        (400, "com.amazon.coral.service#AccessDeniedException"),
        (500, "com.amazonaws.dynamodb.v20120810#InternalServerError"),
    ];
    assert_eq!(
        seen,
        expected.map(|(status, code)| (status, code.to_owned()))
    );
    let cut = CLIENT
        .post(dynamodb.address())
        .header("x-amz-target", format!("DynamoDB_20120810.{START}"));
    assert!(cut.send().await.is_err());
    assert!(dynamodb.truths().is_empty());
    export(&dynamodb, "table1", json!({})).await;
}

#[tokio::test]
async fn an_answer_that_is_lost_leaves_the_export_running_for_its_token() {
    let dynamodb = with(Options::default());
    dynamodb.script(When::action(START).nth(1), Effect::CutAfter(10));
    let token = json!({ "ClientToken": "t" });
    let body = request(&dynamodb, "table1", token.clone()).to_string();
    let lost = CLIENT
        .post(dynamodb.address())
        .header("authorization", "AWS4-HMAC-SHA256 Credential=any")
        .header("x-amz-target", format!("DynamoDB_20120810.{START}"))
        .body(body);
    assert!(lost.send().await.unwrap().bytes().await.is_err());
    let arn = export(&dynamodb, "table1", token).await;
    assert_eq!(dynamodb.truths()[0].arn, arn);
    assert_eq!(dynamodb.truths().len(), 1);
}

#[tokio::test]
async fn an_unsigned_request_is_nobodys() {
    let dynamodb = article();
    let request = CLIENT.post(dynamodb.address());
    let request = request.header("x-amz-target", "DynamoDB_20120810.ListTables");
    let answer: Value = request
        .body("{}")
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let code = "com.amazon.coral.service#MissingAuthenticationTokenException";
    assert_eq!(answer["__type"], code);
}
