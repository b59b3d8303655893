//! The objects that an export leaves.

use std::time::Duration;

use serde_json::json;
use simulators::Objects;
use simulators::dynamodb::{Layout, Options, Table};
use test_services::Moto;

use super::reader::read;
use super::{article, described, export, seconds, with};

#[tokio::test]
async fn a_full_export_has_this_layout() {
    let dynamodb = article();
    let arn = export(&dynamodb, "table1", json!({})).await;
    dynamodb.advance(Duration::from_mins(12));
    let Objects::Memory(kept) = dynamodb.objects() else {
        panic!("objects are in memory unless told otherwise");
    };
    let id = arn.rsplit('/').next().unwrap();
    let folder = format!("AWSDynamoDB/{id}/");
    let mut names = Vec::new();
    for (bucket, key) in kept.lock().unwrap().keys() {
        assert_eq!(bucket, "night");
        names.push(key.strip_prefix(&folder).unwrap().to_owned());
    }
    let data: Vec<_> = names
        .extract_if(.., |name| name.starts_with("data/"))
        .collect();
    let rest = [
        "_started",
        "manifest-files.json",
        "manifest-files.md5",
        "manifest-summary.json",
        "manifest-summary.md5",
    ];
    assert_eq!(names, rest);
    assert_eq!(data.len(), 4);
    assert!(
        data.iter()
            .all(|name| name.len() == "data/".len() + 26 + ".json.gz".len())
    );
}

#[tokio::test]
async fn a_summary_tells_all_that_was_asked_for() {
    let dynamodb = article();
    let key = json!({ "S3Prefix": "daily/", "S3SseAlgorithm": "KMS", "S3SseKmsKeyId": "alias/k" });
    let arn = export(&dynamodb, "table1", key).await;
    dynamodb.advance(Duration::from_mins(12));
    let truth = dynamodb.truth(&arn).unwrap();
    let export = read(dynamodb.objects(), "night", &truth.manifest).unwrap();
    let id = arn.rsplit('/').next().unwrap();
    let description = described(&dynamodb, &arn).await;
    let expected = json!({
        "version": "2020-06-30",
        "exportArn": arn,
        "startTime": "2026-11-21T18:30:00.000Z",
        "endTime": "2026-11-21T18:42:00.000Z",
        "tableArn": dynamodb.table_arn("table1"),
        "tableId": description["TableId"],
        "exportTime": "2026-11-21T18:30:00.000Z",
        "s3Bucket": "night",
        "s3Prefix": "daily/",
        "s3SseAlgorithm": "KMS",
        "s3SseKmsKeyId": "alias/k",
        "manifestFilesS3Key": format!("daily/AWSDynamoDB/{id}/manifest-files.json"),
        "billedSizeBytes": description["BilledSizeBytes"],
        "itemCount": 6,
        "outputFormat": "DYNAMODB_JSON",
        "exportType": "FULL_EXPORT",
    });
    assert_eq!(export.summary, expected);
    assert_eq!(
        truth.manifest,
        format!("daily/AWSDynamoDB/{id}/manifest-summary.json")
    );
}

#[tokio::test]
async fn incremental_exports_share_a_folder_of_data() {
    let dynamodb = article();
    let mut manifests = Vec::new();
    for to in ["2026-11-21T17:00:00Z", "2026-11-21T18:00:00Z"] {
        let window = json!({ "ExportFromTime": seconds(to) - 3600, "ExportToTime": seconds(to) });
        let increment = json!({
            "ExportType": "INCREMENTAL_EXPORT",
            "IncrementalExportSpecification": window,
            "S3Prefix": "daily",
        });
        let arn = export(&dynamodb, "table1", increment).await;
        dynamodb.advance(Duration::from_mins(12));
        let truth = dynamodb.truth(&arn).unwrap();
        let export = read(dynamodb.objects(), "night", &truth.manifest).unwrap();
        assert_eq!(export.summary["outputView"], "NEW_AND_OLD_IMAGES");
        assert_eq!(export.summary["exportType"], "INCREMENTAL_EXPORT");
        assert_eq!(export.summary["exportToTime"], to.replace('Z', ".000Z"));
        assert_eq!(
            described(&dynamodb, &arn).await["BilledSizeBytes"],
            10_000_000
        );
        assert!(
            truth
                .data
                .iter()
                .all(|key| key.starts_with("daily/AWSDynamoDB/data/"))
        );
        manifests.push(truth.manifest);
    }
    assert_ne!(manifests[0], manifests[1]);
}

#[tokio::test]
async fn each_partition_has_a_file_even_when_it_is_empty() {
    let dynamodb = article();
    dynamodb.add_table(Table::new("empty", &[("id", "S")]).partitions(9));
    let arn = export(&dynamodb, "empty", json!({})).await;
    dynamodb.advance(Duration::from_mins(12));
    let manifest = dynamodb.truth(&arn).unwrap().manifest;
    let export = read(dynamodb.objects(), "night", &manifest).unwrap();
    assert_eq!(export.files.len(), 9);
    assert_eq!(export.summary["itemCount"], 0);
}

#[tokio::test]
async fn what_sources_disagree_about_can_be_the_other_way() {
    let dynamodb = with(Options {
        describes_type: true,
        layout: Layout {
            checksum_suffix: true,
            keys_with_prefix: false,
            type_in_full: false,
        },
        ..Options::default()
    });
    let arn = export(&dynamodb, "table1", json!({ "S3Prefix": "daily" })).await;
    assert_eq!(
        described(&dynamodb, &arn).await["ExportType"],
        "FULL_EXPORT"
    );
    dynamodb.advance(Duration::from_mins(12));
    let manifest = dynamodb.truth(&arn).unwrap().manifest;
    let summary = dynamodb.objects().get("night", &manifest).unwrap();
    let summary: serde_json::Value = serde_json::from_slice(&summary).unwrap();
    assert_eq!(summary.get("exportType"), None);
    let files = summary["manifestFilesS3Key"].as_str().unwrap();
    assert!(files.starts_with("AWSDynamoDB/"), "{files}");
    let checksum = manifest.replace(".json", ".checksum");
    assert_eq!(
        dynamodb.objects().get("night", &checksum).unwrap().len(),
        24
    );
}

#[tokio::test]
async fn what_is_written_to_s3_is_read_back_from_there() {
    let moto = Moto::start("night").await.unwrap();
    let dynamodb = with(Options {
        objects: Objects::s3(moto.address()),
        ..Options::default()
    });
    let arn = export(&dynamodb, "table1", json!({ "S3Prefix": "日次 1" })).await;
    let gone = export(&dynamodb, "table2", json!({ "S3Bucket": "nowhere" })).await;
    dynamodb.advance(Duration::from_mins(12));
    let truth = dynamodb.truth(&arn).unwrap();
    let store = Objects::s3(moto.address());
    let export = read(&store, "night", &truth.manifest).unwrap();
    assert_eq!(export.lines, truth.lines);
    assert_eq!(
        described(&dynamodb, &gone).await["FailureCode"],
        "S3NoSuchBucket"
    );
}
