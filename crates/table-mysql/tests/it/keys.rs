//! Keys of all types, in one order whatever the server thinks of it.

use table_diff::{Database as _, DifferenceBatch, Merge};

use crate::two::{LIMITS, Two, marks, reader, reading, structure, texts, try_marks};

/// The keys of the table as the stream tells them, in order.
async fn keys(two: &Two, table: &str) -> Vec<String> {
    let reading = reading(&structure(&two.target, table).await);
    texts(&reading, &marks(&two.target, &reading).await)
}

#[tokio::test]
async fn texts_are_ordered_by_their_bytes_whatever_the_collation() {
    let rows = "INSERT INTO item VALUES ('b'), ('B1'), ('a'), ('é'), ('Z'), ('日本'), ('🐟'), ('a\t'), ('_')";
    let make = |collation: &str| {
        format!("CREATE TABLE item (code VARCHAR(20) COLLATE {collation} PRIMARY KEY); {rows}")
    };
    let two = Two::start(&[], &make("utf8mb4_bin"), &make("utf8mb4_unicode_ci"));
    let expected = ["B1", "Z", "_", "a", "a\t", "b", "é", "日本", "🐟"];
    assert_eq!(keys(&two, "item").await, expected);
    let reading = reading(&structure(&two.target, "item").await);
    let (source, target) = (
        marks(&two.source, &reading).await,
        marks(&two.target, &reading).await,
    );
    assert_eq!(source, target);
}

#[tokio::test]
async fn a_text_that_the_collation_takes_for_another_is_another_key() {
    let two = Two::start(
        &[],
        "CREATE TABLE item (code VARCHAR(20) PRIMARY KEY, n INT); INSERT INTO item VALUES ('ABC', 1), ('x ', 1)",
        "CREATE TABLE item (code VARCHAR(20) PRIMARY KEY, n INT); INSERT INTO item VALUES ('abc', 1), ('x', 1)",
    );
    let work = two.differences(&["item"]).await;
    assert_eq!(work[0].changes.len(), 4);
    let undo = two.sync(&["item"]).await;
    assert_eq!(two.in_target("SELECT code FROM item ORDER BY 1"), "ABC\nx ");
    crate::two::apply(&two.target, &undo).await.unwrap();
    assert_eq!(two.in_target("SELECT code FROM item ORDER BY 1"), "abc\nx");
}

#[tokio::test]
async fn long_texts_are_ordered_by_all_of_them() {
    let make = "CREATE TABLE item (code VARCHAR(3000) CHARACTER SET latin1 PRIMARY KEY);
        INSERT INTO item SELECT CONCAT(REPEAT('x', 2000), 100 - seq) FROM seq_1_to_99;";
    let two = Two::alike(make);
    assert_eq!(keys(&two, "item").await.len(), 99);
}

#[tokio::test]
async fn numbers_are_ordered_by_their_worth() {
    let two = Two::alike(
        "CREATE TABLE large (id BIGINT UNSIGNED PRIMARY KEY);
        INSERT INTO large VALUES (18446744073709551615), (0), (9223372036854775808), (9);
        CREATE TABLE small (id BIGINT PRIMARY KEY);
        INSERT INTO small VALUES (-9223372036854775808), (9223372036854775807), (-1), (0);
        CREATE TABLE price (id DECIMAL(30,4) PRIMARY KEY);
        INSERT INTO price VALUES (-1.5), (10), (9.0001), (99999999999999999999999999.9999), (0);
        CREATE TABLE filled (id INT(6) ZEROFILL PRIMARY KEY);
        INSERT INTO filled VALUES (10), (9);
        CREATE TABLE years (id YEAR PRIMARY KEY);
        INSERT INTO years VALUES (2024), (1999), (0);",
    );
    assert_eq!(
        keys(&two, "large").await,
        ["0", "9", "9223372036854775808", "18446744073709551615"]
    );
    assert_eq!(
        keys(&two, "small").await,
        ["-9223372036854775808", "-1", "0", "9223372036854775807"]
    );
    assert_eq!(
        keys(&two, "price").await,
        [
            "-1.5",
            "0",
            "9.0001",
            "10",
            "99999999999999999999999999.9999"
        ]
    );
    assert_eq!(keys(&two, "filled").await, ["9", "10"]);
    assert_eq!(keys(&two, "years").await, ["0", "1999", "2024"]);
}

