//! A restore that goes on over what others wrote meanwhile, and tables that only seem to fit.

use cloud_store::Put;
use function_core::{Exit, RunState};
use serde_json::{Value, json};
use simulators::When;
use simulators::dynamodb::{Table, expired};

use crate::tampering::damage_a_data_file;
use crate::world::{KEYS, World, done, dropped, order};

fn request() -> Value {
    json!({ "source": "orders", "table": "copy" })
}

fn confirmed() -> Value {
    json!({ "source": "orders", "table": "copy", "confirm": "copy" })
}

async fn refused(world: &World, request: Value, words: &str) {
    let before = world.dynamodb.tally().put;
    let failure = dropped(world.send(request).await);
    assert_eq!(failure.exit, Exit::Refused, "{}", failure.error);
    assert!(failure.error.contains(words), "{}", failure.error);
    assert_eq!(world.dynamodb.tally().put, before);
}

#[tokio::test]
async fn what_others_wrote_after_a_failure_is_not_replaced_unless_that_is_confirmed() {
    let world = World::with_orders(300).await;
    let damage = damage_a_data_file(&world).await;
    dropped(world.send(request()).await);
    for id in 0..300 {
        world.dynamodb.put_at("copy", world.now(), order(id, 99));
    }
    damage.heal(&world).await;
    refused(&world, request(), "holds more than the").await;
    // What was written before is not written again, and so found.
    let failure = dropped(world.send(confirmed()).await);
    assert_eq!(failure.exit, Exit::Incomplete);
    assert!(failure.error.contains("items differ"), "{}", failure.error);
}

/// A restore whose process ends in the midst of writing, so that not each line that was sent is noted.
async fn broken_off(world: &World) {
    let last = When::action("BatchWriteItem").from(4);
    world.dynamodb.script(last, expired());
    dropped(world.send(request()).await);
    world.dynamodb.clear_script();
    let written = world.dynamodb.tally().put;
    assert!(written > 0 && written < 300, "{written}");
}

#[tokio::test]
async fn what_others_wrote_while_nobody_was_at_work_stays_also_within_the_hour() {
    let world = World::with_orders(300).await;
    broken_off(&world).await;
    world.wait(10);
    for id in 0..300 {
        world.dynamodb.put_at("copy", world.now(), order(id, 99));
    }
    let failure = dropped(world.send(request()).await);
    assert_eq!(failure.exit, Exit::Incomplete, "{}", failure.error);
    assert!(failure.error.contains("items differ"), "{}", failure.error);
    let items = world.items("copy");
    let theirs = items.iter().filter(|item| item["version"]["N"] == "99");
    assert_eq!(theirs.count(), 300);
}

#[tokio::test]
async fn what_was_sent_and_not_noted_is_found_and_left_alone() {
    let world = World::with_orders(300).await;
    broken_off(&world).await;
    world.wait(10);
    let report = world.verified(request()).await;
    world.assert_same("orders", "copy");
    // Not one item was put twice.
    assert_eq!(world.dynamodb.tally().put, 300);
    let (put, left) = (report.counts["items"], report.counts.get("leftAlone"));
    assert_eq!(put + left.unwrap_or(&0), 300, "{report:?}");
}

#[tokio::test]
async fn a_part_leaves_what_others_wrote_alone_too() {
    let world = World::with_orders(60).await;
    let part = |part: u32| json!({ "source": "orders", "table": "copy", "step": "write", "parts": 2, "part": part });
    let open = json!({ "source": "orders", "table": "copy", "step": "open", "parts": 2 });
    world.send(open).await;
    world.verified(part(0)).await;
    world.wait(10);
    for id in 0..60 {
        world.dynamodb.put_at("copy", world.now(), order(id, 99));
    }
    let put = world.dynamodb.tally().put;
    world.verified(part(1)).await;
    assert_eq!(world.dynamodb.tally().put, put);
}

#[tokio::test]
async fn a_restore_that_stopped_long_ago_asks_before_it_goes_on() {
    let world = World::with_orders(300).await;
    let damage = damage_a_data_file(&world).await;
    dropped(world.send(request()).await);
    damage.heal(&world).await;
    world.wait(90);
    refused(&world, request(), "may have been written by others since").await;
    world.verified(confirmed()).await;
    world.assert_same("orders", "copy");
}

