//! Statements that no transaction may hold are watched while they wait.

use std::time::Duration;

use migration_sql::{Condition, LockLevel, facts, split};
use test_services::PostgresSetup;
use tokio_postgres::Client;

use super::told;
use crate::place::{Place, connect};

const FORMS: [&str; 8] = [
    "CREATE INDEX CONCURRENTLY i ON t (a)",
    "CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)",
    "DROP INDEX CONCURRENTLY t_a",
    "REINDEX TABLE CONCURRENTLY t",
    "REINDEX (CONCURRENTLY) INDEX t_a",
    "VACUUM t",
    "VACUUM (FULL) t",
    "VACUUM FULL ANALYZE t",
];

async fn level_waited_for(watcher: &Client) -> LockLevel {
    let waiting = "SELECT mode FROM pg_locks WHERE relation = 't'::regclass AND NOT granted";
    for _ in 0..6_000 {
        if let Some(row) = watcher.query_opt(waiting, &[]).await.unwrap() {
            return LockLevel::of_mode(row.get(0)).unwrap();
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("nothing waits");
}

#[tokio::test]
async fn statements_outside_transactions_wait_for_the_lock_that_is_told() {
    let place = Place::start(PostgresSetup::new()).await;
    let holder = &place.client;
    holder
        .batch_execute("CREATE SCHEMA other; CREATE TABLE t (a int); CREATE INDEX t_a ON t (a)")
        .await
        .unwrap();
    for form in FORMS {
        let told = told(holder, form).await;
        holder
            .batch_execute("BEGIN; LOCK TABLE t IN SHARE UPDATE EXCLUSIVE MODE")
            .await
            .unwrap();
        let worker = connect(&place.server.url()).await;
        let cancel = worker.cancel_token();
        let work = tokio::spawn(async move { worker.simple_query(form).await.is_err() });
        let watcher = connect(&place.server.url()).await;
        let level = level_waited_for(&watcher).await;
        cancel.cancel_query(tokio_postgres::NoTls).await.unwrap();
        assert!(work.await.unwrap(), "{form} was to be cancelled");
        holder.batch_execute("ROLLBACK").await.unwrap();
        assert_eq!(told.get("t"), Some(&level), "{form}");
    }
}

#[test]
fn a_concurrent_unique_index_asks_for_unique_rows_as_well() {
    let text = "CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)";
    let facts = facts(&split(text).unwrap()[0]);
    assert!(matches!(
        facts.probes[0].condition,
        Condition::Unique { .. }
    ));
}
