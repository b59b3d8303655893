//! What only PostgreSQL can show.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use function_core::{Retryable as _, Secret, chain};
use table_load::{Database, Kind, Limits, LoadError, Mode};

use crate::cluster::TestDatabase;
use crate::place::Place;
use crate::tables::{customers, load, orders, plan, rows, table};

/// The table of the article that this grew from, and what else may be there already.
#[tokio::test]
async fn tables_that_are_there_take_rows_in_their_own_types() {
    articles_table_takes_text_and_local_times(&Place::postgres().await).await;
    own_kinds_are_native_types(&Place::postgres().await).await;
    numbers_are_never_rounded(&Place::postgres().await).await;
    more_columns_with_defaults_stay(&Place::postgres().await).await;
    computed_columns_and_long_names_are_refused(&Place::postgres().await).await;
    schemas_and_searched_names_find_their_table(&Place::postgres().await).await;
    a_nul_is_named_with_its_row(&Place::postgres().await).await;
    a_trigger_that_swallows_rows_is_noticed(&Place::postgres().await).await;
    children_may_hold_the_key_in_another_type(&Place::postgres().await).await;
}

async fn articles_table_takes_text_and_local_times(place: &Place) {
    place
        .execute(
            "CREATE TABLE backup (record_num text NOT NULL PRIMARY KEY, company text, division text, \
             name_kanji text, name_kana text, prefecture text, street text, telephone text, \
             blood_type text, author text, create_date timestamp without time zone, updater text, \
             update_date timestamp without time zone)",
        )
        .await;
    let columns = [
        ("record_num", Kind::BigInt),
        ("company", Kind::Text),
        ("telephone", Kind::Text),
        ("blood_type", Kind::TextArray),
        ("create_date", Kind::Timestamptz),
        ("updater", Kind::Timestamptz),
    ];
    let plan = plan(Mode::Upsert, vec![table("backup", &columns, 1)]);
    let row = [
        "1",
        "なんとか社1",
        "03-1111-2222",
        r#"["A"]"#,
        "2022-09-24T06:43:00Z",
        "2022-09-24T06:43:00Z",
    ];
    for updated in [0, 0] {
        let report = load(&place.database(), &plan, &[rows(&[row])])
            .await
            .unwrap();
        assert_eq!(report.tables[0].updated, updated);
    }
    let found = place
        .query("SELECT record_num, company, telephone, blood_type, create_date, updater, street FROM backup")
        .await;
    let local = "2022-09-24 15:43:00";
    assert_eq!(
        found,
        rows(&[["1", row[1], row[2], row[3], local, row[5], "~"]])
    );
}

async fn own_kinds_are_native_types(place: &Place) {
    let columns = [
        ("id", Kind::BigInt),
        ("number", Kind::Numeric),
        ("list", Kind::TextArray),
        ("moment", Kind::Timestamptz),
        ("day", Kind::Date),
        ("time", Kind::Time),
        ("files", Kind::Json),
    ];
    let plan = plan(Mode::Replace, vec![table("kinds", &columns, 1)]);
    let number = "12345678901234567890123456789012345678.50";
    let row = [
        "9007199254740993",
        number,
        r#"["a","b \"c\""]"#,
        "2024-03-04T00:30:00Z",
        "2024-03-04",
        "09:30",
        r#"[{"name":"図.png"}]"#,
    ];
    load(&place.database(), &plan, &[rows(&[row])])
        .await
        .unwrap();
    let query = "SELECT id, number, list[2], moment AT TIME ZONE 'UTC', day, time, files->0->>'name' FROM kinds";
    let expected = rows(&[[
        row[0],
        number,
        r#"b "c""#,
        "2024-03-04 00:30:00",
        "2024-03-04",
        "09:30:00",
        "図.png",
    ]]);
    assert_eq!(place.query(query).await, expected);
    let error = load(
        &place.database(),
        &plan,
        &[rows(&[["1", "~", "~", "soon", "~", "~", "~"]])],
    )
    .await
    .unwrap_err();
    let words = chain(&error);
    assert!(
        words.starts_with("staging the rows of table public.kinds: ERROR 22007: "),
        "{words}"
    );
    assert!(words.contains("line 1, column moment: \"soon\""), "{words}");
}

