//! What editors and dumps leave in files.

use function_core::Exit;
use migration_run::RunError;

use crate::place::{Place, words};

#[tokio::test]
async fn marks_line_ends_and_bodies_are_what_the_server_takes_them_for() {
    let place = Place::new(&[
        (
            "1_mark.up.sql",
            "\u{feff}CREATE TABLE a (id int);\r\nINSERT INTO a\r\nVALUES (1);\r\n",
        ),
        (
            "2_body.up.sql",
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n  NEW.id := 7; -- a; b\n  RETURN NEW;\nEND;\n$$;\n\
             CREATE TRIGGER g BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION f();\nINSERT INTO a VALUES (2)",
        ),
        (
            "3_comment.up.sql",
            "INSERT INTO a VALUES (3) -- no line end",
        ),
        ("4_nothing.up.sql", "-- nothing\n"),
        ("5_empty.up.sql", ""),
        (
            "6_enclosed.up.sql",
            "BEGIN;\nINSERT INTO a VALUES (4);\nCOMMIT;\n",
        ),
    ]);
    place.up().await.unwrap();
    assert_eq!(
        (place.stored(), place.query("SELECT id FROM a")),
        ("6|f".to_owned(), "1\n7\n7\n7".to_owned())
    );
}

#[tokio::test]
async fn what_only_psql_knows_is_refused_before_anything_runs() {
    // Holds the server for all of them.
    let first = Place::new(&[]);
    for (text, expected) in [
        (
            "CREATE TABLE b (id int);\n\\i other.sql\n",
            "line 2: `\\i` is a command of psql",
        ),
        (
            "COPY a FROM STDIN;\n1\n\\.\n",
            "line 1: COPY … FROM STDIN needs a client",
        ),
        (
            "SELECT $$ no end",
            "line 1: a body quoted by $$ begins here",
        ),
        (
            "CREATE TABLE b (id int);\nCOMMIT;\nSELECT 1;",
            "line 2: `COMMIT` in a file that is one transaction already",
        ),
    ] {
        let place = Place::on(
            first.server.clone(),
            &[
                ("1_a.up.sql", "CREATE TABLE a (id int);"),
                ("2_b.up.sql", text),
            ],
        );
        let error = place.up().await.unwrap_err();
        assert!(matches!(error, RunError::Sql { .. }), "{error}");
        assert_eq!(error.exit(), Exit::Refused);
        assert!(words(&error).contains(expected), "{}", words(&error));
        assert_eq!(place.tables(), "");
    }
}

#[tokio::test]
async fn a_file_in_another_encoding_is_refused() {
    let place = Place::new(&[]);
    std::fs::write(place.path().join("1_a.up.sql"), b"SELECT '\x83\x6a';").unwrap();
    let error = place.up().await.unwrap_err();
    assert!(matches!(error, RunError::Text(_)), "{error}");
}
