//! Publication: in its order, once, also when the process dies or several are at work.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use function_core::{Event, Outcome};
use function_runtime::Function as _;
use futures_util::future::join_all;
use simulators::{Effect, When, s3};

use crate::world::{World, assert_true, done, word};

const EXPORT: &str = "export-id-stg-app-db-20261121";

/// A tick whose process is gone after so many wake-ups; `None` where it had ended before.
pub(crate) async fn killed(world: &World, wake_ups: usize) -> Option<Outcome> {
    let function = world.function().await;
    let mut work = pin!(function.handle(Event::new("e-1", world.now(), "{}")));
    let mut left = wake_ups;
    let ended = poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
        Poll::Pending if left == 0 => Poll::Ready(None),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    });
    ended.await
}

#[tokio::test]
async fn a_process_that_dies_at_any_moment_costs_nothing_but_time() {
    for wake_ups in (0..90).step_by(3) {
        let world = World::new().await;
        world.snapshot("app-db");
        killed(&world, wake_ups).await;
        world.wait(5);
        world.tick().await;
        world.wait(25);
        killed(&world, wake_ups).await;
        world.wait(5);
        let report = world.ends("verified").await;
        assert_eq!(report.run, "app-db-20261121");
        assert_eq!(world.rds.exports(), [EXPORT], "after {wake_ups} wake-ups");
        assert_true(&world.manifest("app-db"), &world.truth(EXPORT));
        let messages = world.sink.messages();
        assert!((1..=2).contains(&messages.len()), "{messages:?}");
        assert!(messages.iter().all(|message| *message == messages[0]));
        assert!(world.record().settled && world.sink.words().is_empty());
    }
}

/// What is written once an export is complete, in its order.
const WRITES: [&str; 3] = [
    "20261121.manifest.json",
    "latest.json",
    "app-db-20261121.json",
];

#[tokio::test]
async fn a_write_that_is_refused_stops_publication_where_it_is() {
    for object in WRITES {
        let world = World::new().await;
        world.complete("app-db").await;
        let writes = When::path(object).method("PUT");
        // The run record is written first to claim the run.
        let writes = if object == WRITES[2] {
            writes.from(2)
        } else {
            writes
        };
        world.s3.script(writes, s3::refusal(403, "AccessDenied"));
        let Outcome::Drop(failure) = world.send("{}").await else {
            panic!("{object} was not missed");
        };
        assert!(failure.error.contains("s3:PutObject"), "{failure:?}");
        assert!(world.sink.messages().is_empty(), "{object}");
        assert_eq!(world.latest("app-db").is_some(), object == WRITES[2]);
        world.s3.clear_script();
        world.wait(10);
        world.ends("verified").await;
        assert_eq!(world.sink.messages().len(), 1);
    }
}

#[tokio::test]
async fn a_write_whose_answer_is_lost_is_no_fault() {
    let world = World::new().await;
    world.complete("app-db").await;
    for object in WRITES {
        let first = When::path(object).method("PUT").first(1);
        world.s3.script(first, Effect::CutAfter(0));
    }
    world.send("{}").await;
    world.wait(10);
    world.ends("verified").await;
    assert_eq!(world.rds.exports(), [EXPORT]);
    assert!(world.record().settled);
}

#[tokio::test]
async fn a_message_that_was_not_sent_is_sent_by_the_next_tick() {
    let world = World::new().await;
    world.complete("app-db").await;
    world.sink.refuse(500, 5);
    world.retries().await;
    assert_eq!(word(world.record().state), "verified");
    assert!(!world.record().settled && world.sink.messages().is_empty());
    world.wait(10);
    world.ends("verified").await;
    assert_eq!(world.sink.messages().len(), 1);
    assert!(world.record().settled);
}

#[tokio::test]
async fn a_topic_that_refuses_is_named_and_hides_nothing() {
    let world = World::new().await;
    world.complete("app-db").await;
    world.sink.refuse(403, 1);
    let failure = world.fails().await;
    assert!(
        failure
            .error
            .contains("the export is verified, but the message that says so was not sent"),
        "{failure:?}"
    );
    assert!(world.latest("app-db").is_some());
    world.wait(10);
    world.ends("verified").await;
}

#[tokio::test]
async fn three_ticks_at_once_are_one_export_one_record_and_one_verdict() {
    for round in 0..6 {
        let world = World::new().await;
        world.snapshot("app-db");
        // Also where they meet at the slowest step.
        if round % 2 == 1 {
            let slow = Effect::Delay(std::time::Duration::from_millis(30));
            world.rds.script(When::action("StartExportTask"), slow);
        }
        let at_once = async || {
            let outcomes = join_all((0..3).map(|_| world.send("{}"))).await;
            for outcome in outcomes {
                assert!(!matches!(outcome, Outcome::Drop(_)), "{outcome:?}");
            }
        };
        at_once().await;
        assert_eq!(world.rds.exports(), [EXPORT]);
        world.wait(20);
        at_once().await;
        world.wait(2);
        world.ends("verified").await;
        assert_eq!(world.records().len(), 1);
        assert_eq!(world.rds.exports(), [EXPORT]);
        assert_eq!(world.sink.messages().len(), 1, "round {round}");
        assert!(world.sink.words().is_empty());
    }
}

#[tokio::test]
async fn a_loss_is_told_once_and_published_all_the_same() {
    for (rows, told) in [(960, 0), (700, 1)] {
        let world = World::new().await;
        world.night("app-db").await;
        world.until("2026-11-21T15:05:00Z");
        world.rds.edit("app-db", |source| {
            source.table_mut("app.orders").unwrap().set_generated(rows);
        });
        world.night("app-db").await;
        world.wait(10);
        world.ends("verified").await;
        assert_eq!(world.sink.words().len(), told, "{rows}");
        assert_eq!(world.latest("app-db").unwrap().run, "app-db-20261122");
        done(world.send(r#"{"source": "app-db", "force": true}"#).await);
        world.ends("verified").await;
        assert_eq!(
            world.manifest("app-db").details.shrunk.is_empty(),
            told == 0
        );
    }
}

#[tokio::test]
async fn the_loss_that_is_allowed_can_be_set() {
    let world = World::new().await.set("MAX_SHRINK_PERCENT", "100");
    world.night("app-db").await;
    world.until("2026-11-21T15:05:00Z");
    world.rds.edit("app-db", |source| {
        source.table_mut("app.orders").unwrap().set_generated(1);
    });
    world.night("app-db").await;
    assert!(world.sink.words().is_empty());
}
