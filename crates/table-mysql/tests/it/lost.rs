//! Connections that are lost, at every step.

use std::time::Duration;

use function_core::Retryable as _;
use mysql_async::prelude::Queryable as _;
use table_diff::{
    Action, Change, Database as _, DatabaseError, Limits, TransactionEnd, TransactionId, Writer,
    key,
};

use crate::two::{LIMITS, Two, Work, database, reading, structure, verify};

const MAKE: &str = "CREATE TABLE item (id INT PRIMARY KEY, n INT);";

fn differing() -> Two {
    Two::start(
        &[],
        &format!("{MAKE} INSERT INTO item VALUES (1, 1), (2, 2)"),
        &format!("{MAKE} INSERT INTO item VALUES (2, 1), (3, 3)"),
    )
}

/// Ends every session in production, and waits until nothing of them is left.
fn cut(two: &Two) {
    let sessions = "SELECT GROUP_CONCAT(id) FROM information_schema.processlist WHERE db = 'shop' AND id <> CONNECTION_ID()";
    for id in two
        .in_target(sessions)
        .split(',')
        .filter(|id| *id != "NULL")
    {
        two.server.query("", &format!("KILL {id}")).unwrap();
    }
    while two.in_target(sessions) != "NULL" {}
}

/// One step after the other.
async fn step(writer: &mut dyn Writer, work: &Work, number: usize) -> Result<(), DatabaseError> {
    match number {
        0 => {
            writer
                .stage(&work.table, &work.reading, &work.changes)
                .await
        }
        1 => writer.lock_and_check(&work.reading).await.map(drop),
        2 => writer.old(&work.reading, 100).await.map(drop),
        3 => write(writer, work, Action::Delete).await,
        4 => write(writer, work, Action::Insert).await,
        5 => write(writer, work, Action::Update).await,
        _ => verify(writer, std::slice::from_ref(work)).await,
    }
}

async fn write(writer: &mut dyn Writer, work: &Work, action: Action) -> Result<(), DatabaseError> {
    writer
        .write(&work.table, &work.reading, action)
        .await
        .map(drop)
}

#[tokio::test]
async fn a_connection_that_is_lost_before_the_commit_leaves_nothing() {
    let two = differing();
    let work = two.differences(&["item"]).await.remove(0);
    for lost_at in 0..=7 {
        let mut writer = two.target.writer("tests", &LIMITS).await.unwrap();
        for number in 0..lost_at {
            step(writer.as_mut(), &work, number).await.unwrap();
        }
        cut(&two);
        let error = if lost_at == 7 {
            writer.commit().await.unwrap_err()
        } else {
            step(writer.as_mut(), &work, lost_at).await.unwrap_err()
        };
        assert!(
            error.is_retryable(),
            "{lost_at}: {}",
            function_core::chain(&error)
        );
        assert_eq!(
            two.in_target("SELECT * FROM item"),
            "2\t1\n3\t3",
            "{lost_at}"
        );
    }
}

