//! What is exported comes back.

use function_core::RunState;
use serde_json::json;

use crate::world::{World, done};

#[tokio::test]
async fn the_newest_verified_backup_comes_back_and_is_read_back() {
    let world = World::with_orders(500).await;
    let report = world
        .verified(json!({ "source": "orders", "table": "copy" }))
        .await;
    world.assert_same("orders", "copy");
    assert_eq!(
        (report.counts["items"], report.counts["readBack"]),
        (500, 500)
    );
    assert!(report.manifest.unwrap().ends_with("/manifest-summary.json"));
    assert_eq!(world.kept(".verification.json").await.len(), 1);
}

#[tokio::test]
async fn a_restore_that_is_verified_is_not_done_again() {
    let world = World::with_orders(30).await;
    let request = json!({ "source": "orders", "table": "copy" });
    world.verified(request.clone()).await;
    let puts = world.dynamodb.tally().put;
    let report = world.verified(request).await;
    assert_eq!(world.dynamodb.tally().put, puts);
    assert!(
        report
            .warnings
            .iter()
            .any(|words| words.contains("nothing was written now")),
        "{report:?}"
    );
}

#[tokio::test]
async fn a_dry_run_tells_the_plan_and_touches_nothing() {
    let world = World::with_orders(100).await;
    let request = json!({ "source": "orders", "table": "copy", "dryRun": true });
    let report = done(world.send(request).await).remove(0);
    assert_eq!(report.state, RunState::Planned);
    let plan = report.plan.unwrap();
    assert_eq!(
        (&plan["items"], &plan["estimatedWriteUnits"]),
        (&json!(100), &json!(100)),
        "{plan}"
    );
    assert_eq!(plan["blockers"], json!(null));
    assert!(world.items("copy").is_empty() && world.kept(".json").await.is_empty());
}
