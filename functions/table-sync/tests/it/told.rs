//! What a person is told before anything is approved.

use function_core::{Exit, chain};
use table_diff::plan::Summary;
use table_diff::{Class, Compare, Language};
use table_sync::{DiffRequest, Progress, SyncError, SyncStage};

use crate::databases::{Databases as _, Maria, OneServer};
use crate::desk::{ALL, Desk, approval, counts};

/// What the plan says of the table, and whether it was compared.
fn remarks(summary: &Summary, table: &str) -> (String, bool) {
    let mut tables = summary.tables.iter();
    let table = tables.find(|it| it.table.name.name == table).unwrap();
    let remarks = table.remarks(Language::En, &summary.plan.names());
    let words: Vec<String> = remarks.into_iter().map(|(_, words)| words).collect();
    (words.join("\n"), table.end.is_some())
}

#[tokio::test]
async fn triggers_that_write_elsewhere_and_rows_that_follow_updates_are_told() {
    let mut desk = Desk::of(
        OneServer::start(),
        "CREATE TABLE item (id int PRIMARY KEY, code text UNIQUE, updated_at timestamptz);
         CREATE TABLE line (id int PRIMARY KEY, code text REFERENCES item (code) ON UPDATE CASCADE);
         CREATE TABLE outbox (id serial PRIMARY KEY, item int);
         CREATE FUNCTION send() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.outbox (item) VALUES (NEW.id); RETURN NULL; END';
         CREATE TRIGGER sends AFTER INSERT ON item FOR EACH ROW EXECUTE FUNCTION send();
         INSERT INTO item VALUES (1, 'a', '2026-01-01'), (2, 'b', '2026-01-01'); INSERT INTO line VALUES (1, 'a')",
    )
    .set("TABLES", "public.item");
    desk.source("UPDATE item SET code = 'A', updated_at = '2026-02-01' WHERE id = 1; UPDATE item SET code = 'B', updated_at = '2026-02-01' WHERE id = 2");
    let summary = desk.diff().await;
    let (words, _) = remarks(&summary, "item");
    assert!(
        words.contains("both have the trigger `sends` (AFTER INSERT)"),
        "{words}"
    );
    assert!(
        words.contains("rows of public.line follow where (code) changes here"),
        "{words}"
    );
    let error = desk.apply(&summary, &ALL).await.unwrap_err();
    assert_eq!(error.exit(), Exit::Refused);
    let error = chain(&error);
    assert!(
        error.contains("1 rows of public.line would follow"),
        "{error}"
    );
    assert_eq!(
        desk.target("SELECT count(*) FROM item WHERE code IN ('A', 'B')"),
        "0"
    );
    assert_eq!(desk.target("SELECT code FROM line"), "a");
}

#[tokio::test]
async fn rows_without_times_are_not_called_equal_where_only_times_are_compared() {
    let mut desk = Desk::of(
        OneServer::start(),
        "CREATE TABLE item (id int PRIMARY KEY, name text, updated_at timestamptz); \
         INSERT INTO item VALUES (1, 'a', NULL), (2, 'b', NULL), (3, 'c', '2026-01-01')",
    );
    desk.source("UPDATE item SET name = 'other' WHERE id = 1");
    let mut request = DiffRequest::new(desk.trigger());
    request.compare = Some(Compare::Time);
    let summary = desk.diff_of(&request).await.unwrap();
    let (words, _) = remarks(&summary, "item");
    assert!(
        words.contains("2 rows without a time of change on either side: not compared"),
        "{words}"
    );
    let end = summary.tables[0].end.as_ref().unwrap();
    assert_eq!((end.counts.equal, end.counts.no_time), (1, 2));
    assert_eq!(counts(&desk.diff().await), "time_unknown 1");
}

#[tokio::test]
async fn a_table_whose_dependants_the_role_may_not_read_is_the_only_one_that_is_blocked() {
    let desk = Desk::of(
        OneServer::start(),
        "CREATE TABLE category (id int PRIMARY KEY); CREATE TABLE other (id int PRIMARY KEY); CREATE TABLE log (id int PRIMARY KEY, other int REFERENCES other);
         CREATE TABLE item (id int PRIMARY KEY, category int REFERENCES category ON DELETE CASCADE);
         INSERT INTO category VALUES (1), (2); INSERT INTO other VALUES (1), (2); INSERT INTO item VALUES (1, 2)",
    )
    .set("TABLES", "public.category, public.other");
    desk.source(
        "DELETE FROM item; DELETE FROM category WHERE id = 2; DELETE FROM other WHERE id = 2",
    );
    desk.target("CREATE ROLE reader LOGIN; GRANT SELECT ON category, other TO reader");
    let url = desk.databases.target_url().replace("postgres@", "reader@");
    let mut desk = desk.set("TARGET_URL", &url);
    let summary = desk.diff().await;
    let (words, is_compared) = remarks(&summary, "category");
    assert!(!is_compared);
    let grant = "GRANT SELECT (category) ON public.item TO reader";
    assert!(words.contains(&format!("run {grant}")), "{words}");
    // What refuses deletions by itself need not be counted.
    assert!(remarks(&summary, "other").1);
    desk.target(grant);
    // Nor can what hangs deeper be counted without its columns, and those that it points at.
    desk.target("CREATE TABLE price (id int PRIMARY KEY, item int REFERENCES item ON DELETE CASCADE); INSERT INTO price VALUES (1, 1)");
    let (words, is_compared) = remarks(&desk.diff().await, "category");
    assert!(!is_compared);
    let grants =
        "GRANT SELECT (item) ON public.price TO reader; GRANT SELECT (id) ON public.item TO reader";
    assert!(words.contains(&format!("run {grants}")), "{words}");
    desk.target(grants);
    let summary = desk.diff().await;
    assert!(remarks(&summary, "category").1);
    let end = summary.tables[0].end.as_ref().unwrap();
    let rows: Vec<_> = end.cascades.iter().map(|it| it.rows).collect();
    assert_eq!(rows, [1, 1]);
}

