//! The same stories between two databases of MariaDB.

use table_diff::Class;
use table_sync::{Progress, SyncError};

use crate::databases::{Databases as _, Maria};
use crate::desk::{ALL, Desk, approval, counts};

const ITEM: &str = "CREATE TABLE item (id int PRIMARY KEY, name varchar(50), updated_at datetime(6)) DEFAULT CHARSET utf8mb4";

#[tokio::test]
async fn rows_of_every_class_go_over_and_come_back() {
    let mut desk = Desk::of(Maria::start(), ITEM);
    desk.both("INSERT INTO item SELECT seq, '絵文字😀', '2026-01-01' FROM seq_1_to_6");
    desk.source(
        "UPDATE item SET name = 'new', updated_at = '2026-01-01 00:00:00.000001' WHERE id = 1;
         UPDATE item SET name = 'by hand' WHERE id = 2; UPDATE item SET name = 'x', updated_at = NULL WHERE id = 3;
         INSERT INTO item VALUES (7, NULL, NULL); DELETE FROM item WHERE id = 5",
    );
    desk.target("UPDATE item SET name = 'newer', updated_at = '2026-02-01' WHERE id = 4");
    let select = "SELECT * FROM item ORDER BY id";
    let before = desk.target(select);
    let summary = desk.diff().await;
    assert_eq!(
        counts(&summary),
        "insert 1, update_new 1, changed_same_time 1, time_unknown 1, delete 1, update_old 1"
    );
    desk.apply(&summary, &ALL).await.unwrap();
    assert_eq!(counts(&desk.diff().await), "update_old 1");
    desk.undo(&summary).await.unwrap();
    assert_eq!(desk.target(select), before);
}

#[tokio::test]
async fn what_changed_since_it_was_seen_is_not_overwritten_and_half_is_never_written() {
    let mut desk = Desk::of(Maria::start(), ITEM);
    desk.both("INSERT INTO item SELECT seq, 'a', '2026-01-01' FROM seq_1_to_3");
    desk.source("UPDATE item SET name = 'dev', updated_at = '2026-02-01'");
    let summary = desk.diff().await;
    desk.target("UPDATE item SET name = 'prod' WHERE id = 2");
    let error = desk.apply(&summary, &ALL).await.unwrap_err();
    assert!(error.is_stale(), "{error}");
    assert_eq!(
        desk.target("SELECT group_concat(name ORDER BY id) FROM item"),
        "a,prod,a"
    );
}

#[tokio::test]
async fn foreign_keys_unique_values_and_counters_are_kept() {
    let mut desk = Desk::of(
        Maria::start(),
        "CREATE TABLE z_category (id int AUTO_INCREMENT PRIMARY KEY, code varchar(9) UNIQUE);
         CREATE TABLE a_item (id int PRIMARY KEY, category int, parent int, FOREIGN KEY (category) REFERENCES z_category (id), FOREIGN KEY (parent) REFERENCES a_item (id));
         INSERT INTO z_category VALUES (1, 'a'), (2, 'b'), (3, 'c'); INSERT INTO a_item VALUES (1, 1, NULL), (2, 3, 1)",
    );
    desk.source(
        "INSERT INTO z_category VALUES (9, 'd'); UPDATE a_item SET category = 9, parent = NULL WHERE id = 2; DELETE FROM a_item WHERE id = 1; DELETE FROM z_category WHERE id = 3;
         UPDATE z_category SET code = 'x' WHERE id = 1; UPDATE z_category SET code = 'a' WHERE id = 2; UPDATE z_category SET code = 'b' WHERE id = 1; INSERT INTO a_item VALUES (4, 9, NULL); INSERT INTO a_item VALUES (3, 9, 4)",
    );
    let select = "SELECT * FROM z_category ORDER BY id; SELECT * FROM a_item ORDER BY id";
    let before = desk.target(select);
    let summary = desk.diff().await;
    desk.apply(&summary, &ALL).await.unwrap();
    assert_eq!(desk.target(select), desk.source(select));
    desk.target("INSERT INTO z_category (code) VALUES ('next')");
    assert_eq!(desk.target("SELECT max(id) FROM z_category"), "10");
    desk.target("DELETE FROM z_category WHERE code = 'next'");
    desk.undo(&summary).await.unwrap();
    assert_eq!(desk.target(select), before);
}

