//! The line breaks, or the job is killed, at every message: the database is before or after a file, and the next run goes on.

use std::num::NonZeroU32;

use function_core::Exit;
use migration_run::{Goal, Migrator, Options, RunError};

use test_services::PostgresSetup;

use crate::jobs::until;
use crate::place::{Place, options, words};
use crate::proxy::{Cut, Proxy, Then};

/// Each file leaves its marks in `log`, so that what is done twice shows.
const FILES: [(&str, &str); 8] = [
    (
        "1_table.up.sql",
        "CREATE TABLE log (n serial, mark text);\nCREATE TABLE t (id int PRIMARY KEY, a int);\n\
         INSERT INTO t SELECT n, n FROM generate_series(1, 50) n;\nINSERT INTO log (mark) VALUES ('1');",
    ),
    ("1_table.down.sql", "DROP TABLE t;\nDROP TABLE log;"),
    (
        "2_column.up.sql",
        "ALTER TABLE t ADD b int DEFAULT 7;\nINSERT INTO log (mark) VALUES ('2');",
    ),
    (
        "2_column.down.sql",
        "ALTER TABLE t DROP b;\nINSERT INTO log (mark) VALUES ('-2');",
    ),
    (
        "3_index.up.sql",
        "-- no-transaction\nCREATE INDEX CONCURRENTLY t_a ON t (a);\nINSERT INTO log (mark) VALUES ('3a');\n\
         CREATE UNIQUE INDEX CONCURRENTLY t_b ON t (a, id);\nVACUUM t;\nINSERT INTO log (mark) VALUES ('3b');\n\
         REINDEX INDEX CONCURRENTLY t_a;\nALTER TABLE t ADD c int;",
    ),
    (
        "3_index.down.sql",
        "ALTER TABLE t DROP c;\nDROP INDEX CONCURRENTLY t_b;\nINSERT INTO log (mark) VALUES ('-3');\nDROP INDEX CONCURRENTLY t_a;",
    ),
    ("4_end.up.sql", "INSERT INTO log (mark) VALUES ('4');"),
    ("4_end.down.sql", "INSERT INTO log (mark) VALUES ('-4');"),
];

/// The message that runs it: what the server is like, the lock, the tables, the version, making the tables.
const FIRST_FILE: usize = 6;

const MARKS: &str = "SELECT string_agg(mark, ' ' ORDER BY n) FROM log";
const INDEXES: &str = "SELECT string_agg(class.relname || ' ' || indisvalid, ' ' ORDER BY class.relname) FROM pg_index \
    JOIN pg_class class ON class.oid = indexrelid WHERE indrelid = to_regclass('t') AND NOT indisprimary";

async fn run_through(
    place: &Place,
    proxy: &Proxy,
    attempts: u32,
    goal: Goal,
) -> Result<(), RunError> {
    let options = Options {
        attempts: NonZeroU32::new(attempts).unwrap(),
        ..options()
    };
    let mut migrator = Migrator::open(&place.address_at(proxy.port), options).await?;
    migrator.run(&place.folder(), goal).await?;
    Ok(())
}

/// How many messages a run takes that nothing happens to.
async fn messages(place: &Place, goal: Goal) -> usize {
    let proxy = Proxy::whole(place.server.port()).await;
    run_through(place, &proxy, 1, goal).await.unwrap();
    proxy.sent()
}

/// Waits until the server has noticed that nobody listens to what it was told: until then it works on.
async fn is_alone(place: &Place) {
    let others = "SELECT NOT EXISTS (SELECT FROM pg_stat_activity \
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend')";
    until(place, others).await;
}

fn assert_between_files(place: &Place, at: &str) {
    if place.query("SELECT to_regclass('schema_migrations') IS NULL") == "t" {
        return;
    }
    let stored = place.stored();
    let dirty = stored.ends_with("|t");
    assert!(
        !dirty || stored == "3|t" || stored == "2|t",
        "{at}: {stored}"
    );
    if dirty || place.query("SELECT to_regclass('log') IS NULL") == "t" {
        return;
    }
    let marks = place.query(MARKS);
    let last = marks
        .split(' ')
        .next_back()
        .unwrap()
        .trim_matches(['a', 'b']);
    let version: i32 = last.parse().unwrap();
    // After `-3` the version is 2.
    let expected = if version < 0 { -version - 1 } else { version };
    assert_eq!(stored, format!("{expected}|f"), "{at}: {marks}");
}

