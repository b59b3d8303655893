//! How many requests a restore takes, and what the app may take a day.

use function_core::RunState;
use serde_json::{Value, json};
use simulators::kintone::{App, Field, FieldType};

use crate::steps::backed_up;
use crate::world::World;

#[tokio::test]
async fn a_plan_that_needs_more_requests_than_a_day_has_says_both_numbers() {
    let mut world = backed_up(30).await;
    let requests = world.plan(&json!({})).await["requests"].as_u64().unwrap();
    world.set("DAILY_REQUESTS", requests.to_string());
    let plan = world.plan(&json!({})).await;
    let notes = plan["notes"].to_string();
    assert!(!notes.contains("may take a day"), "{notes}");

    let daily = requests - 1;
    world.set("DAILY_REQUESTS", daily.to_string());
    let plan = world.plan(&json!({})).await;
    let notes = plan["notes"].to_string();
    let words =
        format!("{requests} requests are more than the {daily} that the app may take a day");
    assert!(notes.contains(&words), "{notes}");
    assert_eq!(plan["dailyRequests"], daily);
    assert!(plan.get("accept").is_none(), "good to know, and no loss");
    assert_eq!(world.restored(&json!({})).await.state, RunState::Verified);
}

/// Asserts that the plan foresees about as many requests as there are then.
async fn assert_foreseen(world: &World, more: &Value) {
    let plan = world.plan(more).await;
    let report = world.accepted(more).await;
    assert_eq!(report.state, RunState::Verified, "{report:?}");
    let (foreseen, taken) = (
        plan["requests"].as_u64().unwrap(),
        report.counts["requests"],
    );
    let is_about = foreseen.abs_diff(taken) <= 5;
    assert!(is_about, "{foreseen} foreseen, {taken} taken");
}

#[tokio::test]
async fn a_plan_foresees_about_as_many_requests_as_its_restore_takes() {
    let file = |number: u64| json!({ "name": "a.txt", "contentType": "text/plain", "content": number.to_string() });
    let form = App::new("書類").field(Field::new("file", FieldType::File));
    let documents = (1..=40).fold(form, |app, number| {
        app.record(json!({ "file": { "value": [file(number)] } }))
    });
    for app in [documents, App::all_types(), App::generated(1_100)] {
        let mut world = World::new(app);
        world.back_up().await;
        assert_foreseen(&world, &json!({})).await;
        world.target = world.source;
        assert_foreseen(&world, &json!({ "mode": "upsert" })).await;
    }
}
