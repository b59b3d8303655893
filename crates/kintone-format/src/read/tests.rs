use std::io::Write as _;

use cloud_store::{Memory, Put};
use flate2::Compression;
use flate2::write::GzEncoder;
use function_core::{Retryable as _, sha256_hex};
use futures_util::TryStreamExt as _;
use serde_json::{Value as Json, json};

use super::*;

const FOLDER: &str = "example/12";
const CONTENT: &[u8] = b"what is attached";

fn packed(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// A store with a published generation, and its manifest as JSON.
struct Saved {
    store: Store,
    manifest: Json,
}

impl Saved {
    async fn new() -> Self {
        let attached = json!({ "record": 1, "field": "f", "index": 0, "revision": 1, "name": "a.txt",
            "contentType": "text/plain", "bytes": CONTENT.len(), "sha256": sha256_hex(CONTENT) });
        let fields =
            json!({ "revision": "1", "properties": { "a": { "type": "SINGLE_LINE_TEXT" } } });
        let schema = json!({ "fields": fields, "layout": { "layout": [], "revision": "1" } });
        let objects = [
            ("20260102030405.csv", b"a\n1\n".to_vec(), None),
            (
                "20260102030405.ndjson.gz",
                packed("{\"1\":1}\n{\"2\":2}\n"),
                Some(2),
            ),
            (
                "20260102030405.schema.json",
                schema.to_string().into_bytes(),
                None,
            ),
            (
                "20260102030405.attachments.ndjson.gz",
                packed(&format!("{attached}\n")),
                Some(1),
            ),
        ];
        let entries = objects.iter().map(|(name, content, rows)| {
            json!({ "name": name, "bytes": content.len(), "sha256": sha256_hex(content), "rows": rows })
        });
        let manifest = json!({
            "formatVersion": 1, "tool": "tasuki", "function": "kintone-export", "run": "r",
            "trigger": { "id": "1", "time": "2026-01-02T03:04:05Z" },
            "started": "2026-01-02T03:04:05Z", "ended": "2026-01-02T03:04:05Z",
            "objects": entries.collect::<Vec<_>>(),
            "domain": "example.cybozu.com", "app": 12, "schemaRevision": "1", "dialect": "compat",
            "records": 2, "attachments": 1,
            "consistency": { "highestId": 2, "swept": "2026-01-02T03:04:05Z", "rereads": 0, "requests": 3 },
        });
        let store = Store::memory(Memory::default());
        let saved = Self { store, manifest };
        for (name, content, _) in objects {
            saved.put(name, content).await;
        }
        saved
            .put(&Generation::file(&sha256_hex(CONTENT)), CONTENT.to_vec())
            .await;
        let latest = json!({ "stamp": "20260102030405", "run": "r", "manifest": "20260102030405.manifest.json" });
        saved
            .put("latest.json", latest.to_string().into_bytes())
            .await;
        saved.publish().await;
        saved
    }

    async fn put(&self, name: &str, content: Vec<u8>) {
        let key = format!("{FOLDER}/{name}");
        self.store.put(&key, content, &Put::new("x")).await.unwrap();
    }

    async fn publish(&self) {
        self.put(
            "20260102030405.manifest.json",
            self.manifest.to_string().into_bytes(),
        )
        .await;
    }

    async fn open(&self) -> Result<BackupReader, ReadError> {
        BackupReader::open(&self.store, "example/12/latest.json").await
    }
}

async fn lines(reader: &BackupReader) -> Result<Vec<String>, ReadError> {
    let mut lines = reader.records().await?;
    let mut found = Vec::new();
    while let Some(line) = lines.next().await? {
        found.push(line);
    }
    Ok(found)
}

#[tokio::test]
async fn a_generation_is_read_by_its_manifest_or_by_the_pointer_to_it() {
    let saved = Saved::new().await;
    for key in [
        "example/12/latest.json",
        "example/12/20260102030405.manifest.json",
    ] {
        let reader = BackupReader::open(&saved.store, key).await.unwrap();
        assert_eq!(
            (reader.stamp(), reader.manifest().details.app),
            ("20260102030405", 12)
        );
        assert!(reader.fields().get("a").is_some());
        for _ in 0..2 {
            assert_eq!(lines(&reader).await.unwrap(), ["{\"1\":1}", "{\"2\":2}"]);
        }
        let mut attachments = reader.attachments().await.unwrap().unwrap();
        let attachment = attachments.next().await.unwrap().unwrap();
        assert_eq!(
            (attachment.name.as_str(), attachment.place.record),
            ("a.txt", 1)
        );
        let file = reader
            .file(&attachment.sha256, attachment.bytes)
            .await
            .unwrap();
        let content: Vec<_> = file.try_collect().await.unwrap();
        assert_eq!(content.concat(), CONTENT);
        assert!(attachments.next().await.unwrap().is_none());
    }
}

#[tokio::test]
async fn damaged_lines_never_come_to_a_good_end() {
    let sound = packed("{\"1\":1}\n{\"2\":2}\n");
    let mut flipped = sound.clone();
    flipped[9] ^= 1;
    let shorter = packed("{\"1\":1}\n");
    let mut longer = sound.clone();
    longer.extend(packed("{\"3\":3}\n"));
    for content in [
        flipped,
        shorter,
        longer,
        sound[..sound.len() - 3].to_vec(),
        Vec::new(),
    ] {
        let saved = Saved::new().await;
        saved.put("20260102030405.ndjson.gz", content).await;
        let error = lines(&saved.open().await.unwrap()).await.unwrap_err();
        assert!(error.to_string().contains("is damaged"), "{error}");
        assert!(!error.is_retryable());
    }
}

#[tokio::test]
async fn fewer_lines_than_the_manifest_says_are_an_error() {
    for (pointer, count) in [("/records", 3), ("/objects/1/rows", 1)] {
        let mut saved = Saved::new().await;
        *saved.manifest.pointer_mut(pointer).unwrap() = json!(count);
        saved.publish().await;
        let error = lines(&saved.open().await.unwrap()).await.unwrap_err();
        assert!(
            error
                .to_string()
                .contains("it has 2 lines, the manifest says"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn the_last_bytes_of_a_damaged_file_are_never_given() {
    let saved = Saved::new().await;
    let sha256 = sha256_hex(CONTENT);
    saved
        .put(&Generation::file(&sha256), b"what was replaced".to_vec())
        .await;
    let reader = saved.open().await.unwrap();
    for bytes in [CONTENT.len(), 17] {
        let file = reader.file(&sha256, bytes as u64).await.unwrap();
        let mut file = Box::pin(file);
        let error = file.try_next().await.unwrap_err();
        assert!(error.to_string().contains("is damaged"), "{error}");
    }
}

#[tokio::test]
async fn what_is_missing_or_of_another_function_is_told() {
    let saved = Saved::new().await;
    let error = BackupReader::open(&saved.store, "example/13/latest.json")
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("give the address of a .manifest.json"),
        "{error}"
    );

    let mut saved = Saved::new().await;
    saved.manifest["function"] = json!("dynamodb-export");
    saved.publish().await;
    let error = saved.open().await.unwrap_err().to_string();
    assert!(
        error.contains("it is of dynamodb-export, not of kintone-export"),
        "{error}"
    );

    let mut saved = Saved::new().await;
    saved.manifest["formatVersion"] = json!(2);
    saved.publish().await;
    let error = saved.open().await.unwrap_err().to_string();
    assert!(error.contains("its format is version 2"), "{error}");

    let mut saved = Saved::new().await;
    saved.manifest["objects"].as_array_mut().unwrap().remove(1);
    saved.publish().await;
    let error = lines(&saved.open().await.unwrap())
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("NDJSON_LEVEL=off"), "{error}");

    let mut saved = Saved::new().await;
    saved
        .manifest
        .as_object_mut()
        .unwrap()
        .remove("attachments");
    saved.publish().await;
    assert!(
        saved
            .open()
            .await
            .unwrap()
            .attachments()
            .await
            .unwrap()
            .is_none()
    );

    let saved = Saved::new().await;
    saved
        .store
        .delete("example/12/20260102030405.ndjson.gz")
        .await
        .unwrap();
    let error = lines(&saved.open().await.unwrap())
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("it is not there, though the manifest names it"),
        "{error}"
    );
}

#[tokio::test]
async fn a_schema_that_was_changed_is_not_believed() {
    let saved = Saved::new().await;
    let schema = json!({ "fields": { "revision": "1", "properties": {} }, "layout": {} });
    saved
        .put(
            "20260102030405.schema.json",
            schema.to_string().into_bytes(),
        )
        .await;
    let error = saved.open().await.unwrap_err();
    assert!(error.to_string().contains("is damaged"), "{error}");
}