async fn numbers_are_never_rounded(place: &Place) {
    place
        .execute("CREATE TABLE prices (id int PRIMARY KEY, price numeric(6,2))")
        .await;
    let columns = [("id", Kind::BigInt), ("price", Kind::Numeric)];
    let plan = plan(Mode::Replace, vec![table("prices", &columns, 1)]);
    load(
        &place.database(),
        &plan,
        &[rows(&[["1", "1234.50"], ["2", "~"]])],
    )
    .await
    .unwrap();
    let error = load(&place.database(), &plan, &[rows(&[["3", "0.125"]])])
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "table public.prices, row id=3, column price: numeric(6,2) would round 0.125: alter the column to numeric"
    );
    assert_eq!(
        place.query("SELECT price FROM prices ORDER BY id").await,
        rows(&[["1234.50"], ["~"]])
    );
}

async fn more_columns_with_defaults_stay(place: &Place) {
    place
        .execute(
            "CREATE TABLE customers (\"$id\" bigint PRIMARY KEY, \"会社名\" varchar(3), price numeric, \
             loaded int NOT NULL DEFAULT 7, raw json)",
        )
        .await;
    let mut wanted = customers();
    wanted
        .columns
        .extend(table("", &[("raw", Kind::Json)], 0).columns);
    let plan = plan(Mode::Upsert, vec![wanted]);
    load(
        &place.database(),
        &plan,
        &[rows(&[["1", "abc", "1", "{}"]])],
    )
    .await
    .unwrap();
    // json has no equality, and still only what differs is touched.
    let again = rows(&[["1", "abc", "1", "{}"], ["2", "b", "~", "~"]]);
    let report = load(&place.database(), &plan, &[again]).await.unwrap();
    assert_eq!(
        (report.tables[0].inserted, report.tables[0].updated),
        (1, 0)
    );
    assert_eq!(
        place.query("SELECT loaded FROM customers").await,
        rows(&[["7"], ["7"]])
    );
    let error = load(
        &place.database(),
        &plan,
        &[rows(&[["3", "abcd", "~", "~"]])],
    )
    .await
    .unwrap_err();
    assert!(
        chain(&error).contains("ERROR 22001: value too long"),
        "{}",
        chain(&error)
    );
}

async fn computed_columns_and_long_names_are_refused(place: &Place) {
    place
        .execute("CREATE TABLE sums (id bigint PRIMARY KEY, twice bigint GENERATED ALWAYS AS (id * 2) STORED)")
        .await;
    let columns = [("id", Kind::BigInt), ("twice", Kind::BigInt)];
    let error = place
        .database()
        .begin(&plan(Mode::Replace, vec![table("sums", &columns, 1)]))
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("column twice is computed by the database"),
        "{error}"
    );
    let long = "項目".repeat(11);
    let plan = plan(
        Mode::Replace,
        vec![table("t", &[(long.as_str(), Kind::Text)], 0)],
    );
    let error = place.database().begin(&plan).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("has 66 bytes, the database takes 63"),
        "{error}"
    );
}

async fn schemas_and_searched_names_find_their_table(place: &Place) {
    place
        .execute("CREATE SCHEMA sales; CREATE TABLE sales.stage_0 (id bigint PRIMARY KEY)")
        .await;
    let plan = plan(
        Mode::Replace,
        vec![table("sales.stage_0", &[("id", Kind::BigInt)], 1)],
    );
    let report = load(&place.database(), &plan, &[rows(&[["1"]])])
        .await
        .unwrap();
    assert!(!report.tables[0].created);
    assert_eq!(
        place.query("SELECT id FROM sales.stage_0").await,
        rows(&[["1"]])
    );
}

