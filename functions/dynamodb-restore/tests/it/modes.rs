//! What becomes of items that are there already.

use function_core::Exit;
use serde_json::{Value, json};

use crate::world::{World, dropped, order};

/// `orders` with 30 items of version 5 and its export; `copy` with 20 of other versions, of which ten are in `orders`.
async fn world() -> World {
    let world = World::new().await;
    world.add_orders(0);
    for id in 0..30 {
        world.dynamodb.put_at("orders", world.now(), order(id, 5));
    }
    world.wait(1);
    world.night("orders").await;
    for id in 20..40 {
        world.dynamodb.put_at(
            "copy",
            world.now(),
            order(id, if id % 2 == 0 { 3 } else { 8 }),
        );
    }
    world
}

fn request(mode: &str) -> Value {
    json!({ "source": "orders", "table": "copy", "mode": mode, "confirm": "copy" })
}

/// The version of the item of this id, if it is there.
fn version(world: &World, id: u32) -> Option<String> {
    let wanted = order(id, 0);
    let items = world.items("copy");
    let found = items
        .iter()
        .find(|item| item["id"] == wanted["id"] && item["line"] == wanted["line"]);
    found.map(|item| item["version"]["N"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_table_with_items_is_left_alone_unless_its_name_is_repeated() {
    let world = world().await;
    let before = world.items("copy");
    for (request, words) in [
        (
            json!({ "source": "orders", "table": "copy" }),
            "the mode is empty-only",
        ),
        (
            json!({ "source": "orders", "table": "copy", "mode": "overwrite" }),
            "send \"confirm\": \"copy\"",
        ),
        (
            json!({ "source": "orders", "table": "copy", "mode": "overwrite", "confirm": "orders" }),
            "`confirm` is `orders`",
        ),
    ] {
        let failure = dropped(world.send(request).await);
        assert_eq!(failure.exit, Exit::Refused);
        assert!(failure.error.contains(words), "{}", failure.error);
    }
    assert!(before == world.items("copy"));
    assert!(world.kept(".json").await.is_empty());
}

#[tokio::test]
async fn overwrite_replaces_and_leaves_others() {
    let world = world().await;
    world.verified(request("overwrite")).await;
    assert_eq!(world.items("copy").len(), 40);
    assert_eq!(version(&world, 21).as_deref(), Some("5"));
    assert_eq!(version(&world, 33).as_deref(), Some("8"));
}

#[tokio::test]
async fn skip_existing_leaves_what_is_there() {
    let world = world().await;
    let report = world.verified(request("skip-existing")).await;
    assert_eq!(report.counts["leftAlone"], 10);
    assert_eq!(world.items("copy").len(), 40);
    for (id, expected) in [(0, "5"), (20, "3"), (21, "8")] {
        assert_eq!(version(&world, id).as_deref(), Some(expected));
    }
}

#[tokio::test]
async fn only_newer_replaces_what_is_older_by_its_attribute() {
    let world = world().await;
    let mut request = request("only-newer");
    request["newerBy"] = json!("version");
    let report = world.verified(request).await;
    assert_eq!(report.counts["leftAlone"], 5);
    for (id, expected) in [(0, "5"), (20, "5"), (21, "8"), (30, "3")] {
        assert_eq!(version(&world, id).as_deref(), Some(expected), "{id}");
    }
}

#[tokio::test]
async fn extras_are_deleted_when_that_is_asked_for() {
    let world = world().await;
    let mut request = request("overwrite");
    request["deleteExtras"] = json!(true);
    let report = world.verified(request).await;
    assert_eq!(report.counts["extrasDeleted"], 10);
    world.assert_same("orders", "copy");
}

#[tokio::test]
async fn nothing_is_deleted_when_the_backup_is_damaged() {
    let world = world().await;
    crate::tampering::damage_a_data_file(&world).await;
    let mut request = request("overwrite");
    request["deleteExtras"] = json!(true);
    dropped(world.send(request).await);
    assert_eq!(world.dynamodb.tally().deleted, 0);
}

#[tokio::test]
async fn every_way_of_reading_back_finds_what_is_missing() {
    for verify in ["count", "sample", "full"] {
        let world = World::with_orders(60).await;
        let mut request = json!({ "source": "orders", "table": "copy", "verify": verify, "step": "open", "parts": 1 });
        world.send(request.clone()).await;
        request["step"] = json!("write");
        request["part"] = json!(0);
        world.verified(request.clone()).await;
        world.dynamodb.delete_at("copy", world.now(), &order(7, 0));
        request.as_object_mut().unwrap().remove("part");
        request["step"] = json!("close");
        let failure = dropped(world.send(request).await);
        assert_eq!(failure.exit, Exit::Incomplete);
        assert!(
            failure
                .error
                .contains("the table holds 59 items, the backup 60"),
            "{}",
            failure.error
        );
        // Keys are in the report, not in the words.
        assert!(!failure.error.contains("00002"), "{}", failure.error);
        let report = world.kept("verification.json").await;
        let report: Value = serde_json::from_str(&world.read(&report[0]).await).unwrap();
        if verify != "count" {
            assert_eq!(report["missing"], json!(1), "{report}");
            assert!(
                report["differences"][0]["key"]
                    .as_str()
                    .unwrap()
                    .contains("00002"),
                "{report}"
            );
        }
    }
}
