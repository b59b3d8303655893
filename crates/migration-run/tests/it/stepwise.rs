//! Files that are no transaction.

use function_core::Exit;
use migration_run::{Goal, PlanError, Repair, RunError};

use crate::place::{Place, options, version, words};

const TABLE: (&str, &str) = (
    "1_table.up.sql",
    "CREATE TABLE t (id int PRIMARY KEY, a int);\nINSERT INTO t SELECT n, n / 2 FROM generate_series(1, 100) n;",
);

fn indexes(place: &Place) -> String {
    place.query(
        "SELECT class.relname, indisvalid FROM pg_index JOIN pg_class class ON class.oid = indexrelid \
         WHERE indrelid = 't'::regclass AND NOT indisprimary ORDER BY 1",
    )
}

#[tokio::test]
async fn a_concurrent_index_is_built_and_dropped() {
    let place = Place::new(&[
        TABLE,
        (
            "2_index.up.sql",
            "-- why\nCREATE INDEX CONCURRENTLY t_a ON t (a);\n",
        ),
        ("2_index.down.sql", "DROP INDEX CONCURRENTLY t_a;"),
    ]);
    place.up().await.unwrap();
    assert_eq!(
        (place.stored(), indexes(&place)),
        ("2|f".to_owned(), "t_a|t".to_owned())
    );
    place.run(Goal::GoTo(version(1))).await.unwrap();
    assert_eq!(
        (place.stored(), indexes(&place)),
        ("1|f".to_owned(), String::new())
    );
    assert_eq!(
        place.history(),
        "1|up|applied\n2|up|applied\n2|down|reverted"
    );
}

#[tokio::test]
async fn an_index_that_fails_leaves_neither_a_dirty_version_nor_an_invalid_index() {
    let place = Place::new(&[
        TABLE,
        (
            "2_index.up.sql",
            "CREATE UNIQUE INDEX CONCURRENTLY t_a ON t (a);\n",
        ),
    ]);
    let error = place.up().await.unwrap_err();
    assert_eq!(error.exit(), Exit::Failed);
    let said = words(&error);
    assert!(
        said.starts_with("2_index.up.sql failed at line 1, in statement 1")
            && said.contains("23505"),
        "{said}"
    );
    assert_eq!(
        (place.stored(), indexes(&place)),
        ("1|f".to_owned(), String::new())
    );
    assert_eq!(place.history(), "1|up|applied\n2|up|failed");
    place.query("UPDATE t SET a = id");
    place.up().await.unwrap();
    assert_eq!(
        (place.stored(), indexes(&place)),
        ("2|f".to_owned(), "t_a|t".to_owned())
    );
}

#[tokio::test]
async fn an_index_without_a_name_is_refused_before_anything_is_run() {
    let place = Place::new(&[
        TABLE,
        (
            "2_index.up.sql",
            "-- why\nCREATE UNIQUE INDEX CONCURRENTLY ON t (a);\n",
        ),
    ]);
    let error = place.up().await.unwrap_err();
    assert!(
        words(&error).contains("line 2: CREATE INDEX CONCURRENTLY needs a plain name"),
        "{error}"
    );
    assert_eq!(
        (error.exit(), place.tables()),
        (Exit::Refused, String::new())
    );
}

#[tokio::test]
async fn an_invalid_index_of_that_name_is_built_anew_although_it_exists() {
    let place = Place::new(&[
        TABLE,
        (
            "2_index.up.sql",
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS t_a ON t (a);\n",
        ),
    ]);
    place.run(Goal::UpTo(version(1))).await.unwrap();
    place
        .server
        .query_in(
            &place.database,
            "CREATE UNIQUE INDEX CONCURRENTLY t_a ON t (a)",
        )
        .unwrap_err();
    assert_eq!(indexes(&place), "t_a|f");
    place.up().await.unwrap();
    assert_eq!(indexes(&place), "t_a|t");
}

#[tokio::test]
async fn a_later_statement_that_fails_is_gone_on_with_when_its_cause_is_repaired() {
    let place = Place::new(&[
        TABLE,
        (
            "2_more.up.sql",
            "-- no-transaction\nSET lock_timeout = '7s';\nCREATE TABLE log (n serial, waited text);\nINSERT INTO log (waited) VALUES ('once');\n\
             CREATE UNIQUE INDEX CONCURRENTLY t_a ON t (a);\nINSERT INTO log (waited) VALUES (current_setting('lock_timeout'));\n",
        ),
    ]);
    let error = place.up().await.unwrap_err();
    assert_eq!(error.exit(), Exit::Incomplete);
    let said = words(&error);
    assert!(
        said.contains("failed at line 5, in statement 4")
            && said.contains("goes on with this statement"),
        "{said}"
    );
    assert_eq!(
        (place.stored(), indexes(&place)),
        ("2|t".to_owned(), String::new())
    );
    let status = place.status().await;
    let stopped = status.dirty.unwrap().stopped.unwrap();
    assert_eq!(
        (stopped.statement, stopped.line, stopped.hindrance),
        (4, 5, None)
    );
    place.query("UPDATE t SET a = id");
    place.up().await.unwrap();
    assert_eq!(
        (place.stored(), indexes(&place)),
        ("2|f".to_owned(), "t_a|t".to_owned())
    );
    assert_eq!(place.query("SELECT waited FROM log ORDER BY n"), "once\n7s");
    assert_eq!(place.history(), "1|up|applied\n2|up|applied");
}

