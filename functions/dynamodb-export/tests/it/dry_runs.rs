//! A dry run tells and touches nothing.

use function_core::RunState;
use serde_json::Value;

use crate::world::{World, done};

const DRY: &str = r#"{"dryRun": true}"#;

async fn plans(world: &World) -> Vec<Value> {
    let reports = done(world.send(DRY).await);
    assert!(
        reports
            .iter()
            .all(|report| report.state == RunState::Planned)
    );
    reports
        .into_iter()
        .map(|report| report.plan.unwrap())
        .collect()
}

#[tokio::test]
async fn the_plan_tells_what_would_be_exported() {
    let world = World::due().await;
    let plans = plans(&world).await;
    assert_eq!(plans.len(), 2);
    for plan in plans {
        assert_eq!(plan["action"], "start");
        assert_eq!(plan["order"]["exportTime"], "2026-11-20T18:00:00Z");
        assert_eq!(plan["order"]["exportType"], "full");
        assert_eq!(plan["tableItems"], 6);
        assert_eq!(plan["tableGigabytes"], "0.01");
        assert!(plan["order"]["clientToken"].as_str().unwrap().len() > 20);
    }
    assert_eq!(world.store.list("").await.unwrap(), []);
    assert_eq!(world.dynamodb.truths().len(), 0);
}

#[tokio::test]
async fn the_plan_of_a_run_that_has_begun_goes_on_from_there() {
    let world = World::due().await.set("TABLES", "table1,table3");
    world.night_outcome().await;
    let before = world.store.list("").await.unwrap();
    let [going, unknown] = &plans(&world).await[..] else {
        panic!("two tables");
    };
    assert_eq!(going["action"], "wait");
    assert_eq!(
        (&unknown["action"], &unknown["state"]),
        (&"report".into(), &"failed".into())
    );
    assert!(unknown["whatToDo"].as_str().unwrap().contains("TABLES"));
    world.wait(15);
    assert_eq!(plans(&world).await[0]["action"], "verify");
    let after = world.store.list("runs/").await.unwrap();
    assert!(after.iter().all(|object| before.contains(object)));
    world.tick().await;
    assert_eq!(plans(&world).await[0]["action"], "none");
}
