//! Where bulks are cut before they are full of records: by the size of these, and of their files.

use std::sync::{Arc, Mutex};

use function_core::RunState;
use serde_json::{Value, json};
use simulators::kintone::{App, Field, FieldType};
use simulators::{Effect, When};

use crate::steps::bulk;
use crate::world::World;

const MIB: usize = 1024 * 1024;

/// Restores `app`, asserts that all is there, and tells how many records each bulk had, as Kintone saw them.
async fn cut(app: App) -> (World, Vec<u64>) {
    let world = World::new(app);
    world.back_up().await;
    let counts = Arc::new(Mutex::new(Vec::new()));
    let (seen, target) = (Arc::clone(&counts), world.target);
    world.kintone.before(bulk(), move |domain| {
        seen.lock().unwrap().push(domain.count(target));
    });
    let plan = world.plan(&json!({})).await;
    let report = world.restored(&json!({})).await;
    assert_eq!(report.state, RunState::Verified, "{report:?}");
    world.assert_restored();
    let mut counts = counts.lock().unwrap().clone();
    assert_eq!(plan["bulks"], counts.len(), "as the plan says");
    counts.push(world.kintone.count(target));
    let bulks = counts.windows(2).map(|counts| counts[1] - counts[0]);
    let bulks = bulks.collect();
    (world, bulks)
}

fn documents() -> App {
    App::new("書類")
        .field(Field::new("text", FieldType::MultiLineText))
        .field(Field::new("file", FieldType::File))
}

fn files(contents: impl IntoIterator<Item = String>) -> Value {
    let files = contents
        .into_iter()
        .map(|content| json!({ "name": "a.txt", "contentType": "text/plain", "content": content }));
    json!({ "file": { "value": files.collect::<Vec<_>>() } })
}

fn uploads(world: &World) -> usize {
    let requests = world.kintone.requests().into_iter();
    let uploads = requests.filter(|seen| seen.path.ends_with("file.json"));
    uploads.filter(|seen| seen.method == "POST").count()
}

#[tokio::test]
async fn a_bulk_ends_with_the_record_that_fills_8_mib() {
    let sizes = [5, 3, 8, 1];
    let app = sizes.iter().fold(documents(), |app, size| {
        app.record(json!({ "text": { "value": "x".repeat(size * MIB) } }))
    });
    let (world, bulks) = cut(app).await;
    assert_eq!(bulks, [2, 1, 1]);
    let requests = world.kintone.requests().into_iter();
    let largest = requests.map(|seen| seen.body_bytes).max().unwrap();
    assert!(largest / MIB == 8, "{largest} bytes");
}

#[tokio::test]
async fn a_bulk_ends_with_the_record_that_brings_500_files() {
    let app = (1..=12).fold(documents(), |app, number| {
        let names = (0..90).map(|_| format!("content of {number}"));
        app.record(files(names))
    });
    let (world, bulks) = cut(app).await;
    assert_eq!(bulks, [6, 6]);
    assert_eq!(uploads(&world), 12 * 90, "each once");
}

#[tokio::test]
async fn a_bulk_ends_with_the_record_that_brings_64_mib_of_files() {
    let app = [("a", 30), ("b", 30), ("c", 4), ("d", 1)]
        .iter()
        .fold(documents(), |app, (text, size)| {
            app.record(files([text.repeat(size * MIB)]))
        });
    let (_, bulks) = cut(app).await;
    assert_eq!(bulks, [3, 1]);
}

#[tokio::test]
async fn a_large_file_whose_upload_is_cut_is_read_and_sent_again() {
    let contents = [MIB, MIB + 1, 3 * MIB].map(|size| "x".repeat(size));
    let world = World::new(
        documents()
            .record(files(contents.clone()))
            .record(files(contents)),
    );
    world.back_up().await;
    let upload = || When::path("file.json").method("POST");
    for number in [2, 5] {
        world.kintone.script(upload().nth(number), Effect::Cut);
    }
    let report = world.restored(&json!({})).await;
    assert_eq!(report.state, RunState::Verified, "{report:?}");
    assert_eq!(report.counts["files"], 6);
    world.assert_restored();
    assert_eq!(uploads(&world), 8);
}
