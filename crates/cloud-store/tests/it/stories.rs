//! What every store promises.

use bytes::Bytes;
use cloud_store::{ObjectMeta, Precondition, Put, Store, StoreError, Version};
use function_core::Clock;
use futures_util::future::{BoxFuture, join_all};
use futures_util::{FutureExt as _, StreamExt as _, TryStreamExt as _, stream};
use jiff::SignedDuration;

type Story = fn(Store) -> BoxFuture<'static, ()>;

macro_rules! stories {
    ($($story:ident)*) => { [$((stringify!($story), (|store| $story(store).boxed()) as Story)),*] };
}

/// Holds `store` against every story, each in a folder of its own, and names all that fail.
pub(crate) async fn hold(store: &Store) {
    let stories = stories![
        what_is_written_is_what_is_described
        an_object_that_is_not_there_is_not_found
        create_only_loses_against_what_is_there
        a_version_that_is_not_the_current_one_loses
        the_version_that_was_seen_can_be_replaced
        every_write_changes_the_version
        a_streamed_object_reads_back_the_same
        an_object_may_be_empty
        an_upload_that_is_dropped_or_aborted_leaves_nothing
        a_reader_keeps_the_version_that_it_opened
        a_range_is_cut_to_the_object
        a_list_has_the_order_of_the_keys
        a_list_goes_on_past_a_page
        unusual_keys_are_kept
        what_is_deleted_is_gone
        of_eight_writers_one_creates
        a_key_that_leaves_its_folder_is_refused
    ];
    let mut failed = Vec::new();
    for (name, story) in stories {
        // In a task of its own, so that the others are told when it panics.
        if tokio::spawn(story(store.folder(name))).await.is_err() {
            failed.push(name);
        }
    }
    assert!(
        failed.is_empty(),
        "{} does not hold to: {failed:?}",
        store.address()
    );
}

/// A listing tells when an object was written, in a store that keeps it.
pub(crate) async fn tell_when_it_was_written(store: &Store) {
    let store = store.folder("tell_when_it_was_written");
    let before = Clock::system().now();
    store.put("a", "x", &text()).await.unwrap();
    let listed = store.list("").await.unwrap();
    let since = listed[0].modified.unwrap().duration_since(before);
    // A service may have a clock of whole seconds.
    assert!(since.abs() < SignedDuration::from_secs(30), "{since}");
}

fn text() -> Put {
    Put::new("text/plain")
}

pub(crate) async fn read(store: &Store, key: &str) -> Option<Vec<u8>> {
    store.read(key).await.unwrap().map(|(_, content)| content)
}

/// Bytes that are nowhere the same, so that a part that is lost or doubled shows.
pub(crate) fn varied(length: usize) -> Vec<u8> {
    (0..length.div_ceil(4))
        .flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()[..4].to_vec())
        .take(length)
        .collect()
}

/// Streams `content` in chunks of odd sizes.
pub(crate) async fn stream_odd(
    store: &Store,
    key: &str,
    content: &[u8],
    put: &Put,
) -> Result<ObjectMeta, StoreError> {
    let mut upload = store.upload(key, put).await?;
    let (mut rest, mut size) = (content, 1);
    while !rest.is_empty() {
        let (chunk, left) = rest.split_at(size.min(rest.len()));
        upload.write(Bytes::copy_from_slice(chunk)).await?;
        (rest, size) = (left, (size * 3 + 1) % 700_001);
    }
    upload.finish().await
}

async fn what_is_written_is_what_is_described(store: Store) {
    let written = store.put("a/b.txt", "eleven bytes", &text()).await.unwrap();
    assert_eq!((written.key.as_str(), written.size_bytes), ("a/b.txt", 12));
    let (opened, _) = store.get("a/b.txt").await.unwrap();
    let described = store.head("a/b.txt").await.unwrap().unwrap();
    let listed = store.list("a/").await.unwrap();
    assert_eq!(
        (&opened, &described, listed.as_slice()),
        (&written, &written, &[written.clone()][..])
    );
    let streamed = stream_odd(&store, "c", b"streamed", &text()).await.unwrap();
    assert_eq!(store.head("c").await.unwrap(), Some(streamed));
}

