//! Rows that are not as they were seen, and others who write.

use std::time::{Duration, Instant};

use function_core::Retryable as _;
use table_diff::{Action, Database as _, Limits, Seen};

use crate::two::{LIMITS, Two, apply, prepare};

const MAKE: &str = "CREATE TABLE item (id INT PRIMARY KEY, n INT, updated_at DATETIME(3));";

fn differing() -> Two {
    Two::start(
        &[],
        &format!(
            "{MAKE} INSERT INTO item SELECT seq, 2, '2024-01-01' FROM seq_1_to_100; DELETE FROM item WHERE id = 100"
        ),
        &format!("{MAKE} INSERT INTO item SELECT seq, 1, '2023-01-01' FROM seq_2_to_100"),
    )
}

#[tokio::test]
async fn rows_that_changed_since_they_were_seen_are_all_counted_and_some_named() {
    let two = differing();
    let work = two.differences(&["item"]).await;
    two.in_target("UPDATE item SET n = 7 WHERE id BETWEEN 2 AND 31; DELETE FROM item WHERE id = 50; INSERT INTO item VALUES (1, 5, NULL)");
    let mut writer = two.target.writer("tests", &LIMITS).await.unwrap();
    let all = &work[0];
    writer
        .stage(&all.table, &all.reading, &all.changes)
        .await
        .unwrap();
    let (count, named) = writer.lock_and_check(&all.reading).await.unwrap();
    assert_eq!((count, named.len()), (32, 20));
    let of = |id: &str| named.iter().find(|row| row.key == [id]).unwrap();
    let inserted = of("1");
    assert_eq!(inserted.seen, None);
    assert!(matches!(inserted.now, Some(Seen { time: None, .. })));
    assert!(of("2").seen != of("2").now);
}

#[tokio::test]
async fn a_row_whose_time_alone_moved_is_stale() {
    let two = differing();
    let work = two.differences(&["item"]).await;
    two.in_target("UPDATE item SET updated_at = '2023-01-01 00:00:00.001' WHERE id = 3");
    let error = apply(&two.target, &work).await.unwrap_err().to_string();
    assert!(error.contains("1 rows"), "{error}");
    assert_eq!(two.in_target("SELECT COUNT(*) FROM item WHERE n = 1"), "99");
}

#[tokio::test]
async fn nobody_changes_a_locked_row_or_takes_a_place_that_is_checked() {
    let two = differing();
    let work = two.differences(&["item"]).await;
    let mut writer = two.target.writer("tests", &LIMITS).await.unwrap();
    prepare(writer.as_mut(), &work).await.unwrap();
    for sql in [
        "UPDATE item SET n = 9 WHERE id = 3",
        "INSERT INTO item VALUES (1, 9, NULL)",
        "DELETE FROM item WHERE id = 100",
    ] {
        let refused = two
            .server
            .query("shop", &format!("SET innodb_lock_wait_timeout = 0; {sql}"));
        assert!(refused.unwrap_err().to_string().contains("1205"), "{sql}");
    }
}

#[tokio::test]
async fn a_lock_is_waited_for_as_long_as_was_said() {
    let two = differing();
    let work = two.differences(&["item"]).await;
    let first = two.target.writer("first", &LIMITS).await.unwrap();
    let mut first = first;
    prepare(first.as_mut(), &work).await.unwrap();
    let limits = Limits {
        lock: Duration::from_secs(1),
        ..LIMITS
    };
    let mut second = two.target.writer("second", &limits).await.unwrap();
    let all = &work[0];
    second
        .stage(&all.table, &all.reading, &all.changes)
        .await
        .unwrap();
    let began = Instant::now();
    let error = second.lock_and_check(&all.reading).await.unwrap_err();
    assert!(
        error.is_retryable() && function_core::chain(&error).contains("1205"),
        "{error}"
    );
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn a_statement_takes_no_longer_than_was_said() {
    let make = "CREATE TABLE item (id INT PRIMARY KEY, n INT);";
    let two = Two::start(
        &[],
        &format!("{make} INSERT INTO item VALUES (1, 2)"),
        &format!(
            "{make} INSERT INTO item VALUES (1, 1); CREATE TRIGGER slow BEFORE UPDATE ON item FOR EACH ROW SET NEW.n = NEW.n + SLEEP(600)"
        ),
    );
    let work = two.differences(&["item"]).await;
    let limits = Limits {
        statement: Duration::from_secs(5),
        ..LIMITS
    };
    let mut writer = two.target.writer("tests", &limits).await.unwrap();
    prepare(writer.as_mut(), &work).await.unwrap();
    let began = Instant::now();
    let error = writer
        .write(&work[0].table, &work[0].reading, Action::Update)
        .await
        .unwrap_err();
    assert!(error.is_retryable(), "{}", function_core::chain(&error));
    assert!(began.elapsed() < Duration::from_mins(1));
}
