use reqwest::Method;
use serde_json::{Value, json};
use simulators::kintone::{App, Field, FieldType, LOOKUP_SOURCE, Options, Rounding};
use simulators::{Kintone, When};

use crate::api::call;

/// Sends with the token of app 1, and with that of the lookups' source where it is there.
async fn send(kintone: &Kintone, method: Method, path: &str, body: Value) -> (u16, Value) {
    let source = kintone
        .apps()
        .contains(&LOOKUP_SOURCE)
        .then(|| kintone.token(LOOKUP_SOURCE));
    let tokens = [Some(kintone.token(1)), source]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>();
    call(kintone, &tokens.join(","), method, path, body).await
}

async fn add(kintone: &Kintone, record: Value) -> (u16, Value) {
    send(
        kintone,
        Method::POST,
        "record.json",
        json!({ "app": 1, "record": record }),
    )
    .await
}

async fn change(kintone: &Kintone, id: u64, record: Value) -> (u16, Value) {
    let body = json!({ "app": 1, "id": id, "record": record });
    send(kintone, Method::PUT, "record.json", body).await
}

fn start(fields: impl IntoIterator<Item = Field>) -> Kintone {
    let kintone = Kintone::start(Options::default());
    kintone.add_app(fields.into_iter().fold(App::new("under test"), App::field));
    kintone
}

fn value(kintone: &Kintone, id: u64, code: &str) -> Value {
    kintone.record(1, id).unwrap()[code]["value"].clone()
}

#[tokio::test]
async fn what_is_left_out_gets_its_default_and_what_is_unknown_is_passed_over() {
    let text = |code| Field::new(code, FieldType::SingleLineText).default_value(json!("default"));
    let kintone = start([text("a"), text("b")]);
    let (_, answer) = add(
        &kintone,
        json!({ "b": { "value": "" }, "nobody": { "value": "x" } }),
    )
    .await;
    assert_eq!(answer, json!({ "id": "1", "revision": "1" }));
    assert_eq!(
        (value(&kintone, 1, "a"), value(&kintone, 1, "b")),
        (json!("default"), json!(""))
    );
}

#[tokio::test]
async fn numbers_are_trimmed_and_rounded_without_a_word() {
    let kintone = start([Field::new("n", FieldType::Number)]);
    let cases = [
        ("1.5e1", "15"),
        (" 7.00 ", "7"),
        ("0.00005", "0"),
        ("0.00015", "0.0002"),
        ("", ""),
    ];
    for (id, (sent, kept)) in (1..).zip(cases) {
        assert_eq!(
            add(&kintone, json!({ "n": { "value": sent } })).await.0,
            200
        );
        assert_eq!(value(&kintone, id, "n"), json!(kept), "{sent}");
    }
}

#[tokio::test]
async fn a_value_that_cannot_be_is_named_by_its_path() {
    let kintone = start([
        Field::new("n", FieldType::Number),
        Field::new("radio", FieldType::RadioButton).options(&["a"]),
        Field::new("check", FieldType::CheckBox).options(&["a"]),
        Field::new("date", FieldType::Date),
        Field::table(
            "tbl",
            [Field::new("drop", FieldType::DropDown).options(&["a"])],
        ),
    ]);
    let row = json!({ "value": { "drop": { "value": "z" } } });
    let cases = [
        (json!({ "n": { "value": "abc" } }), "record[n].value"),
        (json!({ "n": { "value": "1,000" } }), "record[n].value"),
        (
            json!({ "n": { "value": "1234567890123" } }),
            "record.n.value",
        ),
        (json!({ "radio": { "value": "z" } }), "record.radio.value"),
        (
            json!({ "check": { "value": ["a", "z"] } }),
            "record.check.values[1].value",
        ),
        (
            json!({ "date": { "value": "yesterday" } }),
            "record.date.value",
        ),
        (
            json!({ "tbl": { "value": [row] } }),
            "record.tbl.value[0].value.drop.value",
        ),
    ];
    for (record, path) in cases {
        let (status, body) = add(&kintone, record).await;
        assert_eq!((status, &body["code"]), (400, &json!("CB_VA01")), "{body}");
        assert!(body["errors"].get(path).is_some(), "{body}");
    }
}

#[tokio::test]
async fn a_bad_number_in_a_table_becomes_empty() {
    let kintone = start([Field::table("tbl", [Field::new("n", FieldType::Number)])]);
    let row = json!({ "value": { "n": { "value": "abc" } } });
    assert_eq!(
        add(&kintone, json!({ "tbl": { "value": [row] } })).await.0,
        200
    );
    assert_eq!(
        value(&kintone, 1, "tbl")[0]["value"]["n"]["value"],
        json!("")
    );
}