fn assert_up(place: &Place, at: &str) {
    assert_eq!(place.stored(), "4|f", "{at}");
    assert_eq!(place.query(MARKS), "1 2 3a 3b 4", "{at}");
    assert_eq!(place.query(INDEXES), "t_a true t_b true", "{at}");
    assert_eq!(
        place.history(),
        "1|up|applied\n2|up|applied\n3|up|applied\n4|up|applied",
        "{at}"
    );
}

async fn sweep_up(cut: Cut, then: Then) {
    sweep_up_on(Place::new(&FILES), cut, then).await;
}

async fn sweep_up_on(server: Place, cut: Cut, then: Then) {
    let count = messages(&server, Goal::Latest).await;
    assert!(count > 20, "{count}");
    for number in 1..=count {
        let at = format!("message {number} of {count}, {cut:?}, {then:?}");
        let place = Place::on(server.server.clone(), &FILES);
        let proxy = Proxy::start(place.server.port(), number, cut, then).await;
        let ran = run_through(
            &place,
            &proxy,
            if then == Then::Gone { 1 } else { 5 },
            Goal::Latest,
        )
        .await;
        assert!(proxy.sent() >= number, "{at}");
        is_alone(&place).await;
        assert_between_files(&place, &at);
        match ran {
            // Before the first file there is nothing to look after: the platform tries again.
            Err(error) if number < FIRST_FILE => {
                assert_eq!(error.exit(), Exit::TryAgain, "{at}: {error}");
            }
            Err(error) if then == Then::Whole => panic!("{at}: {}", words(&error)),
            _ => {}
        }
        place
            .up()
            .await
            .unwrap_or_else(|error| panic!("{at}: {}", words(&error)));
        assert_up(&place, &at);
    }
}

#[tokio::test]
async fn killed_before_any_message() {
    sweep_up(Cut::Before, Then::Gone).await;
}

#[tokio::test]
async fn killed_during_any_message() {
    sweep_up(Cut::During, Then::Gone).await;
}

#[tokio::test]
async fn killed_before_the_answer_to_any_message() {
    sweep_up(Cut::After, Then::Gone).await;
}

#[tokio::test]
async fn a_line_that_breaks_before_any_message() {
    sweep_up(Cut::Before, Then::Whole).await;
}

#[tokio::test]
async fn a_line_that_breaks_before_the_answer_to_any_message() {
    sweep_up(Cut::After, Then::Whole).await;
}

#[tokio::test]
async fn killed_on_the_way_down() {
    let server = Place::new(&FILES);
    server.up().await.unwrap();
    let down = Goal::GoTo(crate::place::version(1));
    let count = messages(&server, down).await;
    for cut in [Cut::Before, Cut::After] {
        for number in 1..=count {
            let at = format!("message {number} of {count}, {cut:?}");
            let place = Place::on(server.server.clone(), &FILES);
            place.up().await.unwrap();
            let proxy = Proxy::start(place.server.port(), number, cut, Then::Gone).await;
            drop(run_through(&place, &proxy, 1, down).await);
            is_alone(&place).await;
            assert_between_files(&place, &at);
            place
                .run(down)
                .await
                .unwrap_or_else(|error| panic!("{at}: {}", words(&error)));
            assert_eq!(place.query(MARKS), "1 2 3a 3b 4 -4 -3 -2", "{at}");
            assert_eq!(
                (place.stored(), place.query(INDEXES)),
                ("1|f".to_owned(), "NULL".to_owned()),
                "{at}"
            );
        }
    }
}

#[tokio::test]
async fn killed_before_the_answer_to_any_message_on_a_newer_server() {
    let newer = PostgresSetup::newer().start().unwrap();
    sweep_up_on(Place::on(newer.into(), &FILES), Cut::After, Then::Gone).await;
}
