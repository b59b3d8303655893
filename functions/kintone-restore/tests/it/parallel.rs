//! Bulks that are written at the same time.

use function_core::RunState;
use serde_json::json;
use simulators::Effect;
use simulators::kintone::App;

use crate::steps::{backed_up, bulk};
use crate::world::World;

#[tokio::test]
async fn answers_of_bulks_at_the_same_time_are_lost_and_their_records_found() {
    for lost in [vec![1], vec![2, 3], vec![1, 2, 3, 4]] {
        let mut world = backed_up(6_300).await;
        world.set("PARALLEL_BULKS", "4");
        for number in &lost {
            world.kintone.script(bulk().nth(*number), Effect::Lose);
        }
        let report = world.restored(&json!({})).await;
        assert_eq!(report.state, RunState::Verified, "{report:?}");
        assert_eq!(world.writes(), 5, "no bulk was sent twice");
        world.assert_restored();
    }
}

#[tokio::test]
async fn of_bulks_at_the_same_time_only_those_that_never_arrived_are_sent_again() {
    let mut world = backed_up(6_300).await;
    world.set("PARALLEL_BULKS", "4");
    world.kintone.script(bulk().nth(2), Effect::Cut);
    world.kintone.script(bulk().nth(3), Effect::Lose);
    let report = world.restored(&json!({})).await;
    assert_eq!(report.state, RunState::Verified, "{report:?}");
    assert_eq!(world.writes(), 6);
    world.assert_restored();
}

#[tokio::test]
async fn one_of_several_bulks_is_refused_and_the_others_are_kept() {
    let mut world = backed_up(6_300).await;
    world.set("PARALLEL_BULKS", "4");
    world
        .kintone
        .script(bulk().nth(2), Effect::refuse(400, "CB_VA01"));
    let (words, _) = world.refused(&json!({})).await;
    assert!(words.contains("CB_VA01"), "{words}");
    let kept = world.kintone.count(world.target);
    assert!(kept >= 1_500 && kept % 1_500 == 0, "{kept} records");
    let report = world.restored(&json!({})).await;
    assert_eq!(report.state, RunState::Verified, "{report:?}");
    assert_eq!(world.writes(), 6, "only the refused one was sent twice");
    world.assert_restored();
}

#[tokio::test]
async fn a_plan_counts_the_bulks_that_are_sent() {
    for (parallel, bulks) in [("1", 4), ("4", 5)] {
        let mut world = World::new(App::generated(6_100));
        world.set("PARALLEL_BULKS", parallel);
        world.back_up().await;
        assert_eq!(world.plan(&json!({})).await["bulks"], bulks);
        world.restored(&json!({})).await;
        assert_eq!(world.writes(), bulks);
    }
}