#[tokio::test]
async fn how_a_lost_transaction_ended_is_unknown() {
    let two = Two::alike(MAKE);
    let end = two
        .target
        .end_of(&TransactionId("1".to_owned()), &LIMITS)
        .await
        .unwrap();
    assert_eq!(end, TransactionEnd::Unknown);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_a_commit_that_is_under_way_are_told_only_after_it() {
    let two = differing();
    let work = two.differences(&["item"]).await.remove(0);
    let encode = |change: &Change| key::encode(&work.reading.key, &change.key).unwrap();
    let mut keys: Vec<_> = work.changes.iter().map(encode).collect();
    keys.sort();
    let patient = Limits {
        lock: Duration::from_mins(1),
        ..LIMITS
    };
    let mut writer = two.target.writer("tests", &patient).await.unwrap();
    for number in 0..7 {
        step(writer.as_mut(), &work, number).await.unwrap();
    }
    let mut backup = mysql_async::Conn::from_url(two.server.url("shop"))
        .await
        .unwrap();
    for stage in ["START", "BLOCK_COMMIT"] {
        let hold = format!("BACKUP STAGE {stage}");
        backup.query_drop(hold).await.unwrap();
    }
    let committing = tokio::spawn(writer.commit());
    let waiting = "SELECT COUNT(*) FROM information_schema.processlist WHERE info = 'COMMIT'";
    while two.in_target(waiting) != "1" {}

    let error = two.target.settled(&work.reading, &keys, &LIMITS).await;
    let error = error.unwrap_err();
    let words = function_core::chain(&error);
    assert!(error.is_retryable() && words.contains("1205"), "{words}");

    let told = async {
        let rows = two.target.settled(&work.reading, &keys, &patient).await;
        rows.unwrap().into_iter().map(|row| row.hash).collect()
    };
    let (told, ended): (Vec<u64>, _) = tokio::join!(told, backup.query_drop("BACKUP STAGE END"));
    ended.unwrap();
    committing.await.unwrap().unwrap();
    let mut wanted = work.changes.clone();
    wanted.sort_by_key(encode);
    let wanted = wanted.iter().filter_map(|change| change.wanted);
    assert_eq!(told, wanted.map(|seen| seen.hash).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_stream_that_is_cut_is_no_end_of_the_table() {
    let rows = "INSERT INTO item SELECT seq, seq FROM seq_1_to_500000;";
    let two = Two::start(
        &[],
        "SELECT 1",
        &format!("CREATE TABLE item (id INT PRIMARY KEY, n INT); {rows}"),
    );
    let reading = reading(&structure(&two.target, "item").await);
    let snapshot = two.target.snapshot(&LIMITS).await.unwrap();
    let mut reader = snapshot.reader().await.unwrap();
    let mut stream = reader.marks(&reading).await.unwrap();
    let mut batch = table_diff::MarkBatch::default();
    assert!(stream.next(&mut batch).await.unwrap());
    let id = two
        .server
        .query(
            "",
            "SELECT id FROM information_schema.processlist WHERE db = 'shop'",
        )
        .unwrap();
    two.server.query("", &format!("KILL {id}")).unwrap();
    let error = loop {
        match stream.next(&mut batch).await {
            Ok(true) => {}
            Ok(false) => panic!("the table ended"),
            Err(error) => break error,
        }
    };
    assert!(error.is_retryable(), "{}", function_core::chain(&error));
}

#[tokio::test]
async fn a_server_that_is_not_there_and_a_wrong_password_are_told_apart() {
    let two = Two::alike(MAKE);
    two.server
        .query("", "CREATE USER locked@'127.0.0.1' IDENTIFIED BY 'right'")
        .unwrap();
    let port = two.server.port();
    let wrong = database(&format!("mysql://locked:s3cr3t@127.0.0.1:{port}/shop"));
    let error = wrong.snapshot(&LIMITS).await.err().unwrap();
    let words = function_core::chain(&error);
    assert!(!error.is_retryable() && words.contains("1045"), "{words}");
    assert!(!words.contains("s3cr3t"), "{words}");
    let demanding = database(&format!(
        "mysql://tasuki@127.0.0.1:{port}/shop?ssl-mode=required"
    ));
    assert!(
        !demanding
            .snapshot(&LIMITS)
            .await
            .err()
            .unwrap()
            .is_retryable()
    );
    drop(two);
    let gone = database(&format!("mysql://tasuki@127.0.0.1:{port}/shop"));
    assert!(gone.snapshot(&LIMITS).await.err().unwrap().is_retryable());
}

#[tokio::test]
async fn a_socket_is_a_way_in() {
    let two = Two::alike(MAKE);
    let socket = two.server.socket();
    let on_socket = database(&format!(
        "mariadb://tasuki@/shop?socket={}",
        socket.display()
    ));
    structure(&on_socket, "item").await;
}

/// Linux tells of each line which clock runs for it: 2 is that of keep-alive. With its own settings a dead line is given up after
/// minutes, for which no test waits.
#[tokio::test]
async fn a_line_on_which_nothing_is_said_is_tried() {
    let two = Two::alike(MAKE);
    let snapshot = two.target.snapshot(&LIMITS).await.unwrap();
    let _reader = snapshot.reader().await.unwrap();
    let to_server = format!(":{:04X}", two.server.port());
    let lines = std::fs::read_to_string("/proc/self/net/tcp").unwrap();
    let fields = lines.lines().map(|line| line.split_whitespace().collect());
    let open: Vec<Vec<&str>> = fields
        .filter(|fields: &Vec<_>| fields[2].ends_with(&to_server) && fields[3] == "01")
        .collect();
    assert!(!open.is_empty(), "{lines}");
    let is_tried = |fields: &Vec<&str>| fields[5].starts_with("02:");
    assert!(open.iter().all(is_tried), "{lines}");
}