async fn an_object_that_is_not_there_is_not_found(store: Store) {
    assert_eq!(store.read("none").await.unwrap(), None);
    assert_eq!(store.head("none").await.unwrap(), None);
    assert_eq!(store.list("none").await.unwrap(), []);
    for range in [0..10, 5..5] {
        let error = store.get_range("none", range).await.unwrap_err();
        assert!(matches!(error, StoreError::NotFound { .. }), "{error}");
    }
    store.put("folder/object", "x", &text()).await.unwrap();
    assert_eq!(store.head("folder").await.unwrap(), None);
    assert_eq!(store.read("folder/object/below").await.unwrap(), None);
    let error = store.get("none").await.err().unwrap();
    assert!(error.to_string().contains(&store.url("none")), "{error}");
}

fn assert_lost(result: &Result<ObjectMeta, StoreError>) {
    assert!(
        matches!(result, Err(StoreError::Precondition { .. })),
        "{result:?}"
    );
}

async fn create_only_loses_against_what_is_there(store: Store) {
    let put = text().absent();
    store.put("a", "first", &put).await.unwrap();
    assert_lost(&store.put("a", "second", &put).await);
    assert_lost(&stream_odd(&store, "a", b"third", &put).await);
    assert_eq!(read(&store, "a").await.unwrap(), b"first");
    stream_odd(&store, "b", b"first", &put).await.unwrap();
    assert_lost(&store.put("b", "second", &put).await);
}

async fn a_version_that_is_not_the_current_one_loses(store: Store) {
    let first = store.put("a", "first", &text()).await.unwrap();
    store.put("a", "other", &text()).await.unwrap();
    let stale = text().unchanged(Some(first.version.clone()));
    assert_lost(&store.put("a", "stale", &stale).await);
    assert_lost(&stream_odd(&store, "a", b"stale", &stale).await);
    assert_eq!(read(&store, "a").await.unwrap(), b"other");
    // Gone is not unchanged, and neither is a version that never was.
    store.delete("a").await.unwrap();
    assert_lost(&store.put("a", "stale", &stale).await);
    let foreign = Put {
        precondition: Precondition::Version(Version("never".into())),
        ..text()
    };
    store.put("b", "here", &text()).await.unwrap();
    assert_lost(&store.put("b", "foreign", &foreign).await);
}

async fn the_version_that_was_seen_can_be_replaced(store: Store) {
    let mut seen = None;
    for content in ["first", "second", "third"] {
        let put = text().unchanged(seen);
        seen = Some(store.put("a", content, &put).await.unwrap().version);
    }
    let last = stream_odd(&store, "a", b"fourth", &text().unchanged(seen))
        .await
        .unwrap();
    assert_eq!(read(&store, "a").await.unwrap(), b"fourth");
    let described = store.head("a").await.unwrap().unwrap();
    store
        .put("a", "fifth", &text().unchanged(Some(described.version)))
        .await
        .unwrap();
    assert_lost(
        &store
            .put("a", "sixth", &text().unchanged(Some(last.version)))
            .await,
    );
}

async fn every_write_changes_the_version(store: Store) {
    let mut versions = Vec::new();
    for number in 0..20 {
        let content = format!("{number:02}");
        versions.push(store.put("a", content, &text()).await.unwrap().version.0);
        if number % 3 == 0 {
            store.delete("a").await.unwrap();
        }
    }
    versions.sort();
    versions.dedup();
    assert_eq!(versions.len(), 20);
}