#[tokio::test]
async fn where_foreign_keys_are_hidden_nothing_is_deleted() {
    let desk = Desk::of(
        Maria::start(),
        "CREATE TABLE category (id int PRIMARY KEY); CREATE TABLE item (id int PRIMARY KEY, category int, FOREIGN KEY (category) REFERENCES category (id) ON DELETE CASCADE);
         INSERT INTO category VALUES (1), (2); INSERT INTO item VALUES (1, 1), (2, 2);",
    )
    .set("TABLES", "category");
    desk.source("DELETE FROM item WHERE id = 2; DELETE FROM category WHERE id = 2; INSERT INTO category VALUES (3)");
    desk.target("CREATE USER reader@'127.0.0.1'; GRANT SELECT ON shop.* TO reader@'127.0.0.1'");
    let url = desk.databases.target_url().replace("tasuki", "reader");
    let mut desk = desk.set("TARGET_URL", &url);
    let summary = desk.diff().await;
    let grant = "GRANT REFERENCES ON `shop`.* TO 'reader'@'127.0.0.1'";
    let (words, _) = remarks(&summary, "category");
    assert!(words.contains(&format!("run {grant}")), "{words}");
    let error = desk.apply(&summary, &ALL).await.unwrap_err();
    assert!(matches!(error, SyncError::KeysHidden { .. }), "{error}");
    // A refusal decides nothing, and what deletes nothing is written; to take it back would delete.
    desk.apply(&summary, &[Class::Insert]).await.unwrap();
    let error = desk.undo(&summary).await.unwrap_err();
    assert!(matches!(error, SyncError::KeysHidden { .. }), "{error}");
    assert_eq!(desk.target("SELECT COUNT(*) FROM category"), "3");
    desk.target(grant);
    desk.undo(&summary).await.unwrap();
    let summary = desk.diff().await;
    let end = summary.tables[0].end.as_ref().unwrap();
    assert_eq!(end.cascades[0].rows, 1);
}

#[tokio::test]
async fn what_the_role_that_writes_lacks_is_known_before_anybody_decides() {
    let desk = Desk::of(OneServer::start(), "CREATE TABLE item (id int PRIMARY KEY)");
    desk.source("INSERT INTO item VALUES (1)");
    desk.target("INSERT INTO item VALUES (2)");
    desk.target("CREATE ROLE writer LOGIN; GRANT SELECT, INSERT, UPDATE ON item TO writer");
    let url = desk.databases.target_url().replace("postgres@", "writer@");
    let mut desk = desk.set("APPLY_URL", &url);
    let summary = desk.diff().await;
    let sync = desk.sync().await;
    let error = sync.check_rights(&summary, &ALL).await.unwrap_err();
    let words = error.to_string();
    assert!(
        words.contains("APPLY_URL lacks DELETE on public.item; grant it"),
        "{words}"
    );
    // What is allowed is all that such rows need.
    let insert = sync.check_rights(&summary, &[Class::Insert]).await;
    insert.unwrap();
    desk.apply(&summary, &[Class::Insert]).await.unwrap();
}

#[tokio::test]
async fn a_structure_that_changes_while_rows_are_brought_is_seen_when_they_are_locked() {
    let mut desk = Desk::of(
        OneServer::start(),
        "CREATE TABLE item (id int PRIMARY KEY, name text); INSERT INTO item VALUES (1, 'a')",
    );
    desk.source("UPDATE item SET name = 'b'; INSERT INTO item VALUES (2, 'b')");
    let summary = desk.diff().await;
    let progress = Progress::default();
    let mut watch = progress.watch();
    let sync = desk.sync().await;
    let applying = sync.apply(&summary.plan.id, approval(&summary, &ALL), &progress);
    let changing = async {
        let staging = watch
            .wait_for(|step| step.stage == SyncStage::Staging)
            .await;
        drop(staging.unwrap());
        desk.target("CREATE RULE elsewhere AS ON INSERT TO item DO ALSO NOTIFY written");
    };
    let (applied, ()) = tokio::join!(applying, changing);
    let error = applied.unwrap_err();
    assert!(
        matches!(error, SyncError::StructureChanged { .. }),
        "{error}"
    );
    assert_eq!(desk.target("SELECT * FROM item"), "1|a");
}
