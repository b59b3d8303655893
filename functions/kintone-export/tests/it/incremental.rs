//! Reading only what changed, writing everything.

use serde_json::json;
use simulators::kintone::App;

use crate::world::{World, person};

fn world() -> World {
    World::new(App::generated(1_500)).set("INCREMENTAL", "on")
}

/// Pages that carried whole records, not ids alone.
fn whole_pages(world: &World) -> usize {
    let requests = world.kintone.requests();
    let is_whole = |seen: &&simulators::Seen| {
        seen.path.ends_with("records.json")
            && !seen
                .parameters
                .iter()
                .any(|(name, _)| name.starts_with("fields"))
    };
    requests.iter().filter(is_whole).count()
}

#[tokio::test]
async fn only_what_changed_is_read_and_all_is_written() {
    let world = world();
    world.verified().await;
    world.kintone.update(
        world.app,
        700,
        &json!({ "name_kanji": { "value": "改名" } }),
    );
    world.kintone.delete(world.app, &[3, 1_500]);
    world.kintone.insert(world.app, [&person("新しい人")]);
    world.kintone.clear_requests();
    let report = world.verified().await;
    assert_eq!(report.counts["records"], 1_499);
    assert!(
        whole_pages(&world) <= 2,
        "the two records, not the three pages of all"
    );
    world.assert_latest_is(&world.records()).await;
    assert_eq!(
        world.manifest().await.details.based_on.as_deref(),
        Some("20261122030000")
    );
}

#[tokio::test]
async fn the_csv_is_that_of_a_full_run() {
    let incremental = world();
    let full = World::new(App::generated(1_500));
    for world in [&incremental, &full] {
        world.kintone.set_now(world.now());
        world.verified().await;
        world.kintone.update(
            world.app,
            700,
            &json!({ "name_kanji": { "value": "改名" } }),
        );
        world.verified().await;
    }
    assert_eq!(incremental.csv().await, full.csv().await);
}

#[tokio::test]
async fn a_changed_form_makes_it_a_full_run() {
    let world = world();
    world.verified().await;
    world.kintone.change_app(world.app, |app| {
        app.field(simulators::kintone::Field::new(
            "email",
            simulators::kintone::FieldType::Link,
        ))
    });
    let report = world.verified().await;
    assert!(
        report
            .warnings
            .contains(&"all records are read: the form changed".to_owned()),
        "{report:?}"
    );
    world.assert_latest_is(&world.records()).await;
}

#[tokio::test]
async fn a_damaged_generation_makes_it_a_full_run() {
    let world = world();
    world.verified().await;
    let stamp = world.latest().await.unwrap().stamp;
    let name = format!("{stamp}.ndjson.gz");
    let mut content = world.read(&name).await;
    let middle = content.len() / 2;
    content[middle] ^= 0xFF;
    content.truncate(content.len() - 100);
    world
        .folder()
        .put(&name, content, &cloud_store::Put::new("application/gzip"))
        .await
        .unwrap();
    world.verified().await;
    world.assert_latest_is(&world.records()).await;
}

#[tokio::test]
async fn a_changed_digit_in_the_saved_lines_is_not_copied() {
    // Level 0 stores the lines as they are: the gzip stream stays well formed, only its checksum is wrong.
    let world = world().set("NDJSON_LEVEL", "0");
    world.verified().await;
    let stamp = world.latest().await.unwrap().stamp;
    let name = format!("{stamp}.ndjson.gz");
    let mut content = world.read(&name).await;
    let telephone = world.records()[0]["telephone"]["value"].clone();
    let telephone = telephone.as_str().unwrap();
    let mut places = content.windows(telephone.len());
    let at = places.position(|window| window == telephone.as_bytes());
    // Another digit.
    content[at.unwrap() + telephone.len() - 1] ^= 1;
    let put = cloud_store::Put::new("application/gzip");
    world.folder().put(&name, content, &put).await.unwrap();
    world.verified().await;
    world.assert_latest_is(&world.records()).await;
}

#[tokio::test]
async fn saved_lines_that_are_gone_make_it_a_full_run() {
    let world = world();
    world.verified().await;
    let stamp = world.latest().await.unwrap().stamp;
    let name = format!("{stamp}.ndjson.gz");
    world.folder().delete(&name).await.unwrap();
    world.verified().await;
    world.assert_latest_is(&world.records()).await;
}

#[tokio::test]
async fn saved_lines_that_are_no_records_make_it_a_full_run() {
    use std::io::Write as _;
    let world = world();
    world.verified().await;
    let stamp = world.latest().await.unwrap().stamp;
    let name = format!("{stamp}.ndjson.gz");
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(b"{\"$id\": 1}\n[]\n").unwrap();
    let content = encoder.finish().unwrap();
    let put = cloud_store::Put::new("application/gzip");
    world.folder().put(&name, content, &put).await.unwrap();
    world.verified().await;
    world.assert_latest_is(&world.records()).await;
}
