//! Others who edit records while they are written over: what they did is never lost without a word.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use function_core::{Outcome, RunState};
use serde_json::{Value, json};
use simulators::Effect;
use simulators::kintone::{App, Field, FieldType};

use crate::steps::{bulk, verified};
use crate::world::World;

fn form() -> App {
    App::new("商品")
        .field(Field::new("code", FieldType::SingleLineText).unique())
        .field(Field::new("name", FieldType::SingleLineText))
}

fn product(number: u64, name: &str) -> Value {
    json!({ "code": { "value": format!("P{number}") }, "name": { "value": format!("{name} {number}") } })
}

fn products(name: &str, count: u64) -> App {
    (1..=count).fold(form(), |app, number| app.record(product(number, name)))
}

fn edit() -> Value {
    json!({ "name": { "value": "edited by hand" } })
}

/// A backup of 40 records, and an app that has another name in each of them; or the same app, renamed since.
async fn renamed(is_same: bool) -> World {
    let mut world = World::with(products("saved", 40), products("other", 40));
    world.back_up().await;
    if is_same {
        world.target = world.source;
        for id in 1..=40 {
            let name = product(id, "other")["name"].clone();
            world
                .kintone
                .update(world.source, id, &json!({ "name": name }));
        }
    }
    world
}

fn by_key(mode: &str) -> Value {
    json!({ "mode": mode, "key": "code" })
}

fn name(world: &World, id: u64) -> Value {
    world.kintone.record(world.target, id).unwrap()["name"]["value"].clone()
}

/// `more` with the digest of its plan.
async fn with_accept(world: &World, more: &Value) -> Value {
    let mut more = more.clone();
    more["accept"] = world.plan(&more).await["accept"].clone();
    more
}

#[tokio::test]
async fn an_edit_between_look_and_write_is_overwritten_only_once_that_is_accepted() {
    for (more, is_same) in [
        (by_key("replace-changed"), false),
        (by_key("upsert"), false),
        (json!({ "mode": "replace-changed" }), true),
        (json!({ "mode": "upsert" }), true),
    ] {
        let world = renamed(is_same).await;
        let target = world.target;
        world.kintone.before(bulk().nth(1), move |domain| {
            domain.update(target, 7, &edit());
        });
        let request = with_accept(&world, &more).await;
        let (words, exit) = world.refused(&request).await;
        assert!(
            words.contains("others edited 1 record (number 7)"),
            "{words}"
        );
        assert_eq!((exit, name(&world, 7)), (4, json!("edited by hand")));
        assert_eq!(name(&world, 8), "other 8", "a bulk is written whole or not");

        // The same message again, and one without an `accept`, ask first.
        world.kintone.clear_script();
        let writes = world.writes();
        for again in [&request, &more] {
            let (words, exit) = world.refused(again).await;
            assert_eq!((exit, world.writes()), (4, writes), "{words}");
        }
        let plan = world.plan(&more).await;
        let warnings = plan["warnings"].to_string();
        assert!(warnings.contains("(number 7)"), "{plan:#}");
        assert!(
            !warnings.contains("stay as they are"),
            "it asks but once: {plan:#}"
        );
        let report = world.accepted(&more).await;
        assert_eq!(report.state, RunState::Verified, "{report:?}");
        assert_eq!(name(&world, 7), "saved 7");
    }
}

#[tokio::test]
async fn an_edit_after_the_accept_is_asked_about_anew() {
    let world = renamed(false).await;
    let target = world.target;
    let more = by_key("replace-changed");
    world.kintone.before(bulk().nth(1), move |domain| {
        domain.update(target, 7, &edit());
    });
    world.refused(&with_accept(&world, &more).await).await;
    world.kintone.clear_script();
    let accepted = with_accept(&world, &more).await;
    world.kintone.update(target, 7, &edit());
    world.kintone.update(target, 9, &edit());
    let writes = world.writes();
    let (words, _) = world.refused(&accepted).await;
    assert!(words.contains("2 records (numbers 7, 9)"), "{words}");
    assert_eq!(world.writes(), writes);
    assert_eq!(world.accepted(&more).await.state, RunState::Verified);
    assert_eq!(
        (name(&world, 7), name(&world, 9)),
        (json!("saved 7"), json!("saved 9"))
    );
}

/// Sends `more` with what it loses accepted; the answer is noted nowhere, as after a kill between both.
async fn stopped_before_the_answer_is_noted(world: &mut World, more: &Value) -> Value {
    let request = with_accept(world, more).await;
    let is_written = Arc::new(AtomicBool::new(false));
    let write = Arc::clone(&is_written);
    world
        .kintone
        .before(bulk(), move |_| write.store(true, Ordering::Relaxed));
    world.hook(move |operation| {
        let is_journal = operation.key.contains(".journal/");
        (is_journal && is_written.load(Ordering::Relaxed)).then(|| operation.cut())
    });
    let outcome = world.send(&world.request(&request)).await;
    assert!(matches!(outcome, Outcome::Retry(_)), "{outcome:?}");
    world.unhook();
    world.kintone.clear_script();
    assert_eq!(name(world, 7), "saved 7");
    request
}

#[tokio::test]
async fn its_own_writes_are_no_edits_of_others() {
    for (more, is_same) in [
        (by_key("replace-changed"), false),
        (by_key("upsert"), false),
        (json!({ "mode": "upsert" }), true),
    ] {
        let mut world = renamed(is_same).await;
        let request = stopped_before_the_answer_is_noted(&mut world, &more).await;
        let outcome = world.send(&world.request(&request)).await;
        assert!(verified(&outcome), "{outcome:?}");
        assert_eq!(world.writes(), 1, "what is there is not written again");
        let record = world.kintone.record(world.target, 7).unwrap();
        let revision = if is_same { "3" } else { "2" };
        assert_eq!(record["$revision"]["value"], revision);
    }
}

#[tokio::test]
async fn an_edit_after_a_write_whose_answer_is_not_noted_stays_and_is_told() {
    let mut world = renamed(false).await;
    let more = by_key("upsert");
    let request = stopped_before_the_answer_is_noted(&mut world, &more).await;
    world.kintone.update(world.target, 7, &edit());
    let report = world.restored(&request).await;
    assert_eq!(report.state, RunState::Incomplete, "{report:?}");
    assert_eq!(name(&world, 7), "edited by hand");
    let lines = world.lines(".differences.ndjson").await;
    assert!(lines.iter().all(|line| line["record"] == "7"), "{lines:?}");
}

#[tokio::test]
async fn an_edit_before_a_bulk_that_never_arrived_is_sent_again_is_not_lost() {
    let world = renamed(false).await;
    let more = by_key("upsert");
    let request = with_accept(&world, &more).await;
    world.kintone.script(bulk(), Effect::Cut);
    let outcome = world.send(&world.request(&request)).await;
    assert!(matches!(outcome, Outcome::Retry(_)), "{outcome:?}");
    world.kintone.clear_script();
    world.kintone.update(world.target, 7, &edit());
    let (words, _) = world.refused(&request).await;
    assert!(
        words.contains("others edited 1 record (number 7)"),
        "{words}"
    );
    assert_eq!(name(&world, 7), "edited by hand");
    assert_eq!(world.accepted(&more).await.state, RunState::Verified);
}
