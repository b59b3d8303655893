//! The traps of the article's tool, each walked into on purpose.

use table_diff::Class;

use crate::databases::{OneServer, TwoServers};
use crate::desk::{ALL, Desk, counts};

const ITEM: &str = "CREATE TABLE item (id int PRIMARY KEY, name text, updated_at timestamptz)";

#[tokio::test]
async fn a_row_goes_from_development_to_production_and_back() {
    let mut desk = Desk::of(OneServer::start(), ITEM);
    desk.both("INSERT INTO item VALUES (1, 'same', '2026-01-01'), (2, 'old', '2026-01-01')");
    desk.source("UPDATE item SET name = 'new', updated_at = '2026-01-02' WHERE id = 2; INSERT INTO item VALUES (3, 'made', '2026-01-02')");
    desk.target("INSERT INTO item VALUES (4, 'gone', '2026-01-01')");
    let before = desk.target("SELECT * FROM item ORDER BY id");
    let summary = desk.diff().await;
    assert_eq!(counts(&summary), "insert 1, update_new 1, delete 1");
    let applied = desk.apply(&summary, &ALL).await.unwrap();
    assert_eq!(applied.tables[0].inserted, 1);
    assert_eq!(
        desk.target("SELECT * FROM item ORDER BY id"),
        desk.source("SELECT * FROM item ORDER BY id")
    );
    assert_eq!(counts(&desk.diff().await), "");
    desk.undo(&summary).await.unwrap();
    assert_eq!(desk.target("SELECT * FROM item ORDER BY id"), before);
}

#[tokio::test]
async fn a_change_whose_time_did_not_move_is_seen() {
    let mut desk = Desk::of(OneServer::start(), ITEM);
    desk.both("INSERT INTO item VALUES (1, 'same', '2026-01-01')");
    desk.source("UPDATE item SET name = 'by hand'");
    assert_eq!(counts(&desk.diff().await), "changed_same_time 1");
}

#[tokio::test]
async fn rows_without_a_time_are_compared_by_content_and_never_made_up() {
    let mut desk = Desk::of(OneServer::start(), ITEM);
    desk.both("INSERT INTO item VALUES (1, 'same', NULL), (2, 'other', NULL)");
    desk.source("UPDATE item SET name = 'new' WHERE id = 2");
    assert_eq!(counts(&desk.diff().await), "time_unknown 1");
}

#[tokio::test]
async fn servers_that_tell_values_otherwise_hold_the_same_rows() {
    let mut desk = Desk::of(TwoServers::start(), EVERYTHING);
    desk.both(ROWS_OF_EVERYTHING);
    let summary = desk.diff().await;
    assert_eq!(counts(&summary), "");
    assert_eq!(summary.blocked(), 0);
    desk.source("DELETE FROM everything WHERE id = 2");
    desk.source("UPDATE everything SET a_time = a_time + interval '1 microsecond' WHERE id = 1");
    let summary = desk.diff().await;
    desk.apply(&summary, &ALL).await.unwrap();
    assert_eq!(counts(&desk.diff().await), "");
    desk.undo(&summary).await.unwrap();
    assert_eq!(desk.target("SELECT count(*) FROM everything"), "2");
}

const EVERYTHING: &str = "CREATE TABLE everything (
    id int PRIMARY KEY, a_time timestamptz, a_date date, a_clock time, a_span interval, a_real real, a_double double precision,
    a_number numeric, a_json json, a_jsonb jsonb, some_bytes bytea, a_uuid uuid, some_text text, padded char(5), an_array text[],
    an_address inet, a_point point, some_bits bit(3), a_range int4range, money_like numeric(12,2), updated_at timestamp)";

