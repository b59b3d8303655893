//! The files that hang on the records.

use kintone_format::Attachment;
use serde_json::json;
use simulators::When;
use simulators::kintone::App;

use crate::world::World;

async fn listed(world: &World) -> Vec<Attachment> {
    let packed = world.part(".attachments.ndjson.gz").await;
    let mut text = String::new();
    std::io::Read::read_to_string(
        &mut flate2::read::MultiGzDecoder::new(&packed[..]),
        &mut text,
    )
    .unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn attach(world: &World, name: &str, content: &str) {
    let file = json!([{ "name": name, "contentType": "text/plain", "content": content }]);
    world
        .kintone
        .update(world.app, 2, &json!({ "file": { "value": file } }));
}

fn downloads(world: &World) -> usize {
    world
        .kintone
        .requests()
        .iter()
        .filter(|seen| seen.path.ends_with("file.json"))
        .count()
}

#[tokio::test]
async fn every_file_is_saved_by_its_content() {
    let world = World::new(App::all_types()).set("ATTACHMENTS", "on");
    world.verified().await;
    let listed = listed(&world).await;
    assert_eq!(
        world.manifest().await.details.attachments,
        Some(listed.len() as u64)
    );
    assert!(
        listed.iter().any(|file| file.place.row.is_some()),
        "a file in a subtable"
    );
    for file in listed {
        let content = world.read(&format!("attachments/{}", file.sha256)).await;
        assert_eq!(content.len() as u64, file.bytes);
        assert_eq!(function_core::sha256_hex(&content), file.sha256);
    }
}

#[tokio::test]
async fn a_name_is_never_part_of_a_path() {
    let world = World::new(App::all_types()).set("ATTACHMENTS", "on");
    attach(&world, "../../../x", "escape");
    world.verified().await;
    let listed = listed(&world).await;
    assert!(listed.iter().any(|file| file.name == "../../../x"));
    for meta in world.store.list("").await.unwrap() {
        assert!(
            !meta.key.contains("..") && !meta.key.ends_with("/x"),
            "{}",
            meta.key
        );
    }
}

#[tokio::test]
async fn files_of_unchanged_records_are_not_read_again() {
    let world = World::new(App::all_types()).set("ATTACHMENTS", "on");
    world.verified().await;
    let first = listed(&world).await;
    world.kintone.clear_requests();
    world.verified().await;
    assert_eq!(downloads(&world), 0);
    assert_eq!(listed(&world).await, first);
}

#[tokio::test]
async fn a_large_file_is_saved_whole() {
    let world = World::new(App::all_types()).set("ATTACHMENTS", "on");
    let content = "大きいファイル".repeat(250_000);
    attach(&world, "大きい.txt", &content);
    world.verified().await;
    let name = format!(
        "attachments/{}",
        function_core::sha256_hex(content.as_bytes())
    );
    assert_eq!(world.read(&name).await, content.as_bytes());
}

#[tokio::test]
async fn a_cut_download_is_tried_again() {
    let world = World::new(App::all_types()).set("ATTACHMENTS", "on");
    world.kintone.script(
        When::path("file.json").nth(1),
        simulators::Effect::CutAfter(1),
    );
    let event = world.event("m-1", "");
    let mut outcome = world.deliver(event.clone()).await;
    if matches!(outcome, function_core::Outcome::Retry(_)) {
        outcome = world.deliver(event).await;
    }
    assert!(
        matches!(outcome, function_core::Outcome::Done(_)),
        "{outcome:?}"
    );
    for file in listed(&world).await {
        let content = world.read(&format!("attachments/{}", file.sha256)).await;
        assert_eq!(function_core::sha256_hex(&content), file.sha256);
    }
}

#[tokio::test]
async fn a_saved_file_that_is_gone_is_saved_again() {
    let world = World::new(App::all_types()).set("ATTACHMENTS", "on");
    world.verified().await;
    let gone = format!("attachments/{}", listed(&world).await[0].sha256);
    world.folder().delete(&gone).await.unwrap();
    world.verified().await;
    assert!(world.folder().head(&gone).await.unwrap().is_some());
}

#[tokio::test]
async fn a_damaged_list_only_means_that_files_are_read_again() {
    let world = World::new(App::all_types()).set("ATTACHMENTS", "on");
    world.verified().await;
    let stamp = world.latest().await.unwrap().stamp;
    let name = format!("{stamp}.attachments.ndjson.gz");
    let put = cloud_store::Put::new("application/gzip");
    world.folder().put(&name, "not gzip", &put).await.unwrap();
    world.verified().await;
    assert!(!listed(&world).await.is_empty());
}
