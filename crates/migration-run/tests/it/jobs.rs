//! More than one job, and others who hold locks.

use std::num::NonZeroU32;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use function_core::Exit;
use migration_run::{Goal, LockIds, Options, RunError};
use tokio::time::Instant;

use crate::place::{Place, options, words};

/// A psql that runs `sql` and is killed with the test.
struct Psql(Child);

impl Psql {
    fn start(place: &Place, sql: &str) -> Self {
        let psql = Command::new("psql")
            .args([
                "-X",
                "-q",
                "-c",
                sql,
                &format!("{}?application_name=holder", place.url()),
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Self(psql.unwrap())
    }

    /// Waits until it has come to `pg_sleep`, so that it holds what it shall hold.
    async fn sleeps(self, place: &Place) -> Self {
        until(place, "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'holder' AND wait_event = 'PgSleep')").await;
        self
    }
}

impl Drop for Psql {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// The server does not notice in a `pg_sleep` that a client is gone.
fn end_holder(place: &Place) {
    place.query(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'holder'",
    );
}

pub(crate) async fn until(place: &Place, sql: &str) {
    let deadline = Instant::now() + Duration::from_mins(1);
    while place.query(sql) != "t" {
        assert!(Instant::now() < deadline, "{sql}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn place() -> Place {
    Place::new(&[
        (
            "1_t.up.sql",
            "CREATE TABLE t (a int);\nINSERT INTO t SELECT generate_series(1, 2000);\nSELECT pg_sleep(0.3);",
        ),
        ("2_i.up.sql", "CREATE INDEX CONCURRENTLY t_a ON t (a);"),
        ("3_i.up.sql", "CREATE INDEX CONCURRENTLY t_b ON t (a DESC);"),
        ("4_u.up.sql", "CREATE TABLE u (a int);"),
    ])
}

#[tokio::test(flavor = "multi_thread")]
async fn two_jobs_at_once_do_everything_once() {
    let place = place();
    let (one, other) = tokio::join!(place.up(), place.up());
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_eq!(one.files.len() + other.files.len(), 4);
    assert_eq!(place.stored(), "4|f");
    assert_eq!(
        place.history(),
        "1|up|applied\n2|up|applied\n3|up|applied\n4|up|applied"
    );
    assert_eq!(
        place.query(
            "SELECT count(*), bool_and(indisvalid) FROM pg_index WHERE indrelid = 't'::regclass"
        ),
        "2|t"
    );
}

#[tokio::test]
async fn who_holds_the_lock_is_named_when_the_time_is_over() {
    let place = place();
    let ids = LockIds::new("public", "schema_migrations", &place.database);
    for id in [ids.of_path, ids.of_name] {
        let _holder = Psql::start(
            &place,
            &format!("SELECT pg_advisory_lock({id}), pg_sleep(600)"),
        )
        .sleeps(&place)
        .await;
        let hurried = Options {
            job_lock_timeout: Duration::from_millis(700),
            ..options()
        };
        let started = Instant::now();
        let error = place.run_with(hurried, Goal::Latest).await.unwrap_err();
        assert!(started.elapsed() < options().job_lock_timeout);
        assert!(matches!(error, RunError::Locked { .. }), "{error}");
        assert_eq!(error.exit(), Exit::TryAgain);
        let said = words(&error);
        assert!(
            said.contains("(holder, user postgres, from 127.0.0.1)")
                && said.contains("pg_advisory_lock"),
            "{said}"
        );
        // Neither of the two is held by a job that gave up.
        assert_eq!(
            place.query("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"),
            "1"
        );
        end_holder(&place);
    }
    place.up().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn golang_migrate_that_waits_for_us_does_not_leave_a_dirty_version() {
    let place = place();
    place.run(Goal::UpBy(1.try_into().unwrap())).await.unwrap();
    let ids = LockIds::new("public", "schema_migrations", &place.database);
    // While it waits in pg_advisory_lock it has a snapshot, for which CREATE INDEX CONCURRENTLY waits.
    let waiting = async {
        until(
            &place,
            "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory')",
        )
        .await;
        Psql::start(
            &place,
            &format!(
                "SELECT pg_advisory_lock({}); SELECT pg_sleep(1)",
                ids.of_name
            ),
        )
    };
    let patient = Options {
        lock_timeout: Duration::ZERO,
        attempts: NonZeroU32::new(2).unwrap(),
        ..options()
    };
    place.write(&[(
        "2_i.up.sql",
        "-- no-transaction\nSELECT pg_sleep(1);\nCREATE INDEX CONCURRENTLY t_a ON t (a);",
    )]);
    let (ran, holder) = tokio::join!(place.run_with(patient, Goal::Latest), waiting);
    // The server may stop either of the two; a job that was stopped goes on at the next run.
    if let Err(error) = ran {
        assert_eq!(error.exit(), Exit::TryAgain, "{}", words(&error));
    }
    drop(holder);
    place.up().await.unwrap();
    assert_eq!(place.stored(), "4|f");
    assert_eq!(
        place.query(
            "SELECT count(*), bool_and(indisvalid) FROM pg_index WHERE indrelid = 't'::regclass"
        ),
        "2|t"
    );
}

#[tokio::test]
async fn a_file_that_gets_no_lock_is_tried_again_as_a_whole() {
    let place = place();
    place.run(Goal::UpBy(1.try_into().unwrap())).await.unwrap();
    place.write(&[(
        "2_i.up.sql",
        "CREATE TABLE v (a int);\nALTER TABLE t ADD b int;",
    )]);
    let holder = "BEGIN; LOCK TABLE t IN ACCESS SHARE MODE; SELECT pg_sleep(600)";
    let holding = Psql::start(&place, holder).sleeps(&place).await;
    // Who holds it is found out by a second session, which a busy server may let wait.
    let waiting = Options {
        lock_timeout: Duration::from_secs(5),
        attempts: NonZeroU32::MIN,
        ..options()
    };
    let error = place.run_with(waiting, Goal::Latest).await.unwrap_err();
    assert_eq!(error.exit(), Exit::TryAgain);
    let said = words(&error);
    assert!(
        said.starts_with("2_i.up.sql failed at line 2, in statement 2"),
        "{said}"
    );
    assert!(
        said.contains("LOCK_TIMEOUT")
            && said.contains("held by pid")
            && said.contains("(holder, user postgres"),
        "{said}"
    );
    assert_eq!(
        (place.stored(), place.tables()),
        ("1|f".to_owned(), "t".to_owned())
    );
    let patient = Options {
        attempts: NonZeroU32::new(20).unwrap(),
        ..options()
    };
    let letting_go = async {
        tokio::time::sleep(Duration::from_millis(700)).await;
        drop(holding);
        end_holder(&place);
    };
    let (ran, ()) = tokio::join!(place.run_with(patient, Goal::Latest), letting_go);
    ran.unwrap();
    assert_eq!(place.tables(), "t u v");
}
