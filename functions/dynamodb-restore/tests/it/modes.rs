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
async fn items_that_somebody_writes_meanwhile_are_told_where_the_mode_leaves_them_alone() {
    let world = world().await;
    let mut request = request("skip-existing");
    request["parts"] = json!(1);
    request["step"] = json!("open");
    world.send(request.clone()).await;
    request["step"] = json!("write");
    request["part"] = json!(0);
    world.verified(request.clone()).await;
    world.dynamodb.put_at("copy", world.now(), order(3, 9));
    request.as_object_mut().unwrap().remove("part");
    request["step"] = json!("close");
    let report = world.verified(request).await;
    let words = report.warnings.join("; ");
    assert!(words.contains("somebody else wrote"), "{words}");
}

#[tokio::test]
async fn what_was_counted_can_be_compared_later() {
    let world = World::with_orders(30).await;
    let by = |verify: &str| json!({ "source": "orders", "table": "copy", "verify": verify });
    let report = world.verified(by("count")).await;
    assert!(report.warnings.join("; ").contains("\"verify\": \"full\""));
    let report = world.verified(by("full")).await;
    assert_eq!(report.counts["readBack"], 30);
    assert_eq!(world.dynamodb.tally().put, 30);
    // Less than that was done already.
    let report = world.verified(by("sample")).await;
    assert!(
        report
            .warnings
            .join("; ")
            .contains("nothing was written now")
    );
}

#[tokio::test]
async fn a_difference_that_is_found_later_is_told_and_nothing_is_written() {
    let world = World::with_orders(30).await;
    let by = |verify: &str| json!({ "source": "orders", "table": "copy", "verify": verify });
    world.verified(by("count")).await;
    world.dynamodb.put_at("copy", world.now(), order(3, 9));
    let failure = dropped(world.send(by("full")).await);
    assert_eq!(failure.exit, Exit::Incomplete);
    assert!(
        failure.error.contains("1 of 30 items differ"),
        "{}",
        failure.error
    );
    assert_eq!(world.dynamodb.tally().put, 30);
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
