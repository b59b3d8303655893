//! Backups that are proven in scratch tables.

use std::time::Duration;

use cloud_store::Put;
use function_core::{Exit, Outcome, RunState};
use serde_json::{Value, json};
use simulators::When;
use simulators::dynamodb::{Options, Table, refuse};

use crate::world::{KEYS, World, done, dropped, order, slowly};

const SCRATCH: &str = "orders-tasuki-drill-20261121030000";

async fn proof(world: &World) -> Value {
    let note = world.read("runs/dynamodb-restore/drills/orders.json").await;
    serde_json::from_str(&note).unwrap()
}

async fn tables(world: &World) -> Vec<String> {
    let mut found = Vec::new();
    for name in ["orders", "copy", SCRATCH] {
        let tables = dynamodb_table::Tables::open(world.env()).await;
        found.extend(tables.describe(name).await.unwrap().map(|table| table.name));
    }
    found
}

#[tokio::test]
async fn each_backup_is_proven_and_its_scratch_table_deleted() {
    let world = World::with_orders(80).await;
    let report = world.verified(json!({ "drill": true })).await;
    assert_eq!(report.run, "drill-orders-20261121030000");
    assert_eq!(report.counts["readBack"], 80);
    assert_eq!(tables(&world).await, ["orders", "copy"]);
    assert_eq!(proof(&world).await["proven"]["run"], json!(report.run));
    // Proven is proven.
    let puts = world.dynamodb.tally().put;
    world.verified(json!({ "drill": true })).await;
    assert_eq!(world.dynamodb.tally().put, puts);
    world
        .verified(json!({ "drill": true, "force": true }))
        .await;
    assert_eq!(world.dynamodb.tally().put, puts + 80);
}

#[tokio::test]
async fn a_damaged_backup_is_not_proven_and_told_once() {
    let world = World::with_orders(80).await;
    crate::tampering::damage_a_data_file(&world).await;
    let failure = dropped(world.send(json!({ "drill": true })).await);
    assert!(failure.error.contains(".json.gz"), "{}", failure.error);
    assert_eq!(tables(&world).await, ["orders", "copy"]);
    let again = world.send(json!({ "drill": true })).await;
    assert_eq!(
        (again.exit(), done(again)[0].state),
        (Exit::Failed, RunState::Failed)
    );
    assert_eq!(world.sink.words().len(), 1);
    assert_eq!(proof(&world).await["proven"], json!(null));
}

#[tokio::test]
async fn a_table_without_the_tag_is_never_deleted() {
    let world = World::with_orders(10).await;
    world
        .dynamodb
        .add_table(Table::new(SCRATCH, KEYS).item(order(1, 1)));
    let failure = dropped(world.send(json!({ "drill": true })).await);
    assert!(
        failure.error.contains("not the tag tasuki:scratch=true"),
        "{}",
        failure.error
    );
    assert_eq!(world.items(SCRATCH).len(), 1);
}

#[tokio::test]
async fn what_a_killed_drill_left_behind_is_replaced() {
    let world = World::with_orders(10).await;
    let left = Table::new(SCRATCH, KEYS)
        .item(order(999, 1))
        .tag("tasuki:scratch", "true");
    world.dynamodb.add_table(left);
    world.verified(json!({ "drill": true })).await;
    assert_eq!(tables(&world).await, ["orders", "copy"]);
}

/// A request to a DynamoDB whose time goes on.
async fn ticking(world: &World, request: Value) -> Outcome {
    let ticks = async {
        loop {
            tokio::time::sleep(Duration::from_millis(100)).await;
            world.dynamodb.advance(Duration::from_secs(1));
        }
    };
    tokio::select! {
        outcome = world.send(request) => outcome,
        () = ticks => unreachable!("time has no end"),
    }
}

