//! Attachments on their way in.

use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use function_core::chain;
use futures_util::stream;
use kintone_client::{ClientError, ContentError, NewFile, RecordBody, Write};
use serde_json::json;
use simulators::kintone::{App, Attached, Field, FieldType};
use simulators::{Effect, When};

use crate::world::World;

fn world() -> World {
    World::new(App::new("files").field(Field::new("f", FieldType::File)))
}

/// Attaches the upload `key` to a new record.
async fn attach(world: &World, key: &str) -> Attached {
    let record = json!({ "f": { "value": [{ "fileKey": key }] } });
    let records = [RecordBody::from_json(record.to_string()).unwrap()];
    let insert = Write::Insert {
        app: world.app,
        records: &records,
    };
    world.client().bulk(&[insert]).await.unwrap();
    world.kintone.attachments(world.app).pop().unwrap()
}

#[tokio::test]
async fn a_file_keeps_its_name_its_type_and_every_byte() {
    let world = world();
    let content: Vec<u8> = (0..=255).cycle().take(300_000).collect();
    for name in [
        "a.txt",
        "日本語 (1).pdf",
        "../../etc/passwd",
        "q\"uote.txt",
        "semi;colon=.txt",
        "😀",
    ] {
        let key = world
            .client()
            .upload_bytes(name, "image/png", Bytes::from(content.clone()))
            .await
            .unwrap();
        let attached = attach(&world, &key).await;
        assert_eq!(
            (attached.name.as_str(), attached.content_type.as_str()),
            (name, "image/png")
        );
        assert!(attached.content == content, "{name}");
    }
}

#[tokio::test]
async fn a_type_that_no_header_can_carry_is_not_sent() {
    let world = world();
    for content_type in ["", "text/plain\r\nX-Evil: 1"] {
        let client = world.client();
        let key = client
            .upload_bytes("a", content_type, Bytes::new())
            .await
            .unwrap();
        let attached = attach(&world, &key).await;
        assert_eq!(attached.content_type, "application/octet-stream");
        assert!(attached.content.is_empty());
    }
}

#[tokio::test]
async fn an_upload_is_sent_again_with_its_content_opened_anew() {
    let world = world();
    world
        .kintone
        .script(When::path("file.json").nth(1), Effect::html(502));
    world
        .kintone
        .script(When::path("file.json").nth(2), Effect::Lose);
    let opened = AtomicUsize::new(0);
    let open = || {
        opened.fetch_add(1, Ordering::Relaxed);
        let chunks = ["ta", "suki"].map(|chunk| Ok(Bytes::from(chunk)));
        async { Ok(stream::iter(chunks)) }
    };
    let file = NewFile {
        name: "a",
        content_type: "text/plain",
        size_bytes: 6,
    };
    let key = world.client().upload(&file, open).await.unwrap();
    assert_eq!(opened.load(Ordering::Relaxed), 3);
    assert_eq!(attach(&world, &key).await.content, "tasuki");
}

#[tokio::test]
async fn content_that_breaks_off_or_is_of_another_size_is_never_uploaded() {
    let world = world();
    let upload = async |size_bytes, chunks: Vec<Result<Bytes, ContentError>>| {
        let file = NewFile {
            name: "a",
            content_type: "text/plain",
            size_bytes,
        };
        let chunks = std::sync::Mutex::new(Some(chunks));
        let open = || {
            let chunks = chunks.lock().unwrap().take().expect("opened once");
            async { Ok(stream::iter(chunks)) }
        };
        world.client().upload(&file, open).await.unwrap_err()
    };
    let sound = || Ok(Bytes::from("tasuki"));
    for error in [
        upload(12, vec![sound(), Err("the store is away".into())]).await,
        upload(7, vec![sound()]).await,
        upload(5, vec![sound()]).await,
    ] {
        assert!(
            matches!(error, ClientError::Content { .. }),
            "{}",
            chain(&error)
        );
    }
    assert_eq!(world.kintone.waiting_uploads(), 0);
}