#[tokio::test]
async fn a_trigger_that_changes_what_is_written_is_found_before_anything_lasts() {
    let mut desk = Desk::of(Maria::start(), ITEM);
    desk.both("INSERT INTO item VALUES (1, 'a', '2026-01-01')");
    desk.target("CREATE TRIGGER touch BEFORE UPDATE ON item FOR EACH ROW SET NEW.name = 'touched'");
    desk.source("UPDATE item SET name = 'dev', updated_at = '2026-02-01'");
    let summary = desk.diff().await;
    let error = desk.apply(&summary, &[Class::UpdateNew]).await.unwrap_err();
    assert!(matches!(error, SyncError::NotAsWanted { .. }), "{error}");
    assert_eq!(desk.target("SELECT name FROM item"), "a");
}

#[tokio::test]
async fn an_answer_to_the_commit_that_is_lost_is_found_out_by_looking_at_the_rows() {
    use crate::proxy::{Cut, Proxy};

    for cut in [Cut::Before, Cut::After] {
        let mut desk = Desk::of(Maria::start(), ITEM);
        desk.both("INSERT INTO item SELECT seq, 'a', '2026-01-01' FROM seq_1_to_3");
        desk.source("UPDATE item SET name = 'dev', updated_at = '2026-02-01'");
        let before = desk.target("SELECT * FROM item");
        let summary = desk.diff().await;
        for at in 1.. {
            let proxy = Proxy::start(desk.databases.0.port(), at, cut).await;
            let port = format!(":{}/", desk.databases.0.port());
            let url = desk.databases.target_url();
            let url = url.replace(&port, &format!(":{}/", proxy.port));
            desk = desk.set("APPLY_URL", &url);
            let sync = desk.sync().await;
            let applied = sync
                .apply(
                    &summary.plan.id,
                    approval(&summary, &ALL),
                    &Progress::default(),
                )
                .await;
            let after = desk.target("SELECT * FROM item");
            match applied {
                Ok(_) => {
                    assert_eq!(after, desk.source("SELECT * FROM item"), "{cut:?} {at}");
                    assert!(at > 5, "{at}");
                    break;
                }
                Err(error) => {
                    assert_eq!(error.exit().code(), 1, "{cut:?} {at}: {error}");
                    assert_eq!(after, before, "{cut:?} {at}: {error}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_commit_that_still_waits_on_the_server_is_not_taken_for_rolled_back() {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::process::{Command, Stdio};
    use std::time::Duration;

    use crate::proxy::{Cut, Proxy};

    let mut desk = Desk::of(Maria::start(), ITEM);
    desk.both("INSERT INTO item SELECT seq, 'a', '2026-01-01' FROM seq_1_to_3");
    desk.source("UPDATE item SET name = 'dev', updated_at = '2026-02-01'");
    let summary = desk.diff().await;
    let server = &desk.databases.0;
    let proxy = Proxy::start(server.port(), 0, Cut::Commit).await;
    // A backup, which lets transactions write and none commit until it ends.
    let mut backup = Command::new("mariadb")
        .args(["--no-defaults", "--batch", "--unbuffered", "--user=tasuki"])
        .arg(format!("--socket={}", server.socket().display()))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut orders = backup.stdin.take().unwrap();
    let hold = b"BACKUP STAGE START; BACKUP STAGE BLOCK_COMMIT; SELECT 'held';\n";
    orders.write_all(hold).unwrap();
    let mut told = String::new();
    let mut answers = BufReader::new(backup.stdout.take().unwrap());
    answers.read_line(&mut told).unwrap();

    let port = format!(":{}/", server.port());
    let url = desk.databases.target_url();
    desk = desk.set(
        "APPLY_URL",
        &url.replace(&port, &format!(":{}/", proxy.port)),
    );
    let sync = desk.sync().await;
    let release = async {
        let waiting = "SELECT COUNT(*) FROM information_schema.processlist WHERE info = 'COMMIT'";
        while desk.target(waiting) != "1" {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let looking =
            "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE '%SHARE MODE'";
        while desk.target(looking) != "1" {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        drop(orders);
        backup.wait().unwrap();
    };
    let progress = Progress::default();
    let applying = sync.apply(&summary.plan.id, approval(&summary, &ALL), &progress);
    let limit = Duration::from_mins(1);
    let (applied, ()) = tokio::time::timeout(limit, async { tokio::join!(applying, release) })
        .await
        .expect("the rows were looked at without waiting for who writes them");
    applied.unwrap();
    let select = "SELECT * FROM item";
    assert_eq!(desk.target(select), desk.source(select));
}
