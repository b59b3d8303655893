//! Databases at a server that is there.

use function_core::{Clock, Retryable as _, Secret};
use jiff::ToSpan as _;
use scratch_postgres::{Scratch, ScratchError};
use test_services::PostgresServer;

fn databases(server: &PostgresServer) -> String {
    server
        .query("SELECT count(*) FROM pg_database WHERE datname LIKE 'tasuki%'")
        .unwrap()
}

#[tokio::test]
async fn a_database_is_empty_its_copy_is_full_and_both_go() {
    let server = PostgresServer::start().unwrap();
    let scratch = Scratch::at(&Secret::new(server.url()), &Clock::system())
        .await
        .unwrap();
    assert!(scratch.version() >= 140_000);
    let first = scratch.database().await.unwrap();
    let session = first.connect().await.unwrap();
    session
        .batch_execute("CREATE TABLE item (id int)")
        .await
        .unwrap();
    drop(session);
    let copy = loop {
        // The server takes a moment to see that the session ended.
        match scratch.copy(&first).await {
            Err(error) if error.is_retryable() => {}
            other => break other.unwrap(),
        }
    };
    let session = copy.connect().await.unwrap();
    session
        .batch_execute("INSERT INTO item VALUES (1)")
        .await
        .unwrap();
    scratch.close().await.unwrap();
    assert_eq!(databases(&server), "0");
}

#[tokio::test]
async fn what_a_killed_run_left_is_dropped_a_day_later() {
    let server = PostgresServer::start().unwrap();
    let url = Secret::new(server.url());
    let killed = Scratch::at(&url, &Clock::system()).await.unwrap();
    killed.database().await.unwrap();
    drop(killed);
    Scratch::at(&url, &Clock::system()).await.unwrap();
    assert_eq!(databases(&server), "1");
    let later = Clock::fixed(Clock::system().now() + 25.hours());
    Scratch::at(&url, &later).await.unwrap();
    assert_eq!(databases(&server), "0");
}

#[tokio::test]
async fn a_role_that_may_not_make_databases_is_told_so() {
    let server = PostgresServer::start().unwrap();
    server.query("CREATE ROLE reader LOGIN").unwrap();
    let url = server.url().replace("postgres@", "reader@");
    let scratch = Scratch::at(&Secret::new(url), &Clock::system())
        .await
        .unwrap();
    let refused = scratch.database().await.unwrap_err();
    assert!(matches!(
        refused,
        ScratchError::Refused { passing: false, .. }
    ));
    let words = function_core::chain(&refused);
    assert!(
        words.contains("permission denied to create database"),
        "{words}"
    );
}
