//! Requests that contradict themselves, or lack something.

use function_core::Exit;
use serde_json::json;

use crate::world::{World, dropped};

#[tokio::test]
async fn what_is_wrong_with_a_request_is_told_with_its_repair() {
    let world = World::new().await;
    for (request, words) in [
        (json!({}), "no table is named to restore into"),
        (json!({ "table": "copy" }), "no backup is named"),
        (json!({ "source": "orders" }), "no table is named"),
        (
            json!({ "table": "copy", "origin": "orders" }),
            "unknown field `origin`",
        ),
        (
            json!({ "table": "copy", "source": "orders", "mode": "replace" }),
            "unknown variant `replace`",
        ),
        (
            json!({ "table": "copy", "source": "orders", "mode": "only-newer" }),
            "needs `newerBy`",
        ),
        (
            json!({ "table": "copy", "source": "orders", "newerBy": "a" }),
            "`newerBy` belongs to",
        ),
        (
            json!({ "table": "copy", "source": "orders", "deleteExtras": true }),
            "`deleteExtras` belongs to",
        ),
        (
            json!({ "table": "copy", "source": "orders", "parts": 2 }),
            "without `step`",
        ),
        (
            json!({ "table": "copy", "source": "orders", "step": "write" }),
            "needs `part`",
        ),
        (
            json!({ "table": "copy", "source": "orders", "step": "write", "parts": 2, "part": 2 }),
            "it is 0 to 1",
        ),
        (
            json!({ "table": "copy", "source": "orders", "step": "open", "parts": 1001 }),
            "must be 1 to 1000",
        ),
        (
            json!({ "table": "copy", "source": "orders", "step": "open", "import": true }),
            "leave `step`",
        ),
        (
            json!({ "table": "copy", "manifest": "a", "date": "2026-11-21" }),
            "`date` belongs to `source`",
        ),
        (
            json!({ "drill": true, "table": "copy" }),
            "a drill makes its own table",
        ),
    ] {
        let failure = dropped(world.send(request).await);
        assert_eq!(failure.exit, Exit::Usage, "{}", failure.error);
        assert!(failure.error.contains(words), "{}", failure.error);
    }
}

#[tokio::test]
async fn a_backup_that_is_not_there_is_told() {
    let world = World::new().await;
    world.add_orders(0);
    for (request, words) in [
        (
            json!({ "source": "orders", "table": "copy" }),
            "this table has no verified backup",
        ),
        (
            json!({ "manifest": "s3://backups/nothing", "table": "copy" }),
            "it is no manifest, and holds no",
        ),
        (
            json!({ "manifest": "/nowhere/merged.json", "table": "copy" }),
            "it does not exist",
        ),
    ] {
        let failure = dropped(world.send(request).await);
        assert_eq!(failure.exit, Exit::Failed);
        assert!(failure.error.contains(words), "{}", failure.error);
    }
}

#[tokio::test]
async fn a_table_that_is_not_there_is_told() {
    let world = World::with_orders(3).await;
    let failure = dropped(
        world
            .send(json!({ "source": "orders", "table": "nowhere" }))
            .await,
    );
    assert_eq!(failure.exit, Exit::Refused);
    assert!(
        failure.error.contains("there is no table nowhere"),
        "{}",
        failure.error
    );
}