#[tokio::test]
async fn uuids_and_times_are_keys_too() {
    let two = Two::alike(
        "CREATE TABLE bytes (id BINARY(16) PRIMARY KEY);
        INSERT INTO bytes VALUES (UNHEX('FF00000000000000000000000000002C')), (UNHEX('00FF0000000000000000000000000027'));
        CREATE TABLE uuids (id UUID PRIMARY KEY);
        INSERT INTO uuids VALUES ('F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6'), ('01000000-0000-11d1-8000-000000000000');
        CREATE TABLE moments (day DATE, at TIMESTAMP(6), local DATETIME(3), PRIMARY KEY (day, at, local));
        SET time_zone = '+00:00';
        INSERT INTO moments VALUES ('2024-02-29', '2024-01-01 00:00:00.000001', '1969-12-31 23:59:59.999'),
            ('2024-02-29', '2024-01-01 00:00:00', '9999-12-31 00:00:00'), ('1000-01-01', '2024-01-01', '2024-01-01');",
    );
    assert_eq!(
        keys(&two, "bytes").await,
        [
            "\\x00ff0000000000000000000000000027",
            "\\xff00000000000000000000000000002c"
        ]
    );
    assert_eq!(
        keys(&two, "uuids").await,
        [
            "01000000-0000-11d1-8000-000000000000",
            "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"
        ]
    );
    assert_eq!(
        keys(&two, "moments").await,
        [
            "1000-01-01|2024-01-01 00:00:00+00|2024-01-01 00:00:00",
            "2024-02-29|2024-01-01 00:00:00+00|9999-12-31 00:00:00",
            "2024-02-29|2024-01-01 00:00:00.000001+00|1969-12-31 23:59:59.999",
        ]
    );
}

#[tokio::test]
async fn rows_are_found_by_keys_of_every_type() {
    let two = Two::start(
        &[],
        "CREATE TABLE item (
            a BIGINT UNSIGNED, b DECIMAL(12,3), c VARCHAR(20), d VARBINARY(9), e DATE, f TIMESTAMP(6), g DATETIME(3), h UUID, note TEXT,
            PRIMARY KEY (a, b, c, d, e, f, g, h)
        );
        SET time_zone = '+00:00';
        INSERT INTO item VALUES (18446744073709551615, -1.5, 'あ', UNHEX('00FF27'), '2024-02-29', '2024-01-01 00:00:00.000001',
            '2024-01-01 00:00:00.5', 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6', 'new');",
        "CREATE TABLE item (
            a BIGINT UNSIGNED, b DECIMAL(12,3), c VARCHAR(20), d VARBINARY(9), e DATE, f TIMESTAMP(6), g DATETIME(3), h UUID, note TEXT,
            PRIMARY KEY (a, b, c, d, e, f, g, h)
        );",
    );
    let undo = two.sync(&["item"]).await;
    assert_eq!(
        two.in_target("SELECT note, HEX(c) FROM item"),
        "new\tE38182"
    );
    two.in_source("UPDATE item SET note = 'newer'");
    two.sync(&["item"]).await;
    two.in_source("UPDATE item SET note = 'new'");
    two.sync(&["item"]).await;
    crate::two::apply(&two.target, &undo).await.unwrap();
    assert_eq!(two.in_target("SELECT COUNT(*) FROM item"), "0");
}

#[tokio::test]
async fn a_zero_date_is_no_key() {
    let two = Two::alike(
        "CREATE TABLE item (day DATE PRIMARY KEY); SET sql_mode = ''; INSERT INTO item VALUES ('0000-00-00')",
    );
    let reading = reading(&structure(&two.target, "item").await);
    let error = try_marks(&two.target, &reading).await.unwrap_err();
    assert!(error.to_string().contains("`0000-00-00`"), "{error}");
}

#[tokio::test]
async fn a_key_that_is_none_is_an_error_of_the_comparison() {
    let two = Two::alike(
        "CREATE TABLE item (id INT, n INT, PRIMARY KEY (id, n)); INSERT INTO item VALUES (1, 1), (1, 2)",
    );
    let mut reading = reading(&structure(&two.target, "item").await);
    reading.key.pop();
    let (mut source, mut target) = (reader(&two.source).await, reader(&two.target).await);
    let source = source.marks(&reading).await.unwrap();
    let target = target.marks(&reading).await.unwrap();
    let mut merge = Merge::new(source, target, &reading);
    let found = merge.next(&mut DifferenceBatch::default(), 9).await;
    let error = found.unwrap_err().to_string();
    assert!(error.ends_with("`1` comes after `1`"), "{error}");
}

#[tokio::test]
async fn a_reader_is_lent_to_one_after_another() {
    let two = Two::alike("CREATE TABLE item (id INT PRIMARY KEY)");
    let snapshot = two.target.snapshot(&LIMITS).await.unwrap();
    let first = snapshot.reader().await.unwrap();
    let mut second = snapshot.reader();
    assert!(futures_util::poll!(&mut second).is_pending());
    drop(first);
    second.await.unwrap();
}

#[tokio::test]
async fn a_reader_reads_on_after_the_end_of_a_stream() {
    let two = Two::alike(
        "CREATE TABLE item (id INT PRIMARY KEY); INSERT INTO item SELECT seq FROM seq_1_to_5000",
    );
    let reading = reading(&structure(&two.target, "item").await);
    let snapshot = two.target.snapshot(&LIMITS).await.unwrap();
    let mut reader = snapshot.reader().await.unwrap();
    let mut batch = table_diff::MarkBatch::default();
    let mut rows = 0;
    for _ in 0..2 {
        let mut stream = reader.marks(&reading).await.unwrap();
        while stream.next(&mut batch).await.unwrap() {
            rows += batch.len();
        }
        assert!(!stream.next(&mut batch).await.unwrap());
    }
    assert_eq!(rows, 10_000);
    let keys = [vec!["5000".to_owned()]];
    assert_eq!(reader.whole(&reading, &keys).await.unwrap().len(), 1);
}
