//! Nothing is lost whatever the service does.

use std::time::Duration;

use dynamodb_table::{Place, TableError, Write, WriterOptions};
use function_core::Retryable as _;
use serde_json::json;
use simulators::dynamodb::{Trouble, expired, refuse};
use simulators::{Effect, When};

use crate::world::{TABLE, World, item, order, orders, send_all, sorted, write_all};

fn batches() -> When {
    When::action("BatchWriteItem")
}

#[tokio::test]
async fn what_comes_back_unprocessed_is_sent_again() {
    let world = World::new().await;
    world.dynamodb.trouble(
        TABLE,
        Trouble::Unprocessed {
            percent: 30,
            seed: 7,
        },
    );
    let mut writer = world.writer(world.options()).await;
    write_all(&mut writer, &orders(1000)).await.unwrap();
    assert_eq!(world.items(), sorted(orders(1000)));
    assert_eq!((writer.totals().written, writer.settled(0)), (1000, 1000));
    let tally = world.dynamodb.tally();
    assert!(tally.unprocessed > 250, "{}", tally.unprocessed);
    // Each item was put once, whatever came back.
    assert_eq!(tally.put, 1000);
}

#[tokio::test]
async fn deletions_that_come_back_are_sent_again() {
    let world = World::new().await;
    let mut writer = world.writer(world.options()).await;
    write_all(&mut writer, &orders(200)).await.unwrap();
    world.dynamodb.trouble(
        TABLE,
        Trouble::Unprocessed {
            percent: 50,
            seed: 1,
        },
    );
    for number in 1..=200 {
        let key = item(&json!({ "id": order(number)["id"] }));
        let place = Place {
            file: 1,
            line: number,
        };
        writer.send(place, Write::Delete(key)).await.unwrap();
    }
    writer.flush().await.unwrap();
    assert!(world.items().is_empty());
    assert_eq!((writer.totals().deleted, writer.settled(1)), (200, 200));
}

#[tokio::test]
async fn a_storm_of_throttling_is_sat_out() {
    let world = World::new().await;
    let until = world.now() + jiff::SignedDuration::from_secs(60);
    world
        .dynamodb
        .trouble(TABLE, Trouble::ThrottledUntil(until));
    let mut writer = world.writer(world.options()).await;
    write_all(&mut writer, &orders(300)).await.unwrap();
    assert_eq!(world.items(), sorted(orders(300)));
    assert!(writer.totals().throttled > 10);
    assert!(world.seconds() > 60.0);
}

#[tokio::test]
async fn a_service_that_stays_busy_is_given_up_and_says_so() {
    let world = World::new().await;
    let mut writer = world.writer(world.options()).await;
    write_all(&mut writer, &orders(100)).await.unwrap();
    world.dynamodb.trouble(
        TABLE,
        Trouble::Unprocessed {
            percent: 100,
            seed: 1,
        },
    );
    let error = async {
        for number in 101..=200 {
            crate::world::send(
                &mut writer,
                Place {
                    file: 0,
                    line: number,
                },
                &order(number),
            )
            .await?;
        }
        writer.flush().await
    };
    let error = error.await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    assert_eq!(writer.settled(0), 100);
    assert!(
        (180.0..400.0).contains(&world.seconds()),
        "{}",
        world.seconds()
    );
    let stopped = writer.flush().await.unwrap_err();
    assert!(matches!(stopped, TableError::Stopped { .. }), "{stopped}");
}

#[tokio::test]
async fn a_single_item_that_never_comes_through_is_told() {
    let world = World::new().await;
    let refused = json!({ "id": order(13)["id"] });
    world.dynamodb.trouble(
        TABLE,
        Trouble::Refused {
            key: refused,
            code: "InternalServerError".to_owned(),
            message: "try again".to_owned(),
        },
    );
    let mut writer = world.writer(world.options()).await;
    let error = write_all(&mut writer, &orders(20)).await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    assert_eq!(writer.settled(0), 0);
}

#[tokio::test]
async fn cut_lines_and_faults_of_the_service_double_and_lose_nothing() {
    let world = World::new().await;
    world.dynamodb.script(batches().nth(2), Effect::Cut);
    world.dynamodb.script(batches().nth(3), Effect::CutAfter(0));
    world
        .dynamodb
        .script(batches().nth(5), refuse("InternalServerError", "sorry"));
    world.dynamodb.script(
        batches().nth(6),
        refuse("ThrottlingException", "Rate exceeded"),
    );
    let mut writer = world.writer(world.options()).await;
    write_all(&mut writer, &orders(250)).await.unwrap();
    assert_eq!(world.items(), sorted(orders(250)));
    assert_eq!((writer.totals().written, writer.settled(0)), (250, 250));
}

#[tokio::test]
async fn expired_credentials_stop_at_once_and_say_how_far_it_came() {
    let world = World::new().await;
    world.dynamodb.script(batches().from(5), expired());
    let options = WriterOptions {
        max_concurrency: 1,
        ..world.options()
    };
    let mut writer = world.writer(options).await;
    let error = write_all(&mut writer, &orders(500)).await.unwrap_err();
    assert!(
        error.is_without_credentials() && !error.is_retryable(),
        "{error}"
    );
    assert!(error.to_string().contains("AWS_ACCESS_KEY_ID"), "{error}");
    assert!(error.to_string().contains(TABLE), "{error}");
    assert_eq!(writer.settled(0), 100);
    assert_eq!(world.items(), sorted(orders(100)));
    assert!(world.dynamodb.tally().calls["BatchWriteItem"] <= 6);
}

#[tokio::test]
async fn what_another_run_settled_need_not_be_sent_again() {
    let world = World::new().await;
    world.dynamodb.trouble(
        TABLE,
        Trouble::Unprocessed {
            percent: 30,
            seed: 3,
        },
    );
    world.dynamodb.script(batches().from(12), expired());
    let mut writer = world.writer(world.options()).await;
    write_all(&mut writer, &orders(500)).await.unwrap_err();
    let settled = writer.settled(0);
    assert!(settled > 0 && settled < 500, "{settled}");
    let before: std::collections::HashSet<_> = world.items().into_iter().collect();
    for written in sorted(orders(settled)) {
        assert!(
            before.contains(&written),
            "{written} counts as settled and is not there"
        );
    }

    world.dynamodb.clear_script();
    let mut writer = world.writer(world.options()).await;
    for number in settled + 1..=500 {
        crate::world::send(
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
    writer.flush().await.unwrap();
    assert_eq!(world.items(), sorted(orders(500)));
}

#[tokio::test]
async fn a_table_that_is_gone_ends_it() {
    let world = World::new().await;
    let mut writer = world.writer(world.options()).await;
    world.dynamodb.delete_table(TABLE);
    let error = write_all(&mut writer, &orders(30)).await.unwrap_err();
    assert!(!error.is_retryable(), "{error}");
    assert!(
        error.to_string().contains("ResourceNotFoundException"),
        "{error}"
    );
    assert!(writer.poisoned().is_empty());
}

#[tokio::test]
async fn a_writer_that_is_dropped_leaves_nothing_running() {
    let world = World::new().await;
    world
        .dynamodb
        .script(batches(), Effect::Delay(Duration::from_millis(100)));
    let mut writer = world.writer(world.options()).await;
    send_all(&mut writer, &orders(100)).await.unwrap();
    drop(writer);
    tokio::time::sleep(Duration::from_millis(150)).await;
    let calls = world.dynamodb.tally().calls;
    let later = calls.get("BatchWriteItem").copied().unwrap_or(0);
    assert!(later <= 4, "{later}");
}
