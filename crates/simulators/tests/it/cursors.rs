use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use simulators::Kintone;
use simulators::kintone::{App, Options};

use crate::api::{call, ids};

async fn open(kintone: &Kintone, app: u64, body: Value) -> (u16, Value) {
    let mut body = body;
    body["app"] = json!(app);
    call(
        kintone,
        &kintone.token(app),
        Method::POST,
        "records/cursor.json",
        body,
    )
    .await
}

async fn next(kintone: &Kintone, app: u64, cursor: &Value) -> (u16, Value) {
    let body = json!({ "id": cursor["id"] });
    call(
        kintone,
        &kintone.token(app),
        Method::GET,
        "records/cursor.json",
        body,
    )
    .await
}

#[tokio::test]
async fn a_cursor_reads_a_hundred_at_a_time_and_frees_itself_with_the_last_page() {
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(App::generated(150));
    let (_, cursor) = open(&kintone, app, json!({ "query": "order by company asc" })).await;
    assert_eq!(cursor["totalCount"], json!("150"));
    let (_, first) = next(&kintone, app, &cursor).await;
    assert_eq!((ids(&first).len(), &first["next"]), (100, &json!(true)));
    let (_, last) = next(&kintone, app, &cursor).await;
    assert_eq!((ids(&last).len(), &last["next"]), (50, &json!(false)));
    assert_eq!(kintone.open_cursors(), 0);
    let (status, body) = next(&kintone, app, &cursor).await;
    assert_eq!((status, &body["code"]), (404, &json!("GAIA_CN01")));
}

#[tokio::test]
async fn the_eleventh_cursor_is_refused_until_one_is_closed() {
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(App::generated(150));
    let (_, first) = open(&kintone, app, json!({})).await;
    for _ in 1..10 {
        assert_eq!(open(&kintone, app, json!({})).await.0, 200);
    }
    let (status, body) = open(&kintone, app, json!({})).await;
    assert_eq!((status, &body["code"]), (429, &json!("GAIA_TM12")));
    let close = json!({ "id": first["id"] });
    call(
        &kintone,
        &kintone.token(app),
        Method::DELETE,
        "records/cursor.json",
        close,
    )
    .await;
    assert_eq!(open(&kintone, app, json!({})).await.0, 200);
}

#[tokio::test]
async fn a_cursor_lives_ten_minutes_after_each_page() {
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(App::generated(30));
    let (_, cursor) = open(&kintone, app, json!({ "size": 10 })).await;
    kintone.advance(Duration::from_mins(9));
    assert_eq!(next(&kintone, app, &cursor).await.0, 200);
    kintone.advance(Duration::from_mins(9));
    assert_eq!(next(&kintone, app, &cursor).await.0, 200);
    kintone.advance(Duration::from_mins(10));
    assert_eq!(next(&kintone, app, &cursor).await.0, 404);
}

#[tokio::test]
async fn the_set_is_fixed_and_the_values_are_not() {
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(App::generated(6));
    let query = json!({ "size": 2, "query": "order by $id asc", "fields": ["$id", "company"] });
    let (_, cursor) = open(&kintone, app, query).await;
    kintone.delete(app, &[1, 2]);
    kintone.update(app, 3, &json!({ "company": { "value": "changed" } }));
    kintone.insert(app, [&json!({})]);
    let (_, emptied) = next(&kintone, app, &cursor).await;
    assert_eq!(emptied, json!({ "records": [], "next": true }));
    let (_, second) = next(&kintone, app, &cursor).await;
    assert_eq!(second["records"][0]["company"]["value"], json!("changed"));
    let (_, last) = next(&kintone, app, &cursor).await;
    assert_eq!((ids(&last), &last["next"]), (vec![5, 6], &json!(false)));
}

#[tokio::test]
async fn a_cursor_takes_no_limit_of_its_own() {
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(App::article());
    for body in [
        json!({ "query": "limit 5" }),
        json!({ "query": "offset 5" }),
        json!({ "size": 501 }),
    ] {
        assert_eq!(open(&kintone, app, body).await.1["code"], json!("CB_VA01"));
    }
}
