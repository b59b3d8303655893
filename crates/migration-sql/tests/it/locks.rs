//! The locks that statements are said to take are the locks that they take.

mod forms;
mod waits;

use std::collections::BTreeMap;

use migration_sql::{LockLevel, facts, split};
use test_services::PostgresSetup;
use tokio_postgres::Client;

use crate::place::Place;
use forms::{FORMS, SCHEMA, STRONGER_SINCE};

/// The strongest lock on each relation, by name.
type Locks = BTreeMap<String, LockLevel>;

fn keep_strongest(locks: &mut Locks, relation: String, level: LockLevel) {
    let held = locks.entry(relation).or_insert(level);
    *held = level.max(*held);
}

/// Tables, views and sequences of the test, not indexes.
const OURS: &str = "relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND relnamespace IN ('public'::regnamespace, 'other'::regnamespace)";

async fn told(client: &Client, text: &str) -> Locks {
    let mut locks = Locks::new();
    for statement in split(text).unwrap() {
        for lock in facts(&statement).locks {
            let query = format!(
                "SELECT oid::regclass::text FROM pg_class WHERE {OURS} AND oid IN ({})",
                lock.on.query()
            );
            for row in client.query(&query, &[]).await.unwrap() {
                keep_strongest(&mut locks, row.get(0), lock.level);
            }
        }
    }
    locks
}

/// Runs the statements in a transaction, looks at what they hold, and takes them back.
async fn taken(client: &Client, text: &str) -> Result<Locks, String> {
    let before: Vec<u32> = client
        .query(&format!("SELECT oid FROM pg_class WHERE {OURS}"), &[])
        .await
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    let names = "SELECT oid, oid::regclass::text FROM pg_class WHERE oid = ANY($1)";
    let names: BTreeMap<u32, String> = client
        .query(names, &[&before])
        .await
        .unwrap()
        .iter()
        .map(|row| (row.get(0), row.get(1)))
        .collect();
    client.simple_query("BEGIN").await.unwrap();
    for statement in split(text).unwrap() {
        if let Err(error) = client.simple_query(statement.text).await {
            client.simple_query("ROLLBACK").await.unwrap();
            return Err(error
                .as_db_error()
                .map_or_else(|| error.to_string(), ToString::to_string));
        }
    }
    let held = "SELECT relation, mode FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation' AND relation = ANY($1)";
    let rows = client.query(held, &[&before]).await.unwrap();
    client.simple_query("ROLLBACK").await.unwrap();
    let mut locks = Locks::new();
    for row in rows {
        let level = LockLevel::of_mode(row.get(1)).unwrap();
        keep_strongest(&mut locks, names[&row.get(0)].clone(), level);
    }
    Ok(locks)
}

/// Whether nothing is taken that is not told, and what is told is as strong at least.
fn covers(told: &Locks, taken: &Locks) -> bool {
    let is_told = |(relation, level): (&String, &LockLevel)| told.get(relation) >= Some(level);
    taken.iter().all(is_told)
}

async fn compare(setup: PostgresSetup, gentler: &[&str]) {
    let place = Place::start(setup).await;
    place.client.batch_execute(SCHEMA).await.unwrap();
    let mut wrong = Vec::new();
    for form in FORMS {
        let told = told(&place.client, form).await;
        let taken = taken(&place.client, form).await;
        let is_right = taken
            .as_ref()
            .is_ok_and(|taken| *taken == told || (gentler.contains(form) && covers(&told, taken)));
        if !is_right {
            wrong.push(format!("{form}\n  told  {told:?}\n  taken {taken:?}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        FORMS.len(),
        wrong.join("\n")
    );
}

#[tokio::test]
async fn locks_are_those_of_postgresql_15() {
    compare(PostgresSetup::new(), &STRONGER_SINCE).await;
}

#[tokio::test]
async fn locks_are_those_of_a_newer_server() {
    compare(PostgresSetup::newer(), &[]).await;
}
