//! Reading in an order of the caller's, and giving the cursor back on every path.

use std::time::Duration;

use kintone_client::{Cause, ClientError, Cursor, limits};
use simulators::{Effect, Hold, When};

use function_core::Retryable as _;

use crate::world::{World, until};

const ORDER: &str = "order by $id desc";

async fn cursor(world: &World) -> Cursor {
    world.client().cursor(world.app, &[], ORDER).await.unwrap()
}

/// Waits until the domain has `count` cursors.
async fn settle(world: &World, count: usize) {
    until(|| world.kintone.open_cursors() == count).await;
}

/// How many requests of `method` there were.
fn requests(world: &World, method: &str) -> usize {
    let seen = world.kintone.requests();
    seen.iter().filter(|seen| seen.method == method).count()
}

/// Waits for `work` no longer once a request of `method` is held.
async fn given_up_at<T>(world: &World, method: &str, work: impl Future<Output = T>) -> Hold {
    let (hold, before) = (Hold::default(), requests(world, method));
    let requests_of_it = When::path("cursor.json").method(method);
    world
        .kintone
        .script(requests_of_it, Effect::Held(hold.clone()));
    tokio::select! {
        _ = work => panic!("it was not held"),
        () = until(|| requests(world, method) > before) => {}
    }
    hold
}

async fn read(cursor: &mut Cursor) -> Result<Vec<u64>, ClientError> {
    let mut ids = Vec::new();
    while let Some(page) = cursor.next_page().await? {
        ids.extend(page.ids()?.into_iter().map(|(id, _)| id));
    }
    Ok(ids)
}

#[tokio::test]
async fn records_come_in_the_wanted_order_500_a_page() {
    let world = World::generated(1_200);
    let mut cursor = cursor(&world).await;
    assert_eq!(cursor.total_count(), 1_200);
    assert_eq!(
        read(&mut cursor).await.unwrap(),
        (1..=1_200).rev().collect::<Vec<_>>()
    );
    // One request to make it and one a page; the last page gives it back.
    assert_eq!(
        (world.kintone.requests().len(), world.kintone.open_cursors()),
        (4, 0)
    );
    assert!(cursor.next_page().await.unwrap().is_none());
}

#[tokio::test]
async fn a_condition_and_fields_are_respected() {
    let world = World::generated(30);
    let fields = ["company".to_owned()];
    let query = "$id > 28 order by $id desc";
    let mut cursor = world
        .client()
        .cursor(world.app, &fields, query)
        .await
        .unwrap();
    let page = cursor.next_page().await.unwrap().unwrap();
    assert_eq!(page.ids().unwrap(), [(30, 1), (29, 1)]);
    assert_eq!(page.records().unwrap()[0].iter().count(), 1);
}

#[tokio::test]
async fn a_page_whose_records_are_gone_is_empty_and_not_the_last() {
    let world = World::generated(1_200);
    let mut cursor = cursor(&world).await;
    world
        .kintone
        .delete(world.app, &(201..=700).collect::<Vec<_>>());
    assert_eq!(
        read(&mut cursor).await.unwrap(),
        (701..=1_200)
            .rev()
            .chain((1..=200).rev())
            .collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn a_closed_cursor_is_given_back() {
    let world = World::generated(600);
    let mut cursor = cursor(&world).await;
    cursor.next_page().await.unwrap();
    assert_eq!(world.kintone.open_cursors(), 1);
    cursor.close().await;
    assert_eq!(world.kintone.open_cursors(), 0);
}

#[tokio::test]
async fn a_dropped_cursor_is_given_back() {
    let world = World::generated(600);
    drop(cursor(&world).await);
    settle(&world, 0).await;
}

#[tokio::test]
async fn a_cursor_is_given_back_after_a_lasting_error() {
    let world = World::generated(600);
    let mut cursor = cursor(&world).await;
    world.kintone.script(
        When::path("cursor.json").method("GET"),
        Effect::refuse(403, "GAIA_NO01"),
    );
    assert_eq!(read(&mut cursor).await.unwrap_err().cause(), Cause::NoRight);
    assert_eq!(world.kintone.open_cursors(), 0);
}

#[tokio::test]
async fn a_cursor_whose_making_nobody_waits_for_is_given_back() {
    let world = World::generated(600);
    let client = world.client();
    let making = client.cursor(world.app, &[], ORDER);
    given_up_at(&world, "POST", making).await.let_go();
    until(|| requests(&world, "DELETE") > 0).await;
    settle(&world, 0).await;
    assert_eq!(world.kintone.requests().len(), 2);
}

#[tokio::test]
async fn a_page_that_may_be_lost_is_an_error_and_not_skipped() {
    for fault in [Effect::CutAfter(100), Effect::html(502), Effect::not_json()] {
        let world = World::generated(1_200);
        let mut cursor = cursor(&world).await;
        world
            .kintone
            .script(When::path("cursor.json").method("GET").nth(2), fault);
        let error = read(&mut cursor).await.unwrap_err();
        assert!(matches!(error, ClientError::PageLost { .. }), "{error}");
        assert!(error.is_retryable());
        assert_eq!(world.kintone.open_cursors(), 0);
    }
}

#[tokio::test]
async fn a_page_that_nobody_waited_for_is_lost() {
    let world = World::generated(1_200);
    let mut cursor = cursor(&world).await;
    given_up_at(&world, "GET", cursor.next_page())
        .await
        .let_go();
    let error = cursor.next_page().await.unwrap_err();
    assert!(matches!(error, ClientError::PageLost { .. }), "{error}");
    settle(&world, 0).await;
}

#[tokio::test]
async fn a_page_that_was_surely_not_given_is_asked_for_again() {
    for fault in [
        Effect::refuse(429, "GAIA_TO04"),
        Effect::refuse(400, "GAIA_DA02"),
        Effect::html(503),
    ] {
        let world = World::generated(1_200);
        let mut cursor = cursor(&world).await;
        world
            .kintone
            .script(When::path("cursor.json").method("GET").nth(2), fault);
        assert_eq!(read(&mut cursor).await.unwrap().len(), 1_200);
    }
}

#[tokio::test]
async fn an_expired_cursor_is_told() {
    let world = World::generated(1_200);
    let mut cursor = cursor(&world).await;
    cursor.next_page().await.unwrap();
    world.kintone.advance(Duration::from_secs(601));
    assert_eq!(
        cursor.next_page().await.unwrap_err().cause(),
        Cause::CursorGone
    );
}

#[tokio::test]
async fn taken_cursors_are_waited_for_slowly() {
    let world = World::generated(600);
    let mut others = Vec::new();
    for _ in 0..10 {
        others.push(cursor(&world).await);
    }
    let error = world
        .client()
        .cursor(world.app, &[], ORDER)
        .await
        .unwrap_err();
    assert_eq!(error.cause(), Cause::CursorsTaken);
    assert!(
        error.to_string().contains("3 attempts; all 10 cursors"),
        "{error}"
    );
    assert_eq!(world.waits(), [limits::CURSOR_PAUSE; 2]);
    others.pop().unwrap().close().await;
    cursor(&world).await.close().await;
}
