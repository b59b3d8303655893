//! What goes wrong on the way, and what is there afterwards.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cloud_store::Fault;
use function_core::{Event, Outcome, RunState};
use serde_json::{Value, json};
use simulators::kintone::App;
use simulators::{Effect, When};

use crate::world::World;

async fn backed_up(records: u64) -> World {
    let world = World::new(App::generated(records));
    world.back_up().await;
    world
}

fn bulk() -> When {
    When::path("bulkRequest.json")
}

/// Sends the same request again until it is not a passing fault any more.
async fn in_the_end(world: &World, request: &Value) -> Outcome {
    for _ in 0..10 {
        match world.send(request).await {
            Outcome::Retry(_) => {}
            outcome => return outcome,
        }
    }
    panic!("it never ends");
}

fn verified(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Done(reports) if reports.iter().all(|report| report.state == RunState::Verified))
}

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
async fn another_writer_during_a_lost_answer_is_seen_and_nothing_is_doubled() {
    let world = backed_up(300).await;
    let target = world.target;
    world.kintone.script(bulk().nth(1), Effect::Lose);
    // Right after the lost write somebody adds a record by hand.
    world.kintone.before(
        When::path("records.json")
            .method("GET")
            .containing("$id > 0 order by $id asc"),
        move |domain| {
            if domain.count(target) == 300 {
                domain.insert(target, [&json!({ "company": { "value": "by hand" } })]);
            }
        },
    );
    let report = world.restored(&json!({})).await;
    assert_eq!(report.state, RunState::Incomplete, "{report:?}");
    assert!(
        report.warnings.join("; ").contains("number 301"),
        "{report:?}"
    );
    assert_eq!(world.kintone.count(target), 301, "nothing was doubled");
}

#[tokio::test]
async fn a_lost_answer_among_records_that_nobody_can_tell_apart_stops_it() {
    let world = backed_up(300).await;
    let target = world.target;
    // The write was lost on its way, and as many others appear in its place.
    world.kintone.script(bulk().nth(1), Effect::Cut);
    let looked = When::path("records.json").method("GET");
    let looked = looked.containing("$id > 0 order by $id asc");
    world.kintone.before(looked.nth(1), move |domain| {
        let other = json!({ "company": { "value": "others" } });
        domain.insert(target, vec![&other; 300]);
    });
    let (words, exit) = world.refused(&json!({})).await;
    assert!(
        words.contains("another writer") && words.contains("1, 2, 3"),
        "{words}"
    );
    assert_eq!((exit, world.kintone.count(target)), (4, 300));
    // Once they are gone, the same request goes on.
    world.kintone.clear_script();
    let ids: Vec<u64> = (1..=300).collect();
    world.kintone.delete(target, &ids);
    let report = world.restored(&json!({})).await;
    assert_eq!(report.state, RunState::Verified);
    world.assert_restored();
}

#[tokio::test]
async fn a_bulk_that_arrives_late_and_doubles_its_records_never_ends_verified() {
    let world = backed_up(300).await;
    let target = world.target;
    world.kintone.script(bulk().nth(1), Effect::Cut);
    // What was sent first takes effect after it was looked for and sent again.
    let source = world.kintone.records(world.source);
    world.kintone.before(
        When::path("records.json")
            .method("GET")
            .containing("$id > 0 and $id <= 300"),
        move |domain| {
            if domain.count(target) == 300 {
                domain.insert(target, &source);
            }
        },
    );
    let report = world.restored(&json!({})).await;
    assert_eq!(report.state, RunState::Incomplete, "{report:?}");
    let told = report.warnings.join("; ");
    assert!(
        told.contains("300 records that are not of this restore"),
        "{told}"
    );
}

#[tokio::test]
async fn another_writer_between_bulks_is_seen() {
    let world = backed_up(2_100).await;
    let target = world.target;
    world.kintone.before(bulk().nth(2), move |domain| {
        domain.insert(target, [&json!({ "company": { "value": "by hand" } })]);
    });
    let (words, exit) = world.refused(&json!({})).await;
    assert!(words.contains("another writer"), "{words}");
    assert_eq!(exit, 4);
    let report = world.restored(&json!({})).await;
    // It goes on, but never says that all is well while the stranger is there.
    assert_eq!(report.state, RunState::Incomplete);
    let told = report.warnings.join("; ");
    assert!(
        told.contains("not of this restore") && told.contains("number 2001"),
        "{told}"
    );
    assert_eq!(world.kintone.count(target), 2_101);
}

