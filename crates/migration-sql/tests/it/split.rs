//! Where statements end.

use migration_sql::{Position, SqlError, Unfinished, split};
use proptest::prelude::*;

fn texts(text: &str) -> Vec<&str> {
    split(text)
        .unwrap()
        .iter()
        .map(|statement| statement.text)
        .collect()
}

#[test]
fn a_semicolon_within_quotes_or_comments_ends_nothing() {
    for whole in [
        "SELECT 'a;b'",
        "SELECT 'it''s;' , \"a;\"\"b\"",
        "SELECT E'\\';' , e'\\\\'",
        "SELECT E'a'\n -- so it goes on\n  '\\';'",
        "SELECT U&'d\\0061;' , U&\"a;\"",
        "SELECT N';', B'01' , X'1F'",
        "SELECT $$ ; $a$ ; $$ , $a$ ; $$ ; $a$",
        "SELECT $é$ ; $é$",
        "SELECT 1 /* ; /* ; */ ; */ + 2",
        "SELECT 1 -- ; '\n + 2",
        "SELECT a$b$c FROM d",
        "SELECT 1$$ ; $$",
    ] {
        assert_eq!(texts(&format!("{whole};\n")), [whole]);
    }
}

#[test]
fn a_body_of_plpgsql_is_one_statement() {
    let function = "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $body$\nBEGIN\n  NEW.at := now();\n  RETURN NEW;\nEND;\n$body$";
    let text = format!("{function};\nSELECT 1;");
    assert_eq!(texts(&text), [function, "SELECT 1"]);
}

#[test]
fn an_atomic_body_ends_at_its_own_end() {
    for whole in [
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 2 END; END",
        "CREATE OR REPLACE PROCEDURE p() LANGUAGE sql BEGIN ATOMIC END",
        "create function f() returns int begin atomic select 1 as end; select t.end from t; end",
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1 end; END",
    ] {
        assert_eq!(texts(&format!("{whole}; SELECT 2")), [whole, "SELECT 2"]);
    }
    assert_eq!(texts("BEGIN; SELECT 1; END;"), ["BEGIN", "SELECT 1", "END"]);
    assert_eq!(
        texts("CREATE TABLE begin (atomic int); END"),
        ["CREATE TABLE begin (atomic int)", "END"]
    );
}

#[test]
fn a_rule_keeps_its_two_actions() {
    let rule = "CREATE RULE r AS ON INSERT TO t DO ALSO (INSERT INTO u VALUES (1); INSERT INTO v VALUES (2);)";
    assert_eq!(texts(&format!("{rule};SELECT 1")), [rule, "SELECT 1"]);
}

#[test]
fn comments_and_empty_statements_are_no_statements() {
    assert_eq!(
        texts("-- nothing\n;;\n /* still nothing */ ; "),
        Vec::<&str>::new()
    );
    assert_eq!(texts(""), Vec::<&str>::new());
    assert_eq!(texts("\u{a0}"), ["\u{a0}"]);
}

#[test]
fn a_statement_knows_its_line_and_leaves_comments_around_it_out() {
    let text = "-- create \"companies\" table\r\nCREATE TABLE companies (id int); -- done\r\n\r\n  SELECT 1 -- one\r\n;";
    let statements = split(text).unwrap();
    let seen: Vec<_> = statements
        .iter()
        .map(|statement| (statement.line, statement.text))
        .collect();
    assert_eq!(
        seen,
        [(2, "CREATE TABLE companies (id int)"), (4, "SELECT 1")]
    );
}

#[test]
fn backslashes_escape_after_the_setting_that_makes_them() {
    let text = "SET standard_conforming_strings = off;\nSELECT '\\';';\nSET standard_conforming_strings TO on;\nSELECT '\\';SELECT 2";
    let last: Vec<_> = texts(text).split_off(1);
    assert_eq!(
        last,
        [
            "SELECT '\\';'",
            "SET standard_conforming_strings TO on",
            "SELECT '\\'",
            "SELECT 2"
        ]
    );
}

#[test]
fn commands_of_psql_are_refused_by_name_and_line() {
    let error = split("SELECT 1;\n\\connect other\n").unwrap_err();
    let expected = SqlError::MetaCommand {
        line: 2,
        command: "\\connect".to_owned(),
    };
    assert_eq!(error, expected);
    let error = split("SELECT 1 \\gset\n").unwrap_err();
    assert!(
        matches!(error, SqlError::MetaCommand { line: 1, .. }),
        "{error}"
    );
    let error = split("\n\nCOPY t (a, b) FROM stdin;\n1\t2\n\\.\n").unwrap_err();
    assert_eq!(
        error,
        SqlError::CopyToClient {
            line: 3,
            end: "FROM STDIN"
        }
    );
}

#[test]
fn what_does_not_end_is_named_with_the_line_of_its_beginning() {
    for (text, line, what) in [
        ("SELECT 1;\nSELECT 'a;\n", 2, Unfinished::String),
        ("SELECT E'\\'", 1, Unfinished::String),
        ("SELECT E'\\", 1, Unfinished::String),
        ("\n\nSELECT \"a", 3, Unfinished::Name),
        (
            "DO $do$ BEGIN END $$",
            1,
            Unfinished::Dollar("$do$".to_owned()),
        ),
        ("SELECT 1;\n/* a /* b */", 2, Unfinished::Comment),
        (
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC\nSELECT 1;",
            1,
            Unfinished::AtomicBody,
        ),
    ] {
        assert_eq!(
            split(text).unwrap_err(),
            SqlError::Unterminated { line, what },
            "{text}"
        );
    }
}

#[test]
fn the_place_of_a_servers_error_is_found_by_character() {
    let text = "-- ä\nSELECT 'ö', nothing";
    let number = text.chars().position(|character| character == 'n').unwrap() + 1;
    assert_eq!(
        Position::of_character(text, number),
        Position {
            line: 2,
            column: 13
        }
    );
    assert_eq!(Position::of_character(text, 1000).line, 2);
}

proptest! {
    /// The pieces, and what is between them, are the text, whatever it is.
    #[test]
    fn statements_and_gaps_are_the_text(text in "([a-zA-Z;'\"$/*() \\n-]|\\$\\$|--|/\\*|\\*/|E'|begin atomic|end|é){0,60}") {
        let Ok(statements) = split(&text) else { return Ok(()) };
        let mut joined = String::new();
        for statement in &statements {
            let gap = &text[joined.len()..statement.offset];
            prop_assert!(split(gap).unwrap().is_empty(), "{gap:?}");
            joined.push_str(gap);
            joined.push_str(statement.text);
            prop_assert_eq!(statement.line, 1 + text[..statement.offset].matches('\n').count());
        }
        let rest = &text[joined.len()..];
        prop_assert!(split(rest).unwrap().is_empty(), "{rest:?}");
        joined.push_str(rest);
        prop_assert_eq!(joined, text);
    }

    /// A statement split alone is itself.
    #[test]
    fn splitting_a_statement_changes_nothing(text in "([a-z;'$() \\n-]|\\$\\$|--|/\\*|\\*/){0,60}") {
        let Ok(statements) = split(&text) else { return Ok(()) };
        for statement in statements {
            let again = split(statement.text).unwrap();
            prop_assert_eq!(again.len(), 1);
            prop_assert_eq!(again[0].text, statement.text);
        }
    }
}
