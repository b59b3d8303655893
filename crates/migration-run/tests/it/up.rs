//! Files that are one transaction.

use function_core::Exit;
use migration_run::{Goal, PlanError, RunError};

use crate::place::{Place, version, words};

const TWO: [(&str, &str); 4] = [
    (
        "1_first.up.sql",
        "CREATE TABLE first (id int);\nINSERT INTO first VALUES (1);\n",
    ),
    ("1_first.down.sql", "DROP TABLE first;\n"),
    ("2_second.up.sql", "CREATE TABLE second (id int);"),
    ("2_second.down.sql", "DROP TABLE second;"),
];

#[tokio::test]
async fn applies_what_is_pending_and_then_nothing() {
    let place = Place::new(&TWO);
    let done = place.up().await.unwrap();
    assert_eq!((done.from, done.to), (None, Some(version(2))));
    assert_eq!(done.files.len(), 2);
    assert_eq!(place.stored(), "2|f");
    assert_eq!(place.history(), "1|up|applied\n2|up|applied");
    assert_eq!(place.tables(), "first second");
    let again = place.up().await.unwrap();
    assert_eq!((again.from, again.to), (Some(version(2)), Some(version(2))));
    assert!(again.files.is_empty());
}

#[tokio::test]
async fn reverts_and_leaves_an_empty_table_behind() {
    let place = Place::new(&TWO);
    place.up().await.unwrap();
    let done = place.run(Goal::DownAll).await.unwrap();
    assert_eq!((done.from, done.to), (Some(version(2)), None));
    assert_eq!(place.stored(), "");
    assert_eq!(place.tables(), "");
    assert_eq!(
        place.history(),
        "1|up|applied\n2|up|applied\n2|down|reverted\n1|down|reverted"
    );
    place.run(Goal::GoTo(version(1))).await.unwrap();
    assert_eq!(
        (place.stored(), place.tables()),
        ("1|f".to_owned(), "first".to_owned())
    );
}

#[tokio::test]
async fn a_statement_that_fails_is_named_and_nothing_of_its_file_is_left() {
    let place = Place::new(&TWO);
    place.write(&[(
        "3_third.up.sql",
        "-- あいう\nCREATE TABLE third (id int PRIMARY KEY);\nINSERT INTO third VALUES (1);\n\nINSERT INTO third\n  VALUES (1);\nSELECT 1;\n",
    )]);
    let error = place.up().await.unwrap_err();
    assert_eq!(error.exit(), Exit::Failed);
    let words = words(&error);
    assert!(
        words.starts_with("3_third.up.sql failed at line 5, in statement 3 (`INSERT INTO third VALUES (1)`); nothing of the file is left: "),
        "{words}"
    );
    assert!(
        words.contains("23505") && words.contains("third_pkey"),
        "{words}"
    );
    assert_eq!(place.stored(), "2|f");
    assert_eq!(place.tables(), "first second");
    let kept = place.query(
        "SELECT outcome, statement, line, error FROM schema_migrations_history WHERE version = 3",
    );
    assert_eq!(kept, format!("failed|3|5|{words}"));
    place.write(&[("3_third.up.sql", "CREATE TABLE third (id int);")]);
    place.up().await.unwrap();
    assert_eq!(place.stored(), "3|f");
}

#[tokio::test]
async fn a_fault_of_syntax_is_told_by_its_own_line() {
    let place = Place::new(&[(
        "1_a.up.sql",
        "CREATE TABLE a (id int);\n-- 日本語\nCREATE TABLE b (\n  'é' int\n);\n",
    )]);
    let words = words(&place.up().await.unwrap_err());
    assert!(
        words.starts_with("1_a.up.sql failed at line 4, in statement 2"),
        "{words}"
    );
    assert_eq!(place.tables(), "");
}

#[tokio::test]
async fn a_setting_of_one_file_reaches_no_other() {
    let place = Place::new(&[
        (
            "1_dump.up.sql",
            "SELECT pg_catalog.set_config('search_path', '', false);\nSET statement_timeout = 1;\nSET ROLE pg_monitor;",
        ),
        (
            "2_table.up.sql",
            "CREATE TABLE a AS SELECT current_user::text AS who, pg_sleep(0.05)::text AS slept;",
        ),
    ]);
    place.up().await.unwrap();
    assert_eq!(place.query("SELECT who FROM a"), "postgres");
}

#[tokio::test]
async fn a_folder_older_than_the_database_is_refused() {
    let place = Place::new(&TWO);
    place.up().await.unwrap();
    place.remove("2_second.up.sql");
    place.remove("2_second.down.sql");
    let error = place.up().await.unwrap_err();
    assert!(
        matches!(error, RunError::Plan(PlanError::Ahead { .. })),
        "{error}"
    );
    assert_eq!(error.exit(), Exit::Refused);
}