#[tokio::test]
async fn numbers_that_a_refused_write_used_up_are_no_other_writer() {
    let world = backed_up(2_100).await;
    let target = world.target;
    world.kintone.before(bulk().nth(2), move |domain| {
        let ids = domain.insert(target, [&json!({}), &json!({})]);
        domain.delete(target, &ids);
    });
    let report = world.restored(&json!({})).await;
    assert_eq!(report.state, RunState::Verified);
    world.assert_restored();
}

#[tokio::test]
async fn a_record_that_somebody_changes_meanwhile_makes_it_incomplete() {
    let world = backed_up(300).await;
    let target = world.target;
    world.kintone.before(
        When::path("records.json")
            .method("GET")
            .containing("$id > 0 and $id <= 300"),
        move |domain| domain.update(target, 7, &json!({ "company": { "value": "changed" } })),
    );
    let report = world.restored(&json!({})).await;
    assert_eq!(report.state, RunState::Incomplete, "{report:?}");
    let lines = world.lines(".differences.ndjson").await;
    assert_eq!(report.counts["differences"], lines.len() as u64);
    let company = lines
        .iter()
        .find(|line| line["field"] == "company")
        .unwrap();
    assert_eq!(
        (&company["record"], &company["restored"]),
        (&json!("7"), &json!("changed"))
    );
    assert_eq!(world.told.messages().len(), 1);
}

#[tokio::test]
async fn a_restore_goes_on_in_the_next_invocation_when_its_time_is_over() {
    let mut world = backed_up(4_100).await;
    world.set("INVOCATION_TIME", "1m");
    let world = Arc::new(world);
    let event = Event::new("m-1", world.now(), world.request(&json!({})).to_string());
    let mut words = Vec::new();
    for _ in 0..20 {
        let time = Arc::clone(&world);
        world.kintone.before(bulk(), move |_| time.wait(70));
        let outcome = world.deliver(event.clone()).await;
        world.kintone.clear_script();
        let Outcome::Done(reports) = outcome else {
            panic!("{outcome:?}")
        };
        if reports[0].state == RunState::Verified {
            break;
        }
        assert_eq!(reports[0].state, RunState::Running);
        words.push(reports[0].progress.clone().unwrap());
    }
    assert!(words.len() > 1, "{words:?}");
    world.assert_restored();
}

