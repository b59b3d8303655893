//! Records that change while they are read.

use function_core::{Exit, Outcome, RunState};
use serde_json::json;
use simulators::When;
use simulators::kintone::App;

use crate::world::{World, person};

fn renamed(name: &str) -> serde_json::Value {
    json!({ "name_kanji": { "value": name } })
}

#[tokio::test]
async fn a_record_that_changed_after_its_page_is_read_again() {
    let world = World::new(App::generated(1_200)).set("WINDOWS", "1");
    let app = world.app;
    // The form takes no records.json; the bounds are the first, the pages follow.
    world
        .kintone
        .before(When::path("records.json").nth(3), move |domain| {
            domain.update(app, 7, &renamed("改名"));
            domain.delete(app, &[8]);
            domain.insert(app, [&person("後から")]);
        });
    let report = world.verified().await;
    assert_eq!(
        (report.counts["records"], report.counts["rereads"]),
        (1_199, 1)
    );
    let expected: Vec<_> = world
        .records()
        .into_iter()
        .filter(|record| record["$id"]["value"] != "1201")
        .collect();
    world.assert_latest_is(&expected).await;
}

#[tokio::test]
async fn without_lossless_lines_all_is_read_again() {
    let world = World::new(App::generated(600))
        .set("WINDOWS", "1")
        .set("NDJSON_LEVEL", "off");
    let app = world.app;
    world
        .kintone
        .before(When::path("records.json").nth(3), move |domain| {
            domain.update(app, 7, &renamed("改名"));
        });
    world.verified().await;
    assert!(world.csv().await.contains("改名"));
}

#[tokio::test]
async fn an_order_is_kept_when_records_are_read_again() {
    let world = World::new(App::generated(600)).set("ORDER_BY", "$id desc");
    let app = world.app;
    world
        .kintone
        .before(When::path("cursor.json").nth(3), move |domain| {
            domain.update(app, 600, &renamed("改名"));
        });
    let report = world.verified().await;
    assert_eq!(report.counts["rereads"], 1);
    let lines = world.lines().await;
    assert_eq!(lines[0]["$id"]["value"], "600");
    assert_eq!(lines[0]["name_kanji"]["value"], "改名");
}

#[tokio::test]
async fn an_app_that_never_rests_is_incomplete_and_not_published() {
    let world = World::new(App::article());
    let app = world.app;
    world
        .kintone
        .before(When::path("records.json"), move |domain| {
            domain.update(app, 1, &renamed("まただ"));
        });
    let Outcome::Drop(failure) = world.night().await else {
        panic!()
    };
    assert_eq!(failure.exit, Exit::Incomplete);
    assert!(
        failure.error.contains("changed while it was read, 3 times"),
        "{}",
        failure.error
    );
    assert!(world.latest().await.is_none());
    assert_eq!(world.run_records().await[0].state, RunState::Incomplete);
    assert_eq!(world.told.messages().len(), 1);
}

#[tokio::test]
async fn a_form_that_was_changed_meanwhile_is_read_anew() {
    let world = World::new(App::article());
    let app = world.app;
    world
        .kintone
        .before(When::path("records.json").nth(2), move |domain| {
            domain.change_app(app, |app| {
                app.field(simulators::kintone::Field::new(
                    "email",
                    simulators::kintone::FieldType::Link,
                ))
            });
        });
    let event = world.event("m-1", "");
    let outcome = world.deliver(event.clone()).await;
    assert!(
        matches!(&outcome, Outcome::Retry(failure) if failure.error.contains("form")),
        "{outcome:?}"
    );
    assert!(world.latest().await.is_none());
    assert!(matches!(world.deliver(event).await, Outcome::Done(_)));
    assert!(world.csv().await.lines().next().unwrap().contains("email"));
}
