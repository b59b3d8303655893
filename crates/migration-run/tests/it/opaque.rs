//! Statements of which only the server knows what they did: `CALL`, `DO`, and transactions that a file ends in its own way.

use std::time::Duration;

use function_core::Exit;
use migration_run::{Goal, Options, Repair, RunError, Stop};

use crate::gate::WAITS;
use crate::jobs::until;
use crate::place::{Place, options, words};
use crate::stopping::stopped_at_a_gate;

/// A procedure that commits a row, and waits for the table `l` then.
const PROCEDURE: (&str, &str) = (
    "1_table.up.sql",
    "CREATE TABLE log (n int);\nCREATE TABLE l ();\nCREATE PROCEDURE work() LANGUAGE plpgsql AS $$ BEGIN \
     INSERT INTO log VALUES (1); COMMIT; LOCK TABLE l; END $$;",
);

const SLEEPS: &str = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep')";

/// Somebody who holds the table `l`, until it is dropped.
struct Holder(std::process::Child);

impl Holder {
    async fn of(place: &Place) -> Self {
        let holding = "BEGIN; LOCK TABLE l; SELECT pg_sleep(600)";
        let holder = std::process::Command::new("psql")
            .args(["-X", "-q", "-c", holding, &place.url()])
            .spawn();
        let holder = Self(holder.unwrap());
        until(place, SLEEPS).await;
        holder
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[tokio::test]
async fn what_may_have_committed_a_part_is_not_tried_again() {
    let place = Place::new(&[PROCEDURE]);
    place.up().await.unwrap();
    place.write(&[("2_call.up.sql", "-- no-transaction\nCALL work();")]);
    let holder = Holder::of(&place).await;
    let error = place.up().await.unwrap_err();
    drop(holder);
    assert_eq!(error.exit(), Exit::Incomplete);
    let said = words(&error);
    assert!(
        said.contains("a part of that statement may be done; look at the database"),
        "{said}"
    );
    assert_eq!(
        (place.stored(), place.query("SELECT n FROM log")),
        ("2|t".to_owned(), "1".to_owned())
    );
    place.up().await.unwrap_err();
    assert_eq!(place.query("SELECT n FROM log"), "1");
    let mut migrator = place.open(options()).await;
    migrator
        .repair(&place.folder(), Repair::Skip)
        .await
        .unwrap();
    assert_eq!(place.stored(), "2|f");
}

#[tokio::test]
async fn a_line_that_breaks_in_it_leaves_a_question_for_a_person() {
    let place = Place::new(&[(
        "1_do.up.sql",
        "-- no-transaction\nDO $$ BEGIN PERFORM pg_sleep(600); END $$;",
    )]);
    let killing = async {
        until(&place, SLEEPS).await;
        place.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'",
        );
    };
    let (ran, ()) = tokio::join!(place.up(), killing);
    let error = ran.unwrap_err();
    assert_eq!(error.exit(), Exit::Incomplete);
    let said = words(&error);
    assert!(
        said.contains("1_do.up.sql at line 2") && said.contains("`repair --skip`"),
        "{said}"
    );
    assert_eq!(place.up().await.unwrap_err().exit(), Exit::Refused);
}

#[tokio::test(flavor = "multi_thread")]
async fn being_stopped_in_it_leaves_a_question_for_a_person() {
    let place = Place::new(&[(
        "1_do.up.sql",
        "-- no-transaction\nDO $$ BEGIN PERFORM pg_sleep(600); END $$;",
    )]);
    let (stopper, stop) = Stop::new();
    let stopping = async {
        until(&place, SLEEPS).await;
        stopper.stop();
    };
    let options = Options { stop, ..options() };
    let (ran, ()) = tokio::join!(place.run_with(options, Goal::Latest), stopping);
    let error = ran.unwrap_err();
    assert!(matches!(error, RunError::Unsure { .. }), "{error}");
    assert_eq!(error.exit(), Exit::Incomplete);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_was_not_begun_when_the_run_was_stopped_is_simply_run_next_time() {
    let file = format!(
        "-- no-transaction\nCREATE TABLE a AS SELECT {WAITS};\nDO $$ BEGIN INSERT INTO a VALUES ('done'); END $$;"
    );
    let place = Place::new(&[("1_do.up.sql", &file)]);
    let error = stopped_at_a_gate(&place).await;
    assert_eq!(error.exit(), Exit::TryAgain);
    place.up().await.unwrap();
    assert_eq!(
        (place.stored(), place.query("SELECT count(*) FROM a")),
        ("1|f".to_owned(), "2".to_owned())
    );
}

#[tokio::test]
async fn a_passing_fault_half_way_is_gone_on_with_by_the_next_attempt() {
    let place = Place::new(&[PROCEDURE]);
    place.up().await.unwrap();
    place.write(&[(
        "2_lock.up.sql",
        "-- no-transaction\nSET work_mem = '8MB';\nCREATE INDEX CONCURRENTLY l_i ON l ((1));",
    )]);
    let attempt = |attempt| Options {
        execution: Some(migration_run::Execution {
            id: "run".to_owned(),
            attempt,
        }),
        lock_timeout: Duration::from_millis(100),
        ..options()
    };
    let holder = Holder::of(&place).await;
    for number in 0..2 {
        let error = place
            .run_with(attempt(number), Goal::Latest)
            .await
            .unwrap_err();
        assert_eq!(error.exit(), Exit::TryAgain, "{error}");
        assert!(
            words(&error).contains("what is above it in the file is done; it waited for a lock"),
            "{error}"
        );
    }
    place.query(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE wait_event = 'PgSleep'",
    );
    drop(holder);
    place.run_with(attempt(2), Goal::Latest).await.unwrap();
    assert_eq!(place.stored(), "2|f");
}
