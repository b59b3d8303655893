//! What is written, and what leads back.

use table_diff::{Action, Database as _};

use crate::two::{LIMITS, Two, apply, prepare, verify};

/// Rows of every type that the server has.
const EVERY_TYPE: &str = "
    CREATE TABLE item (
        id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY, tiny TINYINT(1), big BIGINT UNSIGNED, p DECIMAL(20,6), f FLOAT, d DOUBLE, bits BIT(64),
        code VARCHAR(50), fixed CHAR(10), latin VARCHAR(20) CHARACTER SET latin1, t TEXT, l LONGTEXT, j JSON, e ENUM('a,b','日本'), s SET('x','y'),
        bin BINARY(16), vb VARBINARY(300), blob_ LONGBLOB, day DATE, at TIMESTAMP(6) NULL, local DATETIME(3), span TIME(2), y YEAR,
        g GEOMETRY, u UUID, ip INET6, doubled DECIMAL(40,6) AS (p * 2) STORED, tripled BIGINT AS (tiny * 3) VIRTUAL,
        updated_at DATETIME(6) DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6), hidden INT INVISIBLE DEFAULT 1
    );";
const EVERY_ROW: &str = "
    SET time_zone = '+00:00';
    INSERT INTO item (id, tiny, big, p, f, d, bits, code, fixed, latin, t, l, j, e, s, bin, vb, blob_, day, at, local, span, y, g, u, ip, updated_at, hidden) VALUES
        (1, -128, 18446744073709551615, -99999999999999.999999, 3.402823e38, 1.7976931348623157e308, 18446744073709551615, '🐟 日本 \\'\"\\\\\\0 ', 'x  ', 'é', '', 'l',
            '{\"b\": 1.00, \"a\": [\"é\"]}', '日本', 'x,y', UNHEX('00FF'), UNHEX('000102FEFF5C27'), UNHEX('80C3FF'), '9999-12-31', '2024-01-01 00:00:00.000001',
            '2024-12-31 23:59:59.999', '-838:59:59.00', 2155, ST_GeomFromText('LINESTRING(0 0, 1.5 2.5)', 4326), 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6', '::ffff:1.2.3.4', '2024-01-01 00:00:00.123456', 5),
        (2, 0, 0, 0, -0.1, 1e-300, 0, 'N', '', '', 'N', 'N', 'null', 'a,b', '', '', '', '', '1000-01-01', '2038-01-19 03:14:07', '1000-01-01', '00:00:00.01', 0, POINT(-1, 1e10), '00000000-0000-0000-0000-000000000000', '::', NULL, NULL),
        (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);";

#[tokio::test]
async fn values_of_every_type_are_inserted_updated_deleted_and_brought_back() {
    let two = Two::start(&[], &format!("{EVERY_TYPE}{EVERY_ROW}"), EVERY_TYPE);
    let all = "SELECT *, HEX(code), HEX(fixed), HEX(bin), HEX(vb), HEX(blob_), HEX(g), bits + 0, f + 0e0, hidden FROM item ORDER BY id";
    let undo = two.sync(&["item"]).await;
    assert_eq!(two.in_target(all), two.in_source(all));

    // Each row takes the place of another: every value changes to and from NULL.
    two.in_source("SET foreign_key_checks = 0; UPDATE item SET id = id + 10; UPDATE item SET id = 1 + (id - 10) % 3");
    let before = two.in_target(all);
    let back = two.sync(&["item"]).await;
    assert!(
        back[0]
            .changes
            .iter()
            .all(|change| change.action == Action::Update)
    );
    assert_eq!(two.in_target(all), two.in_source(all));
    apply(&two.target, &back).await.unwrap();
    assert_eq!(two.in_target(all), before);

    apply(&two.target, &undo).await.unwrap();
    assert_eq!(two.in_target("SELECT COUNT(*) FROM item"), "0");
    let again = two.sync(&["item"]).await;
    assert_eq!(again[0].changes.len(), 3);
}

#[tokio::test]
async fn the_next_insert_of_the_application_finds_a_free_number() {
    let make = "CREATE TABLE item (id INT AUTO_INCREMENT PRIMARY KEY, n INT);";
    let rows = "SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO'; INSERT INTO item VALUES (0, 1), (41, 1);";
    let two = Two::start(&[], &format!("{make}{rows}"), make);
    two.sync(&["item"]).await;
    assert_eq!(two.in_target("SELECT id FROM item"), "0\n41");
    assert_eq!(
        two.in_target("INSERT INTO item (n) VALUES (2); SELECT MAX(id) FROM item"),
        "42"
    );
}

#[tokio::test]
async fn many_rows_are_written_in_few_statements() {
    let make =
        "CREATE TABLE item (id INT PRIMARY KEY, code VARCHAR(20) NOT NULL UNIQUE, n INT, t TEXT);";
    let rows =
        "INSERT INTO item SELECT seq, CONCAT('c', seq), seq, REPEAT('x', 100) FROM seq_1_to_12000;";
    let two = Two::start(
        &[],
        &format!(
            "{make}{rows} DELETE FROM item WHERE id % 3 = 0; UPDATE item SET n = -n WHERE id % 3 = 1;"
        ),
        &format!("{make}{rows} DELETE FROM item WHERE id % 3 = 2;"),
    );
    let before: u32 = two
        .in_target("SHOW GLOBAL STATUS LIKE 'Questions'")
        .replace("Questions\t", "")
        .parse()
        .unwrap();
    let undo = two.sync(&["item"]).await;
    let after: u32 = two
        .in_target("SHOW GLOBAL STATUS LIKE 'Questions'")
        .replace("Questions\t", "")
        .parse()
        .unwrap();
    // The test's own way of reading changed rows asks for each of 8,000.
    assert!(after - before < 8_400, "{}", after - before);
    assert_eq!(undo[0].changes.len(), 12_000);
    apply(&two.target, &undo).await.unwrap();
    assert_eq!(
        two.in_target("SELECT COUNT(*), SUM(n) FROM item"),
        "8000\t48004000"
    );
}

#[tokio::test]
async fn rows_may_exchange_unique_values() {
    let make = |rows: &str| {
        format!(
            "CREATE TABLE item (
                id INT PRIMARY KEY, code VARCHAR(3) NOT NULL UNIQUE, place INT UNSIGNED NOT NULL UNIQUE, b VARBINARY(9) NOT NULL UNIQUE,
                day DATE NOT NULL UNIQUE, n INT UNIQUE, a INT NOT NULL, z DECIMAL(9,2) NOT NULL, UNIQUE (a, z)
            ); INSERT INTO item VALUES {rows}"
        )
    };
    let two = Two::start(
        &[],
        &make(
            "(1, 'b', 2, 'b', '2024-01-02', 2, 1, 2), (2, 'c', 3, 'c', '2024-01-03', 3, 1, 3), (3, 'a', 1, 'a', '2024-01-01', 1, 1, 1), (4, 'd', 4, 'd', '2024-01-04', NULL, 2, 1)",
        ),
        &make(
            "(1, 'a', 1, 'a', '2024-01-01', 1, 1, 1), (2, 'b', 2, 'b', '2024-01-02', 2, 1, 2), (3, 'c', 3, 'c', '2024-01-03', 3, 1, 3), (4, 'd', 4, 'd', '2024-01-04', 4, 2, 1)",
        ),
    );
    let undo = two.sync(&["item"]).await;
    assert_eq!(
        two.in_target("SELECT code, place FROM item ORDER BY id"),
        "b\t2\nc\t3\na\t1\nd\t4"
    );
    apply(&two.target, &undo).await.unwrap();
    assert_eq!(
        two.in_target("SELECT code, place FROM item ORDER BY id"),
        "a\t1\nb\t2\nc\t3\nd\t4"
    );
}

