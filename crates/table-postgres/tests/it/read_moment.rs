//! One moment for all readers, and what becomes of it when somebody interferes.

use std::time::Duration;

use function_core::{Retryable as _, chain};
use table_diff::{Database as _, DatabaseError, HashMethod, MarkBatch};
use test_services::{PostgresServer, free_port};

use crate::place::{LIMITS, client, database, marks, public, reading, snapshot, structure};

#[tokio::test]
async fn all_readers_see_one_moment_while_others_write() {
    let server = PostgresServer::start().unwrap();
    let sql = "CREATE TABLE item (id int PRIMARY KEY, note text, updated_at timestamptz); \
        INSERT INTO item SELECT n, 'old', '2025-01-01T00:00:00Z' FROM generate_series(1, 100) AS n";
    server.query(sql).unwrap();
    let moment = snapshot(&server.url()).await;
    server
        .query("DELETE FROM item WHERE id <= 50; UPDATE item SET note = 'new'")
        .unwrap();
    let table = structure(moment.as_ref(), "item").await;
    let reading = reading(&table, HashMethod::Values);
    let mut one = moment.reader().await.unwrap();
    let before = marks(one.as_mut(), &reading).await.unwrap();
    server
        .query("INSERT INTO item VALUES (1000, 'later')")
        .unwrap();
    let (other, third) = futures_util::future::join(moment.reader(), moment.reader()).await;
    assert_eq!(
        marks(other.unwrap().as_mut(), &reading).await.unwrap(),
        before
    );
    assert_eq!(
        marks(third.unwrap().as_mut(), &reading).await.unwrap(),
        before
    );
    assert_eq!(before.len(), 100);
    assert_eq!(before[0].time, Some(1_735_689_600_000_000));

    drop((moment, one));
    let after = crate::place::marks_of(&server.url(), "item", HashMethod::Values).await;
    assert_eq!(after.len(), 51);
    assert_eq!(after[50].time, None);
}

#[tokio::test]
async fn nobody_empties_a_table_that_is_being_compared_and_one_that_was_emptied_is_a_fault() {
    let server = PostgresServer::start().unwrap();
    let sql = "CREATE TABLE item (id int PRIMARY KEY); INSERT INTO item VALUES (1); \
        CREATE TABLE parts (id int PRIMARY KEY) PARTITION BY RANGE (id); \
        CREATE TABLE part PARTITION OF parts FOR VALUES FROM (0) TO (10); INSERT INTO parts VALUES (1);";
    server.query(sql).unwrap();
    let moment = snapshot(&server.url()).await;
    structure(moment.as_ref(), "item").await;
    let truncate = "SET lock_timeout = '100ms'; TRUNCATE item";
    let refused = server.query(truncate).unwrap_err();
    assert!(refused.to_string().contains("lock timeout"), "{refused}");
    drop(moment);

    for (table, emptied) in [("item", "item"), ("parts", "part")] {
        let moment = snapshot(&server.url()).await;
        server.query(&format!("TRUNCATE {emptied}")).unwrap();
        let fault = moment.structures(&[public(table)]).await.unwrap_err();
        assert!(fault.is_retryable());
        assert!(chain(&fault).contains("emptied"), "{fault}");
    }
}

#[tokio::test]
async fn a_lock_is_waited_for_no_longer_than_is_allowed() {
    let server = PostgresServer::start().unwrap();
    server
        .query("CREATE TABLE item (id int PRIMARY KEY)")
        .unwrap();
    let moment = snapshot(&server.url()).await;
    let holder = client(&server.url()).await;
    holder
        .batch_execute("BEGIN; LOCK TABLE item")
        .await
        .unwrap();
    let fault = moment.structures(&[public("item")]).await.unwrap_err();
    assert!(fault.is_retryable());
    assert!(chain(&fault).contains("55P03"), "{}", chain(&fault));
}

#[tokio::test]
async fn a_reader_that_is_dropped_stops_its_server_s_work() {
    let server = PostgresServer::start().unwrap();
    let sql = "CREATE TABLE item (id int PRIMARY KEY, note text); \
        INSERT INTO item SELECT n, repeat('x', 100) FROM generate_series(1, 300000) AS n";
    server.query(sql).unwrap();
    let moment = snapshot(&server.url()).await;
    let table = structure(moment.as_ref(), "item").await;
    let reading = reading(&table, HashMethod::Text);
    let mut reader = moment.reader().await.unwrap();
    let mut stream = reader.marks(&reading).await.unwrap();
    assert!(stream.next(&mut MarkBatch::default()).await.unwrap());
    drop(stream);
    drop(reader);
    drop(moment);
    let sessions = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'tasuki%'";
    for _ in 0..1_200 {
        if server.query(sessions).unwrap() == "0" {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!(
        "{}",
        server
            .query("SELECT query, state FROM pg_stat_activity")
            .unwrap()
    );
}

#[tokio::test]
async fn a_line_that_is_cut_is_never_the_end_of_a_table() {
    let server = PostgresServer::start().unwrap();
    let sql = "CREATE TABLE item (id int PRIMARY KEY, note text); \
        INSERT INTO item SELECT n, 'x' FROM generate_series(1, 300000) AS n";
    server.query(sql).unwrap();
    let moment = snapshot(&server.url()).await;
    let table = structure(moment.as_ref(), "item").await;
    let reading = reading(&table, HashMethod::Text);
    let mut reader = moment.reader().await.unwrap();
    let mut stream = reader.marks(&reading).await.unwrap();
    let mut batch = MarkBatch::default();
    assert!(stream.next(&mut batch).await.unwrap());
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'COPY%'";
    server.query(end).unwrap();
    let fault = loop {
        match stream.next(&mut batch).await {
            Ok(true) => {}
            Ok(false) => panic!("the table seems to have ended"),
            Err(fault) => break fault,
        }
    };
    assert!(fault.is_retryable(), "{}", chain(&fault));
    assert!(
        fault
            .to_string()
            .starts_with("reading public.item failed on postgresql://postgres@127")
    );
}

#[tokio::test]
async fn a_server_that_can_t_be_reached_is_told_without_its_password() {
    let server = PostgresServer::start().unwrap();
    let nobody = format!(
        "postgresql://u:s3cr3t@127.0.0.1:{}/db",
        free_port().unwrap()
    );
    let unknown = format!(
        "postgresql://nobody:s3cr3t@127.0.0.1:{}/postgres",
        server.port()
    );
    for (url, passing) in [(nobody, true), (unknown, false)] {
        let fault = database(&url).snapshot(&LIMITS).await.err().unwrap();
        assert!(matches!(fault, DatabaseError::Connect { .. }));
        assert_eq!(fault.is_retryable(), passing, "{}", chain(&fault));
        assert!(!chain(&fault).contains("s3cr3t"));
    }
}
