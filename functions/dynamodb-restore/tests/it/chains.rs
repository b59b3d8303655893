//! A full export and the windows after it.

use function_core::{Exit, RunState};
use serde_json::{Value, json};
use simulators::Seen;

use crate::world::{World, bulky, done, dropped, order, slowly};

/// Three nights of `orders`: a full export, and two windows with changes, deletions, and items that come back.
pub(crate) async fn world() -> World {
    nights(World::new().await).await
}

/// The same in a world where nothing was yet.
pub(crate) async fn nights(world: World) -> World {
    world.add_orders(60);
    world.wait(1);
    world.link("orders").await;
    world.wait(12 * 60);
    for id in 0..20 {
        world.dynamodb.put_at("orders", world.now(), order(id, 1));
        world
            .dynamodb
            .delete_at("orders", world.now(), &order(id + 20, 0));
        world
            .dynamodb
            .put_at("orders", world.now(), order(id + 100, 1));
    }
    world.wait(12 * 60);
    world.link("orders").await;
    world.wait(12 * 60);
    for id in 0..10 {
        world
            .dynamodb
            .delete_at("orders", world.now(), &order(id, 1));
        world
            .dynamodb
            .put_at("orders", world.now(), order(id + 20, 2));
        world
            .dynamodb
            .put_at("orders", world.now(), order(id + 100, 2));
    }
    world.wait(12 * 60);
    world.link("orders").await;
    world
}

fn request() -> Value {
    json!({ "source": "orders", "table": "copy" })
}

#[tokio::test]
async fn the_newest_link_and_all_before_it_are_the_table() {
    let world = world().await;
    let report = world.verified(request()).await;
    world.assert_same("orders", "copy");
    assert_eq!(report.counts["deleted"], 20 + 10);
}

#[tokio::test]
async fn a_chain_that_is_stopped_anywhere_goes_on_in_its_order() {
    for seconds in [2, 5, 8] {
        let world = world().await;
        // Half an hour passes from one to the next.
        let mut request = request();
        request["confirm"] = json!("copy");
        let mut invocations = 1;
        while done(slowly(&world, request.clone(), seconds).await)[0].state != RunState::Verified {
            invocations += 1;
            assert!(invocations < 300);
        }
        assert!(seconds < 5 || invocations > 1);
        world.assert_same("orders", "copy");
    }
}

#[tokio::test]
async fn windows_are_read_back_once_however_often_that_is_stopped() {
    let world = World::new().await;
    world.add_orders(0);
    let change = |from: u32| {
        for id in from..from + 400 {
            world.dynamodb.put_at("orders", world.now(), bulky(id));
        }
        world.wait(12 * 60);
    };
    change(0);
    world.link("orders").await;
    for from in [200, 500] {
        change(from);
        world.wait(12 * 60);
        world.link("orders").await;
    }
    let mut request = request();
    request["step"] = json!("open");
    world.send(request.clone()).await;
    request["step"] = json!("write");
    request["part"] = json!(0);
    world.verified(request.clone()).await;
    request["step"] = json!("close");
    request["part"] = Value::Null;
    world.s3.clear_requests();
    let mut turns = 1;
    while done(slowly(&world, request.clone(), 60).await)[0].state != RunState::Verified {
        turns += 1;
        assert!(turns < 100);
    }
    let requests = world.s3.requests();
    let of_window = |seen: &&Seen| seen.path.contains("/AWSDynamoDB/data/");
    let reads = requests.iter().filter(of_window).count();
    let objects = world.store.list("AWSDynamoDB/data/").await.unwrap();
    let files = objects.len();
    world.assert_same("orders", "copy");
    // One that the end of an invocation cut short is opened again.
    assert!(
        turns > 3 && reads <= files + turns,
        "{reads} reads of {files} files in {turns} turns"
    );
}

#[tokio::test]
async fn parts_keep_the_order_of_a_chain() {
    let world = world().await;
    let mut request = request();
    request["parts"] = json!(3);
    request["step"] = json!("open");
    world.send(request.clone()).await;
    request["step"] = json!("write");
    for part in [2, 1, 0] {
        request["part"] = json!(part);
        world.verified(request.clone()).await;
    }
    request.as_object_mut().unwrap().remove("part");
    request["step"] = json!("close");
    world.verified(request).await;
    world.assert_same("orders", "copy");
}

#[tokio::test]
async fn an_earlier_moment_takes_the_links_up_to_it() {
    let world = world().await;
    let as_of = world.now() - jiff::SignedDuration::from_hours(1);
    let mut request = request();
    request["asOf"] = json!(as_of.to_string());
    let report = world.verified(request).await;
    assert!(
        report
            .warnings
            .iter()
            .any(|words| words.contains("the last moment that it has")),
        "{report:?}"
    );
    let moment = world.now() - jiff::SignedDuration::from_hours(24);
    let mut expected = world.dynamodb.items_before("orders", moment);
    expected.sort_by_key(Value::to_string);
    let mut found = world.dynamodb.items("copy");
    found.sort_by_key(Value::to_string);
    assert_eq!(found.len(), expected.len());
    let canonical = |items: &[Value]| {
        items
            .iter()
            .map(simulators::dynamodb::canonical)
            .collect::<Vec<_>>()
    };
    assert!(canonical(&found) == canonical(&expected));
}

#[tokio::test]
async fn exports_are_a_chain_by_their_own_manifests_too() {
    let world = world().await;
    let objects = world.store.list("AWSDynamoDB/").await.unwrap();
    let mut manifests: Vec<String> = objects
        .into_iter()
        .filter(|object| object.key.ends_with("manifest-summary.json"))
        .map(|object| format!("s3://backups/{}", object.key))
        .collect();
    manifests.reverse();
    let gap = json!({ "manifest": [manifests[0], manifests[2]], "table": "copy" });
    let failure = dropped(world.send(gap).await);
    assert!(
        failure.error.contains("a window is missing"),
        "{}",
        failure.error
    );
    let last = json!({ "manifest": manifests[0], "table": "copy" });
    let failure = dropped(world.send(last).await);
    assert!(
        failure.error.contains("no full export as of"),
        "{}",
        failure.error
    );
    world
        .verified(json!({ "manifest": manifests, "table": "copy" }))
        .await;
    world.assert_same("orders", "copy");
}

#[tokio::test]
async fn a_chain_over_existing_items_replaces_deletes_and_is_compared() {
    let world = world().await;
    world.dynamodb.put_at("copy", world.now(), order(25, 9));
    world.dynamodb.put_at("copy", world.now(), order(35, 9));
    world.dynamodb.put_at("copy", world.now(), order(500, 9));
    let mut request = request();
    request["confirm"] = json!("copy");
    for mode in ["skip-existing", "only-newer"] {
        request["mode"] = json!(mode);
        if mode == "only-newer" {
            request["newerBy"] = json!("version");
        }
        let failure = dropped(world.send(request.clone()).await);
        assert_eq!(failure.exit, Exit::Refused);
        assert!(
            failure.error.contains("changes and deletes items in order"),
            "{}",
            failure.error
        );
    }
    request.as_object_mut().unwrap().remove("newerBy");
    request["mode"] = json!("overwrite");
    world.verified(request.clone()).await;
    assert_eq!(world.items("copy").len(), world.items("orders").len() + 1);
    request["deleteExtras"] = json!(true);
    world.verified(request).await;
    world.assert_same("orders", "copy");
}
