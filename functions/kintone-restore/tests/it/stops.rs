//! Stops in the midst of it, and invocations whose time is over.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cloud_store::Fault;
use function_core::{Event, Outcome, RunState};
use futures_util::FutureExt as _;
use serde_json::{Value, json};
use simulators::When;
use simulators::kintone::App;

use crate::steps::{backed_up, bulk, in_the_end, verified};
use crate::world::World;

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
pub(crate) async fn stopped_at(world: &mut World, number: usize, request: &Value) -> bool {
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
    tokio::select! {
        () = reached.notified() => true,
        outcome = world.send(request) => {
            assert!(verified(&outcome), "{outcome:?}");
            false
        }
    }
}

#[tokio::test]
async fn stopped_at_any_step_it_goes_on_and_doubles_nothing() {
    every_step(120, "1", 1..).await;
}

// Those of three bulks at the same time are so many that two processors share them.
#[tokio::test]
async fn stopped_at_any_odd_step_of_bulks_at_the_same_time_it_doubles_nothing() {
    every_step(3_050, "4", (1..).step_by(2)).await;
}

#[tokio::test]
async fn stopped_at_any_even_step_of_bulks_at_the_same_time_it_doubles_nothing() {
    every_step(3_050, "4", (2..).step_by(2)).await;
}

async fn every_step(records: u64, parallel: &str, steps: impl Iterator<Item = usize>) {
    for number in steps {
        let mut world = backed_up(records).await;
        world.set("PARALLEL_BULKS", parallel);
        let request = world.request(&json!({}));
        let was_stopped = stopped_at(&mut world, number, &request).await;
        world.unhook();
        // The lease of the process that stands still runs out.
        world.wait(600);
        let outcome = in_the_end(&world, &request).await;
        assert!(verified(&outcome), "{number}: {outcome:?}");
        world.assert_restored();
        if !was_stopped {
            assert!(number > 20, "{number} steps");
            break;
        }
    }
}

#[tokio::test]
async fn who_has_lost_the_run_sends_no_further_bulk() {
    let mut world = backed_up(2_100).await;
    world.set("PARALLEL_BULKS", "1");
    let world = Arc::new(world);
    let other = Arc::clone(&world);
    // While the first bulk is under way the lease runs out, and another process takes the run over.
    world.kintone.before(bulk().nth(1), move |_| {
        other.wait(600);
        other.take_over().now_or_never().unwrap();
    });
    let outcome = world.send(&world.request(&json!({}))).await;
    assert!(matches!(outcome, Outcome::Retry(_)), "{outcome:?}");
    assert_eq!(world.writes(), 1);
    assert_eq!(world.kintone.count(world.target), 2_000);
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
async fn reading_back_goes_on_where_it_was_in_the_next_invocation() {
    let mut world = backed_up(6_100).await;
    world.set("INVOCATION_TIME", "1m");
    world.set("WINDOWS", "1");
    let world = Arc::new(world);
    let time = Arc::clone(&world);
    // Each page that is read back takes its time.
    let page = || {
        When::path("records.json")
            .method("GET")
            .containing("$id <=")
    };
    world.kintone.before(page(), move |_| time.wait(40));
    let mut reports = Vec::new();
    for _ in 0..20 {
        let report = world.restored(&json!({})).await;
        let is_over = report.state == RunState::Verified;
        reports.push(report);
        if is_over {
            break;
        }
    }
    let last = reports.last().unwrap();
    assert_eq!(last.state, RunState::Verified, "{reports:?}");
    assert!(reports.len() > 2, "{reports:?}");
    assert_eq!(
        (last.counts["added"], last.counts["differences"]),
        (6_100, 0)
    );
    let pages = world.kintone.requests().into_iter();
    let pages = pages.filter(|seen| {
        let query = format!("{seen:?}");
        seen.path.ends_with("records.json") && query.contains("%24id+%3C%3D")
    });
    assert!(pages.count() < 30, "no page is read back again and again");
    let parts = world.store.list("runs/kintone-restore/2").await.unwrap();
    let parts = parts.iter().filter(|part| part.key.contains(".ids."));
    let mut lines = 0;
    for part in parts {
        let (_, content) = world.store.read(&part.key).await.unwrap().unwrap();
        lines += String::from_utf8(content).unwrap().lines().count();
    }
    assert_eq!(lines, 6_100, "each number is told once");
}