#[tokio::test]
async fn a_part_that_has_its_turn_long_after_the_others_asks_first() {
    let world = World::with_orders(60).await;
    let part = |part: u32| json!({ "source": "orders", "table": "copy", "step": "write", "parts": 3, "part": part });
    let open = json!({ "source": "orders", "table": "copy", "step": "open", "parts": 3 });
    world.send(open).await;
    world.wait(50);
    world.verified(part(0)).await;
    // Long after it was opened, and not long after another part.
    world.wait(50);
    world.verified(part(1)).await;
    world.wait(60 * 24 * 7);
    refused(&world, part(2), "may have been written by others since").await;
    let mut confirmed = part(2);
    confirmed["confirm"] = json!("copy");
    world.verified(confirmed).await;
}

#[tokio::test]
async fn items_that_come_between_plan_and_beginning_need_the_confirmation_too() {
    let world = World::with_orders(10).await;
    let now = world.now();
    world
        .dynamodb
        .before(When::action("Scan").nth(2), move |account| {
            account.put_at("copy", now, order(1, 9));
        });
    let mut request = request();
    request["mode"] = json!("overwrite");
    refused(&world, request, "send \"confirm\": \"copy\"").await;
}

#[tokio::test]
async fn a_dry_run_of_a_begun_restore_says_that_it_goes_on() {
    let world = World::with_orders(300).await;
    let damage = damage_a_data_file(&world).await;
    dropped(world.send(request()).await);
    let dry = json!({ "source": "orders", "table": "copy", "dryRun": true });
    let plan = done(world.send(dry.clone()).await).remove(0).plan.unwrap();
    assert_eq!(plan["blockers"], json!(null), "{plan}");
    let first = plan["steps"][0].as_str().unwrap();
    assert!(first.contains("go on with the restore"), "{plan}");
    damage.heal(&world).await;
    world.verified(request()).await;
    let report = done(world.send(dry).await).remove(0);
    let plan = report.plan.unwrap();
    assert_eq!(report.state, RunState::Planned);
    assert_eq!(plan["blockers"], json!(null), "{plan}");
    let first = plan["steps"][0].as_str().unwrap();
    assert!(first.contains("nothing was written now"), "{plan}");
}

#[tokio::test]
async fn a_target_whose_key_is_a_part_of_the_exported_tables_is_refused() {
    let world = World::with_orders(300).await;
    world.dynamodb.add_table(Table::new("short", &KEYS[..1]));
    let request = json!({ "source": "orders", "table": "short" });
    refused(
        &world,
        request.clone(),
        "the exported table id (S), line (N)",
    )
    .await;
    world.dynamodb.delete_table("orders");
    refused(&world, request, "have the same key in table short").await;
}

#[tokio::test]
async fn a_chain_tells_the_keys_by_its_changes() {
    let world = World::new().await;
    world.add_orders(0);
    world.dynamodb.add_table(Table::new("short", &KEYS[..1]));
    world.dynamodb.put_at("orders", world.now(), order(0, 0));
    world.wait(60);
    world.link("orders").await;
    world.dynamodb.put_at("orders", world.now(), order(1, 0));
    world.wait(60 * 24);
    world.link("orders").await;
    world.dynamodb.delete_table("orders");
    let request = json!({ "source": "orders", "table": "short" });
    refused(&world, request, "the keys of the backup's changes").await;
}

#[tokio::test]
async fn nothing_is_deleted_by_a_backup_that_nothing_proves_whole_or_that_is_empty() {
    let world = World::new().await;
    world.add_orders(0);
    for id in 0..10 {
        world.dynamodb.put_at("copy", world.now(), order(id, 1));
    }
    world.night("orders").await;
    let folder = tempfile::tempdir().unwrap();
    let line = json!({ "Item": order(1, 0) }).to_string();
    std::fs::write(folder.path().join("a.json"), line).unwrap();
    for (key, value, words) in [
        (
            "manifest",
            json!(folder.path()),
            "deleteExtras needs a manifest",
        ),
        ("source", json!("orders"), "the backup holds no items"),
    ] {
        let mut request = json!({ "table": "copy", "mode": "overwrite", "deleteExtras": true, "confirm": "copy" });
        request[key] = value;
        refused(&world, request, words).await;
    }
    assert_eq!(world.items("copy").len(), 10);
}

#[tokio::test]
async fn a_proof_that_was_not_noted_is_noted_by_the_next_drill() {
    let world = World::with_orders(10).await;
    world.verified(json!({ "drill": true })).await;
    let key = "runs/dynamodb-restore/drills/orders.json";
    let put = Put::new("application/json");
    world.store.put(key, b"{}".to_vec(), &put).await.unwrap();
    world.verified(json!({ "drill": true })).await;
    let note: Value = serde_json::from_str(&world.read(key).await).unwrap();
    assert_eq!(note["proven"]["run"], json!("drill-orders-20261121030000"));
}
