//! Files as they come from other editors, tools and branches.

use crate::stage::Stage;

const BODY: &str = "\u{feff}CREATE TABLE a (id int);\r\n\
    CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $body$\r\n\
    BEGIN\r\n  NEW.id := coalesce(NEW.id, 1); -- a ; in a comment\r\n  RETURN NEW;\r\nEND\r\n$body$;\r\n\
    CREATE TRIGGER touch BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION touch()";

#[test]
fn a_byte_order_mark_windows_line_ends_bodies_and_no_final_newline_are_fine() {
    let stage = Stage::with(&[
        ("1_a.up.sql", BODY),
        ("2_empty.up.sql", ""),
        ("3_comment.up.sql", "-- nothing yet\n"),
    ]);
    stage
        .run(&["up"])
        .with_code(0)
        .says("3 migrations applied; current version is 3");
    stage.sql("INSERT INTO a VALUES (NULL)");
    assert_eq!(stage.sql("SELECT id FROM a"), "1");
}

#[test]
fn what_is_no_sql_is_refused_before_anything_is_run() {
    for (text, words) in [
        (
            "SELECT 1;\n\\i other.sql\n",
            "line 2: `\\i` is a command of psql",
        ),
        ("COPY a FROM stdin;\n1\n\\.\n", "line 1: COPY"),
        ("SELECT 'open;\n", "line 1"),
        (
            "BEGIN;\nCREATE TABLE b ();\nCOMMIT;\nCREATE TABLE c ();\n",
            "line 1: `BEGIN`",
        ),
        ("SELECT 1;\n\0", "line 2 (byte 10) holds a NUL"),
    ] {
        let stage = Stage::with(&[("1_a.up.sql", "CREATE TABLE a ();"), ("2_b.up.sql", text)]);
        stage
            .run(&["up"])
            .with_code(4)
            .says("2_b.up.sql")
            .says(words);
        assert_eq!(stage.sql("SELECT to_regclass('a')"), "NULL", "{text}");
    }
}

#[test]
fn a_transaction_around_the_whole_file_is_the_files_own() {
    let stage = Stage::with(&[("1_a.up.sql", "BEGIN;\nCREATE TABLE a ();\nCOMMIT;\n")]);
    stage.run(&["up"]).with_code(0);
    assert_eq!(stage.version(), "1|f");
}

#[test]
fn two_files_of_one_version_are_refused() {
    let stage = Stage::with(&[
        ("1_a.up.sql", "CREATE TABLE a ();"),
        ("01_b.up.sql", "CREATE TABLE b ();"),
    ]);
    let words = "01_b.up.sql and 1_a.up.sql are both the up file of version 1";
    stage.run(&["up"]).with_code(4).says(words);
    stage.run(&["hash", "--check"]).with_code(4).says(words);
}

#[test]
fn a_missing_file_is_an_error_and_a_renamed_one_is_told() {
    let stage = Stage::with(&[
        ("1_a.up.sql", "CREATE TABLE a ();"),
        ("2_b.up.sql", "CREATE TABLE b ();"),
    ]);
    stage.run(&["up"]).with_code(0);
    stage.remove("1_a.up.sql");
    stage
        .run(&["up"])
        .with_code(4)
        .says("version 1 was applied, and the folder has no file of that");
    stage.file("1_renamed.up.sql", "CREATE TABLE a ();");
    stage
        .run(&["status"])
        .with_code(0)
        .says("renamed      1 was called a");
    stage.run(&["up"]).with_code(0);
    stage.remove("1_renamed.up.sql");
    stage.run(&["repair", "--accept", "1"]).with_code(0);
    stage.run(&["up"]).with_code(0);
}

#[test]
fn a_file_that_seems_to_be_meant_as_a_migration_is_warned_of() {
    let stage = Stage::with(&[
        ("1_a.up.sql", "CREATE TABLE a ();"),
        ("V2__b.sql", "CREATE TABLE b ();"),
    ]);
    let ended = stage.run_in_job(&["up"], "run-1", 0).with_code(0);
    let warnings = ended.messages("WARNING");
    assert_eq!(
        warnings,
        ["passed over a file that is no migration by its name"]
    );
    let log = ended.log();
    let warning = log
        .iter()
        .find(|line| line["severity"] == "WARNING")
        .unwrap();
    assert_eq!(
        (&warning["file"], &warning["rename_to"]),
        (&"V2__b.sql".into(), &"2_b.up.sql".into())
    );
}
