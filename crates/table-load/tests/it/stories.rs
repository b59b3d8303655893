//! What every database must show.

use function_core::Retryable as _;
use table_load::{Kind, LoadError, Mode};

use crate::place::Place;
use crate::tables::{customers, load, orders, plan, rows, table};

#[cfg(feature = "postgres")]
#[tokio::test]
async fn postgres_holds_to_every_story() {
    hold(|| Box::pin(Place::postgres())).await;
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn sqlite_holds_to_every_story() {
    hold(|| Box::pin(std::future::ready(Place::sqlite()))).await;
}

async fn hold(fresh: impl Fn() -> std::pin::Pin<Box<dyn Future<Output = Place>>>) {
    replace_leaves_exactly_the_rows_at_hand(&fresh().await).await;
    upsert_touches_only_what_differs(&fresh().await).await;
    upsert_makes_the_children_of_its_parents_those_at_hand(&fresh().await).await;
    append_refuses_known_keys_by_name(&fresh().await).await;
    cells_come_back_as_they_went_in(&fresh().await).await;
    rows_without_a_key_are_loaded_too(&fresh().await).await;
    a_wrong_count_changes_nothing(&fresh().await).await;
    a_key_that_comes_twice_changes_nothing(&fresh().await).await;
    new_fields_become_new_columns(&fresh().await).await;
    another_table_of_that_name_is_not_touched(&fresh().await).await;
    a_table_altered_meanwhile_is_left_for_the_next_time(&fresh().await).await;
    a_rows_own_faults_are_named(&fresh().await).await;
    many_rows_of_many_tables_go_in_one_pass(&fresh().await).await;
}

const ALL: &str = r#"SELECT * FROM "customers" ORDER BY 1"#;
const ALL_ORDERS: &str = r#"SELECT * FROM "customers__orders" ORDER BY 1"#;

async fn replace_leaves_exactly_the_rows_at_hand(place: &Place) {
    let (database, plan) = (place.database(), plan(Mode::Replace, vec![customers()]));
    let first = rows(&[["1", "甲", "1.50"], ["2", "", "~"]]);
    let report = load(&database, &plan, std::slice::from_ref(&first))
        .await
        .unwrap();
    let customers = &report.tables[0];
    assert_eq!(
        (customers.staged, customers.inserted, customers.deleted),
        (2, 2, 0)
    );
    assert!(customers.created && customers.columns_added.is_empty());
    assert_eq!(place.query(ALL).await, first);

    let second = rows(&[["2", "乙", "2"], ["3", "丙", "3"], ["4", "丁", "4"]]);
    let report = load(&database, &plan, std::slice::from_ref(&second))
        .await
        .unwrap();
    assert_eq!(
        (report.tables[0].inserted, report.tables[0].deleted),
        (3, 2)
    );
    assert!(!report.tables[0].created);
    assert_eq!(place.query(ALL).await, second);

    load(&database, &plan, &[Vec::new()]).await.unwrap();
    assert_eq!(place.query(ALL).await, rows::<3>(&[]));
}

async fn upsert_touches_only_what_differs(place: &Place) {
    let database = place.database();
    let first = rows(&[
        ["1", "same", "1"],
        ["2", "a", "1.0"],
        ["3", "kept", "3"],
        ["4", "~", "4"],
    ]);
    load(&database, &plan(Mode::Upsert, vec![customers()]), &[first])
        .await
        .unwrap();
    let second = rows(&[
        ["1", "same", "1"],
        ["2", "a", "1.00"],
        ["4", "", "4"],
        ["5", "new", "5"],
    ]);
    let report = load(&database, &plan(Mode::Upsert, vec![customers()]), &[second])
        .await
        .unwrap();
    let customers = &report.tables[0];
    // 1.0 and 1.00 are the same number and not the same text; NULL and the empty text differ as well.
    assert_eq!(
        (customers.staged, customers.inserted, customers.updated),
        (4, 1, 2)
    );
    let expected = rows(&[
        ["1", "same", "1"],
        ["2", "a", "1.00"],
        ["3", "kept", "3"],
        ["4", "", "4"],
        ["5", "new", "5"],
    ]);
    assert_eq!(place.query(ALL).await, expected);
}

async fn upsert_makes_the_children_of_its_parents_those_at_hand(place: &Place) {
    let (database, plan) = (
        place.database(),
        plan(Mode::Upsert, vec![customers(), orders()]),
    );
    let parents = rows(&[["1", "a", "1"], ["2", "b", "2"]]);
    let children = rows(&[["10", "1", "pen"], ["11", "1", "ink"], ["20", "2", "cup"]]);
    load(&database, &plan, &[parents, children]).await.unwrap();

    let parents = rows(&[["1", "a", "1"]]);
    let children = rows(&[["11", "1", "red ink"], ["12", "1", "nib"]]);
    let report = load(&database, &plan, &[parents, children]).await.unwrap();
    let orders = &report.tables[1];
    assert_eq!((orders.inserted, orders.updated, orders.deleted), (1, 1, 1));
    let expected = rows(&[
        ["11", "1", "red ink"],
        ["12", "1", "nib"],
        ["20", "2", "cup"],
    ]);
    assert_eq!(place.query(ALL_ORDERS).await, expected);
}

async fn append_refuses_known_keys_by_name(place: &Place) {
    let (database, plan) = (place.database(), plan(Mode::Append, vec![customers()]));
    load(
        &database,
        &plan,
        &[rows(&[["1", "a", "1"], ["3", "c", "3"]])],
    )
    .await
    .unwrap();
    load(&database, &plan, &[rows(&[["2", "b", "2"]])])
        .await
        .unwrap();
    let again = rows(&[["4", "d", "4"], ["3", "c", "3"], ["2", "b", "2"]]);
    let error = load(&database, &plan, &[again]).await.unwrap_err();
    assert!(
        matches!(&error, LoadError::Clash { key, count: 2, .. } if key == "$id=2"),
        "{error}"
    );
    assert!(!error.is_retryable());
    assert_eq!(
        place.query(ALL).await,
        rows(&[["1", "a", "1"], ["2", "b", "2"], ["3", "c", "3"]])
    );
}

async fn cells_come_back_as_they_went_in(place: &Place) {
    let columns = [
        ("id", Kind::BigInt),
        ("cell", Kind::Text),
        ("list", Kind::TextArray),
    ];
    let plan = plan(Mode::Replace, vec![table("cells", &columns, 1)]);
    let large = "あ\"\n".repeat(2 * 1024 * 1024);
    let odd = [
        "",
        " ",
        "\\.",
        "a\n\\.\nb",
        "\r",
        "a\r\nb",
        "\u{85}",
        "\u{2028}\u{2029}",
        "\u{feff}",
        "\"",
        "\"\"",
        ",",
        "'",
        "\\",
        "\\N",
        "NULL",
        "\t\u{b}\u{c}\u{1}\u{7f}",
        "e\u{301}\u{1f468}\u{200d}\u{1f469}",
        "0311112222",
        &large,
    ];
    let row =
        |(id, cell): (usize, &&str)| vec![Some(id.to_string()), Some((*cell).to_owned()), None];
    let all: Vec<_> = odd.iter().enumerate().map(row).collect();
    load(&place.database(), &plan, std::slice::from_ref(&all))
        .await
        .unwrap();
    // Not assert_eq: it would print megabytes.
    assert!(place.query(r#"SELECT * FROM "cells" ORDER BY 1"#).await == all);
}

async fn rows_without_a_key_are_loaded_too(place: &Place) {
    let plan = plan(
        Mode::Append,
        vec![table("notes", &[("note", Kind::Text)], 0)],
    );
    load(&place.database(), &plan, &[rows(&[["a"], ["~"]])])
        .await
        .unwrap();
    load(&place.database(), &plan, &[rows(&[["a"]])])
        .await
        .unwrap();
    let counts = place
        .query(r#"SELECT count(*), count("note") FROM "notes""#)
        .await;
    assert_eq!(counts, rows(&[["3", "2"]]));
}

async fn a_wrong_count_changes_nothing(place: &Place) {
    let (database, plan) = (
        place.database(),
        plan(Mode::Replace, vec![customers(), orders()]),
    );
    let before = rows(&[["1", "a", "1"]]);
    load(&database, &plan, &[before.clone(), Vec::new()])
        .await
        .unwrap();
    let mut second = database.begin(&plan).await.unwrap();
    second.write(0, &[Some("2"), None, None]).await.unwrap();
    second
        .write(1, &[Some("20"), Some("2"), None])
        .await
        .unwrap();
    let error = second.finish(&[1, 2]).await.unwrap_err();
    let words = error.to_string();
    assert!(
        words.ends_with("customers__orders: 1 rows were staged, 2 are right"),
        "{words}"
    );
    assert_eq!(place.query(ALL).await, before);
}

async fn a_key_that_comes_twice_changes_nothing(place: &Place) {
    let (database, plan) = (place.database(), plan(Mode::Upsert, vec![customers()]));
    let before = rows(&[["1", "a", "1"]]);
    load(&database, &plan, std::slice::from_ref(&before))
        .await
        .unwrap();
    let twice = rows(&[["7", "x", "1"], ["7", "y", "1"]]);
    let error = load(&database, &plan, &[twice]).await.unwrap_err();
    let words = function_core::chain(&error);
    assert!(
        words.contains("customers") && words.contains("$id") && words.contains('7'),
        "{words}"
    );
    assert!(!error.is_retryable());
    assert_eq!(place.query(ALL).await, before);
}

async fn new_fields_become_new_columns(place: &Place) {
    let database = place.database();
    load(
        &database,
        &plan(Mode::Replace, vec![customers()]),
        &[rows(&[["1", "a", "1"]])],
    )
    .await
    .unwrap();
    let mut wider = customers();
    wider
        .columns
        .extend(table("", &[("メモ \"x\"", Kind::Text)], 0).columns);
    let mut strict = plan(Mode::Upsert, vec![wider]);
    strict.create = false;
    let row = rows(&[["1", "a", "1", "新しい"]]);
    let error = load(&database, &strict, std::slice::from_ref(&row))
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("column メモ \"x\" is missing: add it"),
        "{error}"
    );

    strict.create = true;
    let report = load(&database, &strict, std::slice::from_ref(&row))
        .await
        .unwrap();
    assert_eq!(report.tables[0].columns_added, ["メモ \"x\""]);
    assert_eq!(place.query(ALL).await, row);
    // The narrower rows of before go into the wider table too.
    load(
        &database,
        &plan(Mode::Replace, vec![customers()]),
        &[rows(&[["2", "b", "2"]])],
    )
    .await
    .unwrap();
    assert_eq!(place.query(ALL).await, rows(&[["2", "b", "2", "~"]]));
}

async fn another_table_of_that_name_is_not_touched(place: &Place) {
    place
        .execute(r#"CREATE TABLE "customers" (name varchar(20) DEFAULT '' PRIMARY KEY, price float, must text NOT NULL)"#)
        .await;
    place
        .execute("INSERT INTO customers VALUES ('mine', 1, '')")
        .await;
    let mut wanted = customers();
    wanted.columns[2].kind = Kind::Json;
    let error = load(
        &place.database(),
        &plan(Mode::Replace, vec![wanted]),
        &[Vec::new()],
    )
    .await
    .unwrap_err();
    let LoadError::Structure { differences, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!(differences.len(), 4, "{differences:?}");
    assert!(
        differences[0].starts_with("column price is "),
        "{differences:?}"
    );
    assert!(
        differences[1].starts_with("the key column $id is missing"),
        "{differences:?}"
    );
    assert!(
        differences[2].starts_with("its column must must have a value"),
        "{differences:?}"
    );
    assert!(
        differences[3].contains("unique index is exactly ($id)"),
        "{differences:?}"
    );
    let kept = place.query(r#"SELECT name FROM "customers""#).await;
    assert_eq!(kept, rows(&[["mine"]]));

    place
        .execute(r#"CREATE VIEW "customers__orders" AS SELECT 1 AS "row""#)
        .await;
    let error = load(
        &place.database(),
        &plan(Mode::Replace, vec![orders()]),
        &[Vec::new()],
    )
    .await
    .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("it is a view: load into a plain table"),
        "{error}"
    );
}

async fn a_table_altered_meanwhile_is_left_for_the_next_time(place: &Place) {
    let (database, plan) = (place.database(), plan(Mode::Replace, vec![customers()]));
    load(&database, &plan, &[rows(&[["1", "a", "1"]])])
        .await
        .unwrap();
    let second = database.begin(&plan).await.unwrap();
    place
        .execute(r#"ALTER TABLE "customers" ADD COLUMN note text"#)
        .await;
    let error = second.finish(&[0]).await.unwrap_err();
    assert!(
        matches!(error, LoadError::Changed { .. }) && error.is_retryable(),
        "{error}"
    );
    assert_eq!(place.query(ALL).await, rows(&[["1", "a", "1", "~"]]));
}

async fn a_rows_own_faults_are_named(place: &Place) {
    let plan = plan(Mode::Replace, vec![orders()]);
    let mut load = place.database().begin(&plan).await.unwrap();
    let error = load.write(0, &[Some("1"), Some("2")]).await.unwrap_err();
    assert!(
        error.to_string().ends_with("has 2 cells for 3 columns"),
        "{error}"
    );
    let error = load.write(1, &[]).await.unwrap_err();
    assert!(
        error.to_string().contains("there is no table at 1"),
        "{error}"
    );
    let error = load.finish(&[]).await.unwrap_err();
    assert!(
        error.to_string().contains("0 row counts for its 1 tables"),
        "{error}"
    );
    // What is no number of 64 bits comes up at once or, in PostgreSQL, at the end of its COPY.
    let wrong = rows(&[["1", "9223372036854775808", "~"]]);
    let error = crate::tables::load(&place.database(), &plan, &[wrong])
        .await
        .unwrap_err();
    let words = function_core::chain(&error);
    assert!(
        words.contains("customers__orders") && words.contains("column $id"),
        "{words}"
    );
    assert!(words.contains("9223372036854775808"), "{words}");
}

/// Several pieces of each table, so that staging changes between tables.
async fn many_rows_of_many_tables_go_in_one_pass(place: &Place) {
    let (database, plan) = (
        place.database(),
        plan(Mode::Upsert, vec![customers(), orders()]),
    );
    let text = "x".repeat(100);
    let number = |number: usize| Some(number.to_string());
    let parents: Vec<_> = (0..8000)
        .map(|id| vec![number(id), Some(text.clone()), number(id)])
        .collect();
    let children: Vec<_> = (0..8000)
        .map(|id| vec![number(id), number(id / 2), Some(text.clone())])
        .collect();
    for _ in 0..2 {
        load(&database, &plan, &[parents.clone(), children.clone()])
            .await
            .unwrap();
    }
    assert!(place.query(ALL).await == parents);
    assert!(place.query(ALL_ORDERS).await == children);
}
