//! The same message once more: by hand, delivered again, or forced.

use function_core::{Clock, Event, Outcome, RunState};
use functions_framework::read_event;
use serde_json::{Value, json};
use simulators::kintone::App;
use simulators::{Effect, When};

use crate::steps::{backed_up, verified};
use crate::world::World;

#[tokio::test]
async fn a_force_that_is_refused_leaves_what_was_proven_as_it_is() {
    let world = backed_up(30).await;
    world.restored(&json!({})).await;
    let proven = world.run_records().await;
    let forced = json!({ "force": true, "accept": "0123456789abcdef" });
    let event = Event::new("forced", world.now(), world.request(&forced).to_string());
    for told in 1..=2 {
        let outcome = world.deliver(event.clone()).await;
        assert!(
            matches!(&outcome, Outcome::Drop(failure) if failure.exit.code() == 4),
            "{outcome:?}"
        );
        assert_eq!(world.run_records().await, proven);
        assert_eq!(world.told.messages().len(), told);
    }
    let again = world.restored(&json!({})).await;
    assert_eq!(again.state, RunState::Verified);
    assert_eq!(world.kintone.count(world.target), 30);
}

#[tokio::test]
async fn a_force_by_hand_is_done_as_often_as_it_is_asked() {
    let world = backed_up(20).await;
    let mut own = json!({ "app": world.source, "mode": "upsert", "force": true });
    own["accept"] = world.plan(&own).await["accept"].clone();
    let request = world.request(&own).to_string();
    for asked in 1..=3 {
        world.wait(1);
        let now = world.now();
        // A file has no id: it is named after its content, which is the same each time.
        let event = read_event(request.as_bytes(), &Clock::from_fn(move || now)).unwrap();
        for _ in 0..2 {
            let outcome = world.deliver(event.clone()).await;
            assert!(verified(&outcome), "{outcome:?}");
            assert_eq!(world.writes(), asked);
        }
    }
}

/// A world whose restore of 2,100 records was stopped by Kintone before its end.
async fn stopped() -> World {
    let world = backed_up(2_100).await;
    let refusal = Effect::refuse(400, "GAIA_IA02");
    let bulks = When::path("bulkRequest.json").from(2);
    world.kintone.script(bulks, refusal);
    world.refused(&json!({})).await;
    world.kintone.clear_script();
    world
}

/// A dry run that has a report of its own kind.
async fn dry_run(world: &World, more: &Value) -> function_core::Report {
    let mut request = world.request(more);
    request["dryRun"] = json!(true);
    match world.send(&request).await {
        Outcome::Done(mut reports) if reports.len() == 1 => reports.remove(0),
        outcome => panic!("{outcome:?}"),
    }
}

#[tokio::test]
async fn what_was_begun_goes_on_with_its_own_backup_after_the_next_one() {
    let world = stopped().await;
    world.kintone.insert(world.source, [&json!({})]);
    world.wait(86_400);
    world.back_up().await;
    let plan = world.plan(&json!({})).await;
    let note = plan["notes"][0].as_str().unwrap();
    assert!(note.contains("is begun and goes on"), "{plan:#}");
    let report = world.restored(&json!({})).await;
    assert_eq!(report.state, RunState::Verified);
    assert_eq!(world.kintone.count(world.target), 2_100);
    // At its end, the same words mean the newest backup again, and the app is not empty any more.
    let plan = world.plan(&json!({})).await;
    assert_eq!(plan["records"], 2_101);
    let (words, _) = world.refused(&json!({})).await;
    assert!(words.contains("holds 2100 records already"), "{words}");
}

#[tokio::test]
async fn a_message_that_is_delivered_again_after_the_next_backup_is_done_already() {
    let world = backed_up(30).await;
    let event = Event::new("m-1", world.now(), world.request(&json!({})).to_string());
    for _ in 0..2 {
        let outcome = world.deliver(event.clone()).await;
        assert!(verified(&outcome), "{outcome:?}");
        assert_eq!(world.writes(), 1);
        world.wait(86_400);
        world.back_up().await;
    }
}

#[tokio::test]
async fn what_was_begun_with_a_backup_that_is_gone_is_planned_anew() {
    let world = stopped().await;
    world.wait(86_400);
    world.back_up().await;
    let folder = format!("localhost/{}/", world.source);
    let objects = world.store.list(&folder).await.unwrap();
    let first = objects
        .iter()
        .find(|object| object.key.ends_with(".manifest.json"));
    world.store.delete(&first.unwrap().key).await.unwrap();
    let (words, _) = world.refused(&json!({})).await;
    assert!(words.contains("records already"), "{words}");
}

#[tokio::test]
async fn a_dry_run_says_what_the_same_message_would_do() {
    let world = backed_up(30).await;
    world.restored(&json!({})).await;
    let report = dry_run(&world, &json!({})).await;
    assert_eq!(report.state, RunState::Verified);
    assert!(report.warnings[0].contains("done already"), "{report:?}");
    let report = dry_run(&world, &json!({ "force": true })).await;
    assert_eq!(report.state, RunState::Planned);
    let warning = report.plan.unwrap()["warnings"][0].to_string();
    assert!(warning.contains("holds 30 records already"), "{warning}");
}

#[tokio::test]
async fn the_plan_after_a_change_of_the_form_is_the_one_that_is_accepted() {
    let world = stopped().await;
    let target = world.target;
    world
        .kintone
        .change_app(target, |app| app.without_field("street"));
    let report = world.accepted(&json!({})).await;
    assert_eq!(report.state, RunState::Verified, "{report:?}");
    assert_eq!(world.kintone.count(target), 2_100);
}

#[tokio::test]
async fn what_comes_after_an_incomplete_restore_is_restored_too() {
    let mut world = World::new(App::generated(30));
    let second = world.kintone.add_app(App::generated(0));
    world.admit(second);
    world.back_up().await;
    let target = world.target;
    let readings = When::path("records.json").method("GET");
    world.kintone.before(readings, move |domain| {
        if domain.count(target) == 30 {
            domain.update(target, 7, &json!({ "company": { "value": "changed" } }));
        }
    });
    let request = json!({ "restores": [
        { "source": world.source, "app": target },
        { "source": world.source, "app": second },
    ] });
    let Outcome::Done(reports) = world.send(&request).await else {
        panic!("not done")
    };
    let states: Vec<_> = reports.iter().map(|report| report.state).collect();
    assert_eq!(states, [RunState::Incomplete, RunState::Verified]);
    assert_eq!(world.kintone.count(second), 30);
}

#[tokio::test]
async fn of_a_fault_that_passes_nobody_is_told() {
    let world = backed_up(30).await;
    let down = Effect::text(503, "down for maintenance");
    world.kintone.script(When::path("bulkRequest.json"), down);
    let outcome = world.send(&world.request(&json!({}))).await;
    assert!(matches!(outcome, Outcome::Retry(_)), "{outcome:?}");
    assert_eq!(world.told.messages().len(), 0);
    world.kintone.clear_script();
    assert_eq!(world.restored(&json!({})).await.state, RunState::Verified);
}
