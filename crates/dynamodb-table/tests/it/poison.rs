//! An item that no table takes costs the others nothing, and is told with its place and the reason.

use dynamodb_table::{Place, Poison};
use serde_json::{Value, json};
use simulators::dynamodb::{Table, Trouble};

use crate::world::{TABLE, World, order, orders, sorted, write_all};

fn reasons(poisoned: &[Poison]) -> Vec<(u64, &str)> {
    let mut reasons: Vec<_> = poisoned
        .iter()
        .map(|poison| (poison.place.line, poison.reason.as_str()))
        .collect();
    reasons.sort_unstable();
    reasons
}

#[tokio::test]
async fn what_the_service_would_refuse_is_not_sent() {
    let table = Table::new(TABLE, &[("id", "S"), ("at", "N")]).index("by-shop", &[("shop", "S")]);
    let world = World::with(table).await;
    let good = |number: u64| json!({ "id": order(number)["id"], "at": { "N": "1" } });
    let with = |name: &str, value: Value| {
        let mut item = good(99);
        item[name] = value;
        item
    };
    let items = [
        good(1),
        json!({ "id": { "S": "a" } }),
        with("id", json!({ "S": "" })),
        with("id", json!({ "N": "1" })),
        with("text", json!({ "S": "x".repeat(409_600) })),
        with("n", json!({ "N": "1".repeat(39) })),
        with("set", json!({ "SS": [] })),
        with("shop", json!({ "N": "1" })),
        with("shop", json!({ "S": "" })),
        with("id", json!({ "S": "k".repeat(2049) })),
        good(2),
    ];
    let mut writer = world.writer(world.options()).await;
    write_all(&mut writer, &items).await.unwrap();
    assert_eq!(world.items(), sorted([good(1), good(2)]));
    let poisoned = writer.poisoned();
    assert_eq!(
        reasons(&poisoned),
        [
            (2, "the key attribute at is missing"),
            (3, "the key attribute id is empty"),
            (
                4,
                "the key attribute id is of type N; the table has S there"
            ),
            (
                5,
                "the item has 409622 bytes as stored; at most 409600 are allowed"
            ),
            (
                6,
                "n holds a number of 39 significant digits; at most 38 are allowed"
            ),
            (7, "set holds an empty set"),
            (
                8,
                "index by-shop: the key attribute shop is of type N; the table has S there"
            ),
            (9, "index by-shop: the key attribute shop is empty"),
            (
                10,
                "the key attribute id has 2049 bytes; at most 2048 are allowed"
            ),
        ]
    );
    assert_eq!(poisoned[0].key, r#"{"Item":{"id":{"S":"a"}}}"#);
    assert_eq!(
        poisoned[3].key,
        r#"{"Item":{"at":{"N":"1"},"id":{"S":"order-000099"}}}"#
    );
    assert_eq!(world.dynamodb.tally().calls["BatchWriteItem"], 1);
    assert_eq!((writer.totals().poisoned, writer.settled(0)), (9, 11));
    assert!(writer.poisoned().is_empty(), "poison is told once");
}

#[tokio::test]
async fn an_item_that_the_service_alone_refuses_is_found_in_its_batch() {
    let world = World::new().await;
    for number in [7, 8, 40] {
        world.dynamodb.trouble(
            TABLE,
            Trouble::Refused {
                key: json!({ "id": order(number)["id"] }),
                code: "ItemCollectionSizeLimitExceededException".to_owned(),
                message: "Collection size exceeded.".to_owned(),
            },
        );
    }
    let mut writer = world.writer(world.options()).await;
    write_all(&mut writer, &orders(60)).await.unwrap();
    let is_good = |number: &u64| ![7, 8, 40].contains(number);
    assert_eq!(world.items(), sorted((1..=60).filter(is_good).map(order)));
    let mut poisoned = writer.poisoned();
    poisoned.sort_by_key(|poison| poison.place);
    let places: Vec<_> = poisoned.iter().map(|poison| poison.place).collect();
    assert_eq!(places, [7, 8, 40].map(|line| Place { file: 0, line }));
    assert_eq!(poisoned[0].key, r#"{"Item":{"id":{"S":"order-000007"}}}"#);
    assert!(
        poisoned[0]
            .reason
            .starts_with("ItemCollectionSizeLimitExceededException: Collection size exceeded.")
    );
    assert_eq!(
        (
            writer.totals().written,
            writer.totals().poisoned,
            writer.settled(0)
        ),
        (57, 3, 60)
    );
}

#[tokio::test]
async fn poison_among_items_that_come_back_is_found_too() {
    let world = World::new().await;
    world.dynamodb.trouble(
        TABLE,
        Trouble::Unprocessed {
            percent: 40,
            seed: 5,
        },
    );
    let key = json!({ "id": order(11)["id"] });
    let trouble = Trouble::Refused {
        key,
        code: "ValidationException".to_owned(),
        message: "no".to_owned(),
    };
    world.dynamodb.trouble(TABLE, trouble);
    let mut writer = world.writer(world.options()).await;
    write_all(&mut writer, &orders(100)).await.unwrap();
    assert_eq!(world.items().len(), 99);
    assert_eq!((writer.poisoned().len(), writer.settled(0)), (1, 100));
}
