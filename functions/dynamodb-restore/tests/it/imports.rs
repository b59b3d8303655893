//! New tables by DynamoDB's own import.

use std::time::Duration;

use function_core::{Exit, RunState};
use serde_json::json;
use simulators::When;
use simulators::dynamodb::{ImportFault, Table, refuse};

use crate::world::{World, done, dropped};

fn request() -> serde_json::Value {
    json!({ "source": "orders", "table": "new", "import": true })
}

#[tokio::test]
async fn an_import_is_followed_and_read_back() {
    let world = World::with_orders(120).await;
    let report = world.verified(request()).await;
    assert_eq!(report.counts["readBack"], 120);
    assert_eq!(world.dynamodb.tally().put, 0);
    world.assert_same("orders", "new");
    world.verified(request()).await;
}

#[tokio::test]
async fn an_import_that_says_completed_and_lacks_items_is_incomplete() {
    let world = World::with_orders(120).await;
    world.dynamodb.spoil_import("new", ImportFault::Missing(3));
    let failure = dropped(world.send(request()).await);
    assert_eq!(failure.exit, Exit::Incomplete);
    assert!(
        failure
            .error
            .contains("the table holds 117 items, the backup 120"),
        "{}",
        failure.error
    );
}

#[tokio::test]
async fn an_import_that_fails_is_told() {
    let world = World::with_orders(12).await;
    let fault = ImportFault::Failed {
        code: "ItemValidationError".to_owned(),
        message: "some items".to_owned(),
    };
    world.dynamodb.spoil_import("new", fault);
    let failure = dropped(world.send(request()).await);
    assert!(
        failure.error.contains("ItemValidationError"),
        "{}",
        failure.error
    );
}

#[tokio::test]
async fn an_import_needs_a_new_table_and_one_full_export() {
    let world = World::with_orders(12).await;
    let mut request = request();
    request["table"] = json!("copy");
    let failure = dropped(world.send(request.clone()).await);
    assert!(
        failure.error.contains("table copy exists"),
        "{}",
        failure.error
    );
}

#[tokio::test]
async fn a_table_that_is_gone_is_imported_with_the_keys_that_its_manifest_tells() {
    let world = World::with_orders(12).await;
    let before = world.items("orders");
    world.dynamodb.delete_table("orders");
    let mut sent = request();
    sent["keys"] = json!({ "partition": { "name": "id", "type": "S" } });
    let failure = dropped(world.send(sent).await);
    let words = "`keys` tells id (S), the backup's manifest id (S), line (N)";
    assert!(failure.error.contains(words), "{}", failure.error);
    world.verified(request()).await;
    assert!(world.items("new") == before);
}

#[tokio::test]
async fn where_no_manifest_tells_the_keys_of_a_table_that_is_gone_they_can_be_sent() {
    let world = World::with_orders(12).await;
    let before = world.items("orders");
    world.dynamodb.delete_table("orders");
    // Another table of that name tells nothing of the one that was exported.
    world
        .dynamodb
        .add_table(Table::new("orders", &[("other", "B")]));
    let mut request = json!({ "manifest": world.summary(), "table": "new", "import": true });
    for (keys, words) in [
        (
            json!(null),
            r#"send them, such as "keys": {"partition": {"name""#,
        ),
        (
            json!({ "partition": { "name": "id", "type": "N" } }),
            "the keys id (N) do not fit the backup's items: the key attribute id is of type S",
        ),
        (
            json!({ "partition": { "name": "id", "type": "S" } }),
            "have the same key id (S) as another",
        ),
    ] {
        request["keys"] = keys;
        let failure = dropped(world.send(request.clone()).await);
        assert!(failure.error.contains(words), "{}", failure.error);
    }
    request["keys"] = json!({
        "partition": { "name": "id", "type": "S" },
        "sort": { "name": "line", "type": "N" },
    });
    world.verified(request).await;
    assert!(world.items("new") == before);
}

#[tokio::test]
async fn an_import_only_describes_the_exported_table_and_plans_nothing_where_it_may_not() {
    let world = World::with_orders(12).await;
    let denied = refuse("AccessDeniedException", "not authorized");
    let exported = |action| When::action(action).containing(r#""TableName":"orders""#);
    world
        .dynamodb
        .script(exported("DescribeTimeToLive"), denied.clone());
    let mut of_summary = json!({ "manifest": world.summary(), "table": "new", "import": true });
    world.verified(of_summary.clone()).await;
    world.dynamodb.script(exported("DescribeTable"), denied);
    // dynamodb-export tells the keys.
    let mut other = request();
    other["table"] = json!("another");
    world.verified(other).await;
    of_summary["table"] = json!("other");
    let other = of_summary;
    let failure = dropped(world.send(other).await);
    assert!(
        failure.error.contains("AccessDeniedException"),
        "{}",
        failure.error
    );
    // Nothing is claimed by a plan that could not be made.
    let records = world.kept(".json").await;
    assert!(
        records.iter().all(|key| !key.contains("/other")),
        "{records:?}"
    );
}

#[tokio::test]
async fn a_forced_import_goes_on_when_the_same_execution_asks_again() {
    let world = World::with_orders(12).await;
    world.verified(request()).await;
    world.dynamodb.delete_table("new");
    let takes = ImportFault::Takes(Duration::from_mins(20));
    world.dynamodb.spoil_import("new", takes);
    let mut forced = request();
    forced["force"] = json!(true);
    forced["execution"] = json!("one");
    let report = done(crate::world::slowly(&world, forced.clone(), 100).await).remove(0);
    assert_eq!(report.state, RunState::Running);
    world.wait(30);
    world.verified(forced.clone()).await;
    forced["execution"] = json!("two");
    let failure = dropped(world.send(forced).await);
    assert!(
        failure.error.contains("table new exists"),
        "{}",
        failure.error
    );
}

#[tokio::test]
async fn a_long_import_is_asked_for_again() {
    let world = World::with_orders(12).await;
    world
        .dynamodb
        .spoil_import("new", ImportFault::Takes(Duration::from_mins(20)));
    // The clock runs so fast that the invocation ends before the import.
    let report = done(crate::world::slowly(&world, request(), 100).await).remove(0);
    assert_eq!(report.state, RunState::Running);
    assert!(report.progress.unwrap().contains("is in progress"));
    world.wait(30);
    world.verified(request()).await;
}
