//! What makes comparing and copying tables go wrong elsewhere.

use table_diff::plan::Summary;
use table_sync::SyncError;

use crate::databases::{Databases, OneServer, TwoServers};
use crate::desk::{ALL, Desk, counts};

/// The words on what blocks the tables of a plan.
fn blocking(summary: &Summary) -> String {
    let names = summary.plan.names();
    let differences = summary.tables.iter().flat_map(|it| &it.table.differences);
    let blocking = differences.filter(|it| it.blocks());
    let words = blocking.map(|it| it.words(table_diff::Language::En, &names));
    words.collect::<Vec<_>>().join("; ")
}

/// Brings all differences over, and finds none afterwards; `select` answers alike on both sides.
async fn bring<D: Databases>(desk: &mut Desk<D>, select: &str) -> Summary {
    let summary = desk.diff().await;
    desk.apply(&summary, &ALL).await.unwrap();
    assert_eq!(desk.target(select), desk.source(select));
    assert_eq!(counts(&desk.diff().await), "");
    summary
}

#[tokio::test]
async fn text_keys_have_one_order_whatever_the_collations() {
    let mut desk = Desk::of(
        TwoServers::start(),
        "CREATE TABLE word (word text PRIMARY KEY, n int); CREATE TABLE padded (code char(6) PRIMARY KEY, n int);
         CREATE TABLE pair (a varchar(9), b int, n int, PRIMARY KEY (b, a))",
    );
    let words = r"'a', 'A', 'á', 'b', 'B', 'co-op', 'coop', 'CO-OP', ' x', 'x', '日本', '日本語', 'ｱ', 'ア', '', 'z', '_', '-', 'Ω', '😀'";
    desk.both(&format!(
        "INSERT INTO word SELECT w, row_number() OVER () FROM unnest(ARRAY[{words}]) w;
         INSERT INTO padded SELECT w, row_number() OVER () FROM unnest(ARRAY['b', 'a', 'A', '-', '_a']) w;
         INSERT INTO pair SELECT w, n % 3, n FROM unnest(ARRAY[{words}]) WITH ORDINALITY AS it(w, n)"
    ));
    assert_eq!(counts(&desk.diff().await), "");
    desk.source("DELETE FROM word WHERE word = 'A'; UPDATE pair SET n = -1 WHERE a = '日本'; INSERT INTO padded VALUES ('c', 9)");
    let summary = desk.diff().await;
    assert_eq!(counts(&summary), "insert 1, time_unknown 1, delete 1");
    desk.apply(&summary, &ALL).await.unwrap();
    assert_eq!(counts(&desk.diff().await), "");
}

