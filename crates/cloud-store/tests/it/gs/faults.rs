//! What Cloud Storage does on a bad day.

use cloud_store::{Put, Store, StoreError};
use function_core::{Retryable as _, chain};
use futures_util::TryStreamExt as _;

use super::fake::{FakeBucket, Step};
use super::open;
use crate::stories::{self, read, stream_odd, varied};

/// More than one request carries.
const LARGE: usize = 5 * 1024 * 1024 + 3;

fn csv() -> Put {
    Put::new("text/csv")
}

async fn start() -> (FakeBucket, Store) {
    let bucket = FakeBucket::start().await;
    let store = open(&bucket.address).await;
    (bucket, store)
}

#[tokio::test]
async fn the_fake_holds_to_every_story() {
    let (_bucket, store) = start().await;
    stories::hold(&store).await;
}

#[tokio::test]
async fn create_only_loses_against_what_is_there_also_when_it_is_streamed() {
    let (_bucket, store) = start().await;
    store.put("a", "first", &csv()).await.unwrap();
    let error = stream_odd(&store, "a", &varied(LARGE), &csv().absent())
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Precondition { .. }), "{error}");
    assert_eq!(read(&store, "a").await.unwrap(), b"first");
}

#[tokio::test]
async fn create_only_loses_against_what_came_while_it_was_streamed() {
    let (_bucket, store) = start().await;
    let mut upload = store.upload("a", &csv().absent()).await.unwrap();
    upload.write(varied(LARGE)).await.unwrap();
    store.put("a", "meanwhile", &csv()).await.unwrap();
    let error = upload.finish().await.unwrap_err();
    assert!(matches!(error, StoreError::Precondition { .. }), "{error}");
    assert_eq!(read(&store, "a").await.unwrap(), b"meanwhile");
}

#[tokio::test]
async fn a_passing_fault_of_any_request_is_outlived() {
    let (bucket, store) = start().await;
    let content = varied(LARGE);
    for status in [408, 429, 500, 502, 503, 504] {
        let steps = [
            Step::Put,
            Step::Start,
            Step::Chunk,
            Step::Chunk,
            Step::Read,
            Step::Describe,
            Step::List,
            Step::Delete,
        ];
        bucket.contents().faults = steps.map(|step| (step, status)).to_vec();
        store.put("small", "x", &csv().absent()).await.unwrap();
        stream_odd(&store, "large", &content, &csv().absent())
            .await
            .unwrap();
        assert!(read(&store, "large").await.unwrap() == content);
        assert_eq!(store.head("small").await.unwrap().unwrap().size_bytes, 1);
        assert_eq!(store.list("").await.unwrap().len(), 2);
        store.delete("small").await.unwrap();
        store.delete("large").await.unwrap();
        assert_eq!(bucket.contents().faults, []);
    }
}

#[tokio::test]
async fn an_upload_goes_on_where_the_line_was_cut() {
    let content = varied(LARGE);
    for kept in [0, 256 * 1024, 768 * 1024] {
        let (bucket, store) = start().await;
        bucket.contents().keep_of_chunk = Some(kept);
        stream_odd(&store, "a", &content, &csv()).await.unwrap();
        assert!(read(&store, "a").await.unwrap() == content, "{kept}");
        assert!(bucket.contents().seen.contains(&Step::Status));
    }
}

fn assert_refused(error: &StoreError, words: &str) {
    assert!(
        matches!(error, StoreError::Refused { .. }) && !error.is_retryable(),
        "{error}"
    );
    assert!(error.to_string().contains(words), "{error}");
}

#[tokio::test]
async fn a_missing_right_names_the_role_to_grant() {
    let (bucket, store) = start().await;
    let forbid = |step| bucket.contents().faults = vec![(step, 403)];

    forbid(Step::Put);
    let error = store.put("a", "x", &csv()).await.unwrap_err();
    let words = "writing gs://tasuki/in/a/folder/a was refused; grant its service account \
                 roles/storage.objectUser (storage.objects.create, .delete) on gs://tasuki";
    assert_refused(&error, words);
    forbid(Step::Start);
    let error = stream_odd(&store, "a", &varied(LARGE), &csv())
        .await
        .unwrap_err();
    assert_refused(&error, "roles/storage.objectUser");
    forbid(Step::Read);
    let error = store.get("a").await.err().unwrap();
    assert_refused(
        &error,
        "roles/storage.objectViewer (storage.objects.get, .list)",
    );
    forbid(Step::List);
    let error = store.list("").await.unwrap_err();
    assert_refused(&error, "roles/storage.objectViewer (storage.objects.list)");
    forbid(Step::Delete);
    let error = store.delete("a").await.unwrap_err();
    assert_refused(&error, "roles/storage.objectUser (storage.objects.delete)");
}

#[tokio::test]
async fn a_missing_bucket_is_not_taken_for_a_missing_object() {
    let (bucket, store) = start().await;
    bucket.contents().is_missing = true;
    let errors = [
        store.put("a", "x", &csv()).await.unwrap_err(),
        store.get("a").await.err().unwrap(),
        store.head("a").await.unwrap_err(),
        store.list("").await.unwrap_err(),
        store.delete("a").await.unwrap_err(),
        stream_odd(&store, "a", &varied(LARGE), &csv())
            .await
            .unwrap_err(),
    ];
    for error in errors {
        assert!(
            error.to_string().contains("create the bucket tasuki"),
            "{error}"
        );
        assert!(
            chain(&error).contains("The specified bucket does not exist"),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn a_reader_reads_on_after_a_cut() {
    let (bucket, store) = start().await;
    let content = varied(LARGE);
    store.put("a", content.clone(), &csv()).await.unwrap();
    bucket.contents().cut_read_after = Some(1_000_001);
    assert!(read(&store, "a").await.unwrap() == content);
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
    read.unwrap_err();
}

#[tokio::test]
async fn an_answer_that_was_lost_is_asked_for_and_compared() {
    let (bucket, store) = start().await;
    bucket.contents().loses_last_answer = true;
    let written = stream_odd(&store, "a", &varied(LARGE), &csv().absent())
        .await
        .unwrap();
    assert_eq!(store.head("a").await.unwrap(), Some(written));

    bucket.contents().loses_last_answer = true;
    bucket.contents().tells_wrong_crc32c = true;
    let error = stream_odd(&store, "b", &varied(LARGE), &csv())
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
    assert!(!bucket.contents().objects.contains_key("in/a/folder/b"));
}

#[tokio::test]
async fn an_object_that_was_stored_with_another_checksum_is_removed() {
    let (bucket, store) = start().await;
    bucket.contents().tells_wrong_crc32c = true;
    for error in [
        store.put("a", "x", &csv()).await.unwrap_err(),
        stream_odd(&store, "a", &varied(LARGE), &csv())
            .await
            .unwrap_err(),
    ] {
        assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
        assert!(error.to_string().contains("CRC32C"), "{error}");
        assert!(bucket.contents().objects.is_empty());
    }
}

#[tokio::test]
async fn an_upload_that_was_dropped_is_never_finished() {
    let (bucket, store) = start().await;
    // The last one ends exactly where a request does, which must not pass for an end.
    for length in [LARGE, 4 * 1024 * 1024] {
        let mut upload = store.upload("a", &csv()).await.unwrap();
        upload.write(varied(length)).await.unwrap();
        drop(upload);
    }
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    let contents = bucket.contents();
    assert_eq!(contents.sessions.len(), 2);
    assert!(
        contents
            .sessions
            .values()
            .all(|session| !session.is_finished)
    );
    assert!(contents.objects.is_empty());
}
