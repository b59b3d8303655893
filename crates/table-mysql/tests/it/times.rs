//! Times of change: what they are worth, whatever the server shows.

use table_diff::TimeType;

use crate::two::{Two, marks, reading, structure};

/// The times of the table's rows, in the order of the keys.
async fn times(two: &Two, table: &str) -> Vec<Option<i64>> {
    let reading = reading(&structure(&two.target, table).await);
    let marks = marks(&two.target, &reading).await;
    marks.values().map(|seen| seen.time).collect()
}

#[tokio::test]
async fn moments_are_the_same_in_every_zone_and_dates_and_times_are_as_they_stand() {
    let make = "
        CREATE TABLE moment (id INT PRIMARY KEY, updated_at TIMESTAMP(6) NULL);
        CREATE TABLE whole (id INT PRIMARY KEY, updated_at DATETIME);
        CREATE TABLE milli (id INT PRIMARY KEY, updated_at DATETIME(3));
        CREATE TABLE micro (id INT PRIMARY KEY, updated_at DATETIME(6));
        CREATE TABLE daily (id INT PRIMARY KEY, updated_at DATE);
        CREATE TABLE epoch (id INT PRIMARY KEY, updated_at BIGINT);
        INSERT INTO moment VALUES (1, '1970-01-02 09:00:00.000001'), (2, NULL);
        INSERT INTO whole VALUES (1, '1970-01-02 09:00:00'), (2, NULL);
        INSERT INTO milli VALUES (1, '1970-01-01 00:00:00.001'), (2, '9999-12-31 23:59:59.999');
        INSERT INTO micro VALUES (1, '1970-01-01 00:00:00.000001');
        INSERT INTO daily VALUES (1, '1970-01-02');
        INSERT INTO epoch VALUES (1, 1700000000);";
    let tokyo = Two::start(&["--default-time-zone=+09:00"], "SELECT 1", make);
    let hour = 3_600_000_000;
    assert_eq!(times(&tokyo, "moment").await, [Some(24 * hour + 1), None]);
    assert_eq!(times(&tokyo, "whole").await, [Some(33 * hour), None]);
    assert_eq!(
        times(&tokyo, "milli").await,
        [Some(1000), Some(253_402_300_799_999_000)]
    );
    assert_eq!(times(&tokyo, "micro").await, [Some(1)]);
    assert_eq!(times(&tokyo, "daily").await, [Some(1)]);
    assert_eq!(times(&tokyo, "epoch").await, [Some(1_700_000_000)]);
    let table = structure(&tokyo.target, "moment").await;
    assert_eq!(table.columns[1].time_type, Some(TimeType::Moment));
}

#[tokio::test]
async fn a_zero_date_is_no_time_and_is_copied_as_it_is() {
    let make = "SET sql_mode = 'ALLOW_INVALID_DATES'; CREATE TABLE item (id INT PRIMARY KEY, updated_at DATETIME(3), seen DATE);";
    let rows =
        "INSERT INTO item VALUES (1, '0000-00-00', '2024-02-31'), (2, '2024-00-00', '0000-00-00')";
    let two = Two::start(&["--sql-mode=TRADITIONAL"], &format!("{make}{rows}"), make);
    two.sync(&["item"]).await;
    assert_eq!(times(&two, "item").await, [None, None]);
    let cells = two.in_target("SELECT updated_at, seen FROM item ORDER BY id");
    assert_eq!(
        cells,
        "0000-00-00 00:00:00.000\t2024-02-31\n2024-00-00 00:00:00.000\t0000-00-00"
    );
}

#[tokio::test]
async fn an_edit_whose_time_did_not_move_is_seen() {
    let make = |price: u32| {
        format!(
            "CREATE TABLE item (id INT PRIMARY KEY, price INT, updated_at DATETIME(6)); INSERT INTO item VALUES (1, {price}, '2024-01-01')"
        )
    };
    let two = Two::start(&[], &make(1), &make(2));
    let work = two.differences(&["item"]).await;
    let change = &work[0].changes[0];
    assert_eq!(change.seen.unwrap().time, change.wanted.unwrap().time);
    assert_ne!(change.seen.unwrap().hash, change.wanted.unwrap().hash);
}
