//! What only SQLite can show.

use std::time::Duration;

use function_core::{Retryable as _, chain};
use rusqlite::Connection;
use table_load::{Kind, Limits, Mode};

use crate::place::Place;
use crate::tables::{customers, load, plan, rows, table};

#[tokio::test]
async fn every_literal_stays_as_it_is() {
    let place = Place::sqlite();
    let columns = [
        ("id", Kind::BigInt),
        ("number", Kind::Numeric),
        ("code", Kind::Text),
        ("list", Kind::TextArray),
        ("moment", Kind::Timestamptz),
    ];
    let plan = plan(Mode::Replace, vec![table("cells", &columns, 1)]);
    let all = rows(&[
        [
            "1",
            "0012.50",
            "0311112222",
            r#"["a", "b"]"#,
            "2024-03-04T00:30:00Z",
        ],
        [
            "2",
            "12345678901234567890123456789012345678",
            "1e5",
            "[]",
            "~",
        ],
        ["9007199254740993", "-0", "a\0b", "~", "~"],
    ]);
    load(&place.database(), &plan, std::slice::from_ref(&all))
        .await
        .unwrap();
    assert_eq!(place.query("SELECT * FROM cells ORDER BY 1").await, all);
    assert_eq!(
        place
            .query("SELECT typeof(id), typeof(number) FROM cells LIMIT 1")
            .await,
        rows(&[["integer", "text"]])
    );
}

#[tokio::test]
async fn a_column_that_would_change_a_cell_is_refused() {
    let place = Place::sqlite();
    place
        .execute("CREATE TABLE customers (\"$ID\" INTEGER PRIMARY KEY, 会社名 NUMERIC, PRICE REAL)")
        .await;
    let error = place
        .database()
        .begin(&plan(Mode::Replace, vec![customers()]))
        .await
        .unwrap_err();
    let words = error.to_string();
    assert!(
        words.contains("column 会社名 is NUMERIC, which can't hold every TEXT"),
        "{words}"
    );
    assert!(
        words.contains("column price is REAL") && !words.contains("missing"),
        "{words}"
    );
}

#[tokio::test]
async fn a_writer_in_the_way_is_waited_for_and_then_named() {
    let place = Place::sqlite();
    let plan = plan(Mode::Replace, vec![customers()]);
    let before = rows(&[["1", "a", "1"]]);
    load(&place.database(), &plan, std::slice::from_ref(&before))
        .await
        .unwrap();
    let path = place
        .url()
        .expose()
        .trim_start_matches("sqlite:")
        .to_owned();
    let other = Connection::open(path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();

    let hurried = Limits {
        lock: Duration::from_millis(20),
        ..Limits::default()
    };
    let error = load(&place.database().with_limits(hurried), &plan, &[Vec::new()])
        .await
        .unwrap_err();
    assert!(
        chain(&error).contains("database is locked") && error.is_retryable(),
        "{}",
        chain(&error)
    );

    // Staging does not need the file; only the swap waits.
    let patient = place.database();
    let second =
        tokio::spawn(async move { load(&patient, &plan, &[rows(&[["2", "b", "2"]])]).await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!second.is_finished());
    other.execute_batch("ROLLBACK").unwrap();
    second.await.unwrap().unwrap();
    assert_eq!(
        place.query("SELECT * FROM customers").await,
        rows(&[["2", "b", "2"]])
    );
}

#[tokio::test]
async fn a_cell_that_is_not_of_its_kind_is_named() {
    let place = Place::sqlite();
    let columns = [
        ("id", Kind::BigInt),
        ("list", Kind::TextArray),
        ("files", Kind::Json),
    ];
    let plan = plan(Mode::Replace, vec![table("t", &columns, 1)]);
    let begin = async |row: [&str; 3]| {
        load(&place.database(), &plan, &[rows(&[row])])
            .await
            .unwrap_err()
            .to_string()
    };
    let words = begin(["x", "~", "~"]).await;
    assert!(
        words.starts_with("table t, row id=x, column id: `x` is no whole number of 64 bits"),
        "{words}"
    );
    let words = begin(["1", "a", "~"]).await;
    assert!(
        words.starts_with("table t, row id=1, column list: it is no JSON array of texts"),
        "{words}"
    );
    let words = begin(["1", "~", "{"]).await;
    assert!(
        words.starts_with("table t, row id=1, column files: it is no JSON"),
        "{words}"
    );
}

#[tokio::test]
async fn a_file_that_is_no_database_or_has_no_folder_is_told() {
    let place = Place::sqlite();
    let path = place
        .url()
        .expose()
        .trim_start_matches("sqlite:")
        .to_owned();
    std::fs::write(
        &path,
        "no database, but text that is long enough to be looked at",
    )
    .unwrap();
    let error = place
        .database()
        .begin(&plan(Mode::Replace, vec![customers()]))
        .await
        .unwrap_err();
    assert!(
        chain(&error).contains("not a database") && !error.is_retryable(),
        "{}",
        chain(&error)
    );
    let nowhere = function_core::Secret::new("sqlite:/none/of/these.db");
    let database = table_load::Database::from_url(&nowhere).unwrap();
    let error = database
        .begin(&plan(Mode::Replace, vec![customers()]))
        .await
        .unwrap_err();
    assert!(
        chain(&error).starts_with("connecting to sqlite:/none/of/these.db: "),
        "{}",
        chain(&error)
    );
}
