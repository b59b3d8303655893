//! Claims, leases and publication, as two processes that share a store see them.
#![cfg(test)]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use cloud_store::{Faulty, Memory, Operation, Step, Store};
use function_core::{Clock, RunState, Stamp, Trigger};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use run_record::{Claim, Latest, Ledger, LedgerError, Run, move_forward};

const FUNCTION: &str = "kintone-export";

/// A store and a clock that two ledgers share.
struct World {
    store: Store,
    seconds: Arc<AtomicI64>,
}

impl World {
    fn new() -> Self {
        Self {
            store: Store::memory(Memory::new()),
            seconds: Arc::default(),
        }
    }

    fn ledger(&self) -> Ledger {
        let seconds = Arc::clone(&self.seconds);
        let clock = Clock::from_fn(move || {
            start() + SignedDuration::from_secs(seconds.load(Ordering::Relaxed))
        });
        Ledger::new(&self.store, FUNCTION, clock)
    }

    fn wait(&self, seconds: i64) {
        self.seconds.fetch_add(seconds, Ordering::Relaxed);
    }
}

fn start() -> Timestamp {
    "2026-11-20T18:00:00Z".parse().unwrap()
}

fn stamp() -> Stamp {
    Stamp::new(start(), &TimeZone::UTC)
}

fn trigger(id: &str) -> Trigger {
    Trigger {
        id: id.to_owned(),
        time: start(),
    }
}

async fn claim(ledger: &Ledger, id: &str) -> Claim {
    ledger
        .claim("example-12", &stamp(), &trigger(id))
        .await
        .unwrap()
}

async fn mine(ledger: &Ledger, id: &str) -> Run {
    match claim(ledger, id).await {
        Claim::Mine(run) => *run,
        other => panic!("not ours: {other:?}"),
    }
}

#[tokio::test]
async fn a_redelivery_waits_while_the_first_is_at_work() {
    let world = World::new();
    let _first = mine(&world.ledger(), "m-1").await;
    world.wait(60);
    assert!(matches!(
        claim(&world.ledger(), "m-1").await,
        Claim::Busy { .. }
    ));
}

#[tokio::test]
async fn a_redelivery_takes_over_when_the_lease_has_run_out() {
    let world = World::new();
    let mut first = mine(&world.ledger(), "m-1").await;
    world.wait(91);
    let second = mine(&world.ledger(), "m-1").await;
    assert_eq!(second.record().attempts, 2);

    let late = first.change(|_| {}).await.unwrap_err();
    assert!(matches!(late, LedgerError::Lost { .. }), "{late}");
}

#[tokio::test]
async fn whoever_opens_a_run_anew_begins_to_count() {
    let world = World::new();
    for _ in 0..3 {
        drop(mine(&world.ledger(), "m-1").await);
        tokio::task::yield_now().await;
    }
    let (stamp, trigger) = (stamp(), trigger("m-1"));
    let ledger = world.ledger();
    let again = ledger.reopen("example-12", &stamp, &trigger).await;
    match again.unwrap() {
        Claim::Mine(run) => assert_eq!(run.record().attempts, 1),
        other => panic!("not ours: {other:?}"),
    }
}

#[tokio::test]
async fn work_that_was_cancelled_gives_its_lease_back() {
    let world = World::new();
    drop(mine(&world.ledger(), "m-1").await);
    tokio::task::yield_now().await;
    mine(&world.ledger(), "m-1").await;
}

#[tokio::test]
async fn another_message_of_the_same_second_gets_a_name_of_its_own() {
    let world = World::new();
    let first = mine(&world.ledger(), "m-1").await;
    let second = mine(&world.ledger(), "m-2").await;
    assert_eq!(first.record().run, "example-12-20261120180000");
    assert_eq!(second.record().run, "example-12-20261120180000-m-2");
}

#[tokio::test]
async fn a_settled_run_is_only_acknowledged() {
    let world = World::new();
    let mut run = mine(&world.ledger(), "m-1").await;
    run.published("memory:x").await.unwrap();
    run.end(true, |_| {}).await.unwrap();
    let Claim::Settled(record) = claim(&world.ledger(), "m-1").await else {
        panic!()
    };
    assert_eq!(record.state, RunState::Verified);
    assert!(record.lease.is_none());
}

#[tokio::test]
async fn whoever_comes_after_the_announcement_finds_the_manifest() {
    let world = World::new();
    let mut first = mine(&world.ledger(), "m-1").await;
    first
        .change(|record| record.publishing = Some(serde_json::json!({"objects": []})))
        .await
        .unwrap();
    drop(first);
    tokio::task::yield_now().await;
    let second = mine(&world.ledger(), "m-1").await;
    assert_eq!(
        second.record().publishing,
        Some(serde_json::json!({"objects": []}))
    );
}

#[tokio::test(start_paused = true)]
async fn the_lease_is_renewed_while_the_work_goes_on() {
    let world = World::new();
    let first = mine(&world.ledger(), "m-1").await;
    for _ in 0..10 {
        world.wait(31);
        tokio::time::sleep(std::time::Duration::from_secs(31)).await;
    }
    assert!(matches!(
        claim(&world.ledger(), "m-1").await,
        Claim::Busy { .. }
    ));
    first.end(false, |_| {}).await.unwrap();
}

#[tokio::test]
async fn the_pointer_only_moves_forward() {
    let store = Store::memory(Memory::new());
    let latest = |second: i64| Latest {
        stamp: Stamp::new(start() + SignedDuration::from_secs(second), &TimeZone::UTC),
        run: second.to_string(),
        manifest: String::new(),
    };
    for second in [5, 9, 7] {
        move_forward(&store, "latest.json", &latest(second))
            .await
            .unwrap();
    }
    let pointer = Latest::read(&store, "latest.json").await.unwrap().unwrap();
    assert_eq!(pointer.run, "9");
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_is_not_taken_for_another_process() {
    let world = World::new();
    let lost = std::sync::atomic::AtomicBool::new(false);
    let store = Faulty::new(world.store.clone(), move |operation: &Operation| {
        let is_lost = operation.step == Step::Published && !lost.swap(true, Ordering::Relaxed);
        is_lost.then(|| operation.cut())
    })
    .into_store();
    let clock = Clock::fixed(start());
    let ledger = Ledger::new(&store, FUNCTION, clock);
    let run = mine(&ledger, "m-1").await;
    assert_eq!(run.record().attempts, 1);
    run.end(false, |_| {}).await.unwrap();
}

#[tokio::test]
async fn a_hold_on_a_run_that_was_taken_over_is_lost() {
    let world = World::new();
    let run = mine(&world.ledger(), "m-1").await;
    let hold = run.hold();
    hold.check().await.unwrap();
    // Its lease runs out, is renewed, and runs out once more, while another process is quicker.
    world.wait(91);
    hold.check().await.unwrap();
    world.wait(91);
    let other = mine(&world.ledger(), "m-1").await;
    for _ in 0..2 {
        let error = hold.check().await.unwrap_err();
        assert!(matches!(error, LedgerError::Lost { .. }), "{error}");
    }
    assert!(matches!(hold.lost().await, LedgerError::Lost { .. }));
    other.hold().check().await.unwrap();
}