async fn a_nul_is_named_with_its_row(place: &Place) {
    let error = load(
        &place.database(),
        &plan(Mode::Replace, vec![customers()]),
        &[rows(&[["5", "a\0b", "~"]])],
    )
    .await
    .unwrap_err();
    let words = error.to_string();
    assert!(
        words.starts_with("table customers, row $id=5, column 会社名: it holds a NUL"),
        "{words}"
    );
    assert!(words.contains("leave the column out"), "{words}");
}

async fn a_trigger_that_swallows_rows_is_noticed(place: &Place) {
    let plan = plan(Mode::Replace, vec![customers()]);
    load(&place.database(), &plan, &[rows(&[["1", "a", "~"]])])
        .await
        .unwrap();
    place
        .execute(
            "CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; \
             CREATE TRIGGER swallow BEFORE INSERT ON customers FOR EACH ROW EXECUTE FUNCTION swallow()",
        )
        .await;
    let error = load(&place.database(), &plan, &[rows(&[["2", "b", "~"]])])
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "table public.customers: 0 rows were inserted, 1 are right"
    );
    assert_eq!(
        place.query("SELECT \"$id\" FROM customers").await,
        rows(&[["1"]])
    );
}

async fn children_may_hold_the_key_in_another_type(place: &Place) {
    place
        .execute("CREATE TABLE customers (\"$id\" text PRIMARY KEY, \"会社名\" text, price text)")
        .await;
    let plan = plan(Mode::Upsert, vec![customers(), orders()]);
    for item in ["10", "11"] {
        let tables = [rows(&[["1", "a", "~"]]), rows(&[[item, "1", "pen"]])];
        load(&place.database(), &plan, &tables).await.unwrap();
    }
    assert_eq!(
        place.query("SELECT \"row\" FROM customers__orders").await,
        rows(&[["11"]])
    );
}

#[tokio::test]
async fn loads_take_turns_and_readers_never_see_an_empty_table() {
    let place = Place::postgres().await;
    a_second_load_names_the_first_or_waits_for_it(&place).await;
    a_reader_that_holds_the_table_delays_only_its_alteration(&place).await;
    readers_see_the_old_rows_or_the_new(&place).await;
}

async fn a_second_load_names_the_first_or_waits_for_it(place: &Place) {
    let plan = plan(Mode::Replace, vec![customers()]);
    let first = place.database().begin(&plan).await.unwrap();
    let hurried = Limits {
        lock: Duration::from_millis(50),
        ..Limits::default()
    };
    let error = place
        .database()
        .with_limits(hurried)
        .begin(&plan)
        .await
        .unwrap_err();
    let words = error.to_string();
    assert!(
        words.starts_with("table public.customers is being loaded by `tasuki app 12` (pid "),
        "{words}"
    );
    assert!(error.is_retryable());

    let (database, waiting) = (place.database(), plan.clone());
    let second =
        tokio::spawn(
            async move { load(&database, &waiting, &[rows(&[["1", "second", "~"]])]).await },
        );
    tokio::time::sleep(Duration::from_millis(50)).await;
    first.finish(&[0]).await.unwrap();
    second.await.unwrap().unwrap();
    assert_eq!(
        place.query("SELECT \"会社名\" FROM customers").await,
        rows(&[["second"]])
    );
}

async fn a_reader_that_holds_the_table_delays_only_its_alteration(place: &Place) {
    let mut wider = customers();
    wider
        .columns
        .extend(table("", &[("note", Kind::Text)], 0).columns);
    let hurried = Limits {
        lock: Duration::from_millis(50),
        ..Limits::default()
    };
    let database = place.database().with_limits(hurried);
    place.execute("BEGIN; SELECT * FROM customers").await;
    // The session of a load that has ended may hold its lock for another moment.
    place.settle().await;
    load(
        &database,
        &plan(Mode::Replace, vec![customers()]),
        &[rows(&[["1", "a", "~"]])],
    )
    .await
    .unwrap();
    place.settle().await;
    let error = load(&database, &plan(Mode::Replace, vec![wider]), &[Vec::new()])
        .await
        .unwrap_err();
    assert!(
        chain(&error).contains("adding a column to table public.customers: ERROR 55P03"),
        "{}",
        chain(&error)
    );
    assert!(error.is_retryable());
    place.execute("COMMIT").await;
}

