//! Reading windows of ids at once.

use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _};
use kintone_client::{Client, ReadRequest};
use simulators::{Effect, Hold, When};

use crate::world::{World, ids, read_all, until};

fn windows(world: &World, windows: usize) -> ReadRequest {
    ReadRequest {
        windows,
        ..world.read()
    }
}

#[tokio::test]
async fn windows_come_in_order_whatever_order_they_are_answered_in() {
    let world = World::generated(4_321);
    for (number, delay) in (1..).zip([0, 90, 10, 50, 0, 30, 70, 0, 20]) {
        let delay = Effect::Delay(Duration::from_millis(delay));
        world
            .kintone
            .script(When::path("records.json").nth(number), delay);
    }
    // The first page and the bounds are asked for one after the other.
    world
        .kintone
        .script(When::path("records.json").from(3), Effect::Together(3));
    let pages = read_all(&world.client(), &windows(&world, 4))
        .await
        .unwrap();
    assert_eq!(ids(&pages), world.ids());
    assert!(
        world.kintone.max_running() >= 3,
        "{}",
        world.kintone.max_running()
    );
}

#[tokio::test]
async fn no_more_windows_are_under_way_than_were_asked_for() {
    let world = World::generated(5_000);
    world
        .kintone
        .script(When::path("records.json").from(3), Effect::Together(3));
    world.kintone.set_latency(Duration::from_millis(5));
    read_all(&world.client(), &windows(&world, 3))
        .await
        .unwrap();
    assert_eq!(world.kintone.max_running(), 3);
}

#[tokio::test]
async fn the_look_ahead_is_bounded_while_the_caller_is_busy() {
    let world = World::generated(10_000);
    let mut pages = world.client().pages(&windows(&world, 2));
    for _ in 0..2 {
        pages.next().await.unwrap().unwrap();
    }
    // The first page, the bounds, the page that was taken, and one more being read ahead.
    world.asked_for_records(4).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(world.record_requests(), 4);
}

#[tokio::test]
async fn a_sparse_app_is_read_one_page_after_the_other() {
    let world = World::generated(6_000);
    let gone: Vec<_> = (601..=6_000).filter(|id| id % 3 != 0).collect();
    world.kintone.delete(world.app, &gone);
    let pages = read_all(&world.client(), &windows(&world, 4))
        .await
        .unwrap();
    assert_eq!(ids(&pages), world.ids());
    // 2,400 records are 5 pages, and one request told that windows would not pay.
    assert_eq!(world.record_requests(), 6);
}

#[tokio::test]
async fn an_app_whose_early_records_are_gone_is_not_sparse() {
    let world = World::generated(6_000);
    world
        .kintone
        .delete(world.app, &(1..=4_000).collect::<Vec<_>>());
    world
        .kintone
        .script(When::path("records.json").from(3), Effect::Together(2));
    let pages = read_all(&world.client(), &windows(&world, 4))
        .await
        .unwrap();
    assert_eq!(ids(&pages), world.ids());
    assert!(world.kintone.max_running() > 1);
}

#[tokio::test]
async fn gaps_within_windows_are_no_fault() {
    let world = World::generated(3_000);
    let gone: Vec<_> = (700..1_600).chain(2_900..=3_000).collect();
    world.kintone.delete(world.app, &gone);
    let pages = read_all(&world.client(), &windows(&world, 8))
        .await
        .unwrap();
    assert_eq!(ids(&pages), world.ids());
    assert!(pages.iter().all(|page| !page.is_empty()));
}

#[tokio::test]
async fn a_small_app_takes_one_request() {
    let world = World::generated(499);
    read_all(&world.client(), &windows(&world, 8))
        .await
        .unwrap();
    assert_eq!(world.record_requests(), 1);
}

#[tokio::test]
async fn known_bounds_spare_the_request_for_them() {
    let dense = (0..0).collect();
    let begins_late = (1..=1_400).collect();
    let sparse = (601..2_000).filter(|id| id % 4 != 0).collect();
    let fits_a_page = (301..1_900).collect();
    let cases: [(Vec<u64>, usize, bool); 4] = [
        (dense, 4, true),
        (begins_late, 2, false),
        (sparse, 2, false),
        (fits_a_page, 1, false),
    ];
    for (gone, requests, at_once) in cases {
        let world = World::generated(2_000);
        world.kintone.delete(world.app, &gone);
        if at_once {
            world
                .kintone
                .script(When::path("records.json"), Effect::Together(2));
        }
        let request = ReadRequest {
            up_to: Some(2_000),
            count: Some(world.ids().len() as u64),
            ..windows(&world, 2)
        };
        let pages = read_all(&world.client(), &request).await.unwrap();
        assert_eq!(ids(&pages), world.ids());
        assert_eq!(world.record_requests(), requests);
        assert_eq!(world.kintone.max_running() > 1, at_once);
    }
}

#[tokio::test]
async fn records_that_come_meanwhile_are_read_after_the_windows() {
    for (up_to, expected) in [(None, 2_001), (Some(2_000), 2_000), (Some(9_999), 2_001)] {
        let world = World::generated(2_000);
        let app = world.app;
        world
            .kintone
            .before(When::path("records.json").nth(4), move |kintone| {
                kintone.insert(app, &[serde_json::json!({})]);
            });
        let request = ReadRequest {
            up_to,
            ..windows(&world, 2)
        };
        let pages = read_all(&world.client(), &request).await.unwrap();
        assert_eq!(ids(&pages), (1..=expected).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_window_that_fails_ends_the_read_after_the_pages_before_it() {
    let world = World::generated(5_000);
    let third = When::path("records.json").containing("$id > 1500 and $id <= 2000");
    world
        .kintone
        .script(third, Effect::refuse(403, "GAIA_NO01"));
    let mut pages = world.client().pages(&windows(&world, 4));
    let mut read = Vec::new();
    let error = loop {
        match pages.try_next().await {
            Ok(Some(page)) => read.push(page),
            Ok(None) => panic!("the fault was lost"),
            Err(error) => break error,
        }
    };
    assert_eq!(ids(&read), (1..=1_500).collect::<Vec<_>>());
    assert!(
        error
            .to_string()
            .starts_with("records of app 1 after $id 1500: "),
        "{error}"
    );
    assert!(pages.next().await.is_none());
}

#[tokio::test]
async fn windows_that_nobody_waits_for_hold_up_no_other_request() {
    let world = World::generated(5_000);
    world.kintone.set_latency(Duration::from_millis(5));
    let mut options = world.options();
    options.max_concurrency = 1;
    let client = Client::new(options).unwrap();
    let mut pages = client.pages(&windows(&world, 4));
    pages.next().await.unwrap().unwrap();
    pages.next().await.unwrap().unwrap();
    let other = client.form_fields(world.app);
    tokio::time::timeout(Duration::from_mins(1), other)
        .await
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn a_dropped_read_stops_its_windows() {
    let world = World::generated(20_000);
    let client = world.client();
    let mut pages = client.pages(&windows(&world, 4));
    pages.next().await.unwrap().unwrap();
    // The windows begin with the second page, when their bounds are known.
    let hold = Hold::default();
    let of_windows = When::path("records.json").containing(" and $id <= ");
    world.kintone.script(of_windows, Effect::Held(hold.clone()));
    tokio::select! {
        _ = pages.next() => panic!("it was not held"),
        () = until(|| world.kintone.running() == 4) => {}
    }
    drop(pages);
    let requests = client.requests();
    hold.let_go();
    tokio::time::sleep(Duration::from_millis(150)).await;
    assert_eq!(client.requests(), requests);
}
