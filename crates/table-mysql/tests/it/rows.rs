//! Rows as people see them, and whole.

use table_diff::{Database as _, ShownCell, key};

use crate::two::{LIMITS, Two, marks, reader, reading, structure};

#[tokio::test]
async fn a_person_sees_texts_as_they_are_and_long_ones_cut() {
    let two = Two::alike(
        "CREATE TABLE item (id INT PRIMARY KEY, t TEXT, l LONGTEXT, b LONGBLOB, f FLOAT, n BIT(4), j JSON, at TIMESTAMP(3), g POINT, updated_at DATETIME);
        SET time_zone = '+00:00';
        INSERT INTO item VALUES (1, '<b>\\'\\\\🐟日本', REPEAT('日', 1001), REPEAT(UNHEX('00FF'), 500), 0.1, 9, '{\"a\": 1.0}', '2024-01-01 00:00:00.5', POINT(1, 2), '2024-01-01'),
            (2, REPEAT('x', 1000), '', UNHEX(REPEAT('AB', 499)), NULL, NULL, NULL, NULL, NULL, NULL);",
    );
    let reading = reading(&structure(&two.target, "item").await);
    let marks = marks(&two.target, &reading).await;
    let mut keys: Vec<_> = marks.keys().cloned().collect();
    keys.push(key::encode(&reading.key, &["9".to_owned()]).unwrap());
    let rows = reader(&two.target)
        .await
        .shown(&reading, &keys)
        .await
        .unwrap();
    assert_eq!(rows.len(), 2);
    for (row, (key, seen)) in rows.iter().zip(&marks) {
        assert_eq!((&row.key, row.time, row.hash), (key, seen.time, seen.hash));
    }
    let whole = |text: &str| ShownCell::Whole(text.to_owned());
    let [first, second] = rows.as_slice() else {
        panic!()
    };
    assert_eq!(first.cells[0], whole("1"));
    assert_eq!(first.cells[1], whole("<b>'\\🐟日本"));
    let ShownCell::Cut {
        beginning,
        characters: 1001,
        md5,
    } = &first.cells[2]
    else {
        panic!()
    };
    assert_eq!((beginning.chars().count(), md5.len()), (1000, 32));
    let ShownCell::Cut {
        beginning,
        characters: 2002,
        ..
    } = &first.cells[3]
    else {
        panic!()
    };
    assert!(
        beginning.starts_with("\\x00ff00") && beginning.len() == 1000,
        "{beginning}"
    );
    assert_eq!(
        first.cells[4..7],
        [whole("0.1"), whole("9"), whole("{\"a\": 1.0}")]
    );
    assert_eq!(first.cells[7], whole("2024-01-01 00:00:00.500"));
    assert_eq!(second.cells[1], whole(&"x".repeat(1000)));
    assert_eq!(second.cells[2], whole(""));
    assert_eq!(second.cells[3], whole(&format!("\\x{}", "ab".repeat(499))));
    assert_eq!(second.cells[4], ShownCell::Null);
}

#[tokio::test]
async fn only_keys_and_times_are_read_where_only_they_are_compared_and_people_see_hashes_yet() {
    let two = Two::alike(
        "CREATE TABLE item (id INT PRIMARY KEY, updated_at DATETIME); INSERT INTO item VALUES (1, '2024-01-01')",
    );
    let content = reading(&structure(&two.target, "item").await);
    let mut time = content.clone();
    time.compare = table_diff::Compare::Time;
    let (with, without) = (
        marks(&two.target, &content).await,
        marks(&two.target, &time).await,
    );
    let (with, without) = (
        with.first_key_value().unwrap(),
        without.first_key_value().unwrap(),
    );
    assert_eq!((with.0, with.1.time), (without.0, without.1.time));
    assert_eq!(without.1.hash, 0);
    let shown = reader(&two.target)
        .await
        .shown(&time, std::slice::from_ref(with.0))
        .await
        .unwrap();
    assert_eq!(shown[0].hash, with.1.hash);
}

#[tokio::test]
async fn a_cell_of_ten_megabytes_is_compared_and_copied() {
    let make = "CREATE TABLE item (id INT PRIMARY KEY, t LONGTEXT, b LONGBLOB);";
    let rows = "INSERT INTO item VALUES (1, REPEAT('日本語🐟', 800000), NULL), (2, NULL, REPEAT(UNHEX('00FF27'), 3500000));";
    let two = Two::start(
        &["--max-allowed-packet=32M"],
        &format!("{make}{rows}"),
        make,
    );
    two.sync(&["item"]).await;
    let sum = "SELECT LENGTH(t), MD5(t), LENGTH(b), MD5(b) FROM item ORDER BY id";
    assert_eq!(two.in_target(sum), two.in_source(sum));
}

#[tokio::test]
async fn names_and_values_never_become_sql() {
    let make = "CREATE TABLE `we\"\"i``rd; DROP TABLE x --` (`select` INT, `日本語 '` VARCHAR(50), `a``b\\\\` TEXT, `tasuki``n` INT, PRIMARY KEY (`select`, `日本語 '`));";
    let rows = "INSERT INTO `we\"\"i``rd; DROP TABLE x --` VALUES (1, '\\'); DROP TABLE x; --', '`\\\\\"', 7);";
    let two = Two::start(
        &["--sql-mode=ANSI_QUOTES,NO_BACKSLASH_ESCAPES"],
        "SELECT 1",
        "SELECT 1",
    );
    for (database, sql) in [
        ("shop_dev", format!("SET sql_mode = ''; {make}{rows}")),
        ("shop", format!("SET sql_mode = ''; {make}")),
    ] {
        two.server.query(database, &sql).unwrap();
    }
    let name = "we\"\"i`rd; DROP TABLE x --";
    let undo = two.sync(&[name]).await;
    let count =
        "SET sql_mode = ''; SELECT COUNT(*), MAX(`日本語 '`) FROM `we\"\"i``rd; DROP TABLE x --`";
    assert_eq!(two.in_target(count), "1\t'); DROP TABLE x; --");
    crate::two::apply(&two.target, &undo).await.unwrap();
    assert_eq!(two.in_target(count), "0\tNULL");
}

#[tokio::test]
async fn rows_that_a_deletion_takes_along_are_counted() {
    let two = Two::alike(
        "CREATE TABLE parent (id INT PRIMARY KEY, code VARCHAR(10) UNIQUE);
        CREATE TABLE child (id INT PRIMARY KEY, code VARCHAR(10), FOREIGN KEY by_code (code) REFERENCES parent (code) ON DELETE CASCADE);
        INSERT INTO parent VALUES (1, 'a'), (2, 'b'), (3, 'c');
        INSERT INTO child SELECT seq, ELT(1 + seq % 2, 'a', 'b') FROM seq_1_to_100; INSERT INTO child VALUES (200, NULL);",
    );
    let parent = structure(&two.target, "parent").await;
    let reading = reading(&parent);
    let key = |id: &str| key::encode(&reading.key, &[id.to_owned()]).unwrap();
    let mut reader = reader(&two.target).await;
    let pointing = &parent.referenced_by[0];
    for (keys, expected) in [
        (vec![key("1")], 50),
        (vec![key("1"), key("2")], 100),
        (vec![key("3")], 0),
        (vec![], 0),
    ] {
        let count = reader.pointing(&reading, pointing, &keys).await.unwrap();
        assert_eq!(count, expected);
    }
}

#[tokio::test]
async fn all_is_read_as_it_was_when_the_snapshot_was_taken() {
    let two = Two::alike("CREATE TABLE item (id INT PRIMARY KEY); INSERT INTO item VALUES (1)");
    let reading = reading(&structure(&two.target, "item").await);
    let snapshot = two.target.snapshot(&LIMITS).await.unwrap();
    two.in_target("INSERT INTO item VALUES (2)");
    let mut reader = snapshot.reader().await.unwrap();
    let ids = ["1".to_owned(), "2".to_owned()].map(|id| vec![id]);
    assert_eq!(reader.whole(&reading, &ids).await.unwrap().len(), 1);
}
