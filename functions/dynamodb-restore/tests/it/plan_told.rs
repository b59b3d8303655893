//! What a plan tells, whether or not it is blocked: items, bytes, units, time, cost, and what the target is.

use serde_json::{Value, json};

use crate::world::{World, bulky, done, order};

/// The plan of `request`, of which nothing is done.
async fn plan(world: &World, mut request: Value) -> Value {
    request["dryRun"] = json!(true);
    let report = done(world.send(request).await).remove(0);
    assert_eq!(world.dynamodb.tally().put, 0);
    report.plan.unwrap()
}

#[tokio::test]
async fn the_target_is_told_in_a_plan_that_nothing_forbids() {
    let world = World::with_orders(300).await.set("WRU_PRICE", "1.25");
    let plan = plan(&world, json!({ "source": "orders", "table": "copy" })).await;
    let target = json!({
        "exists": true, "empty": true, "keys": "id (S), line (N)", "keysMatch": true,
    });
    assert_eq!(plan["target"], target);
    assert_eq!(plan["items"], json!(300));
    assert_eq!(plan["estimatedWriteUnits"], json!(300));
    assert_eq!(plan["estimatedTime"], json!("1 min or less"));
    assert_eq!(plan["estimatedCostUSD"], json!(0.01));
    assert_eq!(plan["blockers"], json!(null));
}

#[tokio::test]
async fn a_table_that_holds_items_or_is_not_there_is_told_beside_what_forbids_the_restore() {
    let world = World::with_orders(10).await;
    world.dynamodb.put_at("copy", world.now(), order(1, 9));
    let full = plan(&world, json!({ "source": "orders", "table": "copy" })).await;
    assert_eq!(full["target"]["empty"], json!(false));
    assert_eq!(full["target"]["keysMatch"], json!(true));
    let none = plan(&world, json!({ "source": "orders", "table": "nowhere" })).await;
    assert_eq!(none["target"]["exists"], json!(false));
    assert_eq!(none["target"]["empty"], json!(null));
    assert_eq!(
        none["target"]["keysUnknown"],
        json!("there is no such table")
    );
}

/// The data files of the export of a world, in a folder without their manifests; unpacked where that is wanted.
async fn loose(world: &World, count: u32, is_packed: bool) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    if !is_packed {
        for file in 0..3 {
            let ids = (0..count).filter(|id| id % 3 == file);
            let lines = ids.map(|id| format!("{}\n", json!({ "Item": bulky(id) })));
            let place = folder.path().join(format!("{file}.json"));
            std::fs::write(place, lines.collect::<String>()).unwrap();
        }
        return folder;
    }
    for object in world.store.list("AWSDynamoDB/").await.unwrap() {
        let (_, name) = object.key.rsplit_once('/').unwrap();
        if name.ends_with(".json.gz") {
            let (_, content) = world.store.read(&object.key).await.unwrap().unwrap();
            std::fs::write(folder.path().join(name), content).unwrap();
        }
    }
    folder
}

#[tokio::test]
async fn files_without_a_manifest_are_estimated_by_how_their_beginnings_are_packed() {
    for (count, is_packed) in [(3000, false), (3000, true), (30, true)] {
        let world = World::with_bulky_orders(count).await;
        let world = world.set("WRU_PRICE", "1000");
        let folder = loose(&world, count, is_packed).await;
        let plan = plan(
            &world,
            json!({ "manifest": folder.path(), "table": "copy" }),
        )
        .await;
        assert_eq!(plan["items"], json!(null));
        let items = plan["estimatedItems"].as_u64().unwrap();
        assert!(
            items.abs_diff(u64::from(count)) <= u64::from(count) / 20,
            "{items} of {count}, packed {is_packed}"
        );
        // Each is less than a kilobyte.
        assert_eq!(plan["estimatedWriteUnits"], json!(items));
        assert!(plan["estimatedTime"].is_string(), "{plan}");
        assert!(plan["estimatedCostUSD"].as_f64().unwrap() > 0.0, "{plan}");
        let unknown = plan["target"]["keysUnknown"].as_str().unwrap();
        assert!(unknown.contains("the first items fit"), "{plan}");
        let step = plan["steps"][0].as_str().unwrap();
        assert!(step.contains(&format!("about {items} items")), "{plan}");
    }
}

#[tokio::test]
async fn an_import_tells_the_bytes_that_it_is_charged_by() {
    let world = World::with_orders(300).await.set("IMPORT_PRICE", "1000");
    let import = json!({ "source": "orders", "table": "new", "import": true });
    let plan = plan(&world, import).await;
    let target = json!({
        "exists": false, "empty": null, "keys": "id (S), line (N)", "keysMatch": true,
    });
    assert_eq!(plan["target"], target);
    assert_eq!(plan["estimatedWriteUnits"], json!(0));
    let line = json!({ "Item": order(100, 0) }).to_string();
    let bytes = plan["estimatedImportBytes"].as_u64().unwrap();
    assert_eq!(bytes, 300 * (line.len() as u64 + 1));
    assert!(plan["estimatedCostUSD"].as_f64().unwrap() > 0.0, "{plan}");
    let time = plan["estimatedTime"].as_str().unwrap();
    assert!(time.starts_with("unknown"), "{time}");
}
