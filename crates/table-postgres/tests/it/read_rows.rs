//! Rows by their keys: for people, and whole.

use table_diff::{Action, HashMethod, Seen, ShownCell};
use test_services::PostgresServer;

use crate::place::{marks, reading, snapshot, structure};

#[tokio::test]
async fn a_row_is_shown_with_long_values_cut_and_told_whole_with_all_of_them() {
    let server = PostgresServer::start().unwrap();
    let sql = "CREATE TABLE item (id int PRIMARY KEY, note text, updated_at date); \
        INSERT INTO item VALUES (1, NULL, NULL), (2, '', 'infinity'), (3, repeat('あ', 1000), '2025-01-01'), \
        (4, repeat('あ', 1001), '1960-01-01'), (5, repeat('x', 10 * 1024 * 1024), '-infinity')";
    server.query(sql).unwrap();
    let snapshot = snapshot(&server.url()).await;
    let table = structure(snapshot.as_ref(), "item").await;
    let reading = reading(&table, HashMethod::Text);
    let mut reader = snapshot.reader().await.unwrap();
    let told = marks(reader.as_mut(), &reading).await.unwrap();
    let mut keys: Vec<_> = told.iter().map(|mark| mark.bytes.clone()).collect();
    keys.remove(1);
    let rows = reader.shown(&reading, &keys).await.unwrap();
    let notes: Vec<_> = rows.iter().map(|row| row.cells[1].clone()).collect();
    assert_eq!(notes[0], ShownCell::Null);
    assert_eq!(notes[1], ShownCell::Whole("あ".repeat(1000)));
    let cut = |text: &str, characters, md5: &str| ShownCell::Cut {
        beginning: text.repeat(ShownCell::CHARACTERS_MAX),
        characters,
        md5: md5.to_owned(),
    };
    let md5 = server
        .query("SELECT md5(note) FROM item WHERE id > 3 ORDER BY id")
        .unwrap();
    let md5: Vec<_> = md5.lines().collect();
    assert_eq!(notes[2], cut("あ", 1001, md5[0]));
    assert_eq!(notes[3], cut("x", 10 * 1024 * 1024, md5[1]));
    let times: Vec<_> = rows.iter().map(|row| row.time).collect();
    assert_eq!(
        times,
        [None, Some(20_089), Some(-3653), Some(i64::from(i32::MIN))]
    );

    let texts: Vec<_> = told.iter().map(|mark| mark.key.clone()).collect();
    let whole = reader.whole(&reading, &texts).await.unwrap();
    assert_eq!(whole.len(), 5);
    let large = &whole[4];
    assert_eq!((large.action, large.seen), (Action::Insert, None));
    let seen = Seen {
        hash: told[4].hash,
        time: told[4].time,
    };
    assert_eq!(large.wanted, Some(seen));
    let values = large.values.as_ref().unwrap();
    assert_eq!(values[1].as_ref().unwrap().len(), 10 * 1024 * 1024);
    assert_eq!(values[2].as_deref(), Some("-infinity"));
    assert_eq!(whole[0].values.as_ref().unwrap()[1], None);
    assert_eq!(whole[1].values.as_ref().unwrap()[1].as_deref(), Some(""));
}

#[tokio::test]
async fn rows_that_point_at_others_are_counted_by_whichever_columns() {
    let server = PostgresServer::start().unwrap();
    let sql = "CREATE TABLE item (id int PRIMARY KEY, a text, b uuid, UNIQUE (a, b), parent int REFERENCES item); \
        CREATE TABLE line (a text, b uuid, FOREIGN KEY (a, b) REFERENCES item (a, b)); \
        INSERT INTO item SELECT n, 'k' || n, gen_random_uuid(), 1 FROM generate_series(1, 1000) AS n; \
        INSERT INTO line SELECT a, b FROM item, generate_series(1, 3) WHERE id <= 10; INSERT INTO line VALUES ('k1', NULL)";
    server.query(sql).unwrap();
    let snapshot = snapshot(&server.url()).await;
    let table = structure(snapshot.as_ref(), "item").await;
    let reading = reading(&table, HashMethod::Values);
    let mut reader = snapshot.reader().await.unwrap();
    let told = marks(reader.as_mut(), &reading).await.unwrap();
    let keys: Vec<_> = told.iter().map(|mark| mark.bytes.clone()).collect();
    let of = |name: &str| {
        let mut keys = table.referenced_by.iter();
        keys.find(|key| key.table.name == name).unwrap()
    };
    assert_eq!(
        reader.pointing(&reading, of("line"), &keys).await.unwrap(),
        30
    );
    assert_eq!(
        reader
            .pointing(&reading, of("line"), &keys[9..11])
            .await
            .unwrap(),
        3
    );
    assert_eq!(
        reader
            .pointing(&reading, of("item"), &keys[..1])
            .await
            .unwrap(),
        1000
    );
    assert_eq!(reader.pointing(&reading, of("item"), &[]).await.unwrap(), 0);
}

#[tokio::test]
async fn rows_that_point_at_citext_are_counted_as_its_foreign_keys_see_them() {
    let server = PostgresServer::start().unwrap();
    let sql = "CREATE SCHEMA \"its Own\"; CREATE EXTENSION citext SCHEMA \"its Own\"; \
        CREATE TABLE item (id \"its Own\".citext PRIMARY KEY); INSERT INTO item VALUES ('abc'), ('b'); \
        CREATE TABLE line (item \"its Own\".citext REFERENCES item ON DELETE CASCADE); \
        INSERT INTO line VALUES ('ABC'), ('Abc'), ('abc'), ('b')";
    server.query(sql).unwrap();
    let snapshot = snapshot(&server.url()).await;
    let table = structure(snapshot.as_ref(), "item").await;
    let reading = reading(&table, HashMethod::Values);
    let mut reader = snapshot.reader().await.unwrap();
    let told = marks(reader.as_mut(), &reading).await.unwrap();
    let keys = [told[0].bytes.clone()];
    let key = &table.referenced_by[0];
    assert_eq!(reader.pointing(&reading, key, &keys).await.unwrap(), 3);
    assert_eq!(reader.shown(&reading, &keys).await.unwrap().len(), 1);
}
