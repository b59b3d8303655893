//! `VERIFY=full`: each byte of each data file, over as many ticks as it takes.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use function_core::{Clock, Event, RunState};
use function_runtime::Function as _;
use jiff::SignedDuration;
use serde_json::json;
use simulators::dynamodb::{Fault, Part, Table};

use crate::world::{World, done, dropped};

const DATE: &str = "2026-11-21";

/// A table with a hundred items in eight data files, and its finished export.
async fn world(fault: Option<Fault>) -> World {
    let world = World::empty()
        .await
        .set("TABLES", "orders")
        .set("EXPORT_AT", "03:00");
    let world = world.set("VERIFY", "full");
    world.wait(10);
    let table = (0..100).fold(Table::new("orders", &[("id", "S")]), |table, id| {
        table.item(json!({ "id": { "S": format!("{id:08}") } }))
    });
    world.dynamodb.add_table(table.partitions(8));
    if let Some(fault) = fault {
        world.dynamodb.spoil_next("orders", fault);
    }
    world.night().await;
    world.wait(15);
    world
}

/// A tick on a clock that moves on by so many minutes each time that somebody looks at it.
async fn slow_tick(world: &World, minutes: i64) -> function_core::Outcome {
    let looked = Arc::new(AtomicI64::new(0));
    let now = world.now();
    let clock = Clock::from_fn(move || {
        let looks = looked.fetch_add(1, Ordering::Relaxed);
        now + SignedDuration::from_mins(looks * minutes)
    });
    let event = Event::new("slow", now, r#"{"tick": true}"#);
    world.function_at(clock).await.handle(event).await
}

#[tokio::test]
async fn reading_goes_on_where_the_last_tick_stopped() {
    let world = world(None).await;
    let mut seen = vec![0];
    for _ in 0..20 {
        // Each tick has time for a file or some.
        let reports = done(slow_tick(&world, 3).await);
        world.wait(30);
        if reports[0].state == RunState::Verified {
            break;
        }
        let record = world.record("orders", DATE).await;
        let files = record.checkpoint.unwrap()["proven"]["files"]
            .as_u64()
            .unwrap();
        assert!(files > *seen.last().unwrap(), "{files} after {seen:?}");
        seen.push(files);
    }
    assert!(seen.len() > 2, "{seen:?}");
    let manifest = world.latest("orders").await.unwrap();
    assert_eq!(manifest.details.export.details["verify"], "full");
    assert_eq!(manifest.details.rows, 100);
}

#[tokio::test]
async fn a_fault_that_comes_after_several_ticks_is_found() {
    let world = world(Some(Fault::Short(7))).await;
    for _ in 0..20 {
        match slow_tick(&world, 1).await {
            function_core::Outcome::Done(reports) => {
                assert_eq!(reports[0].state, RunState::Running);
                world.wait(2);
            }
            outcome => {
                let failure = dropped(outcome);
                assert!(
                    failure.error.contains(" lines, expected "),
                    "{}",
                    failure.error
                );
                return;
            }
        }
    }
    panic!("never found");
}

#[tokio::test]
async fn without_it_a_file_that_is_not_the_one_that_was_written_is_read() {
    let world = world(Some(Fault::Altered(Part::Data(3))))
        .await
        .set("VERIFY", "manifest");
    let failure = dropped(world.tick().await);
    assert!(failure.error.contains(".json.gz"), "{}", failure.error);
    assert!(world.latest("orders").await.is_none());
}

#[tokio::test]
async fn without_it_a_copy_with_another_entity_tag_is_right() {
    let world = world(None).await.set("VERIFY", "manifest");
    let truth = world.dynamodb.truths().remove(0);
    let (_, content) = world.store.read(&truth.data[3]).await.unwrap().unwrap();
    let put = cloud_store::Put::new("application/gzip");
    world
        .store
        .put(&truth.data[3], content, &put)
        .await
        .unwrap();
    assert_eq!(done(world.tick().await)[0].state, RunState::Verified);
}
