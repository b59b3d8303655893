//! Items go in as they are, in batches, and what is settled is known exactly.

use dynamodb_table::{Line, Place, Time, Write, WriterOptions};
use serde_json::json;
use simulators::dynamodb::Table;
use simulators::{Effect, Hold, When};

use crate::world::{TABLE, World, item, order, orders, send, send_all, sorted, write_all};

#[tokio::test]
async fn items_arrive_as_they_were_in_batches_of_25() {
    let world = World::new().await;
    let mut writer = world.writer(world.options()).await;
    write_all(&mut writer, &orders(110)).await.unwrap();
    assert_eq!(world.items(), sorted(orders(110)));
    let tally = world.dynamodb.tally();
    assert_eq!(
        (tally.calls["BatchWriteItem"], tally.most_operations),
        (5, 25)
    );
    let totals = writer.totals();
    assert_eq!(
        (totals.written, totals.requests, totals.wru),
        (110, 5, 110.0)
    );
    assert_eq!(writer.settled(0), 110);
}

#[tokio::test]
async fn each_type_of_value_survives() {
    let world = World::new().await;
    let all = json!({
        "id": { "S": "quote \" backslash \\ newline \n 漢字 \u{1F600}" },
        "empty": { "S": "" },
        "number": { "N": "-1234567890123456789012345678901234567.8" },
        "bytes": { "B": "AAECAwT/" },
        "no bytes": { "B": "" },
        "texts": { "SS": ["b", "a", ""] },
        "numbers": { "NS": ["3", "-1.5", "1E30"] },
        "binaries": { "BS": ["AAE=", "/w=="] },
        "null": { "NULL": true },
        "map": { "M": { "list": { "L": [{ "N": "1" }, { "M": {} }, { "L": [] }] } } },
    });
    let mut writer = world.writer(world.options()).await;
    write_all(&mut writer, std::slice::from_ref(&all))
        .await
        .unwrap();
    assert_eq!(world.items(), sorted([all]));
}