async fn a_streamed_object_reads_back_the_same(store: Store) {
    let content = varied(20 * 1024 * 1024 + 7);
    let written = stream_odd(&store, "a", &content, &text().absent())
        .await
        .unwrap();
    assert_eq!(written.size_bytes, content.len() as u64);
    assert!(read(&store, "a").await.unwrap() == content);
    let middle = store.get_range("a", 9_000_000..9_000_100).await.unwrap();
    assert!(middle == content[9_000_000..9_000_100]);
    // Sizes at which a part, a request or a chunk ends exactly.
    for length in [
        256 * 1024,
        2 * 1024 * 1024,
        4 * 1024 * 1024,
        8 * 1024 * 1024,
    ] {
        let content = &content[..length];
        stream_odd(&store, "b", content, &text()).await.unwrap();
        assert!(read(&store, "b").await.unwrap() == content, "{length}");
    }
    // One chunk that is larger than all of them.
    let mut upload = store.upload("c", &text()).await.unwrap();
    upload.write(content.clone()).await.unwrap();
    upload.finish().await.unwrap();
    assert!(read(&store, "c").await.unwrap() == content);
}

async fn an_object_may_be_empty(store: Store) {
    store.put("a", "", &text()).await.unwrap();
    store
        .upload("b", &text())
        .await
        .unwrap()
        .finish()
        .await
        .unwrap();
    for key in ["a", "b"] {
        assert_eq!(read(&store, key).await.unwrap(), b"");
        assert_eq!(store.head(key).await.unwrap().unwrap().size_bytes, 0);
        assert_eq!(store.get_range(key, 0..10).await.unwrap(), "");
    }
}

async fn an_upload_that_is_dropped_or_aborted_leaves_nothing(store: Store) {
    for length in [0, 100, 10 * 1024 * 1024] {
        for aborts in [true, false] {
            let mut upload = store.upload("a/b", &text()).await.unwrap();
            upload.write(varied(length)).await.unwrap();
            if aborts {
                upload.abort().await;
            } else {
                drop(upload);
            }
            assert_eq!(store.list("").await.unwrap(), []);
        }
    }
    let kept = store.put("a/b", "kept", &text()).await.unwrap();
    let mut upload = store.upload("a/b", &text()).await.unwrap();
    upload.write(varied(3 * 1024 * 1024)).await.unwrap();
    drop(upload);
    assert_eq!(store.head("a/b").await.unwrap(), Some(kept));
}

async fn a_reader_keeps_the_version_that_it_opened(store: Store) {
    let (old, new) = (varied(8 * 1024 * 1024), "new");
    store.put("a", old.clone(), &text()).await.unwrap();
    let (meta, mut reader) = store.get("a").await.unwrap();
    let mut content = reader.next().await.unwrap().unwrap().to_vec();
    store.put("a", new, &text()).await.unwrap();
    while let Some(chunk) = reader.try_next().await.unwrap() {
        content.extend_from_slice(&chunk);
    }
    assert_eq!(meta.size_bytes, old.len() as u64);
    assert!(content == old);
    assert_eq!(read(&store, "a").await.unwrap(), new.as_bytes());
}

async fn a_range_is_cut_to_the_object(store: Store) {
    store.put("a", "0123456789", &text()).await.unwrap();
    for (range, content) in [
        (0..3, "012"),
        (7..8, "7"),
        (8..100, "89"),
        (0..u64::from(u32::MAX), "0123456789"),
        (10..20, ""),
        (1000..2000, ""),
        (4..4, ""),
    ] {
        assert_eq!(
            store.get_range("a", range.clone()).await.unwrap(),
            content,
            "{range:?}"
        );
    }
}

async fn a_list_has_the_order_of_the_keys(store: Store) {
    let keys = [
        "a", "a-b", "a/b", "a/b/c", "a0", "b/c/d", "ab", "ク", "カ/キ",
    ];
    // A folder can't hold `a` beside `a/b`: those two are left out, the order is the same.
    let keys: Vec<_> = keys
        .into_iter()
        .filter(|key| !["a", "a/b"].contains(key))
        .collect();
    for key in &keys {
        store.put(key, *key, &text()).await.unwrap();
    }
    let listed = async |prefix: &'static str| -> Vec<String> {
        store
            .list(prefix)
            .await
            .unwrap()
            .into_iter()
            .map(|meta| meta.key)
            .collect()
    };
    assert_eq!(
        listed("").await,
        ["a-b", "a/b/c", "a0", "ab", "b/c/d", "カ/キ", "ク"]
    );
    assert_eq!(listed("a").await, ["a-b", "a/b/c", "a0", "ab"]);
    assert_eq!(listed("a/").await, ["a/b/c"]);
    assert_eq!(listed("b/c/d").await, ["b/c/d"]);
    assert_eq!(listed("カ/").await, ["カ/キ"]);
    assert_eq!(listed("c").await, Vec::<String>::new());
}

