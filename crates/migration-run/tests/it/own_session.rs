//! What a file does to the session that the whole run has.

use function_core::Exit;
use migration_run::{Goal, Migrator, RunError};

use crate::place::{Place, address, options, version, words};

#[tokio::test]
async fn a_temporary_table_of_one_file_is_not_the_next_files_table() {
    let place = Place::new(&[
        ("1_a.up.sql", "CREATE TABLE companies (id int);"),
        (
            "2_b.up.sql",
            "CREATE TEMP TABLE companies AS SELECT 1 AS id;\nPREPARE p AS SELECT 1;\nDECLARE c CURSOR WITH HOLD FOR SELECT 1;\nLISTEN x;",
        ),
        ("3_c.up.sql", "ALTER TABLE companies ADD COLUMN x int;"),
        (
            "4_d.up.sql",
            "CREATE TABLE kept AS SELECT (SELECT count(*) FROM pg_prepared_statements) + (SELECT count(*) FROM pg_cursors) \
             + (SELECT count(*) FROM pg_listening_channels()) AS n;",
        ),
    ]);
    place.up().await.unwrap();
    assert_eq!(
        (
            place.query("SELECT x FROM companies"),
            place.query("SELECT n FROM kept")
        ),
        (String::new(), "0".to_owned())
    );
}

#[tokio::test]
async fn a_file_that_gives_the_lock_away_is_rolled_back() {
    let place = Place::new(&[
        ("1_a.up.sql", "CREATE TABLE a (id int);"),
        (
            "2_b.up.sql",
            "CREATE TABLE b (id int);\nSELECT pg_advisory_unlock_all();",
        ),
    ]);
    let error = place.up().await.unwrap_err();
    assert!(matches!(error, RunError::LockGone { .. }), "{error}");
    assert_eq!(error.exit(), Exit::Failed);
    assert_eq!(
        (place.stored(), place.tables(), place.history()),
        ("1|f".to_owned(), "a".to_owned(), "1|up|applied".to_owned())
    );
}

#[tokio::test]
async fn a_statement_that_gives_the_lock_away_out_of_sight_stops_the_file() {
    let place = Place::new(&[(
        "1_a.up.sql",
        "-- no-transaction\nDO $$ BEGIN PERFORM pg_advisory_unlock_all(); END $$;\nCREATE TABLE a (id int);",
    )]);
    let error = place.up().await.unwrap_err();
    assert_eq!(error.exit(), Exit::Incomplete);
    assert!(
        words(&error).contains("1_a.up.sql gave the lock away"),
        "{error}"
    );
    assert_eq!(place.tables(), "");
}

#[tokio::test]
async fn discarding_all_is_refused_before_anything_is_run() {
    let place = Place::new(&[
        ("1_a.up.sql", "CREATE TABLE a (id int);"),
        ("2_b.up.sql", "SELECT 1;\nDISCARD ALL;"),
    ]);
    let error = place.up().await.unwrap_err();
    let said = words(&error);
    assert!(
        said.contains("line 2: DISCARD ALL") && said.contains("RESET ALL"),
        "{said}"
    );
    assert_eq!(
        (error.exit(), place.tables()),
        (Exit::Refused, String::new())
    );
}

#[tokio::test]
async fn going_on_sets_again_what_was_set_and_runs_nothing_again() {
    let place = Place::new(&[
        (
            "1_log.up.sql",
            "CREATE TABLE log (n serial, a text);\n\
             CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'INSERT INTO log (a) VALUES (''f'') RETURNING n';",
        ),
        (
            "2_work.up.sql",
            "-- no-transaction\nSELECT set_config('x.y', 'kept', false);\nSELECT f(), set_config('x.z', '1', false);\n\
             SELECT 1 / (SELECT count(*) FROM pg_class WHERE relname = 'ready');\n\
             INSERT INTO log (a) VALUES (current_setting('x.y'));",
        ),
    ]);
    place.up().await.unwrap_err();
    place.query("CREATE TABLE ready ()");
    place.up().await.unwrap();
    assert_eq!(place.query("SELECT a FROM log ORDER BY n"), "f\nkept");
}

#[tokio::test]
async fn after_all_settings_are_taken_back_the_limits_still_hold() {
    let place = Place::new(&[(
        "1_a.up.sql",
        "-- no-transaction\nRESET ALL;\nCREATE TABLE a AS SELECT current_setting('lock_timeout') AS limits;",
    )]);
    place.up().await.unwrap();
    assert_eq!(place.query("SELECT limits FROM a"), "300ms");
}

#[tokio::test]
async fn a_file_that_makes_the_session_read_only_is_still_written_down() {
    let place = Place::new(&[(
        "1_a.up.sql",
        "-- no-transaction\nSET default_transaction_read_only = on;\nSELECT 1;",
    )]);
    place.up().await.unwrap();
    assert_eq!(place.stored(), "1|f");
}

#[tokio::test]
async fn a_schema_that_comes_first_does_not_hide_the_version() {
    let place = Place::new(&[
        ("1_a.up.sql", "CREATE SCHEMA IF NOT EXISTS app;"),
        ("2_b.up.sql", "CREATE TABLE public.a (id int);"),
    ]);
    place.query("CREATE ROLE app LOGIN SUPERUSER");
    let app = address(&place.url().replace("postgres@", "app@"));
    let mut migrator = Migrator::open(&app, options()).await.unwrap();
    migrator.run(&place.folder(), Goal::Latest).await.unwrap();
    let mut migrator = Migrator::open(&app, options()).await.unwrap();
    let error = migrator
        .run(&place.folder(), Goal::UpTo(version(2)))
        .await
        .unwrap_err();
    assert!(
        words(&error).contains("MIGRATIONS_TABLE=public.schema_migrations"),
        "{error}"
    );
    assert_eq!(error.exit(), Exit::Refused);
    place.query("DROP OWNED BY app; DROP ROLE app");
}

#[tokio::test]
async fn a_string_of_a_statement_is_neither_shown_nor_kept() {
    let place = Place::new(&[("1_a.up.sql", "ALTER ROLE nobody_here PASSWORD 'hunter2';")]);
    let error = place.up().await.unwrap_err();
    assert!(
        words(&error).contains("`ALTER ROLE nobody_here PASSWORD '…'`"),
        "{error}"
    );
    let kept = place.query("SELECT error FROM schema_migrations_history");
    assert!(!kept.contains("hunter2"), "{kept}");
}

#[tokio::test]
async fn strings_with_backslashes_are_read_as_the_file_says() {
    let place = Place::new(&[(
        "1_a.up.sql",
        "-- no-transaction\nCREATE TABLE a (t text);\nSET standard_conforming_strings = off;\nINSERT INTO a VALUES ('it\\'s; -- one');",
    )]);
    place.up().await.unwrap();
    assert_eq!(place.query("SELECT t FROM a"), "it's; -- one");
}
