//! What only a folder can show.

use std::fs::{self, File};
use std::path::Path;

use cloud_store::{Put, Store, StoreError};
use function_core::{Env, Retryable as _};

use crate::stories;

async fn open(folder: &Path) -> Store {
    Store::open(folder.to_str().unwrap(), &Env::default())
        .await
        .unwrap()
}

fn csv() -> Put {
    Put::new("text/csv")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_holds_to_every_story() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("created/by/the first write")).await;
    stories::hold(&store).await;
    stories::tell_when_it_was_written(&store).await;
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[tokio::test]
async fn a_write_leaves_nothing_but_the_object() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    store.put("a", "x", &csv()).await.unwrap();
    assert_eq!(names(folder.path()), ["a"]);
    let mut upload = store.upload("b", &csv()).await.unwrap();
    upload.write(vec![7; 1_000_000]).await.unwrap();
    assert_eq!(
        store.list("").await.unwrap().len(),
        1,
        "an unfinished file is no object"
    );
    drop(upload);
    assert_eq!(names(folder.path()), ["a"]);
}

#[tokio::test]
async fn the_file_of_a_writer_that_died_is_removed_by_the_next_one() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let partials = folder.path().join(".tasuki-partial");
    fs::create_dir(&partials).unwrap();
    fs::write(partials.join("0"), "half an object").unwrap();
    // Somebody is alive and writes this one.
    let living = File::create(partials.join("1")).unwrap();
    living.lock().unwrap();

    store.put("a", "x", &csv()).await.unwrap();
    assert_eq!(names(&partials), ["1"]);
    drop(living);
    store.put("a", "x", &csv()).await.unwrap();
    assert_eq!(names(folder.path()), ["a"]);
}

#[tokio::test]
async fn an_unfinished_file_is_no_key() {
    let folder = tempfile::tempdir().unwrap();
    let error = open(folder.path())
        .await
        .put("a/.tasuki-partial/0", "x", &csv())
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Key { .. }), "{error}");
}

#[tokio::test]
async fn what_another_program_wrote_is_a_new_version() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let seen = store.put("a", "ours", &csv()).await.unwrap();
    fs::write(folder.path().join("a"), "them").unwrap();
    let put = csv().unchanged(Some(seen.version));
    let error = store.put("a", "ours again", &put).await.unwrap_err();
    assert!(matches!(error, StoreError::Precondition { .. }), "{error}");
}

#[tokio::test]
async fn a_file_where_the_key_has_a_folder_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    store.put("a", "x", &csv()).await.unwrap();
    store.put("b/c", "x", &csv()).await.unwrap();
    for (key, words) in [
        ("a/b", "a file stands where"),
        ("b", "a folder has the object's name"),
    ] {
        let error = store.put(key, "x", &csv()).await.unwrap_err();
        assert!(
            !error.is_retryable() && error.to_string().contains(words),
            "{error}"
        );
    }
}
