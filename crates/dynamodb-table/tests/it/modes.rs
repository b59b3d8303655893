//! What is there already is treated as the mode says.

use dynamodb_table::{Mode, Place, Write, WriterOptions};
use serde_json::{Value, json};
use simulators::dynamodb::Trouble;
use simulators::{Effect, When};

use crate::world::{TABLE, World, item, order, orders, sorted, write_all};

fn versioned(number: u64, version: &Value) -> Value {
    let mut item = order(number);
    item["updatedAt"] = version.clone();
    item
}

fn newer(world: &World) -> WriterOptions {
    WriterOptions {
        mode: Mode::PutNewer {
            attribute: "updatedAt".to_owned(),
        },
        ..world.options()
    }
}

fn absent(world: &World) -> WriterOptions {
    WriterOptions {
        mode: Mode::PutAbsent,
        ..world.options()
    }
}

async fn seed(world: &World, items: &[Value]) {
    let mut writer = world.writer(world.options()).await;
    write_all(&mut writer, items).await.unwrap();
}

#[tokio::test]
async fn what_exists_is_left_alone() {
    let world = World::new().await;
    let theirs = versioned(3, &json!({ "S": "theirs" }));
    seed(&world, std::slice::from_ref(&theirs)).await;
    let mut writer = world.writer(absent(&world)).await;
    write_all(&mut writer, &orders(30)).await.unwrap();
    let is_new = |number: &u64| *number != 3;
    assert_eq!(
        world.items(),
        sorted((1..=30).filter(is_new).map(order).chain([theirs]))
    );
    assert_eq!(
        (
            writer.totals().written,
            writer.totals().left_alone,
            writer.settled(0)
        ),
        (29, 1, 30)
    );
}

#[tokio::test]
async fn only_what_is_older_is_replaced() {
    let world = World::new().await;
    let number = |value: &str| json!({ "N": value });
    seed(
        &world,
        &[
            versioned(1, &number("5")),
            versioned(2, &number("7")),
            versioned(3, &number("10")),
            versioned(4, &json!({ "S": "7" })),
            order(5),
        ],
    )
    .await;
    let ours: Vec<_> = (1..=6).map(|id| versioned(id, &number("7.0"))).collect();
    let mut writer = world.writer(newer(&world)).await;
    write_all(&mut writer, &ours).await.unwrap();
    let expected = [
        versioned(1, &number("7")),
        versioned(2, &number("7")),
        versioned(3, &number("10")),
        versioned(4, &json!({ "S": "7" })),
        order(5),
        versioned(6, &number("7")),
    ];
    assert_eq!(world.items(), sorted(expected));
    assert_eq!(
        (writer.totals().written, writer.totals().left_alone),
        (2, 4)
    );
}

#[tokio::test]
async fn an_item_of_unknown_age_replaces_none() {
    let world = World::new().await;
    seed(&world, &[versioned(1, &json!({ "N": "5" }))]).await;
    let mut writer = world.writer(newer(&world)).await;
    let ours = [order(1), order(2), versioned(3, &json!({ "BOOL": true }))];
    write_all(&mut writer, &ours).await.unwrap();
    let expected = [
        versioned(1, &json!({ "N": "5" })),
        order(2),
        ours[2].clone(),
    ];
    assert_eq!(world.items(), sorted(expected));
    assert!(writer.poisoned().is_empty());
}

#[tokio::test]
async fn a_put_whose_answer_was_lost_counts_as_written() {
    let world = World::new().await;
    seed(&world, &[versioned(5, &json!({ "S": "theirs" }))]).await;
    let puts = || When::action("PutItem");
    world.dynamodb.script(puts().nth(2), Effect::CutAfter(0));
    world.dynamodb.script(puts().nth(5), Effect::CutAfter(0));
    let options = WriterOptions {
        max_concurrency: 1,
        ..absent(&world)
    };
    let mut writer = world.writer(options).await;
    write_all(&mut writer, &orders(10)).await.unwrap();
    // The second was put by the request that was not answered; the fifth had been there before.
    assert_eq!(
        (writer.totals().written, writer.totals().left_alone),
        (9, 1)
    );
    assert_eq!(world.items().len(), 10);
}

#[tokio::test]
async fn conditional_puts_are_sent_again_when_they_are_too_many() {
    let world = World::new().await;
    world.dynamodb.trouble(
        TABLE,
        Trouble::Unprocessed {
            percent: 30,
            seed: 2,
        },
    );
    let mut writer = world.writer(absent(&world)).await;
    write_all(&mut writer, &orders(60)).await.unwrap();
    assert_eq!(world.items(), sorted(orders(60)));
    assert_eq!((writer.totals().written, writer.settled(0)), (60, 60));
    assert!(writer.totals().throttled > 5);
}

#[tokio::test]
async fn a_deletion_is_carried_out_in_every_mode() {
    let world = World::new().await;
    seed(&world, &orders(3)).await;
    let mut writer = world.writer(absent(&world)).await;
    let key = item(&json!({ "id": order(2)["id"] }));
    writer
        .send(Place { file: 0, line: 1 }, Write::Delete(key))
        .await
        .unwrap();
    writer.flush().await.unwrap();
    assert_eq!(world.items(), sorted([order(1), order(3)]));
}

#[tokio::test]
async fn names_that_are_reserved_words_or_need_escapes_are_no_trouble() {
    let world = World::new().await;
    let mode = Mode::PutNewer {
        attribute: "time \"zone\"".to_owned(),
    };
    let mut ours = order(1);
    ours["time \"zone\""] = json!({ "S": "a\\b\"c" });
    for _ in 0..2 {
        let options = WriterOptions {
            mode: mode.clone(),
            ..world.options()
        };
        let mut writer = world.writer(options).await;
        write_all(&mut writer, std::slice::from_ref(&ours))
            .await
            .unwrap();
    }
    assert_eq!(world.items(), sorted([ours]));
}