#[tokio::test]
async fn letters_that_a_collation_holds_equal_are_two_keys_or_none() {
    let mut desk = Desk::of(
        OneServer::start(),
        "CREATE EXTENSION citext; CREATE TABLE word (word citext PRIMARY KEY, n int);
         CREATE COLLATION folding (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
         CREATE TABLE folded (word text COLLATE folding PRIMARY KEY, n int)",
    );
    desk.source("INSERT INTO word VALUES ('Abc', 1), ('b', 1); INSERT INTO folded VALUES ('Abc', 1), ('b', 1)");
    desk.target("INSERT INTO word VALUES ('ABC', 1), ('b', 2); INSERT INTO folded VALUES ('ABC', 1), ('b', 2)");
    bring(
        &mut desk,
        "SELECT * FROM word ORDER BY word COLLATE \"C\"; SELECT * FROM folded ORDER BY word COLLATE \"C\"",
    )
    .await;
}

#[tokio::test]
async fn what_is_no_key_is_refused_with_the_repair() {
    let mut desk = Desk::of(
        OneServer::start(),
        "CREATE TABLE none (id int, n int); INSERT INTO none VALUES (1, 1), (1, 1)",
    );
    let words = blocking(&desk.diff().await);
    assert!(words.contains("key"), "{words}");
    let mut desk = Desk::of(
        OneServer::start(),
        "CREATE TABLE item (id int, code text, n int, UNIQUE (code)); INSERT INTO item VALUES (1, NULL, 1), (1, NULL, 1)",
    )
    .set("KEYS", "public.item:code");
    let words = blocking(&desk.diff().await);
    assert!(words.contains("code"), "{words}");
    desk.both("DELETE FROM item; ALTER TABLE item ALTER code SET NOT NULL");
    desk.source("INSERT INTO item VALUES (1, 'a', 1), (1, 'b', 2)");
    bring(&mut desk, "SELECT * FROM item ORDER BY code").await;
}

#[tokio::test]
async fn what_sql_holds_equal_is_told_apart_only_if_wanted() {
    let mut desk = Desk::of(
        OneServer::start(),
        "CREATE TABLE item (id int PRIMARY KEY, n numeric, j jsonb, f float8)",
    );
    desk.source("INSERT INTO item VALUES (1, 1.0, '{\"a\": 1.0}', 0)");
    desk.target("INSERT INTO item VALUES (1, 1.00, '{\"a\": 1.0}', '-0')");
    assert_eq!(counts(&desk.diff().await), "");
    let mut desk = desk.set("EXACT", "on");
    bring(&mut desk, "SELECT * FROM item").await;
}

#[tokio::test]
async fn computed_columns_and_identities_are_copied_as_the_server_allows() {
    let mut desk = Desk::of(
        OneServer::start(),
        "CREATE TABLE item (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, price int, taxed int GENERATED ALWAYS AS (price * 110 / 100) STORED);
         INSERT INTO item (price) VALUES (100), (200)",
    );
    desk.source("UPDATE item SET price = 300 WHERE id = 1; INSERT INTO item (price) VALUES (400); DELETE FROM item WHERE id = 2");
    let summary = bring(&mut desk, "SELECT * FROM item ORDER BY id").await;
    desk.undo(&summary).await.unwrap();
    assert_eq!(
        desk.target("SELECT * FROM item ORDER BY id"),
        "1|100|110\n2|200|220"
    );
}

#[tokio::test]
async fn foreign_keys_are_kept_in_every_order_that_they_ask_for() {
    let mut desk = Desk::of(
        OneServer::start(),
        "CREATE TABLE z_category (id int PRIMARY KEY, code text UNIQUE);
         CREATE TABLE a_item (id int PRIMARY KEY, category int NOT NULL REFERENCES z_category, parent int REFERENCES a_item);
         CREATE TABLE m_price (id int PRIMARY KEY, item int NOT NULL REFERENCES a_item);
         INSERT INTO z_category VALUES (1, 'old'), (2, 'kept'); INSERT INTO a_item VALUES (1, 1, NULL), (2, 1, 1), (3, 2, NULL); INSERT INTO m_price VALUES (1, 1), (2, 2)",
    );
    desk.source(
        "INSERT INTO z_category VALUES (3, 'new'); UPDATE a_item SET category = 3 WHERE id = 2; DELETE FROM m_price WHERE id = 1;
         UPDATE a_item SET parent = NULL WHERE id = 2; DELETE FROM a_item WHERE id = 1; DELETE FROM z_category WHERE id = 1;
         INSERT INTO a_item VALUES (5, 3, NULL), (4, 3, 5); INSERT INTO m_price VALUES (3, 4)",
    );
    let select = "SELECT * FROM z_category ORDER BY id; SELECT * FROM a_item ORDER BY id; SELECT * FROM m_price ORDER BY id";
    let before = desk.target(select);
    let summary = bring(&mut desk, select).await;
    desk.undo(&summary).await.unwrap();
    assert_eq!(desk.target(select), before);
}

#[tokio::test]
async fn a_circle_of_foreign_keys_needs_one_that_can_be_deferred() {
    let circle = |deferrable: &str| {
        format!(
            "CREATE TABLE a (id int PRIMARY KEY, b int); CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a);
             ALTER TABLE a ADD CONSTRAINT to_b FOREIGN KEY (b) REFERENCES b {deferrable}"
        )
    };
    let rows = "INSERT INTO a VALUES (1, NULL); INSERT INTO b VALUES (1, 1); UPDATE a SET b = 1";
    let select = "SELECT * FROM a; SELECT * FROM b";
    let mut desk = Desk::of(OneServer::start(), &circle("DEFERRABLE"));
    desk.source(rows);
    bring(&mut desk, select).await;
    let mut desk = Desk::of(OneServer::start(), &circle(""));
    desk.source(rows);
    let summary = desk.diff().await;
    let error = desk.apply(&summary, &ALL).await.unwrap_err();
    assert!(matches!(error, SyncError::Order(_)), "{error}");
    assert!(error.to_string().contains("to_b of public.a"), "{error}");
    assert_eq!(desk.target("SELECT count(*) FROM a"), "0");
}

#[tokio::test]
async fn rows_that_a_deletion_takes_along_are_counted_before_it() {
    let mut desk = Desk::of(
        OneServer::start(),
        "CREATE TABLE category (id int PRIMARY KEY); CREATE TABLE log (id int PRIMARY KEY, category int REFERENCES category ON DELETE CASCADE);
         CREATE TABLE note (id int PRIMARY KEY, category int REFERENCES category ON DELETE SET NULL)",
    )
    .set("TABLES", "public.category");
    desk.both("INSERT INTO category VALUES (1), (2)");
    desk.source("DELETE FROM category WHERE id = 2");
    desk.target("INSERT INTO log SELECT g, 1 + g % 2 FROM generate_series(1, 10) g; INSERT INTO note VALUES (1, 2)");
    let summary = desk.diff().await;
    let end = summary.tables[0].end.as_ref().unwrap();
    let cascades: Vec<_> = end
        .cascades
        .iter()
        .map(|it| (it.key.table.to_string(), it.rows))
        .collect();
    assert_eq!(
        cascades,
        [("public.log".into(), 5), ("public.note".into(), 1)]
    );
    let applied = desk.apply(&summary, &ALL).await.unwrap();
    assert_eq!(applied.cascades, end.cascades);
    assert_eq!(desk.target("SELECT count(*) FROM log"), "5");
}

#[tokio::test]
async fn unique_values_that_swap_or_move_are_written() {
    let mut desk = Desk::of(
        OneServer::start(),
        "CREATE TABLE item (id int PRIMARY KEY, code text NOT NULL UNIQUE, place int UNIQUE);
         INSERT INTO item SELECT g, 'c' || g, g FROM generate_series(1, 6) g",
    );
    let before = desk.target("SELECT * FROM item ORDER BY id");
    desk.source(
        "DELETE FROM item; INSERT INTO item VALUES (1, 'c2', 1), (2, 'c1', 3), (3, 'c4', 2), (4, 'c3', NULL), (7, 'c5', 6), (6, 'c6', 5)",
    );
    let summary = bring(&mut desk, "SELECT * FROM item ORDER BY id").await;
    desk.undo(&summary).await.unwrap();
    assert_eq!(desk.target("SELECT * FROM item ORDER BY id"), before);
}

#[tokio::test]
async fn relations_that_hide_or_borrow_rows_are_refused_and_partitions_are_not() {
    for (sql, words) in [
        (
            "CREATE TABLE base (id int PRIMARY KEY); CREATE VIEW item AS SELECT * FROM base",
            "view",
        ),
        (
            "CREATE TABLE base (id int PRIMARY KEY); CREATE TABLE item (PRIMARY KEY (id)) INHERITS (base)",
            "inherit",
        ),
        ("CREATE TABLE item (id int PRIMARY KEY, photo oid)", "photo"),
    ] {
        let mut desk = Desk::of(OneServer::start(), sql).set("TABLES", "public.item");
        let words_of = blocking(&desk.diff().await);
        assert!(words_of.to_lowercase().contains(words), "{words_of}");
    }
    let mut desk = Desk::of(
        OneServer::start(),
        "CREATE TABLE item (id int PRIMARY KEY, n int) PARTITION BY RANGE (id);
         CREATE TABLE item_low PARTITION OF item FOR VALUES FROM (0) TO (10); CREATE TABLE item_high PARTITION OF item FOR VALUES FROM (10) TO (20)",
    )
    .set("TABLES", "public.item");
    desk.source("INSERT INTO item VALUES (1, 1), (11, 2)");
    desk.target("INSERT INTO item VALUES (2, 1), (11, 1)");
    bring(&mut desk, "SELECT * FROM item ORDER BY id").await;
}

#[tokio::test]
async fn rows_that_a_policy_may_hide_are_not_compared() {
    let desk = Desk::of(
        OneServer::start(),
        "CREATE TABLE item (id int PRIMARY KEY, n int); INSERT INTO item VALUES (1, 1), (2, 2);
         ALTER TABLE item ENABLE ROW LEVEL SECURITY; CREATE POLICY one ON item USING (id = 1)",
    );
    desk.target("CREATE ROLE reader LOGIN");
    desk.both("GRANT SELECT ON item TO reader");
    let url = |name: &str| {
        desk.databases
            .0
            .url_of(name)
            .replace("postgres@", "reader@")
    };
    let (source, target) = (url("development"), url("production"));
    let mut desk = desk.set("SOURCE_URL", &source).set("TARGET_URL", &target);
    let words = blocking(&desk.diff().await);
    assert!(words.contains("BYPASSRLS"), "{words}");
}

#[tokio::test]
async fn names_that_need_quoting_and_values_of_ten_megabytes_go_over() {
    let mut desk = Desk::of(
        OneServer::start(),
        r#"CREATE SCHEMA "sch.ema"; CREATE TABLE "sch.ema"."we""ird; --" ("select" int PRIMARY KEY, "日本語" text, "quo""te'$1" text, updated_at timestamptz)"#,
    )
    .set("TABLES", "*.we\"ird; --");
    desk.source(r#"INSERT INTO "sch.ema"."we""ird; --" VALUES (1, repeat('あ', 3500000), '<script>alert(1)</script>', '2026-01-01'), (2, E'\\N', E'\x01\x7f', NULL)"#);
    desk.target(r#"INSERT INTO "sch.ema"."we""ird; --" VALUES (1, repeat('あ', 3500001), '', '2025-01-01')"#);
    let select = r#"SELECT "select", md5("日本語"), "quo""te'$1", updated_at FROM "sch.ema"."we""ird; --" ORDER BY 1"#;
    let before = desk.target(select);
    let summary = bring(&mut desk, select).await;
    let plan = desk.object(&summary, "plan.jsonl");
    assert!(plan.len() < 20_000, "{}", plan.len());
    desk.undo(&summary).await.unwrap();
    assert_eq!(desk.target(select), before);
}

#[tokio::test]
async fn times_of_other_precisions_and_kinds_decide_which_row_is_newer() {
    for (kind, old, new) in [
        (
            "timestamptz",
            "'2026-01-01 00:00:00.000001Z'",
            "'2026-01-01 00:00:00.000002Z'",
        ),
        (
            "timestamp(3)",
            "'2026-01-01 00:00:00.001'",
            "'2026-01-01 00:00:00.002'",
        ),
        ("date", "'2026-01-01'", "'2026-01-02'"),
        ("bigint", "1", "2"),
        ("timestamptz", "'2026-01-01'", "'infinity'"),
    ] {
        let mut desk = Desk::of(
            OneServer::start(),
            &format!("CREATE TABLE item (id int PRIMARY KEY, changed {kind})"),
        )
        .set("TIMES", "public.item:changed");
        desk.source(&format!(
            "INSERT INTO item VALUES (1, {new}), (2, {old}), (3, {old})"
        ));
        desk.target(&format!(
            "INSERT INTO item VALUES (1, {old}), (2, {new}), (3, NULL)"
        ));
        let summary = desk.diff().await;
        assert_eq!(
            counts(&summary),
            "update_new 1, time_unknown 1, update_old 1",
            "{kind}"
        );
    }
}
