//! Others who write into the same app, before and meanwhile.

use function_core::RunState;
use serde_json::json;
use simulators::{Effect, When};

use crate::steps::{backed_up, bulk};

#[tokio::test]
async fn another_writer_during_a_lost_answer_is_seen_and_nothing_is_doubled() {
    let world = backed_up(300).await;
    let target = world.target;
    world.kintone.script(bulk().nth(1), Effect::Lose);
    // Right after the lost write somebody adds a record by hand.
    world.kintone.before(
        When::path("records.json")
            .method("GET")
            .containing("$id > 0 order by $id asc"),
        move |domain| {
            if domain.count(target) == 300 {
                domain.insert(target, [&json!({ "company": { "value": "by hand" } })]);
            }
        },
    );
    let report = world.restored(&json!({})).await;
    assert_eq!(report.state, RunState::Incomplete, "{report:?}");
    assert!(
        report.warnings.join("; ").contains("number 301"),
        "{report:?}"
    );
    assert_eq!(world.kintone.count(target), 301, "nothing was doubled");
}

#[tokio::test]
async fn a_lost_answer_among_records_that_nobody_can_tell_apart_stops_it() {
    let world = backed_up(300).await;
    let target = world.target;
    // The write was lost on its way, and as many others appear in its place.
    world.kintone.script(bulk().nth(1), Effect::Cut);
    let looked = When::path("records.json").method("GET");
    let looked = looked.containing("$id > 0 order by $id asc");
    world.kintone.before(looked.nth(1), move |domain| {
        let other = json!({ "company": { "value": "others" } });
        domain.insert(target, vec![&other; 300]);
    });
    let (words, exit) = world.refused(&json!({})).await;
    assert!(
        words.contains("another writer") && words.contains("1, 2, 3"),
        "{words}"
    );
    assert_eq!((exit, world.kintone.count(target)), (4, 300));
    // Once they are gone, the same request goes on.
    world.kintone.clear_script();
    let ids: Vec<u64> = (1..=300).collect();
    world.kintone.delete(target, &ids);
    let report = world.restored(&json!({})).await;
    assert_eq!(report.state, RunState::Verified);
    world.assert_restored();
}

#[tokio::test]
async fn a_bulk_that_arrives_late_and_doubles_its_records_never_ends_verified() {
    let world = backed_up(300).await;
    let target = world.target;
    world.kintone.script(bulk().nth(1), Effect::Cut);
    // What was sent first takes effect after it was looked for and sent again.
    let source = world.kintone.records(world.source);
    world.kintone.before(
        When::path("records.json")
            .method("GET")
            .containing("$id > 0 and $id <= 300"),
        move |domain| {
            if domain.count(target) == 300 {
                domain.insert(target, &source);
            }
        },
    );
    let report = world.restored(&json!({})).await;
    assert_eq!(report.state, RunState::Incomplete, "{report:?}");
    let told = report.warnings.join("; ");
    assert!(
        told.contains("300 records that are not of this restore"),
        "{told}"
    );
}

#[tokio::test]
async fn another_writer_between_bulks_is_seen() {
    let world = backed_up(2_100).await;
    let target = world.target;
    world.kintone.before(bulk().nth(2), move |domain| {
        domain.insert(target, [&json!({ "company": { "value": "by hand" } })]);
    });
    let (words, exit) = world.refused(&json!({})).await;
    assert!(words.contains("another writer"), "{words}");
    assert_eq!(exit, 4);
    let report = world.restored(&json!({})).await;
    // It goes on, but never says that all is well while the stranger is there.
    assert_eq!(report.state, RunState::Incomplete);
    let told = report.warnings.join("; ");
    assert!(
        told.contains("not of this restore") && told.contains("number 2001"),
        "{told}"
    );
    assert_eq!(world.kintone.count(target), 2_101);
}

#[tokio::test]
async fn numbers_that_a_refused_write_used_up_are_no_other_writer() {
    let world = backed_up(2_100).await;
    let target = world.target;
    world.kintone.before(bulk().nth(2), move |domain| {
        let ids = domain.insert(target, [&json!({}), &json!({})]);
        domain.delete(target, &ids);
    });
    let report = world.restored(&json!({})).await;
    assert_eq!(report.state, RunState::Verified);
    world.assert_restored();
}

#[tokio::test]
async fn a_record_that_somebody_changes_meanwhile_makes_it_incomplete() {
    let world = backed_up(300).await;
    let target = world.target;
    world.kintone.before(
        When::path("records.json")
            .method("GET")
            .containing("$id > 0 and $id <= 300"),
        move |domain| domain.update(target, 7, &json!({ "company": { "value": "changed" } })),
    );
    let report = world.restored(&json!({})).await;
    assert_eq!(report.state, RunState::Incomplete, "{report:?}");
    let lines = world.lines(".differences.ndjson").await;
    assert_eq!(report.counts["differences"], lines.len() as u64);
    let company = lines
        .iter()
        .find(|line| line["field"] == "company")
        .unwrap();
    assert_eq!(
        (&company["record"], &company["restored"]),
        (&json!("7"), &json!("changed"))
    );
    assert_eq!(world.told.messages().len(), 1);
}

#[tokio::test]
async fn another_writer_beside_bulks_at_the_same_time_is_seen() {
    let mut world = backed_up(2_500).await;
    world.set("PARALLEL_BULKS", "4");
    let target = world.target;
    world.kintone.before(bulk().nth(2), move |domain| {
        domain.insert(target, [&json!({ "company": { "value": "by hand" } })]);
    });
    let (words, exit) = world.refused(&json!({})).await;
    assert!(words.contains("another writer"), "{words}");
    assert_eq!(exit, 4);
    let report = world.restored(&json!({})).await;
    assert_eq!(report.state, RunState::Incomplete);
    assert_eq!(world.kintone.count(target), 2_501);
}

#[tokio::test]
async fn an_app_that_fills_between_plan_and_writing_is_planned_anew() {
    let world = backed_up(30).await;
    let target = world.target;
    // The form is looked at once for the plan, and once more before the first bulk.
    let later = When::path("records.json")
        .method("GET")
        .containing("$id desc");
    world.kintone.before(later.nth(2), move |domain| {
        domain.insert(target, [&json!({ "company": { "value": "by hand" } })]);
    });
    let (words, exit) = world.refused(&json!({})).await;
    assert!(
        words.contains("held 0 records") && words.contains("holds 1 now"),
        "{words}"
    );
    assert_eq!((exit, world.writes()), (4, 0));
    world.kintone.clear_script();
    let (words, _) = world.refused(&json!({})).await;
    assert!(words.contains("holds 1 records already"), "{words}");
    assert_eq!(world.accepted(&json!({})).await.state, RunState::Verified);
    assert_eq!(world.kintone.count(target), 31);
}