const ROWS_OF_EVERYTHING: &str = r#"SET DateStyle = 'ISO, YMD'; SET TimeZone = 'UTC'; SET IntervalStyle = 'postgres'; INSERT INTO everything VALUES
    (1, '2026-03-01 01:02:03.456789Z', '2026-03-02', '04:05:06.7', '1 mon 2 days 03:04:05', 0.1, 0.1, 'NaN', '{"b": 1,  "a": [null]}', '{"b": 1.0}',
     '\x00ff', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', E'tab\t\\N "quoted" 日本語', 'ab', '{a,NULL,"NULL"}', '10.0.0.1/8', '(1,2)', '101', '[1,5)', 1.50, '2026-03-01 00:00:00'),
    (2, 'infinity', '-infinity', NULL, NULL, '-0', 'Infinity', 1e-20, NULL, NULL, '', NULL, '', '', '{}', NULL, NULL, NULL, 'empty', 0, NULL)"#;

#[tokio::test]
async fn keys_are_values_and_no_text_that_is_pasted_into_sql() {
    let mut desk = Desk::of(
        OneServer::start(),
        "CREATE TABLE item (id uuid PRIMARY KEY, name text); CREATE TABLE word (word text PRIMARY KEY, n int)",
    );
    desk.source("INSERT INTO item VALUES ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'x')");
    desk.source(
        r#"INSERT INTO word VALUES ('''; DROP TABLE item; --', 1), ('a\b', 2), ('', 3), ('{"}', 4)"#,
    );
    let summary = desk.diff().await;
    assert_eq!(counts(&summary), "insert 5");
    desk.apply(&summary, &ALL).await.unwrap();
    assert_eq!(
        desk.target("SELECT * FROM word ORDER BY n"),
        desk.source("SELECT * FROM word ORDER BY n")
    );
}

#[tokio::test]
async fn newer_in_development_is_update_new_and_newer_in_production_is_never_written() {
    let mut desk = Desk::of(OneServer::start(), ITEM);
    desk.both("INSERT INTO item VALUES (1, 'a', '2026-01-01'), (2, 'a', '2026-01-01')");
    desk.source("UPDATE item SET name = 'dev', updated_at = '2026-02-01' WHERE id = 1");
    desk.target("UPDATE item SET name = 'prod', updated_at = '2026-02-01' WHERE id = 2");
    let summary = desk.diff().await;
    assert_eq!(counts(&summary), "update_new 1, update_old 1");
    let error = desk.apply(&summary, &[Class::UpdateOld]).await.unwrap_err();
    assert_eq!(error.exit().code(), 4, "{error}");
    desk.apply(&summary, &ALL).await.unwrap();
    assert_eq!(
        desk.target("SELECT name FROM item ORDER BY id"),
        "dev\nprod"
    );
}

#[tokio::test]
async fn structures_are_compared_even_of_empty_tables() {
    for (ours, theirs) in [
        ("id int PRIMARY KEY, a text", "id int PRIMARY KEY, a int"),
        (
            "id int PRIMARY KEY, a text NOT NULL",
            "id int PRIMARY KEY, a text",
        ),
        (
            "id int PRIMARY KEY, a varchar(10)",
            "id int PRIMARY KEY, a varchar(20)",
        ),
        (
            "id int PRIMARY KEY, a int",
            "id int PRIMARY KEY, a int GENERATED ALWAYS AS (1) STORED",
        ),
        (
            "id int PRIMARY KEY, a int, b int",
            "id int PRIMARY KEY, a int",
        ),
        ("id int PRIMARY KEY, a int", "id int, a int PRIMARY KEY"),
        ("id text PRIMARY KEY", "id text COLLATE \"C\" PRIMARY KEY"),
    ] {
        let mut desk = Desk::of(OneServer::start(), "");
        desk.source(&format!("CREATE TABLE item ({ours})"));
        desk.target(&format!("CREATE TABLE item ({theirs})"));
        let summary = desk.diff().await;
        assert_eq!(summary.blocked(), 1, "{ours} | {theirs}");
    }
}

#[tokio::test]
async fn production_that_changed_since_it_was_seen_is_not_overwritten() {
    let mut desk = Desk::of(OneServer::start(), ITEM);
    desk.both("INSERT INTO item VALUES (1, 'a', '2026-01-01'), (2, 'a', '2026-01-01')");
    desk.source("UPDATE item SET name = 'dev', updated_at = '2026-02-01'");
    let summary = desk.diff().await;
    desk.target("UPDATE item SET name = 'prod' WHERE id = 2");
    let error = desk.apply(&summary, &ALL).await.unwrap_err();
    assert!(error.is_stale(), "{error}");
    assert_eq!(error.exit().code(), 4);
    assert!(error.to_string().contains("the key 2"), "{error}");
    assert_eq!(desk.target("SELECT name FROM item ORDER BY id"), "a\nprod");
}

#[tokio::test]
async fn sequences_are_moved_behind_what_was_inserted() {
    let mut desk = Desk::of(
        OneServer::start(),
        "CREATE TABLE item (id serial PRIMARY KEY, name text); CREATE TABLE tag (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text)",
    );
    desk.source("INSERT INTO item (name) SELECT 'x' FROM generate_series(1, 5); INSERT INTO tag (name) SELECT 'x' FROM generate_series(1, 7)");
    let summary = desk.diff().await;
    desk.apply(&summary, &ALL).await.unwrap();
    assert_eq!(
        desk.target("INSERT INTO item (name) VALUES ('y') RETURNING id"),
        "6"
    );
    assert_eq!(
        desk.target("INSERT INTO tag (name) VALUES ('y') RETURNING id"),
        "8"
    );
}

#[tokio::test]
async fn a_trigger_that_changes_what_is_written_is_found_before_anything_lasts() {
    let mut desk = Desk::of(OneServer::start(), ITEM);
    desk.both("INSERT INTO item VALUES (1, 'a', '2026-01-01'), (2, 'a', '2026-01-01')");
    desk.target(
        "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at = now(); RETURN NEW; END $$;
         CREATE TRIGGER touch BEFORE UPDATE ON item FOR EACH ROW EXECUTE FUNCTION touch()",
    );
    desk.source("UPDATE item SET name = 'dev', updated_at = '2026-02-01' WHERE id = 1");
    let summary = desk.diff().await;
    let error = desk.apply(&summary, &ALL).await.unwrap_err();
    assert_eq!(error.exit().code(), 4, "{error}");
    assert!(error.to_string().contains("touch BEFORE UPDATE"), "{error}");
    assert_eq!(desk.target("SELECT name FROM item ORDER BY id"), "a\na");
}
