//! Records that are there already: overwritten, or left alone where they are equal.

use function_core::RunState;
use serde_json::{Value, json};
use simulators::When;
use simulators::kintone::{App, Field, FieldType};

use crate::world::World;

fn form() -> App {
    App::new("商品")
        .field(Field::new("code", FieldType::SingleLineText).unique())
        .field(Field::new("name", FieldType::SingleLineText))
        .field(Field::new("file", FieldType::File))
        .field(Field::table(
            "rows",
            [Field::new("cell", FieldType::SingleLineText)],
        ))
}

fn product(number: u64) -> Value {
    json!({
        "code": { "value": format!("P\"{number}\\") },
        "name": { "value": format!("product {number}") },
        "rows": { "value": [{ "value": { "cell": { "value": format!("row of {number}") } } }] },
    })
}

fn products(range: std::ops::RangeInclusive<u64>) -> App {
    range.map(product).fold(form(), App::record)
}

const HISTORY: [&str; 4] = ["作成者", "作成日時", "更新者", "更新日時"];

/// A world whose source is restored into itself.
async fn same(app: App) -> World {
    let mut world = World::with(app, App::new("unused"));
    world.target = world.source;
    world.back_up().await;
    world
}

#[tokio::test]
async fn upsert_by_a_key_overwrites_what_is_there_and_adds_the_rest() {
    let world = World::with(products(1..=250), products(100..=300));
    world.back_up().await;
    world
        .kintone
        .update(world.target, 1, &json!({ "name": { "value": "changed" } }));
    let report = world
        .accepted(&json!({ "mode": "upsert", "key": "code" }))
        .await;
    assert_eq!(report.state, RunState::Verified, "{report:?}");
    assert_eq!(report.counts["changed"], 250);
    assert_eq!(world.kintone.count(world.target), 300);
    let first = world.kintone.record(world.target, 1).unwrap();
    assert_eq!(first["name"]["value"], "product 100");
}

#[tokio::test]
async fn replace_changed_by_a_key_writes_only_what_differs() {
    let world = World::with(products(1..=250), products(1..=249));
    world.back_up().await;
    world
        .kintone
        .update(world.target, 7, &json!({ "name": { "value": "changed" } }));
    let report = world
        .accepted(&json!({ "mode": "replace-changed", "key": "code" }))
        .await;
    assert_eq!(report.state, RunState::Verified, "{report:?}");
    assert_eq!(
        (report.counts["changed"], report.counts["unchanged"]),
        (2, 248)
    );
    world.assert_same(world.source, world.target, &HISTORY);
    assert_eq!(
        world.kintone.record(world.target, 8).unwrap()["$revision"]["value"],
        "1"
    );
    assert_eq!(world.lines(".ids.ndjson").await.len(), 250);
}

#[tokio::test]
async fn by_record_number_deleted_records_come_back_under_new_numbers() {
    let world = same(products(1..=600)).await;
    let before = world.kintone.records(world.source);
    world.kintone.update(
        world.source,
        3,
        &json!({ "name": { "value": "changed" }, "rows": { "value": [] } }),
    );
    world.kintone.delete(world.source, &[5, 6]);
    let report = world.accepted(&json!({ "mode": "replace-changed" })).await;
    assert_eq!(report.state, RunState::Verified, "{report:?}");
    let counts = ["added", "changed", "unchanged"].map(|name| report.counts[name]);
    assert_eq!(counts, [2, 1, 597]);
    let after = world.kintone.records(world.source);
    let plain = |record: &Value| world.plain(record, &HISTORY);
    assert_eq!(plain(&after[2]), plain(&before[2]));
    assert_eq!(plain(&after[598]), plain(&before[4]));
    assert_eq!(after[598]["$id"]["value"], "601");
    let ids = world.lines(".ids.ndjson").await;
    assert!(
        ids.contains(&json!({ "old": 5, "new": 601 })),
        "the map knows"
    );
    assert!(ids.contains(&json!({ "old": 1, "new": 1 })));
}

#[tokio::test]
async fn by_record_number_another_app_is_never_overwritten() {
    let world = World::with(products(1..=3), products(1..=3));
    world.back_up().await;
    let (words, exit) = world.refused(&json!({ "mode": "upsert" })).await;
    assert!(words.contains("unrelated records"), "{words}");
    assert_eq!((exit, world.writes()), (4, 0));
}

