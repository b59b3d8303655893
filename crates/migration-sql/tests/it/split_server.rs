//! The server is the judge: what it makes of the pieces is what psql makes of the file.

use std::io::Write as _;

use migration_sql::split;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use test_services::PostgresSetup;

use crate::place::{Place, connect};

const NASTY: &str = r#"-- everything that has a semicolon where none ends
CREATE TABLE log (id int GENERATED ALWAYS AS IDENTITY, what text, "odd;name" text DEFAULT ';');
CREATE TABLE "Mixed;Case" (a int, b int, CHECK (a > 0 /* ; */));
INSERT INTO log (what) VALUES ('it''s; fine'), (E'a\';b\\'), ($$x;y'$$), ($tag$ $$;$$ $tag$), (U&'d\0061;t'), (N'n;');
INSERT INTO log (what) SELECT E'one\';'
  -- goes on;
  ';two' /* ; /* nested ; */ ; */;
CREATE FUNCTION first_one() RETURNS int LANGUAGE sql BEGIN ATOMIC
  SELECT CASE WHEN count(*) > 0 THEN 1 ELSE 0 END FROM log;
  SELECT 1;
END;
CREATE PROCEDURE empty_one() LANGUAGE sql BEGIN ATOMIC END;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  NEW.what := NEW.what || ';'; -- "quoted; in a comment
  RETURN NEW;
END;
$body$;
CREATE TRIGGER touch BEFORE UPDATE ON log FOR EACH ROW EXECUTE FUNCTION touch();
CREATE RULE twice AS ON INSERT TO "Mixed;Case" DO ALSO
  (INSERT INTO log (what) VALUES ('rule;1'); INSERT INTO log (what) VALUES ('rule;2'));
INSERT INTO "Mixed;Case" VALUES (1, 2);
UPDATE log SET what = what WHERE id = 1;;;
DO $do$ DECLARE n int; BEGIN SELECT count(*) INTO n FROM log; INSERT INTO log (what) VALUES (n || ';'); END $do$;
COMMENT ON TABLE log IS 'a -- comment; /* in */ a string';
SELECT 1 AS begin; -- no body follows
CREATE VIEW ends AS SELECT what AS "end" FROM log WHERE what <> ';'
"#;

/// What both databases must agree on.
const STATE: &str = "SELECT string_agg(line, E'\n' ORDER BY line) FROM (
  SELECT id || ' ' || what || coalesce(\"odd;name\", '') AS line FROM log
  UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
  UNION ALL SELECT definition FROM pg_rules WHERE schemaname = 'public'
  UNION ALL SELECT definition FROM pg_views WHERE schemaname = 'public'
  UNION ALL SELECT obj_description('log'::regclass)
  UNION ALL SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace) AS lines";

#[tokio::test]
async fn statements_run_one_by_one_leave_what_psql_leaves() {
    let place = Place::start(PostgresSetup::new()).await;
    let server = &place.server;
    for (name, text) in [
        ("lf", NASTY.to_owned()),
        ("crlf", NASTY.replace('\n', "\r\n")),
    ] {
        let (psql, ours) = (format!("psql_{name}"), format!("ours_{name}"));
        server.create_database(&psql).unwrap();
        let file = server.folder().join(name);
        std::fs::File::create(&file)
            .unwrap()
            .write_all(text.as_bytes())
            .unwrap();
        server
            .query_in(&psql, &format!("\\i {}", file.display()))
            .unwrap();

        let client = connect(&server.create_database(&ours).unwrap()).await;
        for statement in split(&text).unwrap() {
            client.simple_query(statement.text).await.unwrap();
        }
        let expected = server.query_in(&psql, STATE).unwrap();
        assert!(
            expected.contains("rule;2") && expected.contains("BEGIN ATOMIC"),
            "{expected}"
        );
        assert_eq!(server.query_in(&ours, STATE).unwrap(), expected);
    }
}

/// psql reads line by line and forgets by the next line that backslashes escape; the server does not.
#[tokio::test]
async fn a_string_goes_on_over_lines_with_its_backslashes() {
    let place = Place::start(PostgresSetup::new()).await;
    let text = "SELECT E'one;' -- two;\n '\\';three'; SELECT 4";
    let statements = split(text).unwrap();
    let row = place
        .client
        .query_one(statements[0].text, &[])
        .await
        .unwrap();
    assert_eq!(row.get::<_, &str>(0), "one;';three");
    assert_eq!(statements[1].text, "SELECT 4");
}

/// psql takes a column that is called `end` for the end of the body; the server does not.
#[tokio::test]
async fn an_atomic_body_may_name_columns_end() {
    let place = Place::start(PostgresSetup::new()).await;
    let text = "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1 AS end; SELECT CASE WHEN true THEN 2 END end; END; SELECT f()";
    let statements = split(text).unwrap();
    place.client.simple_query(statements[0].text).await.unwrap();
    let row = place
        .client
        .query_one(statements[1].text, &[])
        .await
        .unwrap();
    assert_eq!(row.get::<_, i32>(0), 2);
}

/// A string in one of the spellings that SQL has for it, with blanks and comments around.
fn spelled() -> impl Strategy<Value = (String, String)> {
    let content = proptest::collection::vec(
        prop_oneof![
            Just("'"),
            Just("\""),
            Just(";"),
            Just("\\"),
            Just("$$"),
            Just("$a$"),
            Just("--"),
            Just("/*"),
            Just("*/"),
            Just("("),
            Just(")"),
            Just("\n"),
            Just("begin atomic"),
            Just("é"),
            Just("x"),
            Just("$"),
        ],
        0..8,
    );
    let gap = prop_oneof![
        Just(" "),
        Just("\n"),
        Just(" -- ; '\n"),
        Just(" /* ; ' /* \" */ */ ")
    ];
    (content, 0..4_usize, gap).prop_map(|(content, spelling, gap)| {
        let content = content.concat();
        let doubled = content.replace('\'', "''");
        let spelled = match spelling {
            0 => format!("'{doubled}'"),
            1 => format!("E'{}'", doubled.replace('\\', "\\\\")),
            2 => format!("e'{}'", content.replace('\\', "\\\\").replace('\'', "\\'")),
            _ => format!("$q7${content}$q7$"),
        };
        (content, format!("{gap}{spelled}{gap}"))
    })
}

#[tokio::test]
async fn the_server_reads_every_spelling_of_a_string_as_the_splitter_does() {
    let place = Place::start(PostgresSetup::new()).await;
    let client = &place.client;
    client
        .simple_query("CREATE TABLE log (id int GENERATED ALWAYS AS IDENTITY, what text)")
        .await
        .unwrap();
    let mut runner = TestRunner::deterministic();
    let cases = proptest::collection::vec(spelled(), 1..6);
    for _ in 0..150 {
        let case = cases.new_tree(&mut runner).unwrap().current();
        let inserts = case
            .iter()
            .map(|(_, spelled)| format!("INSERT INTO log (what) VALUES ({spelled});"));
        let text = inserts.collect::<Vec<_>>().concat();
        let statements = split(&text).unwrap();
        assert_eq!(statements.len(), case.len(), "{text}");
        for statement in statements {
            client.simple_query(statement.text).await.unwrap();
        }
        let rows = client
            .query("SELECT what FROM log ORDER BY id", &[])
            .await
            .unwrap();
        let stored: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        let meant: Vec<&str> = case.iter().map(|(content, _)| content.as_str()).collect();
        assert_eq!(stored, meant, "{text}");
        client.simple_query("TRUNCATE log").await.unwrap();
    }
}
