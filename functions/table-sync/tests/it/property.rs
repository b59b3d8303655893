//! Any two tables: what is compared, applied and compared again differs only where production is newer.

use std::fmt::Write as _;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use table_diff::Compare;

use crate::databases::OneServer;
use crate::desk::{ALL, Desk, counts};

/// A row on one side: its text, its unique number, its time.
type Row = (String, Option<i32>, Option<u8>);

fn row() -> impl Strategy<Value = Option<Row>> {
    let text = prop_oneof![
        Just(String::new()),
        Just("a".to_owned()),
        "[a-z'\"\\\\{},é日\\n\\t]{0,6}",
    ];
    let unique = proptest::option::of(0..4000_i32);
    let time = proptest::option::weighted(0.8, 0..3_u8);
    proptest::option::weighted(0.8, (text, unique, time))
}

/// A row on both sides, often the same.
fn pair() -> impl Strategy<Value = (Option<Row>, Option<Row>)> {
    prop_oneof![
        2 => row().prop_map(|row| (row.clone(), row)),
        3 => (row(), row()),
    ]
}

fn insert(rows: impl Iterator<Item = Option<Row>>) -> String {
    let mut used = std::collections::BTreeSet::new();
    let mut sql = String::from("TRUNCATE item;");
    for (id, row) in rows.enumerate() {
        let Some((text, unique, time)) = row else {
            continue;
        };
        let unique = unique.filter(|number| used.insert(*number));
        let null = || "NULL".to_owned();
        let unique = unique.map_or_else(null, |number| number.to_string());
        let time = time.map_or_else(null, |day| format!("'2026-01-0{}'", day + 1));
        let text = text.replace('\'', "''");
        let values = format!("({id}, '{text}', {unique}, {time})");
        write!(sql, "INSERT INTO item VALUES {values};").unwrap();
    }
    sql
}

#[test]
fn after_applying_everything_only_what_is_newer_in_production_differs_and_undoing_restores_it() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let desk = Desk::of(
        OneServer::start(),
        "CREATE TABLE item (id int PRIMARY KEY, name text, place int UNIQUE, updated_at timestamptz)",
    );
    let desk = std::cell::RefCell::new(desk);
    let mut runner = TestRunner::new(Config {
        cases: 24,
        failure_persistence: None,
        ..Config::default()
    });
    let story = proptest::collection::vec(pair(), 1..40);
    runner
        .run(&story, |pairs| {
            let mut desk = desk.borrow_mut();
            desk.source(&insert(pairs.iter().map(|pair| pair.0.clone())));
            desk.target(&insert(pairs.iter().map(|pair| pair.1.clone())));
            runtime.block_on(bring_and_take_back(&mut desk))
        })
        .unwrap();
}

async fn bring_and_take_back(desk: &mut Desk<OneServer>) -> Result<(), TestCaseError> {
    let select = "SELECT * FROM item ORDER BY id";
    let before = desk.target(select);
    desk.count_as_planned(Compare::Time).await;
    desk.count_as_planned(Compare::Content).await;
    let summary = desk.diff().await;
    let older = summary.classes().get(table_diff::Class::UpdateOld);
    if summary.classes().total() == older {
        return Ok(());
    }
    match desk.apply(&summary, &ALL).await {
        Ok(_) => {}
        // A row that is newer in production may hold a unique value that another row wants.
        Err(error) if older > 0 && format!("{error:?}").contains("place") => {
            prop_assert_eq!(desk.target(select), before);
            return Ok(());
        }
        Err(error) => return Err(TestCaseError::fail(function_core::chain(&error))),
    }
    let words = counts(&desk.diff().await);
    let expected = if older == 0 {
        String::new()
    } else {
        format!("update_old {older}")
    };
    prop_assert_eq!(words, expected);
    desk.undo(&summary).await.unwrap();
    prop_assert_eq!(desk.target(select), before);
    Ok(())
}
