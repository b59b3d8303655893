//! Stops in the midst of what overwrites records, and of a drill, at each step in the store.

use serde_json::{Value, json};
use simulators::kintone::{App, Field, FieldType};

use crate::steps::{in_the_end, verified};
use crate::stops::stopped_at;
use crate::world::World;

/// What an overwritten record does not get back.
const HISTORY: [&str; 4] = ["作成者", "作成日時", "更新者", "更新日時"];

fn form() -> App {
    App::new("商品")
        .field(Field::new("code", FieldType::SingleLineText).unique())
        .field(Field::new("name", FieldType::SingleLineText))
}

fn product(number: u64) -> Value {
    json!({
        "code": { "value": format!("P{number}") },
        "name": { "value": format!("product {number}") },
    })
}

fn products(range: std::ops::RangeInclusive<u64>) -> App {
    range.map(product).fold(form(), App::record)
}

/// Stops what `begin` asks for at each step in turn, and lets the same message end it.
async fn stopped_at_every_step(begin: impl AsyncFn() -> (World, Value), check: impl Fn(&World)) {
    for number in 1.. {
        let (mut world, request) = begin().await;
        let was_stopped = stopped_at(&mut world, number, &request).await;
        world.unhook();
        // The lease of the process that stands still runs out.
        world.wait(600);
        let outcome = in_the_end(&world, &request).await;
        assert!(verified(&outcome), "{number}: {outcome:?}");
        check(&world);
        if !was_stopped {
            assert!(number > 15, "{number} steps");
            return;
        }
    }
}

/// The message with the losses of its plan accepted.
async fn accepted(world: &World, more: &Value) -> Value {
    let mut request = world.request(more);
    if let Some(accept) = world.plan(more).await.get("accept") {
        request["accept"] = accept.clone();
    }
    request
}

#[tokio::test]
async fn changes_by_a_key_that_are_stopped_at_any_step_go_on() {
    let begin = async || {
        let world = World::with(products(1..=30), products(1..=20));
        world.back_up().await;
        for id in [3, 4] {
            let changed = json!({ "name": { "value": "changed" } });
            world.kintone.update(world.target, id, &changed);
        }
        let more = json!({ "mode": "replace-changed", "key": "code" });
        let request = accepted(&world, &more).await;
        (world, request)
    };
    let check = |world: &World| world.assert_same(world.source, world.target, &HISTORY);
    stopped_at_every_step(begin, check).await;
}

#[tokio::test]
async fn changes_by_the_number_that_are_stopped_at_any_step_go_on() {
    let begin = async || {
        let mut world = World::with(products(1..=30), form());
        world.target = world.source;
        world.back_up().await;
        let changed = json!({ "name": { "value": "changed" } });
        world.kintone.update(world.source, 3, &changed);
        world.kintone.delete(world.source, &[5, 6]);
        let request = accepted(&world, &json!({ "mode": "upsert" })).await;
        (world, request)
    };
    let check = |world: &World| {
        let records = world.kintone.records(world.source);
        let names = records.iter().map(|record| record["name"]["value"].clone());
        // Those that were deleted came back last.
        let wanted = (1..=4).chain(7..=30).chain(5..=6);
        let wanted: Vec<Value> = wanted
            .map(|number| product(number)["name"]["value"].clone())
            .collect();
        assert_eq!(names.collect::<Vec<_>>(), wanted);
    };
    stopped_at_every_step(begin, check).await;
}

#[tokio::test]
async fn a_drill_that_is_stopped_at_any_step_goes_on() {
    let begin = async || {
        let mut world = World::with(products(1..=30), form());
        world.set("DRILL_APP", world.target.to_string());
        world.set("DRILL_SOURCE", world.source.to_string());
        world.set("APPID", world.source.to_string());
        world.back_up().await;
        (world, json!({ "drill": true }))
    };
    let check = |world: &World| {
        assert_eq!(world.kintone.count(world.target), 0);
    };
    stopped_at_every_step(begin, check).await;
}