#[tokio::test]
async fn a_scratch_table_that_is_made_or_deleted_is_waited_for() {
    let world = World::with(Options {
        creating: Duration::from_secs(2),
        deleting: Duration::from_secs(2),
        ..Options::default()
    })
    .await;
    world.add_orders(10);
    world.night("orders").await;
    let left = Table::new(SCRATCH, KEYS).tag("tasuki:scratch", "true");
    world.dynamodb.add_table(left);
    for request in [
        json!({ "drill": true }),
        json!({ "drill": true, "force": true }),
    ] {
        let report = done(ticking(&world, request).await).remove(0);
        assert_eq!(report.state, RunState::Verified, "{report:?}");
    }
}

#[tokio::test]
async fn a_drill_only_describes_the_table_that_was_exported() {
    let world = World::with_orders(10).await;
    for action in ["DescribeTimeToLive", "ListTagsOfResource", "Scan"] {
        let denied = refuse("AccessDeniedException", "not authorized");
        let exported = When::action(action).containing(r#""TableName":"orders""#);
        world.dynamodb.script(exported, denied);
    }
    world.verified(json!({ "drill": true })).await;
}

#[tokio::test]
async fn the_backup_of_a_table_that_is_gone_is_proven_like_any_other() {
    let world = World::with_orders(10).await;
    world.dynamodb.delete_table("orders");
    let report = world.verified(json!({ "drill": true })).await;
    assert_eq!(report.counts["readBack"], 10);
}

#[tokio::test]
async fn a_drill_of_an_older_manifest_says_how_keys_are_sent() {
    let world = World::with_orders(10).await;
    let manifest = "verified/dynamodb-export/orders/20261121.manifest.json";
    let mut older: Value = serde_json::from_str(&world.read(manifest).await).unwrap();
    without_keys(&mut older);
    let put = Put::new("application/json");
    let older = older.to_string().into_bytes();
    world.store.put(manifest, older, &put).await.unwrap();
    world.dynamodb.delete_table("orders");
    let failure = dropped(world.send(json!({ "drill": true })).await);
    let words = r#"send the drill with "source": "orders" and "keys": {"partition""#;
    assert!(failure.error.contains(words), "{}", failure.error);
    let mut request = json!({ "drill": true, "force": true, "keys": {
        "partition": { "name": "id", "type": "S" },
        "sort": { "name": "line", "type": "N" },
    } });
    let failure = dropped(world.send(request.clone()).await);
    assert!(
        failure.error.contains("name it in `source`"),
        "{}",
        failure.error
    );
    request["source"] = json!("orders");
    world.verified(request).await;
}

/// As dynamodb-export wrote it when it did not tell keys.
fn without_keys(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.remove("keys");
            object.values_mut().for_each(without_keys);
        }
        Value::Array(values) => values.iter_mut().for_each(without_keys),
        _ => {}
    }
}

#[tokio::test]
async fn an_execution_forces_a_drill_once_however_often_it_asks() {
    let world = World::with_bulky_orders(300).await;
    world.verified(json!({ "drill": true })).await;
    for (execution, puts) in [("one", 600), ("one", 600), ("two", 900)] {
        let request = json!({ "drill": true, "force": true, "execution": execution });
        let mut turns = 0;
        while done(slowly(&world, request.clone(), 1).await)[0].state == RunState::Running {
            turns += 1;
            assert!(turns < 20, "each turn begins anew");
        }
        assert_eq!(world.dynamodb.tally().put, puts, "{execution}");
    }
}

#[tokio::test]
async fn a_dry_drill_touches_nothing() {
    let world = World::with_orders(10).await;
    let report = done(world.send(json!({ "drill": true, "dryRun": true })).await).remove(0);
    assert_eq!(
        (report.state, report.counts["tables"]),
        (RunState::Planned, 1)
    );
    assert_eq!(world.dynamodb.tally().put, 0);
    assert!(world.kept(".json").await.is_empty());
}

#[tokio::test]
async fn one_tables_failure_does_not_hide_the_others() {
    let world = World::with_orders(10)
        .await
        .set("DRILL_TABLES", "gone,orders");
    let failure = dropped(world.send(json!({ "drill": true })).await);
    assert!(failure.error.contains("drill of gone"), "{}", failure.error);
    assert_eq!(
        proof(&world).await["proven"]["run"],
        json!("drill-orders-20261121030000")
    );
}
