//! The row's hash sees every character, and nothing else.

use std::collections::BTreeSet;

use table_diff::{Database as _, HashMethod};

use crate::two::{LIMITS, Two, marks, reading, structure};

/// The hashes of the rows of the table, in the order of the keys.
async fn hashes(two: &Two, table: &str) -> Vec<u64> {
    let reading = reading(&structure(&two.target, table).await);
    let marks = marks(&two.target, &reading).await;
    marks.values().map(|seen| seen.hash).collect()
}

#[tokio::test]
async fn null_an_empty_text_and_parts_of_neighbours_are_told_apart() {
    let two = Two::alike(
        "CREATE TABLE item (id INT PRIMARY KEY, a VARCHAR(20), b TEXT, c VARBINARY(20), d LONGTEXT, n INT);
        INSERT INTO item (id) VALUES (1);",
    );
    let rows = [
        "NULL, NULL, NULL, NULL, NULL",
        "'', NULL, NULL, NULL, NULL",
        "'N', NULL, NULL, NULL, NULL",
        "NULL, '', NULL, NULL, NULL",
        "NULL, NULL, '', NULL, NULL",
        "NULL, NULL, NULL, '', NULL",
        "NULL, NULL, NULL, NULL, 0",
        "'ab', 'c', NULL, NULL, NULL",
        "'a', 'bc', NULL, NULL, NULL",
        "'a,2:bc', NULL, NULL, NULL, NULL",
        "'1:a,1:b', NULL, NULL, NULL, NULL",
        "'a', 'b', NULL, NULL, NULL",
        "'A', 'b', NULL, NULL, NULL",
        "'a ', 'b', NULL, NULL, NULL",
        "'á', 'b', NULL, NULL, NULL",
        "'a', NULL, 'b', NULL, NULL",
    ];
    let mut different = BTreeSet::new();
    for row in rows {
        two.in_target(&format!("REPLACE INTO item VALUES (1, {row})"));
        different.extend(hashes(&two, "item").await);
    }
    assert_eq!(different.len(), rows.len());
}

#[tokio::test]
async fn equal_rows_hash_alike_on_servers_that_look_different() {
    let make = |charset: &str| {
        format!(
            "CREATE TABLE item (id INT PRIMARY KEY, code VARCHAR(20), f FLOAT, d DOUBLE, p DECIMAL(10,2), b BIT(9), j JSON, at TIMESTAMP NULL,
                e ENUM('ä','b'), day DATE, t TIME(3), u BINARY(4), l LONGBLOB, g POINT) CHARACTER SET {charset};
            SET time_zone = '+00:00';
            INSERT INTO item VALUES (1, 'ä', 0.1, 0.1, 1.5, 5, '{{\"a\": \"ü\"}}', '2024-06-01 12:00:00', 'ä', '2024-02-29', '-12:34:56.5', 'ab', 'x', POINT(1, 2)),
                (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);"
        )
    };
    let tokyo = Two::start(
        &[
            "--default-time-zone=+09:00",
            "--character-set-server=latin1",
            "--sql-mode=ANSI_QUOTES,PAD_CHAR_TO_FULL_LENGTH,NO_BACKSLASH_ESCAPES",
        ],
        "SELECT 1",
        &make("latin1"),
    );
    let plain = Two::alike(&make("utf8mb4"));
    assert_eq!(hashes(&tokyo, "item").await, hashes(&plain, "item").await);
    let type_name = structure(&tokyo.target, "item").await.columns[1]
        .type_name
        .clone();
    assert_eq!(type_name, "varchar(20) character set latin1");
}

#[tokio::test]
async fn the_last_digit_of_every_type_counts() {
    let two = Two::start(
        &[],
        "CREATE TABLE item (id INT PRIMARY KEY, f FLOAT, d DOUBLE, b BIT(64), j JSON, at DATETIME(6), l LONGBLOB);
        INSERT INTO item VALUES
            (1, 16777217, 0, 0, '1', '2024-01-01', ''), (2, 0, 0.1, 0, '1', '2024-01-01', ''), (3, 0, 0, b'1', '1', '2024-01-01', ''),
            (4, 0, 0, 0, '1', '2024-01-01', ''), (5, 0, 0, 0, '1', '2024-01-01', ''), (6, 0, 0, 0, '1', '2024-01-01', UNHEX('00')), (7, 0, 0, 0, '1', '2024-01-01', '')",
        "CREATE TABLE item (id INT PRIMARY KEY, f FLOAT, d DOUBLE, b BIT(64), j JSON, at DATETIME(6), l LONGBLOB);
        INSERT INTO item VALUES
            (1, 16777218, 0, 0, '1', '2024-01-01', ''), (2, 0, 0.1 + 1e-16, 0, '1', '2024-01-01', ''), (3, 0, 0, b'10', '1', '2024-01-01', ''),
            (4, 0, 0, 0, '1.0', '2024-01-01', ''), (5, 0, 0, 0, '1', '2024-01-01 00:00:00.000001', ''), (6, 0, 0, 0, '1', '2024-01-01', ''), (7, 0, 0, 0, '1', '2024-01-01', '')",
    );
    let work = two.differences(&["item"]).await;
    let keys: Vec<_> = work[0]
        .changes
        .iter()
        .map(|change| change.key.join(""))
        .collect();
    assert_eq!(keys, ["1", "2", "3", "4", "5", "6"]);
}

#[tokio::test]
async fn two_servers_show_by_a_fixed_row_that_they_hash_alike() {
    let two = Two::alike(
        "CREATE TABLE item (id INT UNSIGNED PRIMARY KEY, code VARCHAR(20), f FLOAT, d DOUBLE, p DECIMAL(10,2), b BIT(9), j JSON, at TIMESTAMP(6) NULL,
            dt DATETIME, e ENUM('ä','b'), day DATE, t TIME(3), u BINARY(4), l LONGBLOB, g POINT, i INET6, uu UUID, y YEAR, x BIGINT);
        CREATE TABLE pair (id INT PRIMARY KEY);",
    );
    let readings = [
        reading(&structure(&two.target, "item").await),
        reading(&structure(&two.target, "pair").await),
    ];
    let probe = async |database: &table_mysql::MySql, method| {
        let snapshot = database.snapshot(&LIMITS).await.unwrap();
        snapshot.probe(method, &readings).await.unwrap()
    };
    let source = probe(&two.source, HashMethod::Md5).await;
    assert!(source.iter().all(Option::is_some), "{source:?}");
    assert_eq!(source, probe(&two.target, HashMethod::Md5).await);
    assert_eq!(source, probe(&two.target, HashMethod::Text).await);
    assert_eq!(probe(&two.target, HashMethod::Values).await, [None, None]);
}

#[tokio::test]
async fn the_empty_word_of_a_list_and_the_value_of_no_word_are_told_apart() {
    let two = Two::alike(
        "CREATE TABLE item (id INT PRIMARY KEY, e ENUM('a', '', 'b'));
        SET sql_mode = ''; INSERT INTO item VALUES (1, ''), (2, 'none of them'), (3, NULL), (4, 'a');",
    );
    let texts = two.in_target("SELECT GROUP_CONCAT(e + 0, ':', e ORDER BY id) FROM item");
    assert_eq!(texts.trim(), "2:,0:,1:a");
    let different: BTreeSet<_> = hashes(&two, "item").await.into_iter().collect();
    assert_eq!(different.len(), 4);
}
