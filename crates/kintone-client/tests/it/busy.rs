//! Yielding to the domain's other users.

use std::time::Duration;

use kintone_client::{ReadRequest, limits};
use simulators::{Effect, When};

use crate::world::{World, ids, read_all};

fn running(number: u64) -> Effect {
    Effect::Header("x-concurrencylimit-running", number.to_string())
}

#[tokio::test]
async fn a_busy_domain_is_read_one_page_at_a_time_with_pauses() {
    let world = World::generated(4_000);
    world.kintone.script(When::path(""), running(80));
    world.kintone.set_latency(Duration::from_millis(3));
    let request = ReadRequest {
        windows: 4,
        ..world.read()
    };
    let pages = read_all(&world.client(), &request).await.unwrap();
    assert_eq!(ids(&pages), world.ids());
    assert_eq!(world.kintone.max_running(), 1);
    // Each request but the first, which did not know.
    assert_eq!(
        world.waits(),
        vec![limits::BUSY_PAUSE; world.record_requests() - 1]
    );
}

#[tokio::test]
async fn the_pace_comes_back_with_calm() {
    let world = World::generated(6_000);
    world.kintone.script(When::path("").first(2), running(80));
    world
        .kintone
        .script(When::path("records.json").from(9), Effect::Together(2));
    let request = ReadRequest {
        windows: 4,
        ..world.read()
    };
    read_all(&world.client(), &request).await.unwrap();
    assert!(world.kintone.max_running() > 1);
    assert!(world.waits().len() < world.record_requests() / 2);
}

#[tokio::test]
async fn a_refusal_for_too_many_requests_slows_down_too() {
    let world = World::generated(2_000);
    world.kintone.script(
        When::path("records.json").nth(2),
        Effect::refuse(429, "GAIA_TO04"),
    );
    world.kintone.script(When::path(""), running(60));
    let pages = read_all(&world.client(), &world.read()).await.unwrap();
    assert_eq!(ids(&pages), world.ids());
    // 60 % is too busy to go back to the usual pace, so all requests from then on pause.
    let pauses = world
        .waits()
        .iter()
        .filter(|wait| **wait == limits::BUSY_PAUSE)
        .count();
    assert_eq!(pauses, world.record_requests() - 2);
}
