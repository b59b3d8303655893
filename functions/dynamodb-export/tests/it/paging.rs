//! Lists that are longer than a page.

use function_core::RunState;
use simulators::dynamodb::{Table, refuse};
use simulators::{Answer, Effect, When};

use crate::world::{World, done, dropped, start};

/// So many exports were made of the table before ours, at times that ours is not as of.
async fn with_exports(count: i64) -> World {
    let world = World::new()
        .await
        .set("TABLES", "table1")
        .set("EXPORT_AT", "03:00");
    world.wait(6);
    for number in 0..count {
        let date = (start() - jiff::SignedDuration::from_hours(24 * (number % 30 + 1))).to_string();
        let payload = format!(r#"{{"date": "{}"}}"#, &date[..10]);
        world.send(&payload).await;
    }
    world
}

#[tokio::test]
async fn an_export_behind_thirty_others_is_found() {
    let world = with_exports(30).await;
    assert_eq!(world.dynamodb.truths().len(), 30);
    let cut = simulators::Effect::CutAfter(0);
    world
        .dynamodb
        .script(When::action("ExportTableToPointInTime"), cut);
    world.night_outcome().await;
    world.dynamodb.clear_script();
    world.dynamodb.clear_requests();
    let reports = done(world.ticks(3).await);
    assert_eq!(reports[0].state, RunState::Verified, "{reports:?}");
    assert_eq!(world.dynamodb.truths().len(), 31);
    assert_eq!(world.asked("ListExports"), 2);
}

#[tokio::test]
async fn a_list_whose_next_page_is_refused_is_begun_anew() {
    let world = with_exports(30).await;
    let cut = simulators::Effect::CutAfter(0);
    world
        .dynamodb
        .script(When::action("ExportTableToPointInTime"), cut);
    world.night_outcome().await;
    world.dynamodb.clear_script();
    world.dynamodb.clear_requests();
    let expired = "Invalid Request: Provided nextToken is invalid";
    let refused = refuse("ValidationException", expired);
    world
        .dynamodb
        .script(When::action("ListExports").nth(2), refused);
    let reports = done(world.ticks(3).await);
    assert_eq!(reports[0].state, RunState::Verified, "{reports:?}");
    assert_eq!(world.asked("ListExports"), 4);
    assert_eq!(world.dynamodb.truths().len(), 31);
}

#[tokio::test]
async fn patterns_and_tags_choose_among_all_pages_of_tables() {
    let world = World::empty().await.set("EXPORT_AT", "03:00");
    world.wait(10);
    for number in 0..150 {
        let table = Table::article(&format!("orders-{number:03}"));
        let table = (0..12).fold(table, |table, tag| table.tag(&format!("tag-{tag}"), "x"));
        let last = number == 149;
        world.dynamodb.add_table(if last {
            table.tag("backup", "nightly")
        } else {
            table
        });
    }
    let world = world.set("TABLES", "orders-14*,none-*,orders-001");
    let failure = dropped(world.night_outcome().await);
    assert!(
        failure.error.contains("TABLES has `none-*`, and no table"),
        "{}",
        failure.error
    );
    assert_eq!(world.dynamodb.truths().len(), 11);
    let world = world.set("TABLES", "").set("TABLE_TAG", "backup=nightly");
    let reports = done(world.ticks(3).await);
    assert_eq!(reports.len(), 1);
    assert_eq!(reports[0].run, "orders-149-20261121");
    assert_eq!(reports[0].state, RunState::Verified, "{reports:?}");
    // Whose tags can't be read is told, and hides nobody.
    let refused = Answer::new(
        400,
        "application/x-amz-json-1.0",
        r#"{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"no"}"#,
    );
    let asked = When::action("ListTagsOfResource").nth(1);
    world.dynamodb.script(asked, Effect::Answer(refused));
    let failure = dropped(world.tick().await);
    assert!(
        failure.error.contains("ListTagsOfResource"),
        "{}",
        failure.error
    );
    assert!(!failure.error.contains("orders-149:"), "{}", failure.error);
    world.dynamodb.clear_script();
    let world = world.set("TABLE_TAG", "backup=weekly");
    let failure = dropped(world.night_outcome().await);
    assert!(
        failure.error.contains("TABLE_TAG has `backup=weekly`"),
        "{}",
        failure.error
    );
}