#[tokio::test]
async fn unique_values_that_nothing_can_stand_for_meanwhile_are_refused_by_name() {
    let make = |rows: &str| {
        format!(
            "CREATE TABLE item (id INT PRIMARY KEY, e ENUM('a','b') NOT NULL, UNIQUE KEY one_each (e)); INSERT INTO item VALUES {rows}"
        )
    };
    let two = Two::start(
        &[],
        &make("(1, 'b'), (2, 'a')"),
        &make("(1, 'a'), (2, 'b')"),
    );
    let work = two.differences(&["item"]).await;
    let error = apply(&two.target, &work).await.unwrap_err().to_string();
    assert!(
        error.contains("one_each") && error.contains("two steps"),
        "{error}"
    );
    assert_eq!(two.in_target("SELECT e FROM item ORDER BY id"), "a\nb");
}

#[tokio::test]
async fn rows_that_point_at_their_own_table_come_and_go_together() {
    let make = "CREATE TABLE tree (id INT PRIMARY KEY, parent INT, updated_at DATETIME(3) ON UPDATE CURRENT_TIMESTAMP(3), FOREIGN KEY up (parent) REFERENCES tree (id));
        CREATE TABLE falling (id INT PRIMARY KEY, parent INT, FOREIGN KEY down (parent) REFERENCES falling (id) ON DELETE CASCADE);";
    // Children have lower numbers than their parents; two point at each other; one at itself.
    let rows = "SET foreign_key_checks = 0;
        INSERT INTO tree VALUES (1, 2, '2024-01-01'), (2, 3, '2024-01-01'), (3, NULL, '2024-01-01'), (4, 5, '2024-01-01'), (5, 4, '2024-01-01'), (6, 6, '2024-01-01');
        INSERT INTO falling VALUES (1, 2), (2, 3), (3, NULL);";
    let two = Two::start(&[], &format!("{make}{rows}"), make);
    let undo = two.sync(&["tree", "falling"]).await;
    let tree = "SELECT COUNT(*), MAX(updated_at) FROM tree";
    assert_eq!(two.in_target(tree), "6\t2024-01-01 00:00:00.000");
    apply(&two.target, &undo).await.unwrap();
    let all = "SELECT (SELECT COUNT(*) FROM tree) + (SELECT COUNT(*) FROM falling)";
    assert_eq!(two.in_target(all), "0");
}

