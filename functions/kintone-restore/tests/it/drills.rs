//! The drill: the newest backup into a scratch app, compared, and deleted again.

use std::sync::Arc;

use function_core::{Outcome, RunState};
use serde_json::json;
use simulators::kintone::App;
use simulators::{Effect, When};

use crate::world::World;

async fn world(scratch: App) -> World {
    let mut world = World::with(App::generated(300), scratch);
    world.set("DRILL_APP", world.target.to_string());
    world.set("DRILL_SOURCE", world.source.to_string());
    world.set("APPID", world.source.to_string());
    world.back_up().await;
    world
}

fn empty() -> App {
    App::generated(0)
}

#[tokio::test]
async fn a_drill_proves_the_newest_backup_and_leaves_nothing_behind() {
    let world = world(empty()).await;
    let outcome = world.send(&json!({ "drill": true })).await;
    let Outcome::Done(reports) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(reports[0].state, RunState::Verified, "{reports:?}");
    assert_eq!(reports[0].counts["added"], 300);
    assert_eq!(world.kintone.count(world.target), 0);
    let records = world.run_records().await;
    assert_eq!(records.len(), 1);
    assert_eq!(
        records[0].source,
        format!("drill-localhost-{}", world.source)
    );
    assert!(records[0].settled);
}

#[tokio::test]
async fn a_drill_never_deletes_the_records_of_an_app_that_is_not_scratch() {
    let world = world(App::article()).await;
    let outcome = world.send(&json!({ "drill": true })).await;
    match outcome {
        Outcome::Drop(failure) => {
            assert!(failure.error.contains("tasuki scratch"), "{failure:?}");
            assert_eq!(failure.exit.code(), 4);
        }
        outcome => panic!("{outcome:?}"),
    }
    assert_eq!(world.kintone.count(world.target), 4);
    assert_eq!(world.writes(), 0);
    assert_eq!(world.told.messages().len(), 1);
}

#[tokio::test]
async fn an_app_that_is_named_scratch_is_emptied_of_what_a_killed_drill_left() {
    let world = world(empty()).await;
    world
        .kintone
        .change_app(world.target, |app| app.named("復元訓練 (Tasuki scratch)"));
    world.kintone.insert(world.target, [&json!({}), &json!({})]);
    let outcome = world.send(&json!({ "drill": true })).await;
    assert!(
        matches!(&outcome, Outcome::Done(reports) if reports[0].state == RunState::Verified),
        "{outcome:?}"
    );
    assert_eq!(world.kintone.count(world.target), 0);
}

#[tokio::test]
async fn a_drill_that_was_stopped_goes_on() {
    let world = world(empty()).await;
    let deletes = || When::path("bulkRequest.json").containing("DELETE");
    world
        .kintone
        .script(deletes(), Effect::refuse(403, "GAIA_NO01"));
    let outcome = world.send(&json!({ "drill": true })).await;
    assert!(matches!(outcome, Outcome::Drop(_)), "{outcome:?}");
    // Some of the records are deleted by hand meanwhile.
    world.kintone.delete(world.target, &[3, 4]);
    world.kintone.clear_script();
    let outcome = world.send(&json!({ "drill": true })).await;
    assert!(
        matches!(&outcome, Outcome::Done(reports) if reports[0].state == RunState::Verified),
        "{outcome:?}"
    );
    assert_eq!(world.kintone.count(world.target), 0);
}

#[tokio::test]
async fn a_drill_into_its_own_source_is_refused_at_the_start() {
    let mut world = world(empty()).await;
    world.set("DRILL_APP", world.source.to_string());
    let env = world.env();
    let error = kintone_restore::KintoneRestore::from_env(env)
        .await
        .unwrap_err();
    let words = function_core::chain(&error);
    assert!(words.contains("must not be DRILL_SOURCE"), "{words}");
}

#[tokio::test]
async fn a_drill_whose_token_may_not_delete_writes_nothing() {
    use simulators::kintone::Rights;
    let mut world = world(empty()).await;
    let target = world.target;
    world
        .kintone
        .add_token(target, "no-delete", Rights::VIEW | Rights::ADD);
    world.set(&format!("TOKEN_{target}"), "no-delete");
    match world.send(&json!({ "drill": true })).await {
        Outcome::Drop(failure) => assert!(
            failure.error.contains("lacks the right to delete"),
            "{failure:?}"
        ),
        outcome => panic!("{outcome:?}"),
    }
    assert_eq!(world.writes(), 0);
}

#[tokio::test]
async fn a_drill_never_empties_an_app_that_others_are_restored_beside() {
    let mut world = world(empty()).await;
    world.set("APPID", format!("{},{}", world.source, world.target));
    let error = kintone_restore::KintoneRestore::from_env(world.env())
        .await
        .unwrap_err();
    let words = function_core::chain(&error);
    assert!(words.contains("lists beside others"), "{words}");
}

#[tokio::test]
async fn deleting_what_a_drill_wrote_is_left_to_the_next_invocation_when_time_is_over() {
    let mut world = World::with(App::generated(4_100), empty());
    world.set("DRILL_APP", world.target.to_string());
    world.set("DRILL_SOURCE", world.source.to_string());
    world.set("APPID", world.source.to_string());
    world.set("INVOCATION_TIME", "1m");
    world.back_up().await;
    let world = Arc::new(world);
    let mut running = 0;
    for _ in 0..10 {
        let time = Arc::clone(&world);
        let deletes = When::path("bulkRequest.json").containing("DELETE");
        world.kintone.before(deletes, move |_| time.wait(70));
        let outcome = world.send(&json!({ "drill": true })).await;
        world.kintone.clear_script();
        let Outcome::Done(reports) = outcome else {
            panic!("{outcome:?}")
        };
        if reports[0].state == RunState::Verified {
            break;
        }
        let words = reports[0].progress.as_deref().unwrap();
        assert!(words.contains("is being deleted"), "{words}");
        running += 1;
    }
    assert!(running > 0);
    assert_eq!(world.kintone.count(world.target), 0);
    assert_eq!(world.run_records().await[0].state, RunState::Verified);
}
