//! Values that Kintone refuses, because it does not know them any more.

use function_core::RunState;
use serde_json::{Value, json};
use simulators::kintone::{App, LOOKUP_SOURCE};

use crate::steps::bulk;
use crate::world::World;

/// What the refusal says to send, and its values.
async fn refused(world: &World, more: &Value) -> (String, Value) {
    let (words, _) = world.refused(more).await;
    let meta = world.store.list("runs/kintone-restore/2").await.unwrap();
    let meta = meta.iter().find(|meta| meta.key.ends_with(".refused.json"));
    let key = &meta.unwrap_or_else(|| panic!("{words}")).key;
    assert!(words.contains(key.rsplit('/').next().unwrap()), "{words}");
    let (_, content) = world.store.read(key).await.unwrap().unwrap();
    (words, serde_json::from_slice(&content).unwrap())
}

/// Sends the message with what is to be left out: refused until that is accepted.
async fn left_out(world: &World, leave_out: &Value) -> Value {
    let more = json!({ "leaveOut": leave_out });
    let (words, exit) = world.refused(&more).await;
    assert!(words.contains("left out of 1 record"), "{words}");
    assert_eq!(exit, 4);
    let report = world.accepted(&more).await;
    assert_eq!(report.state, RunState::Verified, "{report:?}");
    let lines = world.lines(".differences.ndjson").await;
    let left = lines
        .into_iter()
        .filter(|line| line["announced"] == "the message leaves the value out");
    let left: Vec<_> = left.map(|line| line["field"].clone()).collect();
    assert!(!left.is_empty(), "it is told what was left out");
    Value::Array(left)
}

#[tokio::test]
async fn somebody_who_left_is_named_and_left_out_once_that_is_accepted() {
    let world = World::new(App::all_types());
    world.back_up().await;
    // They leave after the plan.
    world
        .kintone
        .before(bulk().nth(1), |domain| domain.remove_user("kato"));
    let (words, told) = refused(&world, &json!({})).await;
    assert!(words.contains("user (such as in record 1)"), "{words}");
    assert!(!words.contains("kato"), "values stay out of words: {words}");
    assert_eq!(told["leaveOut"], json!({ "user": ["kato"] }));
    assert_eq!(told["isSure"], true);
    assert_eq!(world.kintone.count(world.target), 0);
    left_out(&world, &told["leaveOut"]).await;
    let first = world.kintone.records(world.target).remove(0);
    let users = first["user"]["value"].as_array().unwrap();
    assert_eq!((users.len(), &users[0]["code"]), (1, &json!("sato")));
}

#[tokio::test]
async fn a_lookup_key_that_is_gone_is_named_and_left_out_once_that_is_accepted() {
    let world = World::new(App::all_types());
    world.back_up().await;
    world
        .kintone
        .before(bulk().nth(1), |domain| domain.delete(LOOKUP_SOURCE, &[1]));
    let (words, told) = refused(&world, &json!({})).await;
    assert!(words.contains("GAIA_LO04"), "{words}");
    assert_eq!(told["leaveOut"], json!({ "lookup": ["K1"] }));
    let left = left_out(&world, &told["leaveOut"]).await;
    assert_eq!(left, json!(["lookup"]));
    let first = world.kintone.records(world.target).remove(0);
    assert_eq!(first["lookup"]["value"], "");
}

#[tokio::test]
async fn what_is_to_be_left_out_must_be_a_field() {
    let world = World::new(App::all_types());
    world.back_up().await;
    let (words, _) = world
        .refused(&json!({ "leaveOut": { "nobody": ["x"] } }))
        .await;
    assert!(words.contains("`leaveOut` names nobody"), "{words}");
}

#[tokio::test]
async fn the_plan_names_who_left_and_which_keys_are_gone() {
    let world = World::new(App::all_types());
    world.back_up().await;
    let plan = world.plan(&json!({})).await;
    assert_eq!(
        (&plan["warnings"], plan.get("leaveOut")),
        (&json!([]), None)
    );
    world.kintone.remove_user("kato");
    world.kintone.delete(LOOKUP_SOURCE, &[1]);
    let plan = world.plan(&json!({})).await;
    let warnings = plan["warnings"].to_string();
    for words in ["user: 1 of its users", "lookup: 1 of its lookup keys"] {
        assert!(warnings.contains(words), "{plan:#}");
    }
    let missing = &plan["leaveOut"];
    assert_eq!(
        (&missing["user"], &missing["lookup"]),
        (&json!(["kato"]), &json!(["K1"]))
    );
    let (words, exit) = world.refused(&json!({})).await;
    assert!(!words.contains("kato"), "values stay out of words: {words}");
    assert_eq!((exit, world.writes()), (4, 0));
    let report = world.accepted(&json!({ "leaveOut": missing })).await;
    assert_eq!(report.state, RunState::Verified, "{report:?}");
}

#[tokio::test]
async fn keys_that_many_records_share_hide_no_other() {
    let world = World::new(App::all_types());
    let second = json!({ "lookup": { "value": "K2" } });
    world.kintone.insert(world.source, [&second]);
    world.back_up().await;
    let lookups = world.kintone.records(LOOKUP_SOURCE);
    let same = vec![&lookups[0]; 1_200];
    world.kintone.delete(LOOKUP_SOURCE, &[2]);
    world.kintone.insert(LOOKUP_SOURCE, same);
    world.kintone.insert(LOOKUP_SOURCE, [&lookups[1]]);
    let plan = world.plan(&json!({})).await;
    assert_eq!(plan["warnings"], json!([]), "{plan:#}");
}

#[tokio::test]
async fn what_the_token_may_not_look_for_is_said_to_be_untold() {
    let mut world = World::new(App::all_types());
    world.back_up().await;
    let token = world.kintone.token(world.target);
    world.set(&format!("TOKEN_{}", world.target), token);
    let plan = world.plan(&json!({})).await;
    let notes = plan["notes"].to_string();
    assert!(
        notes.contains("lookup: whether its lookup keys are in app")
            && notes.contains("can't be told"),
        "{plan:#}"
    );
}
