//! A restore that is shared among parts, as a state machine sends it.

use function_core::{Exit, RunState};
use serde_json::{Value, json};

use crate::world::{World, done, dropped, order};

fn step(step: &str, parts: u32) -> Value {
    json!({ "source": "orders", "table": "copy", "step": step, "parts": parts })
}

fn part(part: u32, parts: u32) -> Value {
    let mut request = step("write", parts);
    request["part"] = json!(part);
    request
}

#[tokio::test]
async fn parts_write_what_one_invocation_would() {
    for parts in [1, 3, 20] {
        let world = World::with_orders(400).await;
        let opened = done(world.send(step("open", parts)).await).remove(0);
        assert_eq!(opened.state, RunState::Planned);
        assert_eq!(opened.plan.unwrap()["items"], json!(400));
        let mut items = 0;
        for number in (0..parts).rev() {
            let report = world.verified(part(number, parts)).await;
            items += report.counts["items"];
            assert_eq!(report.progress, None);
        }
        assert_eq!(items, 400);
        let report = world.verified(step("close", parts)).await;
        assert_eq!(
            (report.counts["items"], report.counts["readBack"]),
            (400, 400)
        );
        world.assert_same("orders", "copy");
    }
}

#[tokio::test]
async fn nothing_is_written_before_it_is_opened_nor_closed_before_all_is_written() {
    let world = World::with_orders(50).await;
    let failure = dropped(world.send(part(0, 2)).await);
    assert_eq!(failure.exit, Exit::Refused);
    assert!(
        failure.error.contains("was not opened"),
        "{}",
        failure.error
    );
    assert!(world.items("copy").is_empty());
    world.send(step("open", 2)).await;
    world.verified(part(0, 2)).await;
    let failure = dropped(world.send(step("close", 2)).await);
    assert_eq!(failure.exit, Exit::Refused);
    assert!(
        failure.error.contains("part 1 of 2 is not written yet"),
        "{}",
        failure.error
    );
    world.verified(part(1, 2)).await;
    world.verified(step("close", 2)).await;
}

#[tokio::test]
async fn close_tells_what_a_part_failed_of_and_settles_nothing() {
    let world = World::with_orders(60).await;
    world.send(step("open", 2)).await;
    let damage = crate::tampering::damage_a_data_file(&world).await;
    let outcomes = [world.send(part(0, 2)).await, world.send(part(1, 2)).await];
    assert_eq!(
        outcomes
            .iter()
            .filter(|outcome| outcome.exit() == Exit::Done)
            .count(),
        1
    );
    let failure = dropped(world.send(step("close", 2)).await);
    assert!(
        failure.error.contains("of 2: ") && failure.error.contains(".json.gz"),
        "{}",
        failure.error
    );
    damage.heal(&world).await;
    for number in 0..2 {
        world.verified(part(number, 2)).await;
    }
    world.verified(step("close", 2)).await;
    world.assert_same("orders", "copy");
}

#[tokio::test]
async fn a_forced_restore_is_written_anew_by_all_parts() {
    let world = World::with_orders(30).await;
    let whole = |mut request: Value| {
        request["mode"] = json!("overwrite");
        request["confirm"] = json!("copy");
        request["force"] = json!(true);
        request
    };
    for _ in 0..2 {
        let before = world.dynamodb.tally().put;
        assert_eq!(
            done(world.send(whole(step("open", 2))).await)[0].state,
            RunState::Planned
        );
        for number in 0..2 {
            world.verified(whole(part(number, 2))).await;
        }
        assert_eq!(
            world.verified(whole(step("close", 2))).await.counts["items"],
            30
        );
        assert_eq!(world.dynamodb.tally().put - before, 30);
    }
}

#[tokio::test]
async fn asking_to_open_twice_is_the_same_as_once() {
    let world = World::with_orders(10).await;
    world.send(step("open", 1)).await;
    world.verified(part(0, 1)).await;
    // The table holds items by now: they are this restore's own.
    assert_eq!(
        done(world.send(step("open", 1)).await)[0].state,
        RunState::Planned
    );
    world.verified(step("close", 1)).await;
    assert_eq!(
        done(world.send(step("open", 1)).await)[0].state,
        RunState::Verified
    );
}

#[tokio::test]
async fn two_backups_are_not_written_into_one_table_by_turns() {
    let world = World::with_orders(40).await;
    let first = "2026-11-21";
    world.wait(24 * 60);
    world.dynamodb.put_at("orders", world.now(), order(99, 1));
    world.wait(1);
    world.night("orders").await;
    let older = |mut request: Value| {
        request["date"] = json!(first);
        request
    };
    world.send(older(step("open", 2))).await;
    let failure = dropped(world.send(step("open", 2)).await);
    assert_eq!(failure.exit, Exit::Refused);
    assert!(
        failure.error.contains("copy-20261121030000"),
        "{}",
        failure.error
    );
    // Who gives the other up says so, and the other writes no more.
    let mut forced = step("open", 2);
    forced["force"] = json!(true);
    world.send(forced).await;
    let failure = dropped(world.send(older(part(0, 2))).await);
    assert!(failure.error.contains("took table copy over"));
    for number in 0..2 {
        world.verified(part(number, 2)).await;
    }
    world.verified(step("close", 2)).await;
    world.assert_same("orders", "copy");
}

#[tokio::test]
async fn no_part_has_less_than_a_write_unit_a_second() {
    let world = World::with_orders(5).await.set("MAX_WRU", "7");
    let failure = dropped(world.send(step("open", 8)).await);
    assert_eq!(failure.exit, Exit::Usage);
    assert!(failure.error.contains("MAX_WRU is 7"), "{}", failure.error);
    assert_eq!(
        done(world.send(step("open", 7)).await)[0].state,
        RunState::Planned
    );
}
