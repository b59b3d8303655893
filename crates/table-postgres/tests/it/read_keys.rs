//! Keys of each type: their order, their text, and rows found by them.

use std::fmt::Write as _;

use table_diff::{Compare, DifferenceBatch, HashMethod, KeyType, MarkBatch, Merge, Reading};
use test_services::PostgresServer;

use crate::place::{marks, public, reading, snapshot, structure};

/// A type and its keys in the order in which they must come, as they are told.
const KEYS: &[(&str, &[&str])] = &[
    ("smallint", &["-32768", "-1", "0", "32767"]),
    ("int", &["-2147483648", "7"]),
    ("bigint", &["-9223372036854775808", "9223372036854775807"]),
    (
        "numeric",
        &[
            "-Infinity",
            "-12.5",
            "0",
            "0.001",
            "100",
            "12345678901234567890.5",
            "Infinity",
            "NaN",
        ],
    ),
    (
        "text",
        &["", "-", "10", "9", "A", "Z", "a", "é", "日本", "😀"],
    ),
    ("varchar(9) COLLATE \"en-x-icu\"", &["A", "B", "a", "b"]),
    ("text COLLATE anycase", &["A", "b"]),
    ("char(5)", &["", "a", "a b", "ab"]),
    ("citext", &["A", "b"]),
    ("mood", &["happy", "sad"]),
    ("short_code", &["A", "a"]),
    ("bytea", &["\\x", "\\x00", "\\x0001", "\\x01", "\\xff"]),
    (
        "uuid",
        &[
            "00000000-0000-0000-0000-000000000000",
            "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
        ],
    ),
    (
        "date",
        &[
            "-infinity",
            "0044-03-15 BC",
            "1969-12-31",
            "2025-01-31",
            "infinity",
        ],
    ),
    (
        "timestamp",
        &[
            "-infinity",
            "1999-12-31 23:59:59.999999",
            "2025-01-31 00:00:00",
            "infinity",
        ],
    ),
    (
        "timestamptz",
        &[
            "-infinity",
            "1969-12-31 23:59:59.5+00",
            "2025-01-31 12:00:00+00",
            "infinity",
        ],
    ),
    ("boolean", &["false", "true"]),
];

#[tokio::test]
async fn keys_of_each_type_come_in_order_and_find_their_rows() {
    let server = PostgresServer::start().unwrap();
    let mut sql = "SET TimeZone = 'UTC'; CREATE EXTENSION citext; CREATE TYPE mood AS ENUM ('sad', 'happy'); \
        CREATE DOMAIN code AS text; CREATE DOMAIN short_code AS code; \
        CREATE COLLATION anycase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);"
        .to_owned();
    for (number, (column, keys)) in KEYS.iter().enumerate() {
        write!(
            sql,
            "CREATE TABLE keys_{number} (key {column} PRIMARY KEY);"
        )
        .unwrap();
        for key in keys.iter().rev() {
            write!(sql, "INSERT INTO keys_{number} VALUES ('{key}');").unwrap();
        }
    }
    server.query(&sql).unwrap();
    let snapshot = snapshot(&server.url()).await;
    let mut reader = snapshot.reader().await.unwrap();
    for (number, (column, keys)) in KEYS.iter().enumerate() {
        let table = structure(snapshot.as_ref(), &format!("keys_{number}")).await;
        let reading = reading(&table, HashMethod::Values);
        let told = marks(reader.as_mut(), &reading).await.unwrap();
        let texts: Vec<_> = told.iter().map(|mark| mark.key[0].as_str()).collect();
        assert_eq!(texts, *keys, "{column}");

        let bytes: Vec<_> = told.iter().map(|mark| mark.bytes.clone()).collect();
        let shown = reader.shown(&reading, &bytes).await.unwrap();
        let found: Vec<_> = shown.iter().map(|row| (&row.key, row.hash)).collect();
        let expected: Vec<_> = told.iter().map(|mark| (&mark.bytes, mark.hash)).collect();
        assert_eq!(found, expected, "{column}");
        let texts: Vec<_> = told.iter().map(|mark| mark.key.clone()).collect();
        let whole = reader.whole(&reading, &texts).await.unwrap();
        let found: Vec<_> = whole.iter().map(|row| row.key.clone()).collect();
        assert_eq!(found, texts, "{column}");
    }
}