async fn readers_see_the_old_rows_or_the_new(place: &Place) {
    let plan = plan(Mode::Replace, vec![customers()]);
    let some = |count: usize| -> Vec<_> {
        (0..count)
            .map(|id| vec![Some(id.to_string()), Some("x".repeat(50)), None])
            .collect()
    };
    load(&place.database(), &plan, &[some(300)]).await.unwrap();
    let (database, other) = (place.database(), some(400));
    let has_seen_enough = Arc::new(AtomicBool::new(false));
    let is_over = Arc::clone(&has_seen_enough);
    let loads = tokio::spawn(async move {
        for (number, count) in [400, 300].into_iter().cycle().enumerate() {
            load(&database, &plan, &[other[..count].to_vec()])
                .await
                .unwrap();
            if number >= 3 && is_over.load(Ordering::SeqCst) {
                break;
            }
        }
    });
    let mut seen = Vec::new();
    while !loads.is_finished() {
        has_seen_enough.store(seen.len() > 4, Ordering::SeqCst);
        seen.extend(
            place
                .query("SELECT count(*) FROM customers")
                .await
                .into_iter()
                .flatten()
                .flatten(),
        );
    }
    loads.await.unwrap();
    assert!(
        seen.iter().all(|count| count == "300" || count == "400"),
        "{seen:?}"
    );
}

#[tokio::test]
async fn what_keeps_a_load_out_is_told_without_the_password() {
    let database = TestDatabase::create().await;
    let url = |password: &str, options: &str| {
        database.tcp_url(&format!("guarded:{password}"), "127.0.0.1", options)
    };
    let (wrong, right) = (url("wr0ng", ""), url("right-word", ""));
    let nowhere = url("right-word", "dbname=none");
    let place = Place::Postgres(database);
    place
        .execute("CREATE ROLE guarded LOGIN PASSWORD 'right-word'")
        .await;

    let error = begin(&wrong).await.unwrap_err();
    let words = chain(&error);
    assert!(
        words.contains("28P01") && !words.contains("wr0ng"),
        "{words}"
    );
    assert!(!error.is_retryable());

    let error = begin("postgresql://u:s3cr3t@127.0.0.1:1/db")
        .await
        .unwrap_err();
    let words = chain(&error);
    assert!(
        words.starts_with("connecting to postgresql://u@127.0.0.1:1/db: "),
        "{words}"
    );
    assert!(!words.contains("s3cr3t") && error.is_retryable(), "{words}");

    let error = begin(&nowhere).await.unwrap_err();
    assert!(
        chain(&error).contains("3D000") && !error.is_retryable(),
        "{}",
        chain(&error)
    );
    begin(&right).await.unwrap();

    a_session_that_is_ended_may_be_tried_again(&place).await;
}

async fn begin(url: &str) -> Result<(), LoadError> {
    let database = Database::from_url(&Secret::new(url))?;
    database
        .begin(&plan(Mode::Replace, vec![customers()]))
        .await
        .map(drop)
}

async fn a_session_that_is_ended_may_be_tried_again(place: &Place) {
    place.settle().await;
    let plan = plan(Mode::Replace, vec![customers()]);
    let load = place.database().begin(&plan).await.unwrap();
    place
        .execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND application_name LIKE 'tasuki%'",
        )
        .await;
    let error = load.finish(&[0]).await.unwrap_err();
    assert!(
        matches!(error, LoadError::Database { .. }) && error.is_retryable(),
        "{}",
        chain(&error)
    );
    let mut plan = plan;
    plan.time_zone = "Asia/Nowhere".to_owned();
    let error = place.database().begin(&plan).await.unwrap_err();
    assert!(
        chain(&error).starts_with("setting the time zone Asia/Nowhere: ERROR 22023"),
        "{}",
        chain(&error)
    );
}