#[tokio::test]
async fn a_line_with_more_than_the_item_is_written_without_it() {
    let world = World::new().await;
    let mut writer = world.writer(world.options()).await;
    let text = format!(r#" {{ "Added" : {{"a":1}} , "Item" : {} }} "#, order(1));
    let line = Line::parse(text.as_bytes()).unwrap();
    writer
        .send(Place { file: 0, line: 1 }, Write::Put(line))
        .await
        .unwrap();
    let parsed = Line::from(item(&order(2)));
    writer
        .send(Place { file: 0, line: 2 }, Write::Put(parsed))
        .await
        .unwrap();
    writer.flush().await.unwrap();
    assert_eq!(world.items(), sorted(orders(2)));
}

#[tokio::test]
async fn of_two_writes_of_one_key_in_a_batch_the_later_wins() {
    let table = Table::new(TABLE, &[("id", "N")]);
    let world = World::with(table).await;
    let mut writer = world.writer(world.options()).await;
    // The same key to the service, though not the same text.
    let item = |id: &str, name: &str| json!({ "id": { "N": id }, "name": { "S": name } });
    let items = [
        item("1", "a"),
        item("2", "b"),
        item("1.0", "c"),
        item("0.1E1", "d"),
    ];
    write_all(&mut writer, &items).await.unwrap();
    assert_eq!(world.items(), sorted([item("1", "d"), item("2", "b")]));
    assert_eq!((writer.totals().written, writer.settled(0)), (4, 4));
    assert_eq!(world.dynamodb.tally().put, 2);
}

#[tokio::test]
async fn a_put_and_a_deletion_of_one_key_end_as_the_later() {
    let world = World::new().await;
    let mut writer = world.writer(world.options()).await;
    let key = |number: u64| item(&json!({ "id": order(number)["id"] }));
    send(&mut writer, Place { file: 0, line: 1 }, &order(1))
        .await
        .unwrap();
    writer
        .send(Place { file: 0, line: 2 }, Write::Delete(key(1)))
        .await
        .unwrap();
    writer
        .send(Place { file: 0, line: 3 }, Write::Delete(key(2)))
        .await
        .unwrap();
    send(&mut writer, Place { file: 0, line: 4 }, &order(2))
        .await
        .unwrap();
    writer.flush().await.unwrap();
    assert_eq!(world.items(), sorted([order(2)]));
    assert_eq!((writer.totals().written, writer.totals().deleted), (2, 2));
}

#[tokio::test]
async fn a_deletion_names_the_key_alone() {
    let world = World::new().await;
    let mut writer = world.writer(world.options()).await;
    write_all(&mut writer, &orders(3)).await.unwrap();
    let whole = item(&order(2));
    writer
        .send(Place { file: 0, line: 4 }, Write::Delete(whole))
        .await
        .unwrap();
    writer.flush().await.unwrap();
    assert_eq!(world.items(), sorted([order(1), order(3)]));
    assert_eq!(writer.totals().deleted, 1);
}

#[tokio::test]
async fn a_batch_that_hangs_holds_back_its_file_alone() {
    let world = World::new().await;
    let hold = Hold::default();
    // The batch of order 1, whichever comes first.
    world.dynamodb.script(
        When::action("BatchWriteItem").containing("order-000001"),
        Effect::Held(hold.clone()),
    );
    // The service hangs on the real clock.
    let options = WriterOptions {
        time: Time::tokio(),
        ..world.options()
    };
    let mut writer = world.writer(options).await;
    for number in 1..=25 {
        send(
            &mut writer,
            Place {
                file: 0,
                line: number,
            },
            &order(number),
        )
        .await
        .unwrap();
    }
    for number in 26..=100 {
        send(
            &mut writer,
            Place {
                file: 1,
                line: number - 25,
            },
            &order(number),
        )
        .await
        .unwrap();
    }
    // Another batch ends while the first one hangs.
    let mut line = 76;
    while writer.settled(1) == 0 {
        send(&mut writer, Place { file: 1, line }, &order(line + 25))
            .await
            .unwrap();
        tokio::task::yield_now().await;
        line += 1;
    }
    assert_eq!(writer.settled(0), 0);
    hold.let_go();
    writer.flush().await.unwrap();
    assert_eq!((writer.settled(0), writer.settled(1)), (25, line - 1));
}

#[tokio::test]
async fn never_more_requests_are_under_way_than_allowed() {
    let world = World::new().await;
    world
        .dynamodb
        .script(When::action("BatchWriteItem"), Effect::Together(3));
    world
        .dynamodb
        .set_latency(std::time::Duration::from_millis(20));
    // The tests' time would wait for the requests that wait for each other.
    let options = WriterOptions {
        max_concurrency: 3,
        time: Time::tokio(),
        ..world.options()
    };
    let mut writer = world.writer(options).await;
    write_all(&mut writer, &orders(500)).await.unwrap();
    assert_eq!(world.dynamodb.max_running(), 3);
    assert_eq!(world.items().len(), 500);
}

#[tokio::test]
async fn requests_go_on_while_the_caller_waits_for_something_else() {
    let world = World::new().await;
    let mut writer = world.writer(world.options()).await;
    send_all(&mut writer, &orders(26)).await.unwrap();
    while world.dynamodb.tally().put < 25 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert_eq!(world.dynamodb.tally().put, 25);
}

#[tokio::test]
async fn a_write_that_was_not_taken_at_a_deadline_is_not_sent() {
    let world = World::new().await;
    let hold = Hold::default();
    world
        .dynamodb
        .script(When::action("BatchWriteItem"), Effect::Held(hold.clone()));
    let options = WriterOptions {
        max_concurrency: 1,
        ..world.options()
    };
    let mut writer = world.writer(options).await;
    send_all(&mut writer, &orders(50)).await.unwrap();
    let place = Place { file: 0, line: 51 };
    let deadline = std::time::Duration::from_millis(20);
    let late = order(51);
    let sending = tokio::time::timeout(deadline, send(&mut writer, place, &late));
    assert!(sending.await.is_err());
    hold.let_go();
    writer.flush().await.unwrap();
    assert_eq!(writer.settled(0), 50);
    assert_eq!(world.items(), sorted(orders(50)));
}

#[tokio::test]
async fn large_items_go_in_smaller_batches() {
    let world = World::new().await;
    let mut writer = world.writer(world.options()).await;
    let large =
        |number: u64| json!({ "id": order(number)["id"], "text": { "S": "x".repeat(300_000) } });
    let items: Vec<_> = (1..=30).map(large).collect();
    write_all(&mut writer, &items).await.unwrap();
    assert_eq!(world.items(), sorted(items));
    let tally = world.dynamodb.tally();
    assert!(tally.most_bytes < 2_200_000, "{}", tally.most_bytes);
}
