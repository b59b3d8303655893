use reqwest::Method;
use serde_json::{Value, json};
use simulators::Kintone;
use simulators::kintone::{App, Field, FieldType, Options};

use crate::api::{call, get, ids, request};

#[tokio::test]
async fn a_page_without_a_limit_has_the_newest_hundred() {
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(App::generated(250));
    let (_, body) = get(&kintone, app, "records.json", "").await;
    assert_eq!(ids(&body), (151..=250).rev().collect::<Vec<_>>());
    assert_eq!(body["totalCount"], Value::Null);
}

#[tokio::test]
async fn an_id_seek_meets_every_record_once() {
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(App::generated(1_234));
    kintone.delete(app, &[7, 700, 1_234]);
    let mut seen: Vec<u64> = Vec::new();
    loop {
        let last = seen.last().copied().unwrap_or(0);
        let query = format!("$id > {last} order by $id asc limit 500");
        let page = ids(&get(&kintone, app, "records.json", &query).await.1);
        seen.extend(&page);
        if page.len() < 500 {
            break;
        }
    }
    let expected = (1..1_234)
        .filter(|id| ![7, 700].contains(id))
        .collect::<Vec<u64>>();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_window_of_ids_is_read_without_its_neighbours() {
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(App::generated(5_000));
    let query = "$id > 1000 and $id <= 1500 order by $id asc limit 500";
    let (_, body) = get(&kintone, app, "records.json", query).await;
    assert_eq!(ids(&body), (1_001..=1_500).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_limit_over_500_and_an_offset_over_10000_are_refused() {
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(App::article());
    for (query, code) in [("limit 501", "GAIA_QU01"), ("offset 10001", "GAIA_QU02")] {
        let (status, body) = get(&kintone, app, "records.json", query).await;
        assert_eq!((status, &body["code"]), (400, &json!(code)));
    }
}

#[tokio::test]
async fn conditions_and_orders_mean_what_they_say() {
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(
        App::new("numbers")
            .field(Field::new("n", FieldType::Number))
            .field(Field::new("t", FieldType::SingleLineText))
            .record(json!({ "n": { "value": "9" }, "t": { "value": "apple" } }))
            .record(json!({ "n": { "value": "10" }, "t": { "value": "Apple pie" } }))
            .record(json!({ "n": { "value": "" }, "t": { "value": "日本 \"語\"" } })),
    );
    let cases: [(&str, &[u64]); 10] = [
        ("n > 9", &[2]),
        ("n >= \"9\" order by n asc", &[1, 2]),
        ("n = \"\"", &[3]),
        ("t like \"apple\"", &[2, 1]),
        ("t = \"日本 \\\"語\\\"\"", &[3]),
        ("(n = 9 or n = 10) and t != \"apple\"", &[2]),
        ("t in (\"apple\", \"pear\")", &[1]),
        ("t not in (\"apple\") order by $id asc", &[2, 3]),
        ("レコード番号 >= 2 order by t asc, $id asc", &[2, 3]),
        ("更新日時 <= NOW() limit 1 offset 1", &[2]),
    ];
    for (query, expected) in cases {
        let (_, body) = get(&kintone, app, "records.json", query).await;
        assert_eq!(ids(&body), expected, "{query}");
    }
}

#[tokio::test]
async fn a_query_that_means_nothing_is_refused_by_its_code() {
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(
        App::article()
            .field(Field::table(
                "tbl",
                [Field::new("inner", FieldType::SingleLineText)],
            ))
            .field(Field::new("related", FieldType::ReferenceTable)),
    );
    let cases = [
        ("nobody = \"a\"", "GAIA_IQ11"),
        ("company > \"a\"", "GAIA_IQ03"),
        ("inner = \"a\"", "GAIA_IQ07"),
        ("related = \"a\"", "GAIA_IR02"),
        ("作成者 in (\"ghost\")", "GAIA_IL42"),
        ("company = ", "CB_VA01"),
        ("company = \"a\" and", "CB_VA01"),
    ];
    for (query, code) in cases {
        let (status, body) = get(&kintone, app, "records.json", query).await;
        assert_eq!((status, &body["code"]), (400, &json!(code)), "{query}");
    }
}

#[tokio::test]
async fn a_long_query_comes_as_a_post_that_says_it_is_a_get() {
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(App::article());
    let token = kintone.token(app);
    let names = (0..900)
        .map(|number| format!("\"company{number}\""))
        .collect::<Vec<_>>();
    let query = format!("company in ({}) or $id = 3", names.join(","));
    let path = format!("records.json?app={app}&query={query}");
    let response = request(&kintone, &token, Method::GET, &path)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 414);
    let body = json!({ "app": app, "query": query, "totalCount": true, "fields": ["$id"] });
    let response = request(&kintone, &token, Method::POST, "records.json")
        .header("X-HTTP-Method-Override", "GET")
        .json(&body);
    let body = response
        .send()
        .await
        .unwrap()
        .json::<Value>()
        .await
        .unwrap();
    let expected = json!({
        "records": [{ "$id": { "type": "__ID__", "value": "3" } }],
        "totalCount": "1",
    });
    assert_eq!(body, expected);
    let (_, body) = call(
        &kintone,
        &token,
        Method::GET,
        "records.json",
        json!({ "app": app }),
    )
    .await;
    assert_eq!(ids(&body), [4, 3, 2, 1]);
}

#[tokio::test]
async fn records_carry_a_status_only_where_process_management_is_on() {
    let kintone = Kintone::start(Options::default());
    let off = kintone.add_app(App::article());
    let on = kintone.add_app(App::article().process_management());
    assert!(kintone.record(off, 1).unwrap().get("ステータス").is_none());
    assert!(kintone.record(on, 1).unwrap().get("ステータス").is_some());
    let (_, body) = get(&kintone, off, "app/form/fields.json", "").await;
    assert_eq!(body["properties"]["ステータス"]["enabled"], json!(false));
}

#[tokio::test]
async fn record_numbers_carry_the_app_code() {
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(App::article().code("BOOK"));
    let (_, body) = get(&kintone, app, "records.json", "レコード番号 = \"BOOK-2\"").await;
    assert_eq!(body["records"][0]["レコード番号"]["value"], json!("BOOK-2"));
}

#[tokio::test]
async fn an_app_in_a_guest_space_has_a_path_of_its_own() {
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(App::article().guest_space(5));
    let (status, body) = get(&kintone, app, "records.json", "").await;
    assert_eq!((status, &body["code"]), (400, &json!("GAIA_IL23")));
    let url = format!("{}/k/guest/5/v1/records.json?app={app}", kintone.base_url());
    let client = reqwest::Client::new();
    let response = client
        .get(url)
        .header("X-Cybozu-API-Token", kintone.token(app));
    assert_eq!(response.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_generated_record_is_about_as_large_as_a_real_one() {
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(App::generated(100_000));
    let body = get(
        &kintone,
        app,
        "records.json",
        "$id > 50000 order by $id asc limit 500",
    )
    .await
    .1;
    let bytes = body["records"][0].to_string().len();
    assert!((900..1_050).contains(&bytes), "{bytes} bytes");
}

#[tokio::test]
async fn a_field_that_may_not_be_viewed_is_on_the_form_and_not_in_records() {
    let kintone = Kintone::start(Options::default());
    let secret = Field::new("secret", FieldType::SingleLineText).hidden();
    let app = kintone.add_app(App::new("partly hidden").field(secret).record(json!({})));
    let (_, form) = get(&kintone, app, "app/form/fields.json", "").await;
    assert!(form["properties"].get("secret").is_some());
    let (_, body) = get(&kintone, app, "records.json", "").await;
    assert!(body["records"][0].get("secret").is_none());
}

#[tokio::test]
async fn an_address_names_at_most_a_hundred_fields() {
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(App::article());
    for (count, status) in [(100, 200), (101, 400)] {
        let fields = (0..count).map(|index| format!("&fields[{index}]=f{index}"));
        let path = format!("records.json?app={app}{}", fields.collect::<String>());
        let request = request(&kintone, &kintone.token(app), Method::GET, &path);
        assert_eq!(request.send().await.unwrap().status(), status);
    }
}