#[tokio::test]
async fn a_key_of_several_columns_comes_in_order_and_other_case_is_another_key() {
    let server = PostgresServer::start().unwrap();
    let sql = "CREATE EXTENSION citext; CREATE TABLE item (a citext, b date, c int, note text, PRIMARY KEY (c, a, b)); \
        INSERT INTO item SELECT chr(97 + n % 5), date '2025-01-01' + n, n % 3, n FROM generate_series(1, 10000) AS n";
    server.query(sql).unwrap();
    let snapshot = snapshot(&server.url()).await;
    let table = structure(snapshot.as_ref(), "item").await;
    let reading = reading(&table, HashMethod::Values);
    assert_eq!(reading.key[0], ("c".to_owned(), KeyType::Integer));
    let mut reader = snapshot.reader().await.unwrap();
    let told = marks(reader.as_mut(), &reading).await.unwrap();
    assert_eq!(told.len(), 10_000);
    assert!(told.is_sorted_by(|one, other| one.bytes < other.bytes));

    let mut upper = told[77].key.clone();
    upper[1] = upper[1].to_uppercase();
    let wanted = [told[5].key.clone(), upper, told[9_999].key.clone()];
    let whole = reader.whole(&reading, &wanted).await.unwrap();
    let found: Vec<_> = whole.iter().map(|row| &row.key).collect();
    assert_eq!(found, [&told[5].key, &told[9_999].key]);
}

#[tokio::test]
async fn a_key_that_is_null_is_a_fault_of_the_stream_and_one_that_is_there_twice_of_the_comparison()
{
    let server = PostgresServer::start().unwrap();
    let sql = "CREATE TABLE twice (id int, note text); INSERT INTO twice SELECT n, 'x' FROM generate_series(1, 9000) AS n; \
        INSERT INTO twice VALUES (8192, 'again'); \
        CREATE TABLE lacking (id int, note text); INSERT INTO lacking VALUES (1, 'x'), (NULL, 'y')";
    server.query(sql).unwrap();
    let snapshot = snapshot(&server.url()).await;
    let (mut one, mut other) = (
        snapshot.reader().await.unwrap(),
        snapshot.reader().await.unwrap(),
    );
    for (table, words) in [
        ("twice", "`8192` comes after `8192`"),
        ("lacking", "row 2: its key is NULL"),
    ] {
        let reading = Reading {
            table: public(table),
            key: vec![("id".to_owned(), KeyType::Integer)],
            time: None,
            columns: vec![("id".to_owned(), "integer".to_owned())],
            compare: Compare::Time,
            hash: HashMethod::Values,
        };
        let (source, target) = (
            one.marks(&reading).await.unwrap(),
            other.marks(&reading).await.unwrap(),
        );
        let mut merge = Merge::new(source, target, &reading);
        let fault = loop {
            match merge.next(&mut DifferenceBatch::default(), 9999).await {
                Ok(goes_on) => assert!(goes_on, "{table}"),
                Err(fault) => break fault.to_string(),
            }
        };
        assert!(fault.contains(words), "{fault}");
    }
}

#[tokio::test]
async fn a_type_that_is_none_gets_into_no_statement() {
    let server = PostgresServer::start().unwrap();
    server
        .query("CREATE TABLE item (id int PRIMARY KEY)")
        .unwrap();
    let snapshot = snapshot(&server.url()).await;
    let mut reader = snapshot.reader().await.unwrap();
    let reading = Reading {
        table: public("item"),
        key: vec![("id".to_owned(), KeyType::Integer)],
        time: None,
        columns: vec![("id".to_owned(), "int); DROP TABLE item; --".to_owned())],
        compare: Compare::Content,
        hash: HashMethod::Values,
    };
    let fault = reader
        .whole(&reading, &[vec!["1".to_owned()]])
        .await
        .unwrap_err();
    assert!(fault.to_string().contains("is no type"), "{fault}");
    let mut stream = reader.marks(&reading).await.unwrap();
    assert!(!stream.next(&mut MarkBatch::default()).await.unwrap());
}

#[tokio::test]
async fn a_time_beyond_what_can_be_compared_is_told_as_such() {
    let server = PostgresServer::start().unwrap();
    server
        .query("CREATE TABLE item (at timestamp PRIMARY KEY); INSERT INTO item VALUES ('294246-12-31'), ('294276-01-01'), ('294276-12-31')")
        .unwrap();
    let snapshot = snapshot(&server.url()).await;
    let item = structure(snapshot.as_ref(), "item").await;
    let mut reader = snapshot.reader().await.unwrap();
    let reading = reading(&item, HashMethod::Values);
    let fault = marks(reader.as_mut(), &reading).await.unwrap_err();
    let words = fault.to_string();
    assert!(words.contains("row 2: a time in its key"), "{words}");
}
