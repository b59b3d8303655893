//! A chain that was broken off in its windows: what they change is replaced, and what they deleted is deleted, so whoever
//! goes on says so.

use function_core::{Exit, RunState};
use serde_json::{Value, json};
use simulators::When;
use simulators::dynamodb::expired;

use crate::chains;
use crate::world::{World, done, dropped, order, slowly};

fn request() -> Value {
    json!({ "source": "orders", "table": "copy" })
}

/// A chain of which the full export is written, and a part of the first window.
async fn broken_off() -> World {
    let world = chains::world().await;
    let fifth = When::action("BatchWriteItem").from(5);
    world.dynamodb.script(fifth, expired());
    dropped(world.send(request()).await);
    world.dynamodb.clear_script();
    let tally = world.dynamodb.tally();
    let written = tally.put + tally.deleted;
    assert!(written > 60 && written < 120, "{written}");
    world
}

async fn refused(world: &World, words: &str) {
    let before = world.dynamodb.tally();
    let failure = dropped(world.send(request()).await);
    assert_eq!(failure.exit, Exit::Refused, "{}", failure.error);
    assert!(failure.error.contains(words), "{}", failure.error);
    let after = world.dynamodb.tally();
    assert_eq!((before.put, before.deleted), (after.put, after.deleted));
}

#[tokio::test]
async fn what_others_wrote_after_a_kill_is_not_replaced_by_windows_unless_that_is_confirmed() {
    let world = broken_off().await;
    world.wait(10);
    // The second window deletes the one and replaces the other.
    for id in [5, 25] {
        world.dynamodb.put_at("copy", world.now(), order(id, 99));
    }
    refused(&world, "to replace and delete what it holds").await;
    let items = world.items("copy");
    let theirs = items.iter().filter(|item| item["version"]["N"] == "99");
    assert_eq!(theirs.count(), 2);
    let mut dry = request();
    dry["dryRun"] = json!(true);
    let report = done(world.send(dry).await).remove(0);
    let blockers = report.plan.unwrap()["blockers"].to_string();
    assert!(blockers.contains("confirm"), "{blockers}");
    let mut confirmed = request();
    confirmed["confirm"] = json!("copy");
    world.verified(confirmed).await;
    world.assert_same("orders", "copy");
}

#[tokio::test]
async fn within_a_minute_a_chain_goes_on_as_if_it_had_not_stopped() {
    let world = broken_off().await;
    world.verified(request()).await;
    world.assert_same("orders", "copy");
}

#[tokio::test]
async fn a_part_of_a_chain_asks_too() {
    let mut open = request();
    open["parts"] = json!(2);
    let mut write = open.clone();
    open["step"] = json!("open");
    write["step"] = json!("write");
    write["part"] = json!(0);
    let world = chains::world().await;
    world.send(open).await;
    let fifth = When::action("BatchWriteItem").from(5);
    world.dynamodb.script(fifth, expired());
    dropped(world.send(write.clone()).await);
    world.dynamodb.clear_script();
    world.wait(10);
    let failure = dropped(world.send(write.clone()).await);
    assert_eq!(failure.exit, Exit::Refused, "{}", failure.error);
    write["confirm"] = json!("copy");
    world.verified(write).await;
    world.assert_same("orders", "copy");
}

#[tokio::test]
async fn a_count_of_items_proves_nothing_for_a_chain() {
    let world = chains::world().await;
    let damage = crate::tampering::damage_a_data_file(&world).await;
    dropped(world.send(request()).await);
    damage.heal(&world).await;
    world.wait(10);
    refused(&world, "to replace and delete what it holds").await;
}

#[tokio::test]
async fn a_drill_of_a_chain_goes_on_without_a_question() {
    let world = chains::world().await;
    let mut turns = 1;
    // Half an hour passes from one to the next.
    while done(slowly(&world, json!({ "drill": true }), 5).await)[0].state != RunState::Verified {
        turns += 1;
        assert!(turns < 300);
    }
    assert!(turns > 2, "{turns}");
}
