//! What goes wrong on the way, and what is there afterwards.

use function_core::{Event, Outcome, RunState};
use serde_json::json;
use simulators::Effect;
use simulators::kintone::App;

use crate::steps::{backed_up, bulk, in_the_end, verified};
use crate::world::World;

#[tokio::test]
async fn locks_throttles_and_gateways_pass() {
    for effect in [
        Effect::refuse(400, "GAIA_DA02"),
        Effect::refuse(520, "GAIA_DA02"),
        Effect::refuse(400, "GAIA_RE18"),
        Effect::throttle("GAIA_TO04", 1),
        Effect::text(503, "down for maintenance"),
    ] {
        let world = backed_up(300).await;
        world.kintone.script(bulk().first(2), effect);
        let report = world.restored(&json!({})).await;
        assert_eq!(report.state, RunState::Verified, "{report:?}");
        world.assert_restored();
    }
}

#[tokio::test]
async fn a_bulk_whose_answer_is_lost_is_found_and_not_written_twice() {
    for effect in [
        Effect::Lose,
        Effect::CutAfter(10),
        Effect::html(502).after_the_work(),
    ] {
        let world = backed_up(2_100).await;
        world.kintone.script(bulk().nth(2), effect);
        let outcome = in_the_end(&world, &world.request(&json!({}))).await;
        assert!(verified(&outcome), "{outcome:?}");
        world.assert_restored();
        assert_eq!(world.writes(), 2, "no bulk was sent twice");
    }
}

#[tokio::test]
async fn a_bulk_that_never_arrived_is_sent_again() {
    for effect in [Effect::Cut, Effect::html(502)] {
        let world = backed_up(2_100).await;
        world.kintone.script(bulk().nth(2), effect);
        let outcome = in_the_end(&world, &world.request(&json!({}))).await;
        assert!(verified(&outcome), "{outcome:?}");
        world.assert_restored();
    }
}

#[tokio::test]
async fn a_token_that_is_revoked_midway_stops_it_and_it_goes_on_afterwards() {
    let world = backed_up(2_100).await;
    let refusal = Effect::refuse(400, "GAIA_IA02");
    world.kintone.script(bulk().from(2), refusal);
    let (words, exit) = world.refused(&json!({})).await;
    assert!(words.contains("GAIA_IA02"), "{words}");
    assert_eq!(exit, 1);
    assert_eq!(world.kintone.count(world.target), 2_000);
    assert_eq!(world.told.messages().len(), 1, "a person is told once");

    world.kintone.clear_script();
    let report = world.restored(&json!({})).await;
    assert_eq!(report.state, RunState::Verified);
    world.assert_restored();
}

#[tokio::test]
async fn a_restore_that_never_ends_is_given_up_until_the_message_is_sent_again() {
    let mut world = backed_up(2_100).await;
    world.set("MAX_INVOCATIONS", "2");
    world
        .kintone
        .script(bulk().from(2), Effect::refuse(400, "CB_VA01"));
    let event = Event::new("m-1", world.now(), world.request(&json!({})).to_string());
    for words in ["CB_VA01", "CB_VA01", "was begun 3 times"] {
        match world.deliver(event.clone()).await {
            Outcome::Drop(failure) => assert!(failure.error.contains(words), "{failure:?}"),
            outcome => panic!("not refused: {outcome:?}"),
        }
    }
    // Who sends the message again wants it to go on.
    world.kintone.clear_script();
    assert_eq!(world.restored(&json!({})).await.state, RunState::Verified);
    world.assert_restored();
}