#[tokio::test]
async fn a_key_that_is_never_null_decides_the_order_of_rows() {
    let make = "CREATE TABLE tree (id INT PRIMARY KEY, parent INT NOT NULL, FOREIGN KEY up (parent) REFERENCES tree (id)); INSERT INTO tree VALUES (9, 9);";
    let two = Two::start(
        &[],
        &format!(
            "{make} SET foreign_key_checks = 0; INSERT INTO tree VALUES (1, 2), (2, 3), (3, 9), (5, 4), (4, 4)"
        ),
        make,
    );
    two.sync(&["tree"]).await;
    assert_eq!(
        two.in_target("SELECT * FROM tree ORDER BY id"),
        "1\t2\n2\t3\n3\t9\n4\t4\n5\t4\n9\t9"
    );
    two.in_source("SET foreign_key_checks = 0; DELETE FROM tree WHERE id IN (1, 2, 3, 5)");
    two.sync(&["tree"]).await;
    assert_eq!(
        two.in_target("SELECT * FROM tree ORDER BY id"),
        "4\t4\n9\t9"
    );
}

#[tokio::test]
async fn a_row_that_points_at_nothing_is_refused() {
    let make = "CREATE TABLE tree (id INT PRIMARY KEY, parent INT NOT NULL, FOREIGN KEY up (parent) REFERENCES tree (id));";
    let two = Two::start(
        &[],
        &format!("{make} SET foreign_key_checks = 0; INSERT INTO tree VALUES (1, 9)"),
        make,
    );
    let work = two.differences(&["tree"]).await;
    let error = function_core::chain(&apply(&two.target, &work).await.unwrap_err());
    assert!(
        error.contains("1452") && error.contains("inserting rows of tree"),
        "{error}"
    );
}

#[tokio::test]
async fn tables_that_point_at_each_other_are_written_in_the_given_order() {
    let make = "CREATE TABLE parent (id INT PRIMARY KEY, n INT); CREATE TABLE child (id INT PRIMARY KEY, parent INT NOT NULL, FOREIGN KEY (parent) REFERENCES parent (id));";
    let two = Two::start(
        &[],
        &format!(
            "{make} INSERT INTO parent VALUES (1, 1), (2, 2); INSERT INTO child VALUES (1, 1), (2, 2)"
        ),
        &format!(
            "{make} INSERT INTO parent VALUES (1, 0), (3, 3); INSERT INTO child VALUES (1, 1), (3, 3)"
        ),
    );
    let undo = two.sync(&["parent", "child"]).await;
    assert_eq!(
        two.in_target("SELECT id, parent FROM child ORDER BY id"),
        "1\t1\n2\t2"
    );
    apply(&two.target, &undo).await.unwrap();
    assert_eq!(
        two.in_target("SELECT id, parent FROM child ORDER BY id"),
        "1\t1\n3\t3"
    );
}

#[tokio::test]
async fn what_a_trigger_changed_is_found_before_it_lasts() {
    let make = "CREATE TABLE item (id INT PRIMARY KEY, n INT, updated_at DATETIME(3));";
    let two = Two::start(
        &[],
        &format!("{make} INSERT INTO item VALUES (1, 2, '2024-01-01')"),
        &format!(
            "{make} INSERT INTO item VALUES (1, 1, '2023-01-01'); CREATE TRIGGER touch BEFORE UPDATE ON item FOR EACH ROW SET NEW.updated_at = NOW(3)"
        ),
    );
    let work = two.differences(&["item"]).await;
    let error = apply(&two.target, &work).await.unwrap_err().to_string();
    assert!(error.contains("1 rows"), "{error}");
    assert_eq!(
        two.in_target("SELECT n, updated_at FROM item"),
        "1\t2023-01-01 00:00:00.000"
    );
}

