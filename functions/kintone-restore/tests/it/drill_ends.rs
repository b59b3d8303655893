//! Drills that do not prove their backup, and what they leave.

use function_core::{Outcome, Report, RunState};
use serde_json::json;
use simulators::When;
use simulators::kintone::App;

use crate::world::World;

/// A world with a drill of 300 records, of which the newest backup is verified.
async fn world() -> World {
    let mut world = World::with(App::generated(300), App::generated(0));
    world.set("DRILL_APP", world.target.to_string());
    world.set("DRILL_SOURCE", world.source.to_string());
    world.set("APPID", world.source.to_string());
    world.back_up().await;
    world
}

/// The report of a drill, and the exit code of its command.
async fn drill(world: &World) -> (Report, u8) {
    let outcome = world.send(&json!({ "drill": true })).await;
    let exit = outcome.exit().code();
    match outcome {
        Outcome::Done(mut reports) => (reports.remove(0), exit),
        outcome => panic!("{outcome:?}"),
    }
}

/// The first page that is read back.
fn reading_back() -> When {
    When::path("records.json")
        .method("GET")
        .containing("$id <= 300")
        .nth(1)
}

#[tokio::test]
async fn a_drill_that_finds_a_difference_is_incomplete_and_leaves_its_app_empty() {
    let world = world().await;
    let target = world.target;
    world.kintone.before(reading_back(), move |domain| {
        domain.update(target, 7, &json!({ "company": { "value": "changed" } }));
    });
    let (report, exit) = drill(&world).await;
    assert_eq!(
        (report.state, exit),
        (RunState::Incomplete, 5),
        "{report:?}"
    );
    assert_eq!(world.kintone.count(target), 0);
    let lines = world.lines(".differences.ndjson").await;
    assert!(
        lines
            .iter()
            .any(|line| line["field"] == "company" && line["restored"] == "changed"),
        "{lines:?}"
    );

    // The same once more is no proof either; the next backup is drilled anew.
    let (again, exit) = drill(&world).await;
    assert_eq!((again.state, exit), (RunState::Incomplete, 5));
    assert_eq!(world.told.messages().len(), 1, "a person is told once");
    world.wait(86_400);
    world.back_up().await;
    let (next, exit) = drill(&world).await;
    assert_eq!((next.state, exit), (RunState::Verified, 0), "{next:?}");
}

#[tokio::test]
async fn a_drill_deletes_nobody_elses_record() {
    let world = world().await;
    let target = world.target;
    world.kintone.before(reading_back(), move |domain| {
        domain.insert(target, [&json!({ "company": { "value": "by hand" } })]);
    });
    let (report, exit) = drill(&world).await;
    assert_eq!(
        (report.state, exit),
        (RunState::Incomplete, 5),
        "{report:?}"
    );
    let left = world.kintone.records(target);
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["company"]["value"], "by hand");
}

#[tokio::test]
async fn a_drill_proves_a_backup_that_was_read_in_part() {
    let mut world = world().await;
    world.set("INCREMENTAL", "on");
    let changed = json!({ "company": { "value": "changed" } });
    world.kintone.update(world.source, 7, &changed);
    world.kintone.delete(world.source, &[8]);
    world.kintone.clear_requests();
    world.back_up().await;
    let (report, exit) = drill(&world).await;
    assert_eq!((report.state, exit), (RunState::Verified, 0), "{report:?}");
    assert_eq!(report.counts["added"], 299);
    assert_eq!(world.kintone.count(world.target), 0);
}
