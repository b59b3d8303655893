//! What was written is read back.

use dynamodb_format::Digest;
use dynamodb_table::{Scan, TableError};
use futures_util::TryStreamExt as _;
use serde_json::json;
use simulators::dynamodb::{Table, Trouble, refuse};
use simulators::{Answer, Effect, When};

use crate::world::{TABLE, World, item, order, orders, write_all};

fn scan(segments: std::ops::Range<u32>, total_segments: u32) -> Scan {
    Scan {
        segments,
        total_segments,
        is_consistent: true,
        keys_only: false,
    }
}

async fn digest(world: &World, scan: &Scan) -> (u64, Digest) {
    let mut pages = std::pin::pin!(world.tables.scan(&world.table().await, scan));
    let (mut count, mut digest) = (0, Digest::new());
    while let Some(page) = pages.try_next().await.unwrap() {
        count += page.len() as u64;
        for item in &page {
            digest.add(item);
        }
    }
    (count, digest)
}

/// A table of many pages.
async fn filled(count: u64) -> (World, Digest) {
    let world = World::new().await;
    let large = |number: u64| {
        let mut item = order(number);
        item["text"] = json!({ "S": "x".repeat(5_000) });
        item
    };
    let items: Vec<_> = (1..=count).map(large).collect();
    let mut writer = world.writer(world.options()).await;
    write_all(&mut writer, &items).await.unwrap();
    let mut digest = Digest::new();
    for attributes in &items {
        digest.add(&item(attributes));
    }
    (world, digest)
}

#[tokio::test]
async fn all_segments_together_are_the_table() {
    let (world, expected) = filled(1000).await;
    for total in [1, 4, 7] {
        assert_eq!(
            digest(&world, &scan(0..total, total)).await,
            (1000, expected)
        );
    }
    let (first, mut sum) = digest(&world, &scan(0..2, 4)).await;
    let (second, rest) = digest(&world, &scan(2..4, 4)).await;
    sum.merge(rest);
    assert_eq!((first + second, sum), (1000, expected));
    assert!(first > 0 && second > 0);
    assert!(
        world.dynamodb.tally().calls["Scan"] > 15,
        "there were several pages"
    );
}

#[tokio::test]
async fn a_scan_for_keys_gives_keys_alone() {
    let (world, _) = filled(30).await;
    let scan = Scan {
        keys_only: true,
        ..scan(0..1, 1)
    };
    let pages: Vec<_> = world
        .tables
        .scan(&world.table().await, &scan)
        .try_collect()
        .await
        .unwrap();
    let keys: Vec<_> = pages.into_iter().flatten().collect();
    assert_eq!(keys.len(), 30);
    assert!(keys.iter().all(|key| key.0.keys().eq(["id"])));
}

#[tokio::test]
async fn items_are_counted() {
    let (world, _) = filled(300).await;
    let table = world.table().await;
    for (items, expected) in [(0, true), (299, true), (300, false)] {
        let more = world.tables.holds_more_than(&table, items).await.unwrap();
        assert_eq!(more, expected, "{items}");
    }
    assert!(world.tables.holds_items(&table).await.unwrap());
}

#[tokio::test]
async fn an_empty_table_holds_nothing_whatever_the_stale_count_says() {
    let world = World::with(Table::new(TABLE, &[("id", "S")]).item(order(1))).await;
    let table = world.table().await;
    assert!(world.tables.holds_items(&table).await.unwrap());
    world
        .dynamodb
        .delete_at(TABLE, world.now(), &json!({ "id": order(1)["id"] }));
    assert!(!world.tables.holds_items(&table).await.unwrap());
    assert!(!world.tables.holds_more_than(&table, 0).await.unwrap());
}

#[tokio::test]
async fn an_empty_page_that_is_not_the_last_does_not_make_a_table_empty() {
    let world = World::with(Table::new(TABLE, &[("id", "S")]).item(order(1))).await;
    let page = json!({
        "Items": [], "Count": 0, "ScannedCount": 0, "LastEvaluatedKey": { "id": { "S": " " } },
    });
    let page = Effect::Answer(Answer::json(200, &page));
    world.dynamodb.script(When::action("Scan").first(1), page);
    let table = world.table().await;
    assert!(world.tables.holds_items(&table).await.unwrap());
}

#[tokio::test]
async fn items_are_found_by_their_keys() {
    let world = World::new().await;
    let mut writer = world.writer(world.options()).await;
    write_all(&mut writer, &orders(250)).await.unwrap();
    let keys: Vec<_> = (101..=300)
        .map(|number| item(&json!({ "id": order(number)["id"] })))
        .collect();
    world.dynamodb.trouble(
        TABLE,
        Trouble::Unread {
            percent: 40,
            seed: 1,
        },
    );
    let mut found = world.tables.get(&world.table().await, &keys).await.unwrap();
    found.sort_by_key(dynamodb_format::Item::canonical_line);
    let expected: Vec<_> = (101..=250)
        .map(|number| item(&order(number)).canonical_line())
        .collect();
    assert!(
        found
            .iter()
            .map(dynamodb_format::Item::canonical_line)
            .eq(expected)
    );
}

#[tokio::test]
async fn a_key_that_is_none_is_told() {
    let world = World::new().await;
    let wrong = item(&json!({ "id": { "N": "1" } }));
    let error = world
        .tables
        .get(&world.table().await, &[wrong])
        .await
        .unwrap_err();
    assert!(matches!(error, TableError::Key { .. }), "{error}");
}

#[tokio::test]
async fn a_read_that_is_throttled_is_asked_again() {
    let (world, expected) = filled(100).await;
    let busy = refuse("ProvisionedThroughputExceededException", "too many");
    world.dynamodb.script(When::action("Scan").first(7), busy);
    assert_eq!(digest(&world, &scan(0..1, 1)).await, (100, expected));
}