#[tokio::test]
async fn a_restore_that_was_done_is_not_done_again_unless_it_is_forced() {
    let world = backed_up(300).await;
    world.restored(&json!({})).await;
    let again = world.restored(&json!({})).await;
    assert_eq!(again.state, RunState::Verified);
    assert!(
        again
            .warnings
            .iter()
            .any(|words| words.contains("done already")),
        "{again:?}"
    );
    assert_eq!(world.kintone.count(world.target), 300);

    let plan = world.plan(&json!({ "force": true })).await;
    let request = world.request(&json!({ "force": true, "accept": plan["accept"] }));
    let event = Event::new("forced", world.now(), request.to_string());
    for _ in 0..2 {
        // Its redelivery finds it done.
        assert!(verified(&world.deliver(event.clone()).await));
        assert_eq!(world.kintone.count(world.target), 600);
    }
}

#[tokio::test]
async fn a_form_that_changes_on_the_way_is_planned_again() {
    let world = backed_up(2_100).await;
    let target = world.target;
    world
        .kintone
        .script(bulk().from(2), Effect::refuse(400, "GAIA_IA02"));
    world.refused(&json!({})).await;
    world.kintone.clear_script();
    world
        .kintone
        .change_app(target, |app| app.without_field("street"));
    let (words, exit) = world.refused(&json!({})).await;
    assert!(
        words.contains("street") && words.contains("accept"),
        "{words}"
    );
    assert_eq!(exit, 4);
    assert_eq!(world.kintone.count(target), 2_000, "what was written stays");
    let accept = words.rsplit('"').nth(1).unwrap();
    let report = world.restored(&json!({ "accept": accept })).await;
    assert_eq!(report.state, RunState::Verified, "{report:?}");
    assert_eq!(world.kintone.count(target), 2_100);
}

#[tokio::test]
async fn the_record_that_kintone_refuses_is_named() {
    use simulators::kintone::{Field, FieldType};
    let form = App::new("担当").field(Field::new("who", FieldType::SingleLineText));
    let app = (1..=150).fold(form, |app, number| {
        let who = if number == 123 { "" } else { "sato" };
        app.record(json!({ "who": { "value": who } }))
    });
    let world = World::new(app);
    world.back_up().await;
    let target = world.target;
    // The form changes between the plan and the write.
    world.kintone.before(bulk(), move |domain| {
        domain.change_app(target, |app| {
            app.field(Field::new("who", FieldType::SingleLineText).required())
        });
    });
    let (words, exit) = world.refused(&json!({})).await;
    assert!(words.contains("because of the record 123"), "{words}");
    assert_eq!((exit, world.kintone.count(target)), (1, 0));
}

#[tokio::test]
async fn a_file_that_is_damaged_ends_it_for_good() {
    let world = World::new(App::all_types());
    world.back_up().await;
    let folder = format!("localhost/{}/attachments/", world.source);
    let damaged = world.store.list(&folder).await.unwrap().remove(0);
    let put = cloud_store::Put::new("application/octet-stream");
    let size = usize::try_from(damaged.size_bytes).unwrap();
    world
        .store
        .put(&damaged.key, vec![b'x'; size], &put)
        .await
        .unwrap();
    let (words, exit) = world.refused(&json!({})).await;
    assert!(words.contains("is damaged"), "{words}");
    assert_eq!((exit, world.writes()), (1, 0));
}

#[tokio::test]
async fn a_damaged_backup_is_found_before_anything_is_written() {
    let world = World::new(App::generated(500));
    world.back_up().await;
    let objects = world
        .store
        .list(&format!("localhost/{}/", world.source))
        .await
        .unwrap();
    let lines = objects
        .iter()
        .find(|object| object.key.ends_with(".ndjson.gz"))
        .unwrap();
    let (_, mut content) = world.store.read(&lines.key).await.unwrap().unwrap();
    let middle = content.len() / 2;
    content[middle] ^= 1;
    let put = cloud_store::Put::new("application/gzip");
    world.store.put(&lines.key, content, &put).await.unwrap();
    let (words, exit) = world.refused(&json!({})).await;
    assert!(words.contains("is damaged"), "{words}");
    assert_eq!((exit, world.writes()), (1, 0));
}
