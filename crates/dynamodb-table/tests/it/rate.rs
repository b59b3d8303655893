//! Never faster than the bound, and no faster than the service takes it.
//!
//! Where seconds are looked at, one request is under way: what several of them consume in one moment is told of the moment they end.

use std::collections::BTreeMap;

use dynamodb_table::WriterOptions;
use serde_json::json;
use simulators::dynamodb::{Table, Trouble};

use crate::world::{TABLE, World, order, orders, sorted, write_all};

/// The most that was written within any second, one a millisecond looked at.
fn most_in_a_second(world: &World, units: u64) -> u64 {
    let mut by_millisecond = BTreeMap::<i64, u64>::new();
    for write in world.dynamodb.writes() {
        *by_millisecond.entry(write.at.as_millisecond()).or_default() += units;
    }
    by_millisecond
        .keys()
        .map(|start| {
            by_millisecond
                .range(start..&(start + 1000))
                .map(|(_, units)| units)
                .sum()
        })
        .max()
        .unwrap_or(0)
}

#[tokio::test]
async fn no_second_is_above_the_bound() {
    for max_wru in [40_u32, 1000] {
        let world = World::new().await;
        world.dynamodb.keep_writes();
        let options = WriterOptions {
            max_wru: f64::from(max_wru),
            max_concurrency: 1,
            ..world.options()
        };
        let mut writer = world.writer(options).await;
        let count = u64::from(max_wru) * 4;
        write_all(&mut writer, &orders(count)).await.unwrap();
        let most = most_in_a_second(&world, 1);
        assert!(most <= u64::from(max_wru), "{most} of {max_wru}");
        // And not much slower than that.
        assert!(
            (3.9..4.6).contains(&world.seconds()),
            "{} s",
            world.seconds()
        );
    }
}

#[tokio::test]
async fn larger_items_count_as_many_units() {
    let world = World::new().await;
    world.dynamodb.keep_writes();
    let options = WriterOptions {
        max_wru: 100.0,
        max_concurrency: 1,
        ..world.options()
    };
    let mut writer = world.writer(options).await;
    let large =
        |number: u64| json!({ "id": order(number)["id"], "text": { "S": "x".repeat(9_000) } });
    let items: Vec<_> = (1..=40).map(large).collect();
    write_all(&mut writer, &items).await.unwrap();
    let most = most_in_a_second(&world, 9);
    assert!(most <= 100, "{most}");
    assert_eq!(writer.totals().wru.to_string(), "360");
}

#[tokio::test]
async fn what_indexes_consume_counts_too() {
    let table = Table::new(TABLE, &[("id", "S")])
        .index("a", &[("paid_by", "S")])
        .index("b", &[("shop", "S")]);
    let world = World::with(table).await;
    world.dynamodb.keep_writes();
    let options = WriterOptions {
        max_wru: 300.0,
        max_concurrency: 1,
        ..world.options()
    };
    let mut writer = world.writer(options).await;
    let item = |number: u64| json!({ "id": order(number)["id"], "paid_by": { "S": "a" }, "shop": { "S": "b" } });
    let items: Vec<_> = (1..=300).map(item).collect();
    write_all(&mut writer, &items).await.unwrap();
    let most = most_in_a_second(&world, 3);
    assert!(most <= 300, "{most}");
    assert_eq!(writer.totals().wru.to_string(), "900");
}

#[tokio::test]
async fn a_service_that_takes_less_gets_less() {
    let world = World::new().await;
    let limit = Trouble::WriteLimit {
        per_second: 200,
        burst: 200,
    };
    world.dynamodb.trouble(TABLE, limit);
    let options = WriterOptions {
        max_wru: 4000.0,
        ..world.options()
    };
    let mut writer = world.writer(options).await;
    write_all(&mut writer, &orders(6000)).await.unwrap();
    assert_eq!(world.items(), sorted(orders(6000)));
    // 6,000 units at 200 a second take 29 s at best.
    assert!(
        (28.0..60.0).contains(&world.seconds()),
        "{} s",
        world.seconds()
    );
    let totals = writer.totals();
    let resent = totals.unprocessed + 25 * totals.throttled;
    assert!(resent < 2000, "{resent} operations were sent in vain");
}

#[tokio::test]
async fn a_provisioned_table_gets_what_it_has_from_the_start() {
    let world = World::with(Table::new(TABLE, &[("id", "S")]).provisioned(10, 50)).await;
    world.dynamodb.keep_writes();
    let mut writer = world.writer(world.options()).await;
    write_all(&mut writer, &orders(50)).await.unwrap();
    assert!(world.seconds() > 0.4, "{} s", world.seconds());
}

#[tokio::test]
async fn the_rate_comes_back_when_the_service_is_well_again() {
    let world = World::new().await;
    world.dynamodb.trouble(
        TABLE,
        Trouble::WriteLimit {
            per_second: 100,
            burst: 100,
        },
    );
    let options = WriterOptions {
        max_wru: 1000.0,
        ..world.options()
    };
    let mut writer = world.writer(options).await;
    write_all(&mut writer, &orders(500)).await.unwrap();
    world.dynamodb.calm(TABLE);
    let before = world.seconds();
    let more: Vec<_> = (501..=15_500).map(order).collect();
    write_all(&mut writer, &more).await.unwrap();
    let seconds = world.seconds() - before;
    // At the least rate it would take minutes, at once 16 s.
    assert!((16.0..40.0).contains(&seconds), "{seconds} s");
}
