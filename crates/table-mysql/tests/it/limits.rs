//! What is too large, and says so.

use function_core::chain;

use table_diff::Database as _;

use crate::two::{LIMITS, Two, apply, reading, structure, try_marks};

#[tokio::test]
async fn a_row_that_the_server_does_not_take_at_once_is_refused_by_its_size() {
    let make = "CREATE TABLE item (id INT PRIMARY KEY, t LONGTEXT);";
    let two = Two::start(
        &["--max-allowed-packet=2M"],
        &format!(
            "{make} INSERT INTO item VALUES (1, REPEAT('x', 1500000)); UPDATE item SET t = REPEAT('x', 2000000)"
        ),
        make,
    );
    two.server
        .query("", "SET GLOBAL max_allowed_packet = 1048576")
        .unwrap();
    let work = two.differences(&["item"]).await;
    let error = chain(&apply(&two.target, &work).await.unwrap_err());
    assert!(
        error.contains("max_allowed_packet") && error.contains("1048576"),
        "{error}"
    );
}

#[tokio::test]
async fn a_row_that_can_not_be_hashed_is_an_error_and_never_equal() {
    let columns: Vec<_> = (0..40).map(|number| format!("t{number} TEXT")).collect();
    let values = vec!["REPEAT('x', 60000)"; 40].join(", ");
    let make = format!(
        "CREATE TABLE item (id INT PRIMARY KEY, {}); INSERT INTO item VALUES (1, {values});",
        columns.join(", ")
    );
    let two = Two::start(&["--max-allowed-packet=1M"], "SELECT 1", "SELECT 1");
    two.in_target(&make);
    let reading = reading(&structure(&two.target, "item").await);
    let error = try_marks(&two.target, &reading)
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("max_allowed_packet"), "{error}");
}

#[tokio::test]
async fn old_rows_come_by_bytes_and_one_at_least() {
    let make = "CREATE TABLE item (id INT PRIMARY KEY, t LONGTEXT);";
    let rows =
        "INSERT INTO item SELECT seq, IF(seq <= 40, 'x', REPEAT('x', 1500000)) FROM seq_1_to_48;
        INSERT INTO item VALUES (49, REPEAT('x', 5000000)), (50, 'x')";
    let two = Two::start(&[], make, &format!("{make} {rows}"));
    let work = two.differences(&["item"]).await.remove(0);
    let mut writer = two.target.writer("tests", &LIMITS).await.unwrap();
    let staged = writer.stage(&work.table, &work.reading, &work.changes);
    staged.await.unwrap();
    writer.lock_and_check(&work.reading).await.unwrap();
    let mut counts = Vec::new();
    let mut keys = Vec::new();
    loop {
        let old = writer.old(&work.reading, 45).await.unwrap();
        if old.is_empty() {
            break;
        }
        counts.push(old.len());
        keys.extend(old.iter().map(|change| change.key[0].clone()));
    }
    assert_eq!(counts, [42, 2, 2, 2, 1, 1]);
    let mut expected: Vec<String> = (1..=50).map(|id: u32| id.to_string()).collect();
    keys.sort();
    expected.sort();
    assert_eq!(keys, expected);
}
