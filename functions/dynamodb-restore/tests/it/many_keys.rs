//! More keys than memory holds at once, and more items than a sample compares.

use function_core::{Exit, RunState};
use serde_json::{Value, json};

use crate::world::{World, done, dropped, order, slowly};

fn request() -> Value {
    json!({ "source": "orders", "table": "copy" })
}

/// The number of one kind in what reading back found.
async fn reported(world: &World, what: &str) -> Value {
    let kept = world.kept("verification.json").await;
    let report = world.read(kept.last().unwrap()).await;
    serde_json::from_str::<Value>(&report).unwrap()[what].clone()
}

/// Opens the restore and writes all of it; it is not read back.
async fn write(world: &World, request: &Value) {
    let mut request = request.clone();
    request["step"] = json!("open");
    done(world.send(request.clone()).await);
    request["step"] = json!("write");
    request["part"] = json!(0);
    done(world.send(request).await);
}

#[tokio::test]
async fn a_chain_is_read_back_in_passes_over_shares_of_its_keys() {
    for keys in [1, 7, 50] {
        let world = crate::chains::world().await.holding_keys(keys);
        let report = world.verified(request()).await;
        assert_eq!(
            report.counts["readBack"],
            world.items("orders").len() as u64
        );
        world.assert_same("orders", "copy");
    }
}

#[tokio::test]
async fn passes_that_are_stopped_go_on_where_they_stopped() {
    let world = crate::chains::world().await.holding_keys(9);
    let mut request = request();
    // Half an hour passes from one invocation to the next.
    request["confirm"] = json!("copy");
    let mut turns = 1;
    while done(slowly(&world, request.clone(), 8).await)[0].state != RunState::Verified {
        turns += 1;
        assert!(turns < 300);
    }
    assert!(turns > 3, "{turns} turns");
    world.assert_same("orders", "copy");
}

#[tokio::test]
async fn each_pass_finds_what_differs_among_its_keys() {
    for id in [5, 24, 52, 104] {
        let world = crate::chains::world().await.holding_keys(9);
        let mut request = request();
        write(&world, &request).await;
        let there = world.items("copy").len();
        world.dynamodb.put_at("copy", world.now(), order(id, 99));
        let is_more = world.items("copy").len() > there;
        request["step"] = json!("close");
        let failure = dropped(world.send(request).await);
        assert_eq!(failure.exit, Exit::Incomplete, "{id}");
        let kind = if is_more { "extra" } else { "different" };
        assert_eq!(reported(&world, kind).await, json!(1), "{id}");
    }
}

#[tokio::test]
async fn extras_are_deleted_in_passes_however_often_that_is_stopped() {
    let world = World::with_orders(60).await.holding_keys(11);
    for id in 40..140 {
        world.dynamodb.put_at("copy", world.now(), order(id, 3));
    }
    let mut request = request();
    request["mode"] = json!("overwrite");
    request["confirm"] = json!("copy");
    request["deleteExtras"] = json!(true);
    let plan = done(world.send(dry(&request)).await)
        .remove(0)
        .plan
        .unwrap();
    assert!(plan["steps"].to_string().contains("read 6 times"), "{plan}");
    let mut turns = 1;
    let report = loop {
        let report = done(slowly(&world, request.clone(), 4).await).remove(0);
        if report.state == RunState::Verified {
            break report;
        }
        turns += 1;
        assert!(turns < 100);
    };
    assert!(turns > 1);
    assert_eq!(report.counts["extrasDeleted"], 80);
    world.assert_same("orders", "copy");
}

fn dry(request: &Value) -> Value {
    let mut dry = request.clone();
    dry["dryRun"] = json!(true);
    dry
}

/// Writes 2,500 items, of which a sample compares about every second.
async fn written() -> (World, Value) {
    let world = World::with_orders(2500).await;
    let mut request = request();
    request["verify"] = json!("sample");
    write(&world, &request).await;
    request["step"] = json!("close");
    (world, request)
}

#[tokio::test]
async fn a_sample_compares_some_of_many_items() {
    let (world, close) = written().await;
    world.verified(close).await;
    let compared = reported(&world, "compared").await.as_u64().unwrap();
    assert!((1000..1500).contains(&compared), "{compared}");
}

#[tokio::test]
async fn a_sample_finds_what_differs_in_many_items() {
    let (world, close) = written().await;
    for id in 0..2500 {
        world.dynamodb.put_at("copy", world.now(), order(id, 1));
    }
    let failure = dropped(world.send(close).await);
    assert_eq!(failure.exit, Exit::Incomplete);
    let different = reported(&world, "different").await.as_u64().unwrap();
    assert!((1000..1500).contains(&different), "{different}");
}

#[tokio::test]
async fn whoever_asks_is_told_how_long_it_still_takes() {
    let world = World::with_bulky_orders(300).await;
    let mut told = Vec::new();
    loop {
        let report = done(slowly(&world, request(), 1).await).remove(0);
        if report.state == RunState::Verified {
            break;
        }
        told.extend(report.progress);
    }
    let is_told =
        |words: &String| words.contains("of 300 items written, about ") && words.ends_with(" left");
    assert!(told.iter().any(is_told), "{told:?}");
}