#[tokio::test]
async fn a_key_must_tell_records_apart() {
    let source = products(1..=2).record(json!({ "name": { "value": "no code" } }));
    let world = World::with(source, form());
    world.back_up().await;
    for (key, words) in [
        ("name", "prohibits duplicate values"),
        ("code", "is empty in 1 record"),
    ] {
        let (found, _) = world
            .refused(&json!({ "mode": "upsert", "key": key }))
            .await;
        assert!(found.contains(words), "{found}");
    }
}

#[tokio::test]
async fn an_upsert_whose_answers_are_lost_doubles_nothing() {
    for mode in ["upsert", "replace-changed"] {
        let world = World::with(products(1..=250), products(1..=100));
        world.back_up().await;
        let lost = simulators::Effect::Lose;
        world
            .kintone
            .script(When::path("bulkRequest.json").nth(1), lost);
        let report = world
            .accepted(&json!({ "mode": mode, "key": "code" }))
            .await;
        assert_eq!(report.state, RunState::Verified, "{report:?}");
        world.assert_same(world.source, world.target, &HISTORY);
    }
    let world = same(products(1..=250)).await;
    world.kintone.delete(world.source, &[8, 9]);
    let lost = simulators::Effect::Lose;
    world
        .kintone
        .script(When::path("bulkRequest.json").nth(1), lost);
    let report = world.accepted(&json!({ "mode": "upsert" })).await;
    assert_eq!(report.state, RunState::Verified, "{report:?}");
    assert_eq!(world.kintone.count(world.source), 250);
}

#[tokio::test]
async fn by_record_number_the_plan_says_what_is_overwritten_and_what_is_added() {
    let world = same(products(1..=20)).await;
    world.kintone.delete(world.source, &[5, 6, 7]);
    let upsert = json!({ "mode": "upsert" });
    let plan = world.plan(&upsert).await;
    let warnings = plan["warnings"].to_string();
    for words in ["17 records of app", "3 records are not in app"] {
        assert!(warnings.contains(words), "{plan:#}");
    }
    assert_eq!(world.accepted(&upsert).await.counts["added"], 3);
    assert_eq!(world.kintone.count(world.source), 20);

    // Once more, in another mode too: what came back under new numbers is found there.
    for more in [
        json!({ "mode": "upsert", "force": true }),
        json!({ "mode": "replace-changed" }),
    ] {
        let name = json!({ "name": { "value": "changed" } });
        world.kintone.update(world.source, 22, &name);
        let plan = world.plan(&more).await;
        let warnings = plan["warnings"].to_string();
        assert!(
            warnings.contains("20 records of app") && !warnings.contains("are not in app"),
            "{plan:#}"
        );
        let notes = plan["notes"].to_string();
        assert!(
            notes.contains("3 of these are there under the numbers"),
            "{notes}"
        );
        let report = world.accepted(&more).await;
        assert_eq!(report.state, RunState::Verified, "{report:?}");
        assert_eq!(report.counts["added"], 0);
        assert_eq!(world.kintone.count(world.source), 20);
        let back = world.kintone.record(world.source, 22).unwrap();
        assert_eq!(back["name"]["value"], "product 6");
    }
}

#[tokio::test]
async fn a_file_that_was_replaced_by_one_of_the_same_name_and_size_comes_back() {
    let with_file = |content: &str| {
        let file = json!({ "name": "a.txt", "contentType": "text/plain", "content": content });
        let mut record = product(1);
        record["file"] = json!({ "value": [file] });
        record
    };
    let app = form().record(with_file("what was saved"));
    let app = (2..=9).map(product).fold(app, App::record);
    let world = same(app).await;
    let replace = json!({ "mode": "replace-changed" });
    let changed = with_file("what is there.");
    let file = json!({ "file": changed["file"] });
    world.kintone.update(world.source, 1, &file);
    let report = world.accepted(&replace).await;
    assert_eq!(report.state, RunState::Verified, "{report:?}");
    assert_eq!(
        (report.counts["changed"], report.counts["unchanged"]),
        (1, 8)
    );
    let key = world.kintone.record(world.source, 1).unwrap()["file"]["value"][0]["fileKey"].clone();
    let content = world.kintone.content(key.as_str().unwrap()).unwrap();
    assert_eq!(content, "what was saved");
}