#[tokio::test]
async fn a_file_changed_half_way_is_gone_on_with_by_repair_only() {
    let place = Place::new(&[
        TABLE,
        (
            "2_more.up.sql",
            "CREATE TABLE log (n int);\nVACUUM log;\nVACUUM nothing;",
        ),
    ]);
    place.up().await.unwrap_err();
    place.write(&[(
        "2_more.up.sql",
        "CREATE TABLE log (n int);\nVACUUM log;\nVACUUM t;",
    )]);
    let error = place.up().await.unwrap_err();
    assert!(
        matches!(error, RunError::Plan(PlanError::Dirty { .. })),
        "{error}"
    );
    assert!(words(&error).contains("was changed since"), "{error}");
    assert_eq!(error.exit(), Exit::Refused);
    let mut migrator = place.open(options()).await;
    let repaired = migrator
        .repair(&place.folder(), Repair::Resume)
        .await
        .unwrap();
    assert_eq!(repaired.version, Some(version(2)));
    assert_eq!(place.stored(), "2|f");
    place.up().await.unwrap();
}

#[tokio::test]
async fn a_procedure_that_failed_is_not_run_again_unasked() {
    let place = Place::new(&[
        (
            "1_procedure.up.sql",
            "CREATE TABLE log (n int);\nCREATE PROCEDURE work() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log VALUES (1); COMMIT; \
             RAISE 'no'; END $$;",
        ),
        (
            "2_call.up.sql",
            "-- no-transaction\nCALL work();\nINSERT INTO log VALUES (2);",
        ),
    ]);
    let error = place.up().await.unwrap_err();
    assert_eq!(error.exit(), Exit::Incomplete);
    assert_eq!(
        (place.stored(), place.query("SELECT n FROM log")),
        ("2|t".to_owned(), "1".to_owned())
    );
    let said = words(&place.up().await.unwrap_err());
    assert!(said.contains("`repair --skip`"), "{said}");
    let mut migrator = place.open(options()).await;
    migrator
        .repair(&place.folder(), Repair::Skip)
        .await
        .unwrap();
    assert_eq!(
        (place.stored(), place.query("SELECT n FROM log")),
        ("2|f".to_owned(), "1\n2".to_owned())
    );
}

#[tokio::test]
async fn a_files_own_transactions_are_kept() {
    let place = Place::new(&[
        TABLE,
        (
            "2_own.up.sql",
            "-- no-transaction\nBEGIN;\nCREATE TABLE a (n int);\nINSERT INTO a VALUES (1);\nCOMMIT;\nBEGIN ISOLATION LEVEL SERIALIZABLE;\n\
             INSERT INTO a VALUES (2);\nSELECT 1 / 0;\nEND;\n",
        ),
    ]);
    let said = words(&place.up().await.unwrap_err());
    assert!(said.contains("failed at line 8, in statement 7"), "{said}");
    assert_eq!(
        (place.stored(), place.query("SELECT n FROM a")),
        ("2|t".to_owned(), "1".to_owned())
    );
    let stopped = place.status().await.dirty.unwrap().stopped.unwrap();
    assert_eq!(stopped.statement, 5);
}

#[tokio::test]
async fn a_partition_that_is_being_detached_is_detached_to_the_end() {
    let place = Place::new(&[
        (
            "1_p.up.sql",
            "CREATE TABLE p (a int) PARTITION BY LIST (a);\nCREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);",
        ),
        (
            "2_d.up.sql",
            "ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY;",
        ),
    ]);
    place.run(Goal::UpTo(version(1))).await.unwrap();
    // It waits for whoever reads the table, and is stopped then.
    let reading = "BEGIN; SELECT FROM p; SET LOCAL lock_timeout = 0; SELECT pg_sleep(600)";
    let reader = std::process::Command::new("psql")
        .args(["-X", "-q", "-c", reading, &place.url()])
        .spawn();
    let mut reader = reader.unwrap();
    crate::jobs::until(
        &place,
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep')",
    )
    .await;
    place.up().await.unwrap_err();
    assert_eq!(place.query("SELECT inhdetachpending FROM pg_inherits"), "t");
    place.query(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE wait_event = 'PgSleep'",
    );
    drop(reader.wait());
    place.up().await.unwrap();
    assert_eq!(
        (
            place.stored(),
            place.query("SELECT count(*) FROM pg_inherits")
        ),
        ("2|f".to_owned(), "0".to_owned())
    );
}