async fn a_list_goes_on_past_a_page(store: Store) {
    let keys: Vec<_> = (0..1100).map(|number| format!("n/{number:04}")).collect();
    let puts = keys.clone().into_iter().map(|key| {
        let store = store.clone();
        async move { store.put(&key, "x", &text()).await.unwrap() }
    });
    stream::iter(puts).buffer_unordered(16).count().await;
    let listed = store.list("n/").await.unwrap();
    assert!(
        listed.iter().map(|meta| &meta.key).eq(&keys),
        "{} of 1100",
        listed.len()
    );
}

async fn unusual_keys_are_kept(store: Store) {
    let keys = [
        "日本語/ファイル 名.csv",
        "space and + and %20 and %2F",
        "hash#question?ampersand&equals=semicolon;",
        "quotes'\"and<tags>|pipe*star~tilde`tick^{}[]",
        "combining/が is not が",
        "..a/b..",
    ];
    for key in keys {
        let content = Bytes::copy_from_slice(key.as_bytes());
        store
            .put(key, content.clone(), &text().absent())
            .await
            .unwrap();
        assert_eq!(read(&store, key).await.unwrap(), content);
        assert_eq!(store.head(key).await.unwrap().unwrap().key, key);
        let listed = store.list(key).await.unwrap();
        assert_eq!(
            listed
                .iter()
                .map(|meta| meta.key.as_str())
                .collect::<Vec<_>>(),
            [key]
        );
        let large = varied(2 * 1024 * 1024 + 1);
        stream_odd(&store, key, &large, &text()).await.unwrap();
        assert!(read(&store, key).await.unwrap() == large, "{key}");
        store.delete(key).await.unwrap();
        assert_eq!(store.head(key).await.unwrap(), None);
    }
}

async fn what_is_deleted_is_gone(store: Store) {
    store.put("a/b", "x", &text()).await.unwrap();
    for _ in 0..2 {
        store.delete("a/b").await.unwrap();
        assert_eq!(store.list("").await.unwrap(), []);
    }
    store.delete("never/was").await.unwrap();
    store.put("a/b", "again", &text().absent()).await.unwrap();
}

async fn of_eight_writers_one_creates(store: Store) {
    for round in 0..4 {
        let key = format!("lock-{round}");
        let results = join_all((0..8).map(|writer| {
            let (store, key) = (store.clone(), key.clone());
            tokio::spawn(async move {
                store
                    .put(&key, format!("writer {writer}"), &text().absent())
                    .await
            })
        }))
        .await;
        let mut winners = Vec::new();
        for (writer, result) in results.into_iter().enumerate() {
            match result.unwrap() {
                Ok(_) => winners.push(format!("writer {writer}")),
                lost => assert_lost(&lost),
            }
        }
        assert_eq!(winners.len(), 1, "{winners:?}");
        assert_eq!(read(&store, &key).await.unwrap(), winners[0].as_bytes());
    }
}

async fn a_key_that_leaves_its_folder_is_refused(store: Store) {
    for key in ["../x", "a/../../x", "/x", "a//b", "a\\b", "a\0b", "", "a/"] {
        let error = store.put(key, "x", &text()).await.unwrap_err();
        assert!(matches!(error, StoreError::Key { .. }), "{key:?}: {error}");
        assert!(store.get(key).await.is_err(), "{key:?}");
        assert!(store.delete(key).await.is_err(), "{key:?}");
    }
    assert!(store.list("../").await.is_err());
}
