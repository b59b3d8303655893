//! Being stopped from outside, and being tried again by the platform.

use std::time::Duration;

use function_core::Exit;
use migration_run::{Execution, Goal, Options, RunError, Stop};
use tokio::time::Instant;

use crate::gate::{Gate, WAITS};
use crate::jobs::until;
use crate::place::{Place, options, version, words};

const SLEEPS: &str = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database())";

/// Runs it, and stops it when it has come to `pg_sleep`.
async fn stopped_in_its_sleep(place: &Place) -> (RunError, Duration) {
    let (stopper, stop) = Stop::new();
    let stopping = async {
        until(place, SLEEPS).await;
        stopper.stop();
        Instant::now()
    };
    let options = Options { stop, ..options() };
    let (ran, told) = tokio::join!(place.run_with(options, Goal::Latest), stopping);
    (ran.unwrap_err(), told.elapsed())
}

/// Runs it, and stops it while a statement waits, which then goes on.
pub(crate) async fn stopped_at_a_gate(place: &Place) -> RunError {
    let (stopper, stop) = Stop::new();
    let gate = Gate::shut(place).await;
    let stopping = async {
        gate.is_waited_at(place).await;
        stopper.stop();
        gate.open();
    };
    let options = Options {
        stop,
        lock_timeout: Duration::ZERO,
        ..options()
    };
    let (ran, ()) = tokio::join!(place.run_with(options, Goal::Latest), stopping);
    ran.unwrap_err()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_under_way_is_cancelled_and_its_file_rolled_back() {
    let place = Place::new(&[
        ("1_a.up.sql", "CREATE TABLE a (id int);"),
        (
            "2_b.up.sql",
            "CREATE TABLE b (id int);\nSELECT pg_sleep(600);",
        ),
    ]);
    let (error, took) = stopped_in_its_sleep(&place).await;
    assert!(matches!(error, RunError::Stopped { .. }), "{error}");
    assert_eq!(error.exit(), Exit::TryAgain);
    assert!(took < Duration::from_secs(8), "{took:?}");
    assert_eq!(
        (place.stored(), place.tables()),
        ("1|f".to_owned(), "a".to_owned())
    );
    place.write(&[("2_b.up.sql", "CREATE TABLE b (id int);")]);
    place.up().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn between_statements_it_stops_where_the_next_run_goes_on() {
    let file = format!(
        "-- no-transaction\nCREATE TABLE a AS SELECT 1 AS n, {WAITS};\nINSERT INTO a VALUES (2, '');"
    );
    let place = Place::new(&[("1_a.up.sql", &file)]);
    let error = stopped_at_a_gate(&place).await;
    assert!(
        words(&error).starts_with("stopped from outside before line 3 of 1_a.up.sql"),
        "{error}"
    );
    assert_eq!(
        (place.stored(), place.query("SELECT n FROM a")),
        ("1|t".to_owned(), "1".to_owned())
    );
    place.up().await.unwrap();
    assert_eq!(
        (place.stored(), place.query("SELECT n FROM a")),
        ("1|f".to_owned(), "1\n2".to_owned())
    );
}

#[tokio::test]
async fn one_that_is_told_before_it_begins_does_nothing() {
    let place = Place::new(&[("1_a.up.sql", "CREATE TABLE a (id int);")]);
    let (stopper, stop) = Stop::new();
    let mut migrator = place.open(Options { stop, ..options() }).await;
    stopper.stop();
    let error = migrator
        .run(&place.folder(), Goal::Latest)
        .await
        .unwrap_err();
    assert!(words(&error).contains("before 1_a.up.sql"), "{error}");
    assert_eq!(place.tables(), "");
}

fn attempt(id: &str, attempt: u32) -> Options {
    let id = id.to_owned();
    Options {
        execution: Some(Execution { id, attempt }),
        ..options()
    }
}

#[tokio::test]
async fn the_first_error_is_said_again_by_the_platforms_next_attempt() {
    let place = Place::new(&[("1_a.up.sql", "CREATE TABLE a (id int);\nSELECT 1 / 0;")]);
    let first = place
        .run_with(attempt("run-1", 0), Goal::Latest)
        .await
        .unwrap_err();
    // Nothing is run: not even what would go well now.
    place.write(&[("1_a.up.sql", "CREATE TABLE a (id int);")]);
    for number in 1..=3 {
        let again = place
            .run_with(attempt("run-1", number), Goal::Latest)
            .await
            .unwrap_err();
        assert_eq!((words(&again), again.exit()), (words(&first), Exit::Failed));
    }
    assert_eq!(place.history(), "1|up|failed");
    place
        .run_with(attempt("run-2", 0), Goal::Latest)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_file_half_way_is_said_again_too() {
    let place = Place::new(&[(
        "1_a.up.sql",
        "-- no-transaction\nCREATE TABLE a (id int);\nSELECT 1 / 0;",
    )]);
    let first = place
        .run_with(attempt("run-1", 0), Goal::Latest)
        .await
        .unwrap_err();
    let again = place
        .run_with(attempt("run-1", 1), Goal::Latest)
        .await
        .unwrap_err();
    assert_eq!(
        (words(&again), again.exit()),
        (words(&first), Exit::Incomplete)
    );
}

#[tokio::test]
async fn an_attempt_after_one_that_was_killed_goes_on() {
    let place = Place::new(&[("1_a.up.sql", "CREATE TABLE a (id int);")]);
    place
        .run_with(attempt("run-1", 0), Goal::Latest)
        .await
        .unwrap();
    place.write(&[("2_b.up.sql", "CREATE TABLE b (id int);")]);
    let done = place
        .run_with(attempt("run-1", 1), Goal::Latest)
        .await
        .unwrap();
    assert_eq!(done.to, Some(version(2)));
}
