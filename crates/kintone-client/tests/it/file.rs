//! Attachments.

use std::time::Duration;

use function_core::Retryable as _;
use futures_util::TryStreamExt as _;
use kintone_client::{Cause, Client, ClientError, PageRequest, Value};
use serde_json::json;
use simulators::kintone::{App, Field, FieldType};
use simulators::{Effect, When};

use crate::world::World;

const CONTENT: &str = "たすき\r\n";

/// A domain with one attachment of `repeated` times the content, and its key.
async fn attachment(repeated: usize) -> (World, String) {
    let app = App::new("files").field(Field::new("f", FieldType::File));
    let content = CONTENT.repeat(repeated);
    let file = json!({ "name": "../../../x", "contentType": "text/plain", "content": content });
    let world = World::new(app.record(json!({ "f": { "value": [file] } })));
    let request = PageRequest {
        app: world.app,
        ..PageRequest::default()
    };
    let page = world.client().page(&request).await.unwrap();
    let records = page.records().unwrap();
    let Value::Files(files) = &records[0].get("f").unwrap().value else {
        panic!("no files");
    };
    assert_eq!(files[0].size, content.len() as u64);
    let key = files[0].file_key.to_string();
    (world, key)
}

async fn download(client: &Client, key: &str) -> Result<Vec<u8>, ClientError> {
    let download = client.download(key).await?;
    let chunks: Vec<_> = download.try_collect().await?;
    Ok(chunks.concat())
}

#[tokio::test]
async fn a_file_comes_as_it_was_attached() {
    let (world, key) = attachment(100_000).await;
    let client = world.client();
    let content = CONTENT.repeat(100_000);
    assert_eq!(
        client.download(&key).await.unwrap().size_bytes(),
        Some(content.len() as u64)
    );
    assert!(download(&client, &key).await.unwrap() == content.as_bytes());
}

#[tokio::test]
async fn a_passing_refusal_is_tried_again() {
    let (world, key) = attachment(1).await;
    world
        .kintone
        .script(When::path("file.json").nth(1), Effect::html(503));
    assert_eq!(
        download(&world.client(), &key).await.unwrap(),
        CONTENT.as_bytes()
    );
}

#[tokio::test]
async fn an_unknown_key_is_told() {
    let (world, _) = attachment(1).await;
    let error = download(&world.client(), "unknown").await.unwrap_err();
    assert_eq!(
        (error.cause(), error.is_retryable()),
        (Cause::FileGone, false),
        "{error}"
    );
}

#[tokio::test]
async fn a_cut_file_is_an_error_that_passes() {
    let (world, key) = attachment(100_000).await;
    world
        .kintone
        .script(When::path("file.json").nth(1), Effect::CutAfter(70_000));
    let error = download(&world.client(), &key).await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    assert!(download(&world.client(), &key).await.is_ok());
}

#[tokio::test]
async fn a_file_that_nobody_reads_holds_up_no_other_request() {
    let (world, key) = attachment(1_000_000).await;
    let mut options = world.options();
    options.max_concurrency = 1;
    let client = Client::new(options).unwrap();
    let unread = client.download(&key).await.unwrap();
    let other = client.form_fields(world.app);
    tokio::time::timeout(Duration::from_mins(1), other)
        .await
        .unwrap()
        .unwrap();
    drop(unread);
}
