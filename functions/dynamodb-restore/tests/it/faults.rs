//! Trouble on the way: throttles, refusals, expired credentials, deadlines, items that can't be written.

use function_core::{Exit, Outcome, RunState};
use serde_json::{Value, json};
use simulators::When;
use simulators::dynamodb::{Trouble, expired, refuse};

use crate::world::{World, done, dropped, order, slowly};

fn request() -> Value {
    json!({ "source": "orders", "table": "copy" })
}

#[tokio::test]
async fn unprocessed_items_are_written_all_the_same() {
    // A share of all that comes, however slow: what the rate falls to is a part of its bound.
    let world = World::with_orders(600).await.set("MAX_WRU", "100000");
    world.dynamodb.trouble(
        "copy",
        Trouble::Unprocessed {
            percent: 30,
            seed: 7,
        },
    );
    world.dynamodb.trouble(
        "copy",
        Trouble::Unread {
            percent: 30,
            seed: 8,
        },
    );
    let report = world.verified(request()).await;
    assert!(report.counts["unprocessed"] > 100, "{report:?}");
    world.assert_same("orders", "copy");
}

#[tokio::test]
async fn a_storm_of_throttles_passes() {
    let world = World::with_orders(100).await;
    let busy = refuse("ThrottlingException", "Rate exceeded");
    world
        .dynamodb
        .script(When::action("BatchWriteItem").first(6), busy.clone());
    world.dynamodb.script(When::action("Scan").first(3), busy);
    world.verified(request()).await;
    world.assert_same("orders", "copy");
}

#[tokio::test]
async fn credentials_that_expire_midway_cost_nothing_that_is_written() {
    let world = World::with_orders(2000).await;
    world
        .dynamodb
        .script(When::action("BatchWriteItem").from(20), expired());
    let failure = dropped(world.send(request()).await);
    assert!(
        failure.error.contains("renew the credentials"),
        "{}",
        failure.error
    );
    let written = world.dynamodb.tally().put;
    assert!(written > 0 && written < 2000, "{written}");
    world.dynamodb.clear_script();
    world.verified(request()).await;
    world.assert_same("orders", "copy");
    let twice = world.dynamodb.tally().put - 2000;
    assert!(twice < written, "{twice} of {written} were written twice");
}

#[tokio::test]
async fn a_service_that_is_away_is_a_passing_fault() {
    let world = World::with_orders(50).await;
    world.s3.script(
        When::path(".json.gz").method("GET").from(9),
        simulators::Effect::text(503, "busy"),
    );
    // Reading is tried for half a minute; the run record stays for whoever comes next.
    let outcome = world.send(request()).await;
    assert!(matches!(outcome, Outcome::Retry(_)), "{outcome:?}");
    world.s3.clear_script();
    world.verified(request()).await;
    assert!(world.sink.words().is_empty());
}

#[tokio::test]
async fn near_the_deadline_it_stops_and_goes_on() {
    let world = World::with_bulky_orders(900).await;
    let (mut invocations, mut before) = (0, String::new());
    loop {
        let report = done(slowly(&world, request(), 1).await).remove(0);
        invocations += 1;
        if report.state == RunState::Verified {
            break;
        }
        assert_eq!(report.state, RunState::Running);
        let progress = report.progress.unwrap();
        assert_ne!(progress, before);
        before = progress;
        assert!(invocations < 100);
    }
    assert!(invocations > 2, "{invocations}");
    world.assert_same("orders", "copy");
    assert_eq!(world.dynamodb.tally().put, 900);
}

#[tokio::test]
async fn a_restore_that_never_ends_is_given_up() {
    let world = World::with_bulky_orders(900)
        .await
        .set("MAX_INVOCATIONS", "2");
    for _ in 0..2 {
        assert_eq!(
            done(slowly(&world, request(), 60).await)[0].state,
            RunState::Running
        );
    }
    let failure = dropped(slowly(&world, request(), 60).await);
    assert!(
        failure.error.contains("raise MAX_INVOCATIONS"),
        "{}",
        failure.error
    );
    let world = world.set("MAX_INVOCATIONS", "200");
    world.verified(request()).await;
}

#[tokio::test]
async fn what_can_never_be_written_is_poison_with_its_reason() {
    let world = World::new().await;
    world.add_orders(30);
    let mut heavy = order(500, 0);
    heavy["note"] = json!({ "S": "x".repeat(410 * 1024) });
    world.dynamodb.put_at("orders", world.now(), heavy);
    world.wait(1);
    world.night("orders").await;
    let failure = dropped(world.send(request()).await);
    assert_eq!(failure.exit, Exit::Incomplete);
    assert!(
        failure.error.contains("1 items can't be written"),
        "{}",
        failure.error
    );
    assert_eq!(world.items("copy").len(), 30);
    let poison = world.kept(".ndjson").await;
    assert_eq!(poison.len(), 1);
    let poison: Value = serde_json::from_str(world.read(&poison[0]).await.trim()).unwrap();
    assert!(
        poison["file"].as_str().unwrap().ends_with(".json.gz"),
        "{poison}"
    );
    assert!(poison["line"].as_u64().unwrap() >= 1);
    assert!(
        poison["key"].as_str().unwrap().contains("00166"),
        "{poison}"
    );
    assert!(
        poison["reason"].as_str().unwrap().contains("409600"),
        "{poison}"
    );
    // It can be repaired, and put by hand.
    assert_eq!(poison["item"]["version"], json!({ "N": "0" }));
    assert!(failure.error.contains("put-item"), "{}", failure.error);
    assert_eq!(world.sink.words().len(), 1);
    // It stays incomplete, and nobody is told again.
    let report = done(world.send(request()).await).remove(0);
    assert_eq!(report.state, RunState::Incomplete);
    assert_eq!(world.sink.words().len(), 1);
}

#[tokio::test]
async fn a_table_that_takes_nothing_stops_the_restore_early() {
    let world = World::with_orders(3000).await;
    world.dynamodb.script(
        When::action("BatchWriteItem"),
        refuse("ValidationException", "One or more values are secret"),
    );
    let failure = dropped(world.send(request()).await);
    assert_eq!(failure.exit, Exit::Failed);
    assert!(
        failure.error.contains("because of ValidationException"),
        "{}",
        failure.error
    );
    assert!(!failure.error.contains("secret"), "{}", failure.error);
    assert!(!world.kept(".ndjson").await.is_empty());
}