#[tokio::test]
async fn nothing_lasts_before_the_commit_nor_when_the_writer_is_dropped() {
    let make = "CREATE TABLE item (id INT PRIMARY KEY, n INT);";
    let two = Two::start(&[], &format!("{make} INSERT INTO item VALUES (1, 1)"), make);
    let work = two.differences(&["item"]).await;
    let mut writer = two.target.writer("tasuki tests", &LIMITS).await.unwrap();
    assert!(writer.transaction().is_none());
    prepare(writer.as_mut(), &work).await.unwrap();
    writer
        .write(&work[0].table, &work[0].reading, Action::Insert)
        .await
        .unwrap();
    verify(writer.as_mut(), &work).await.unwrap();
    assert_eq!(two.in_target("SELECT COUNT(*) FROM item"), "0");
    drop(writer);
    apply(&two.target, &work).await.unwrap();
    assert_eq!(two.in_target("SELECT COUNT(*) FROM item"), "1");
}

#[tokio::test]
async fn a_table_of_keys_alone_has_nothing_to_update() {
    let make = "CREATE TABLE pair (a INT, b INT, PRIMARY KEY (a, b));";
    let two = Two::start(
        &[],
        &format!("{make} INSERT INTO pair VALUES (1, 1), (1, 2)"),
        &format!("{make} INSERT INTO pair VALUES (1, 1), (2, 1)"),
    );
    two.sync(&["pair"]).await;
    assert_eq!(two.in_target("SELECT * FROM pair"), "1\t1\n1\t2");
}

#[tokio::test]
async fn nothing_is_committed_unseen_or_after_a_refusal() {
    let make = "CREATE TABLE item (id INT PRIMARY KEY, n INT CHECK (n < 9));";
    let rows = |n| format!("{make} INSERT INTO item VALUES (1, {n}), (2, {n})");
    let two = Two::start(&[], &rows(2), &rows(1));
    let mut work = two.differences(&["item"]).await;
    let mut unseen = two.target.writer("tests", &LIMITS).await.unwrap();
    prepare(unseen.as_mut(), &work).await.unwrap();
    let all = work[0].clone();
    let update = Action::Update;
    let written = unseen.write(&all.table, &all.reading, update).await;
    assert_eq!(written.unwrap(), 2);
    let refused = unseen.commit().await.unwrap_err().to_string();
    assert!(refused.contains("left out"), "{refused}");

    work[0].changes[1].values = Some(vec![Some("2".to_owned()), Some("9".to_owned())]);
    let mut writer = two.target.writer("tests", &LIMITS).await.unwrap();
    prepare(writer.as_mut(), &work).await.unwrap();
    let refused = writer.write(&all.table, &all.reading, update).await;
    let words = function_core::chain(&refused.unwrap_err());
    assert!(words.contains("4025"), "{words}");
    let refused = verify(writer.as_mut(), &work).await.unwrap_err();
    assert!(refused.to_string().contains("going on"), "{refused}");
    let refused = writer.commit().await.unwrap_err();
    assert!(refused.to_string().contains("committing"), "{refused}");
    assert_eq!(two.in_target("SELECT n FROM item"), "1\n1");
}

#[tokio::test]
async fn an_update_that_rows_of_another_table_would_follow_is_refused() {
    let make = "CREATE TABLE item (id INT PRIMARY KEY, code VARCHAR(9) NOT NULL UNIQUE, name TEXT);
        CREATE TABLE line (id INT PRIMARY KEY, code VARCHAR(9), CONSTRAINT by_code FOREIGN KEY (code) REFERENCES item (code) ON UPDATE CASCADE);
        INSERT INTO item VALUES (1, 'a', 'old'), (2, 'b', 'old'); INSERT INTO line VALUES (1, 'a'), (2, 'a');";
    let two = Two::alike(make);
    // What nobody points at may change, and so may other columns of what is pointed at.
    two.in_source("UPDATE item SET name = 'new'; UPDATE item SET code = 'B' WHERE id = 2");
    two.sync(&["item"]).await;
    two.in_source("UPDATE item SET code = 'A' WHERE id = 1");
    let work = two.differences(&["item"]).await;
    let error = apply(&two.target, &work).await.unwrap_err().to_string();
    assert!(
        error.contains("2 rows of line would follow by by_code (ON UPDATE CASCADE)"),
        "{error}"
    );
    assert_eq!(
        two.in_target("SELECT DISTINCT BINARY code FROM line")
            .trim(),
        "a"
    );
}
