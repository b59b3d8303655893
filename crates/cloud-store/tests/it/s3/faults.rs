//! What S3 does on a bad day.

use std::time::Duration;

use cloud_store::{Put, Store, StoreError};
use function_core::{Retryable as _, chain};
use futures_util::TryStreamExt as _;

use super::fake::{FakeBucket, Step};
use super::open;
use crate::stories::{read, stream_odd, varied};

/// More than one part.
const LARGE: usize = 17 * 1024 * 1024 + 3;

fn csv() -> Put {
    Put::new("text/csv")
}

async fn start() -> (FakeBucket, Store) {
    let bucket = FakeBucket::start().await;
    let store = open(&bucket.address).await;
    (bucket, store)
}

#[tokio::test]
async fn a_stale_version_loses_also_when_it_is_streamed_in_parts() {
    let (bucket, store) = start().await;
    let seen = store.put("a", "first", &csv()).await.unwrap();
    let put = csv().unchanged(Some(seen.version));
    let written = stream_odd(&store, "a", &varied(LARGE), &put).await.unwrap();
    let error = stream_odd(&store, "a", &vec![0; LARGE], &put)
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Precondition { .. }), "{error}");
    let (meta, content) = store.read("a").await.unwrap().unwrap();
    assert!(meta == written && content == varied(LARGE));
    assert!(
        bucket.contents().uploads.is_empty(),
        "the one that lost was aborted"
    );
}

#[tokio::test]
async fn create_only_loses_against_what_came_while_it_was_streamed() {
    let (bucket, store) = start().await;
    let mut upload = store.upload("a", &csv().absent()).await.unwrap();
    upload.write(varied(LARGE)).await.unwrap();
    store.put("a", "meanwhile", &csv()).await.unwrap();
    let error = upload.finish().await.unwrap_err();
    assert!(matches!(error, StoreError::Precondition { .. }), "{error}");
    assert!(bucket.contents().uploads.is_empty());
    assert_eq!(read(&store, "a").await.unwrap(), b"meanwhile");
}

#[tokio::test]
async fn a_passing_fault_of_any_request_is_outlived() {
    let (bucket, store) = start().await;
    for (status, code) in [
        (500, "InternalError"),
        (503, "SlowDown"),
        (400, "RequestTimeout"),
    ] {
        let steps = [
            Step::Put,
            Step::Create,
            Step::Part,
            Step::Part,
            Step::Complete,
            Step::Read,
            Step::Delete,
        ];
        bucket.contents().faults = steps.map(|step| (step, status, code)).to_vec();
        store.put("small", "x", &csv()).await.unwrap();
        stream_odd(&store, "large", &varied(LARGE), &csv())
            .await
            .unwrap();
        assert!(read(&store, "large").await.unwrap() == varied(LARGE));
        store.delete("large").await.unwrap();
        assert_eq!(bucket.contents().faults, []);
    }
}

fn assert_refused(error: &StoreError, words: &str) {
    assert!(
        matches!(error, StoreError::Refused { .. }) && !error.is_retryable(),
        "{error}"
    );
    assert!(error.to_string().contains(words), "{error}");
    assert!(chain(error).contains("as the test says"), "{error:?}");
}

#[tokio::test]
async fn a_missing_right_names_the_action_to_allow() {
    let (bucket, store) = start().await;
    let forbid = |step, code| bucket.contents().faults = vec![(step, 403, code)];

    forbid(Step::Put, "AccessDenied");
    let error = store.put("a", "x", &csv()).await.unwrap_err();
    assert_refused(
        &error,
        "allow s3:PutObject on arn:aws:s3:::tasuki/in/a/folder/a",
    );
    forbid(Step::Create, "AccessDenied");
    let error = stream_odd(&store, "a", &varied(LARGE), &csv())
        .await
        .unwrap_err();
    assert_refused(&error, "allow s3:PutObject");
    forbid(Step::Read, "AccessDenied");
    let error = store.get("a").await.err().unwrap();
    assert_refused(&error, "s3:ListBucket on arn:aws:s3:::tasuki");
    forbid(Step::Delete, "AccessDenied");
    let error = store.delete("a").await.unwrap_err();
    assert_refused(&error, "allow s3:DeleteObject");
    forbid(Step::Put, "ExpiredToken");
    let error = store.put("a", "x", &csv()).await.unwrap_err();
    assert_refused(&error, "keys that are valid");
    bucket.contents().faults = vec![(Step::Put, 404, "NoSuchBucket")];
    let error = store.put("a", "x", &csv()).await.unwrap_err();
    assert_refused(&error, "create the bucket tasuki");
    bucket.contents().faults = vec![(Step::Put, 301, "PermanentRedirect")];
    let error = store.put("a", "x", &csv()).await.unwrap_err();
    assert_refused(&error, "set AWS_REGION");
}

#[tokio::test]
async fn an_upload_that_can_not_go_on_is_aborted() {
    let (bucket, store) = start().await;
    for step in [Step::Part, Step::Complete] {
        bucket.contents().faults = vec![(step, 403, "AccessDenied")];
        stream_odd(&store, "a", &varied(LARGE), &csv())
            .await
            .unwrap_err();
        nothing_is_open(&bucket).await;
        assert!(bucket.contents().objects.is_empty());
    }
    let mut upload = store.upload("a", &csv()).await.unwrap();
    upload.write(varied(LARGE)).await.unwrap();
    assert_eq!(bucket.contents().uploads.len(), 1);
    drop(upload);
    nothing_is_open(&bucket).await;
}

/// An upload that was dropped is aborted by a task.
async fn nothing_is_open(bucket: &FakeBucket) {
    let aborted = async {
        while !bucket.contents().uploads.is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), aborted)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_reader_reads_on_after_a_cut() {
    let (bucket, store) = start().await;
    store.put("a", varied(LARGE), &csv()).await.unwrap();
    bucket.contents().cut_read_after = Some(1_000_001);
    assert!(read(&store, "a").await.unwrap() == varied(LARGE));
    let reads = bucket
        .contents()
        .seen
        .iter()
        .filter(|step| **step == Step::Read)
        .count();
    assert_eq!(reads, 2);
}

#[tokio::test]
async fn a_reader_that_was_cut_never_reads_on_in_another_version() {
    let (bucket, store) = start().await;
    store.put("a", varied(LARGE), &csv()).await.unwrap();
    bucket.contents().cut_read_after = Some(1_000_001);
    let (_, reader) = store.get("a").await.unwrap();
    store.put("a", vec![0; LARGE], &csv()).await.unwrap();
    let read: Result<Vec<_>, _> = reader.try_collect().await;
    assert!(
        matches!(read, Err(StoreError::Precondition { .. })),
        "{:?}",
        read.err()
    );
}

#[tokio::test]
async fn an_object_that_was_stored_with_another_checksum_is_removed() {
    let (bucket, store) = start().await;
    bucket.contents().tells_wrong_checksum = true;
    for error in [
        store.put("a", "x", &csv()).await.unwrap_err(),
        stream_odd(&store, "a", &varied(LARGE), &csv())
            .await
            .unwrap_err(),
    ] {
        assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
        assert!(bucket.contents().objects.is_empty());
    }
}