#[tokio::test]
async fn required_and_unique_values_are_asked_for_together() {
    let kintone = start([
        Field::new("must", FieldType::SingleLineText).required(),
        Field::new("once", FieldType::SingleLineText).unique(),
    ]);
    let first = json!({ "must": { "value": "m" }, "once": { "value": "k" } });
    assert_eq!(add(&kintone, first).await.0, 200);
    let (_, body) = add(&kintone, json!({ "once": { "value": "k" } })).await;
    let paths = body["errors"]
        .as_object()
        .unwrap()
        .keys()
        .collect::<Vec<_>>();
    assert_eq!(paths, ["record.must.value", "record.once.value"]);
}

#[tokio::test]
async fn a_field_that_became_required_is_asked_for_when_an_old_record_changes() {
    let kintone = start([Field::new("a", FieldType::SingleLineText)]);
    kintone.insert(1, [&json!({})]);
    kintone.change_app(1, |app| {
        app.field(Field::new("must", FieldType::SingleLineText).required())
    });
    let (status, _) = change(&kintone, 1, json!({ "a": { "value": "x" } })).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn nobody_unknown_can_be_chosen() {
    let kintone = start([
        Field::new("user", FieldType::UserSelect),
        Field::new("org", FieldType::OrganizationSelect),
    ]);
    kintone.add_organization("dev", "開発");
    let chosen = |field: &str, code: &str| json!({ field: { "value": [{ "code": code }] } });
    assert_eq!(
        add(&kintone, chosen("user", "ghost")).await.1["code"],
        json!("GAIA_IL26")
    );
    assert_eq!(
        add(&kintone, chosen("org", "ghost")).await.1["code"],
        json!("GAIA_IL28")
    );
    let (_, answer) = add(&kintone, chosen("org", "dev")).await;
    let id = answer["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(
        value(&kintone, id, "org"),
        json!([{ "code": "dev", "name": "開発" }])
    );
}

#[tokio::test]
async fn rows_are_merged_by_their_ids() {
    let cells = [
        Field::new("a", FieldType::SingleLineText),
        Field::new("b", FieldType::SingleLineText),
    ];
    let kintone = start([
        Field::table("tbl", cells),
        Field::new("text", FieldType::SingleLineText),
    ]);
    let row = |id: &str, a: &str| json!({ "id": id, "value": { "a": { "value": a } } });
    let full = json!({ "value": { "a": { "value": "1" }, "b": { "value": "kept" } } });
    add(
        &kintone,
        json!({ "tbl": { "value": [full, row("", "2")] } }),
    )
    .await;
    let known = value(&kintone, 1, "tbl")[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();

    change(&kintone, 1, json!({ "text": { "value": "x" } })).await;
    assert_eq!(value(&kintone, 1, "tbl").as_array().unwrap().len(), 2);

    change(
        &kintone,
        1,
        json!({ "tbl": { "value": [row("99999", "new"), row(&known, "merged")] } }),
    )
    .await;
    let rows = value(&kintone, 1, "tbl");
    assert_ne!(rows[0]["id"], json!("99999"));
    assert_eq!(
        (&rows[1]["id"], &rows[1]["value"]["b"]["value"]),
        (&json!(known), &json!("kept"))
    );
    assert_eq!(rows.as_array().unwrap().len(), 2);

    change(&kintone, 1, json!({ "tbl": { "value": [] } })).await;
    assert_eq!(value(&kintone, 1, "tbl"), json!([]));
}

#[tokio::test]
async fn times_lose_their_seconds() {
    let kintone = start([Field::new("when", FieldType::Datetime)]);
    kintone.set_now("2024-05-06T07:08:59Z".parse().unwrap());
    add(
        &kintone,
        json!({ "when": { "value": "2024-01-02T09:00:59+09:00" } }),
    )
    .await;
    assert_eq!(value(&kintone, 1, "when"), json!("2024-01-02T00:00:00Z"));
    assert_eq!(
        value(&kintone, 1, "更新日時"),
        json!("2024-05-06T07:08:00Z")
    );
}

#[tokio::test]
async fn a_hundred_records_are_written_together_or_not_at_all() {
    let kintone = start([Field::new("n", FieldType::Number)]);
    let records = |count: usize, last: &str| {
        let mut records = vec![json!({ "n": { "value": "1" } }); count];
        records[count - 1] = json!({ "n": { "value": last } });
        json!({ "app": 1, "records": records })
    };
    let (_, body) = send(&kintone, Method::POST, "records.json", records(100, "abc")).await;
    assert!(
        body["errors"].get("records[99][n].value").is_some(),
        "{body}"
    );
    assert_eq!(kintone.count(1), 0);
    let (status, _) = send(&kintone, Method::POST, "records.json", records(101, "1")).await;
    assert_eq!(status, 400);
    assert_eq!(
        send(&kintone, Method::POST, "records.json", records(100, "1"))
            .await
            .0,
        200
    );
    assert_eq!(kintone.count(1), 100);
}

#[tokio::test]
async fn a_stale_revision_is_a_conflict() {
    let kintone = start([Field::new("a", FieldType::SingleLineText)]);
    kintone.insert(1, [&json!({})]);
    let body = |revision: i64| json!({ "app": 1, "id": 1, "revision": revision, "record": {} });
    assert_eq!(
        send(&kintone, Method::PUT, "record.json", body(1)).await.1,
        json!({ "revision": "2" })
    );
    let (status, answer) = send(&kintone, Method::PUT, "record.json", body(1)).await;
    assert_eq!((status, &answer["code"]), (409, &json!("GAIA_CO02")));
    assert_eq!(
        send(&kintone, Method::PUT, "record.json", body(-1)).await.0,
        200
    );
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let kintone = start([Field::new("key", FieldType::SingleLineText).unique()]);
    let by_key = json!({ "app": 1, "records": [{ "updateKey": { "field": "key", "value": "none" }, "record": {} }] });
    assert_eq!(
        send(&kintone, Method::PUT, "records.json", by_key).await.1["code"],
        json!("GAIA_RE20")
    );
    assert_eq!(
        change(&kintone, 9, json!({})).await.1["code"],
        json!("GAIA_RE01")
    );
    let (_, body) = send(
        &kintone,
        Method::DELETE,
        "records.json",
        json!({ "app": 1, "ids": [9] }),
    )
    .await;
    assert_eq!(body["code"], json!("GAIA_RE01"));
}

#[tokio::test]
async fn what_the_service_sets_cannot_be_sent_or_is_passed_over() {
    let kintone = start([
        Field::new("n", FieldType::Number),
        Field::new("calc", FieldType::Calc).expression("(n + 1) * 2"),
    ]);
    add(
        &kintone,
        json!({ "n": { "value": "4" }, "calc": { "value": "99" } }),
    )
    .await;
    assert_eq!(value(&kintone, 1, "calc"), json!("10"));
    for record in [
        json!({ "レコード番号": { "value": "7" } }),
        json!({ "作成日時": { "value": "2020-01-01T00:00:00Z" } }),
    ] {
        assert_eq!(change(&kintone, 1, record).await.0, 400);
    }
}

#[tokio::test]
async fn a_lookup_copies_and_takes_a_right_to_its_source() {
    let kintone = Kintone::start(Options::default());
    kintone.add_app(App::all_types().without_records());
    let record = json!({ "lookup": { "value": "K2" }, "copied": { "value": "mine" } });
    assert_eq!(
        add(&kintone, record.clone()).await.1["code"],
        json!("GAIA_LO04")
    );
    kintone.add_app(App::lookup_source());
    let (_, answer) = add(&kintone, record).await;
    let id = answer["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(value(&kintone, id, "copied"), json!("V2"));
    assert_eq!(
        add(&kintone, json!({ "lookup": { "value": "K9" } }))
            .await
            .1["code"],
        json!("GAIA_LO04")
    );
}

#[tokio::test]
async fn numbers_of_deleted_records_are_not_given_again() {
    let kintone = start([Field::new("a", FieldType::SingleLineText)]);
    kintone.insert(1, [&json!({}), &json!({})]);
    send(
        &kintone,
        Method::DELETE,
        "records.json",
        json!({ "app": 1, "ids": ["2"], "revisions": [Value::Null] }),
    )
    .await;
    assert_eq!(add(&kintone, json!({})).await.1["id"], json!("3"));
}

#[tokio::test]
async fn a_bulk_request_is_all_or_nothing() {
    let kintone = start([Field::new("n", FieldType::Number)]);
    let post = |n: &str| {
        json!({ "method": "POST", "api": "/k/v1/record.json",
        "payload": { "app": 1, "record": { "n": { "value": n } } } })
    };
    let requests = |requests: Vec<Value>| json!({ "requests": requests });
    let body = requests(vec![post("1"), post("abc"), post("3")]);
    let (status, answer) = send(&kintone, Method::POST, "bulkRequest.json", body).await;
    let results = answer["results"].as_array().unwrap();
    assert_eq!(
        (status, &results[0], &results[2]),
        (400, &json!({}), &json!({}))
    );
    assert_eq!(results[1]["code"], json!("CB_VA01"));
    assert_eq!(kintone.count(1), 0);
    let body = requests(vec![post("1"); 21]);
    assert_eq!(
        send(&kintone, Method::POST, "bulkRequest.json", body)
            .await
            .0,
        400
    );
    let body = requests(vec![post("1"); 20]);
    assert_eq!(
        send(&kintone, Method::POST, "bulkRequest.json", body)
            .await
            .0,
        200
    );
    assert_eq!(kintone.count(1), 20);
}

#[tokio::test]
async fn what_is_not_json_is_refused_as_such() {
    let kintone = start([]);
    let request = crate::api::request(&kintone, &kintone.token(1), Method::POST, "record.json");
    let response = request.body("{").send().await.unwrap();
    assert_eq!(
        response.json::<Value>().await.unwrap()["code"],
        json!("CB_IJ01")
    );
}

#[tokio::test]
async fn an_app_rounds_as_it_is_set() {
    let round = async |rounding, numbers: [&str; 3]| {
        let kintone = Kintone::start(Options::default());
        let app = App::new("rounded")
            .number_precision(10, 1)
            .rounding(rounding);
        kintone.add_app(app.field(Field::new("n", FieldType::Number)));
        let mut kept = Vec::new();
        for (id, number) in (1..).zip(numbers) {
            add(&kintone, json!({ "n": { "value": number } })).await;
            kept.push(value(&kintone, id, "n").as_str().unwrap().to_owned());
        }
        let (_, settings) = send(
            &kintone,
            Method::GET,
            "app/settings.json",
            json!({ "app": 1 }),
        )
        .await;
        (kept, settings["numberPrecision"]["roundingMode"].clone())
    };
    let numbers = ["1.25", "-1.21", "1.29"];
    let texts = |texts: [&str; 3]| texts.map(str::to_owned).to_vec();
    let (kept, mode) = round(Rounding::HalfEven, numbers).await;
    assert_eq!(
        (kept, mode),
        (texts(["1.2", "-1.2", "1.3"]), json!("HALF_EVEN"))
    );
    let (kept, mode) = round(Rounding::Up, numbers).await;
    assert_eq!((kept, mode), (texts(["1.3", "-1.3", "1.3"]), json!("UP")));
    let (kept, mode) = round(Rounding::Down, numbers).await;
    assert_eq!((kept, mode), (texts(["1.2", "-1.2", "1.2"]), json!("DOWN")));
}

#[tokio::test]
async fn a_key_that_is_a_number_is_found_however_it_is_written() {
    let kintone = start([Field::new("n", FieldType::Number).unique()]);
    add(&kintone, json!({ "n": { "value": "12.5" } })).await;
    let item = |value: &str| json!({ "updateKey": { "field": "n", "value": value }, "record": {} });
    let body = json!({ "app": 1, "upsert": true, "records": [item("0012.50"), item("7")] });
    let (status, answer) = send(&kintone, Method::PUT, "records.json", body).await;
    let done = |index: usize| answer["records"][index]["operation"].clone();
    assert_eq!(
        (status, done(0), done(1)),
        (200, json!("UPDATE"), json!("INSERT"))
    );
}

#[tokio::test]
async fn a_form_that_changes_between_two_calls_shows_in_the_second() {
    let kintone = start([Field::new("old", FieldType::SingleLineText)]);
    add(&kintone, json!({ "old": { "value": "x" } })).await;
    kintone.before(When::path("record.json").method("POST").nth(1), |domain| {
        domain.change_app(1, |app| {
            let new = Field::new("new", FieldType::CheckBox).options(&["y"]);
            app.without_field("old").field(new)
        });
    });
    let record = json!({ "old": { "value": "passed over" }, "new": { "value": ["y"] } });
    assert_eq!(add(&kintone, record).await.0, 200);
    let older = kintone.record(1, 1).unwrap();
    assert_eq!(
        (older.get("old"), &older["new"]["value"]),
        (None, &json!([]))
    );
    assert_eq!(value(&kintone, 2, "new"), json!(["y"]));
}

#[tokio::test]
async fn another_writer_takes_the_ids_in_between() {
    let kintone = start([Field::new("a", FieldType::SingleLineText)]);
    kintone.before(When::path("record.json").method("POST").nth(2), |domain| {
        domain.insert(1, [&json!({ "a": { "value": "theirs" } })]);
    });
    let mut ids = Vec::new();
    for _ in 0..2 {
        let (_, answer) = add(&kintone, json!({ "a": { "value": "ours" } })).await;
        ids.push(answer["id"].clone());
    }
    assert_eq!(ids, ["1", "3"]);
    assert_eq!(value(&kintone, 2, "a"), json!("theirs"));
}
