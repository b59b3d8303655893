//! Random records, backed up, restored, and backed up again: the second backup is the first one.

use std::fs;

use serde_json::{Value, json};
use simulators::kintone::{App, Field, FieldType, LOOKUP_SOURCE};
use tempfile::TempDir;

use crate::node;
use crate::random::Records;
use crate::steps::verified;
use crate::world::World;

/// What Kintone works out itself, and nobody has for the records that are made up here.
const WORKED_OUT: [&str; 2] = ["calc", "t_calc"];

const RECORDS: usize = 25;

/// A world with random records of `form`.
fn world(form: App, mut records: Records) -> World {
    let form = form.without_records();
    let source = (0..RECORDS).fold(form.clone(), |app, _| app.record(records.record()));
    World::with(source, form)
}

/// One more app of the target's form, that may be written to.
fn another(world: &mut World, form: App) -> u64 {
    let app = world.kintone.add_app(form.without_records());
    world.admit(app);
    app
}

/// Restores without any loss.
async fn restored(world: &World, request: Value) {
    let outcome = world.send(&request).await;
    assert!(verified(&outcome), "{outcome:?}");
}

/// The key and the text of the newest backup's CSV of `app`.
async fn csv(world: &World, app: u64) -> (String, String) {
    let folder = format!("localhost/{app}/");
    let objects = world.store.list(&folder).await.unwrap();
    let keys = objects.into_iter().map(|meta| meta.key);
    let csvs = keys.filter(|key| key.strip_suffix(".csv").is_some());
    let key = csvs.max().unwrap();
    let (_, content) = world.store.read(&key).await.unwrap().unwrap();
    let text = String::from_utf8(content).unwrap();
    assert!(text.lines().count() > RECORDS, "{text}");
    (key, text)
}

/// Record numbers and numbers of rows are the same, too: each app began with none.
async fn assert_same_csv(world: &World, first: u64, second: u64) {
    let (first, second) = (csv(world, first).await.1, csv(world, second).await.1);
    for (first, second) in first.lines().zip(second.lines()) {
        assert_eq!(first, second);
    }
    assert_eq!(first.len(), second.len());
}

#[tokio::test]
async fn what_was_backed_up_and_restored_is_backed_up_the_same() {
    for seed in 1..=4 {
        let form = App::all_types();
        let mut world = world(form.clone(), Records::new(seed));
        let second = another(&mut world, form);
        world.back_up().await;
        restored(&world, world.request(&json!({}))).await;
        world.assert_same(world.source, world.target, &WORKED_OUT);

        world.back_up_app(world.target).await;
        let request = json!({ "source": world.target, "app": second });
        restored(&world, request).await;
        world.assert_same(world.target, second, &[]);
        world.back_up_app(second).await;
        assert_same_csv(&world, world.target, second).await;
    }
}

/// Every type that a CSV holds without a folder beside it.
fn without_files() -> App {
    let inner = [
        Field::new("t_text", FieldType::SingleLineText),
        Field::new("t_num", FieldType::Number),
        Field::new("t_check", FieldType::CheckBox).options(&["x", "y"]),
        Field::new("t_user", FieldType::UserSelect),
        Field::new("t_calc", FieldType::Calc).expression("t_num * 2"),
        Field::new("t_date", FieldType::Date),
    ];
    let app = App::all_types().without_field("file").without_field("tbl");
    app.field(Field::table("tbl", inner))
}

#[tokio::test]
async fn what_was_restored_from_either_csv_is_backed_up_the_same() {
    for (seed, dialect) in [(1, "compat"), (2, "strict"), (3, "compat"), (4, "strict")] {
        let mut world = world(without_files(), Records::new(seed));
        let second = another(&mut world, without_files());
        world.set("CSV_DIALECT", dialect);
        world.back_up().await;
        restored(&world, world.request(&json!({}))).await;
        world.back_up_app(world.target).await;
        let (key, _) = csv(&world, world.target).await;
        restored(&world, json!({ "csv": key, "app": second })).await;
        world.back_up_app(second).await;
        assert_same_csv(&world, world.target, second).await;
    }
}

#[tokio::test]
async fn what_was_restored_from_cli_kintones_shift_jis_is_backed_up_the_same() {
    let mut world = world(without_files(), Records::in_shift_jis(1));
    let second = another(&mut world, without_files());
    world.back_up().await;
    restored(&world, world.request(&json!({}))).await;
    world.back_up_app(world.target).await;
    let folder = TempDir::new().unwrap();
    let tokens = [world.target, LOOKUP_SOURCE].map(|app| world.kintone.token(app));
    let command = ["record", "export", "--encoding", "sjis"];
    let (app, tokens) = (world.target, tokens.join(","));
    let written = node::run(&world.kintone, folder.path(), &command, app, &tokens).await;
    let path = folder.path().join("20240101.csv");
    fs::write(&path, written).unwrap();
    let request = json!({ "csv": path, "encoding": "sjis", "app": second });
    restored(&world, request).await;
    world.back_up_app(second).await;
    assert_same_csv(&world, world.target, second).await;
}