#[tokio::test]
async fn a_restore_that_never_ends_is_given_up() {
    let mut world = backed_up(2_100).await;
    world.set("MAX_INVOCATIONS", "2");
    world
        .kintone
        .script(bulk().from(2), Effect::refuse(400, "CB_VA01"));
    world.refused(&json!({})).await;
    world.refused(&json!({})).await;
    let (words, _) = world.refused(&json!({})).await;
    assert!(words.contains("was begun 3 times"), "{words}");
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
async fn a_store_that_fails_now_and_then_doubles_nothing() {
    for number in 1..=25 {
        let mut world = backed_up(120).await;
        let count = AtomicUsize::new(0);
        world.hook(move |operation| {
            let is_run = operation.key.starts_with("runs/");
            let is_now = is_run && count.fetch_add(1, Ordering::Relaxed) + 1 == number;
            is_now.then(|| operation.cut())
        });
        let outcome = in_the_end(&world, &world.request(&json!({}))).await;
        assert!(verified(&outcome), "{number}: {outcome:?}");
        world.assert_restored();
    }
}

/// Runs until the store's step `number` below `runs/` begins, and stops there for ever; false when it ended before.
async fn stopped_at(world: &mut World, number: usize) -> bool {
    let reached = Arc::new(tokio::sync::Notify::new());
    let (count, reach) = (AtomicUsize::new(0), Arc::clone(&reached));
    world.hook(move |operation| {
        let is_run = operation.key.starts_with("runs/");
        let is_now = is_run && count.fetch_add(1, Ordering::Relaxed) + 1 == number;
        is_now.then(|| {
            reach.notify_one();
            Fault::Hang
        })
    });
    let request = world.request(&json!({}));
    tokio::select! {
        () = reached.notified() => true,
        outcome = world.send(&request) => {
            assert!(verified(&outcome), "{outcome:?}");
            false
        }
    }
}

#[tokio::test]
async fn stopped_at_any_step_it_goes_on_and_doubles_nothing() {
    // Every step of a single bulk, and then those of three at the same time.
    every_step(120, "1").await;
    every_step(2_050, "4").await;
}

async fn every_step(records: u64, parallel: &str) {
    for number in 1.. {
        let mut world = backed_up(records).await;
        world.set("PARALLEL_BULKS", parallel);
        let was_stopped = stopped_at(&mut world, number).await;
        world.unhook();
        // The lease of the process that stands still runs out.
        world.wait(600);
        let outcome = in_the_end(&world, &world.request(&json!({}))).await;
        assert!(verified(&outcome), "{number}: {outcome:?}");
        world.assert_restored();
        if !was_stopped {
            assert!(number > 20, "{number} steps");
            break;
        }
    }
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
async fn a_lookup_whose_key_is_missing_stops_it_with_kintones_words() {
    let world = World::new(App::all_types());
    world.back_up().await;
    world
        .kintone
        .delete(simulators::kintone::LOOKUP_SOURCE, &[1]);
    let (words, _) = world.refused(&json!({})).await;
    assert!(words.contains("GAIA_LO04"), "{words}");
    assert_eq!(world.kintone.count(world.target), 0);
}

#[tokio::test]
async fn answers_of_bulks_at_the_same_time_are_lost_and_their_records_found() {
    for lost in [vec![1], vec![2, 3], vec![1, 2, 3, 4]] {
        let mut world = backed_up(4_500).await;
        world.set("PARALLEL_BULKS", "4");
        for number in &lost {
            world.kintone.script(bulk().nth(*number), Effect::Lose);
        }
        let report = world.restored(&json!({})).await;
        assert_eq!(report.state, RunState::Verified, "{report:?}");
        assert_eq!(world.writes(), 5, "no bulk was sent twice");
        world.assert_restored();
    }
}

#[tokio::test]
async fn of_bulks_at_the_same_time_only_those_that_never_arrived_are_sent_again() {
    let mut world = backed_up(4_500).await;
    world.set("PARALLEL_BULKS", "4");
    world.kintone.script(bulk().nth(2), Effect::Cut);
    world.kintone.script(bulk().nth(3), Effect::Lose);
    let report = world.restored(&json!({})).await;
    assert_eq!(report.state, RunState::Verified, "{report:?}");
    assert_eq!(world.writes(), 6);
    world.assert_restored();
}

#[tokio::test]
async fn one_of_several_bulks_is_refused_and_the_others_are_kept() {
    let mut world = backed_up(4_500).await;
    world.set("PARALLEL_BULKS", "4");
    world
        .kintone
        .script(bulk().nth(2), Effect::refuse(400, "CB_VA01"));
    let (words, _) = world.refused(&json!({})).await;
    assert!(words.contains("CB_VA01"), "{words}");
    assert_eq!(world.kintone.count(world.target), 3_000);
    let report = world.restored(&json!({})).await;
    assert_eq!(report.state, RunState::Verified, "{report:?}");
    world.assert_restored();
}

#[tokio::test]
async fn another_writer_beside_bulks_at_the_same_time_is_seen() {
    let mut world = backed_up(2_500).await;
    world.set("PARALLEL_BULKS", "4");
    let target = world.target;
    world.kintone.before(bulk().nth(2), move |domain| {
        domain.insert(target, [&json!({ "company": { "value": "by hand" } })]);
    });
    let (words, exit) = world.refused(&json!({})).await;
    assert!(words.contains("another writer"), "{words}");
    assert_eq!(exit, 4);
    let report = world.restored(&json!({})).await;
    assert_eq!(report.state, RunState::Incomplete);
    assert_eq!(world.kintone.count(target), 2_501);
}

#[tokio::test]
async fn what_is_prepared_once_is_written_however_long_its_files_took() {
    let mut world = World::new(App::all_types());
    world.back_up().await;
    world.set("INVOCATION_TIME", "1m");
    let world = Arc::new(world);
    let time = Arc::clone(&world);
    world
        .kintone
        .before(When::path("file.json").method("POST"), move |_| {
            time.wait(100);
        });
    let mut states = Vec::new();
    for _ in 0..4 {
        let report = world.restored(&json!({})).await;
        states.push(report.state);
        if report.state == RunState::Verified {
            break;
        }
    }
    assert_eq!(states.last(), Some(&RunState::Verified), "{states:?}");
    let uploads = world.kintone.requests().into_iter();
    let uploads = uploads.filter(|seen| seen.path.ends_with("file.json") && seen.method == "POST");
    assert_eq!(uploads.count(), 4, "no file was uploaded twice");
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
