//! What is refused, and that nothing is written then.

use std::fs;

use super::desk::Desk;

#[test]
fn hidden_files_declare_nothing() {
    let desk = Desk::new();
    desk.declare("CREATE TABLE t (a int);");
    desk.declare_file(".hidden.sql", "CREATE TABLE t (a int);");
    desk.write(&["init"]).with_code(0);
}

#[test]
fn what_can_not_be_written_is_named_and_nothing_is() {
    let desk = Desk::new();
    desk.declare("CREATE TABLE item (id int)")
        .write(&["init"])
        .with_code(0);
    let before = desk.files();
    for (sql, name) in [
        ("CREATE DOMAIN positive AS int CHECK (VALUE > 0)", "domain"),
        (
            "CREATE MATERIALIZED VIEW totals AS SELECT count(*) FROM item",
            "public.totals",
        ),
        (
            "ALTER TABLE item ENABLE ROW LEVEL SECURITY",
            "row level security",
        ),
        (
            "CREATE POLICY mine ON item USING (id > 1)",
            "mine on public.item",
        ),
        (
            "CREATE RULE quiet AS ON DELETE TO item DO INSTEAD NOTHING",
            "rule",
        ),
        ("GRANT SELECT ON item TO PUBLIC", "privileges"),
        (
            "CREATE TABLE parted (id int) PARTITION BY HASH (id)",
            "public.parted",
        ),
        ("ALTER TABLE item REPLICA IDENTITY FULL", "replica identity"),
        (
            "CREATE AGGREGATE total (int) (sfunc = int4pl, stype = int)",
            "aggregate",
        ),
        (
            "CREATE EXTENSION pg_trgm VERSION '1.5'",
            "version of extension pg_trgm",
        ),
        (
            "COMMENT ON EXTENSION plpgsql IS 'mine'",
            "comment on extension plpgsql",
        ),
        (
            "CREATE TABLE numbered (id int GENERATED ALWAYS AS IDENTITY); GRANT USAGE ON SEQUENCE numbered_id_seq TO PUBLIC",
            "privileges on sequence public.numbered_id_seq",
        ),
    ] {
        desk.declare(&format!("CREATE TABLE item (id int); {sql}"));
        desk.write(&["change"])
            .with_code(4)
            .says(name)
            .says("nothing was written");
        assert_eq!(desk.files(), before, "{sql}");
    }
    assert_eq!(desk.left_behind(), "0");
}

#[test]
fn what_would_stay_at_the_throw_away_server_is_refused_and_rows_are_noted() {
    let desk = Desk::new();
    desk.declare("CREATE TABLE item (id int);\nCREATE ROLE app PASSWORD 'hidden';\n")
        .write(&["init"])
        .with_code(4)
        .says("schema.sql line 2")
        .says("CREATE ROLE")
        .says_not("hidden");
    assert_eq!(desk.files(), []);
    let roles = desk
        .stage
        .sql("SELECT count(*) FROM pg_roles WHERE rolname = 'app'");
    assert_eq!(roles, "0");
    desk.declare("CREATE TABLE item (id int);\nINSERT INTO item VALUES (1);\n");
    for title in ["init", "again"] {
        desk.write(&[title])
            .with_code(0)
            .says("schema.sql line 2: what this INSERT does is in no migration");
    }
}

#[test]
fn a_wrong_statement_is_told_with_file_and_line_on_either_side() {
    let desk = Desk::new();
    desk.declare("CREATE TABLE item (id int);\n\nCREATE TABLE\n  item (id int);\n");
    desk.write(&["init"])
        .with_code(1)
        .says("schema/schema.sql line 3")
        .says("already exists");
    desk.declare("CREATE TABLE 会社 (id int);\n\nCREATE TABLE\n  other (id nothing);\n");
    desk.write(&["init"])
        .with_code(1)
        .says("schema.sql line 4")
        .says("nothing");
    desk.declare("CREATE TABLE item (id int)");
    desk.stage.file(
        "1_one.up.sql",
        "CREATE TABLE one (id int);\nCREATE TABLE two (id int);\n",
    );
    desk.stage
        .file("2_two.up.sql", "ALTER TABLE three ADD a int;\n");
    desk.write(&["change"])
        .with_code(1)
        .says("2_two.up.sql line 1 (`ALTER TABLE three ADD a int`)")
        .says("does not exist");
    assert_eq!(desk.left_behind(), "0");
}

#[test]
fn commands_of_psql_are_refused_by_their_line() {
    let desk = Desk::new();
    desk.declare("CREATE TABLE item (id int);\n\\restrict abc\n");
    desk.write(&["init"])
        .says("schema.sql can't be run")
        .says("line 2")
        .says("\\restrict");
}

#[test]
fn an_empty_or_missing_declared_folder_is_told() {
    let desk = Desk::new();
    desk.write(&["init"]).with_code(2).says("SCHEMA_DIR");
    desk.declare_file("notes.txt", "");
    desk.write(&["init"])
        .with_code(2)
        .says("holds no *.sql file")
        .says("SCHEMA_DIR");
}

#[test]
fn an_atlas_sum_that_does_not_belong_to_the_folder_is_refused() {
    let desk = Desk::new();
    desk.declare("CREATE TABLE item (id int)")
        .write(&["init"])
        .with_code(0);
    let (name, _) = desk
        .files()
        .into_iter()
        .find(|(name, _)| name.ends_with(".up.sql"))
        .unwrap();
    fs::write(
        desk.stage.migrations().join(&name),
        "CREATE TABLE other (id int);\n",
    )
    .unwrap();
    desk.declare("CREATE TABLE item (id int, a int)");
    desk.write(&["change"])
        .with_code(4)
        .says("atlas.sum")
        .says(&name);
}

#[test]
fn a_title_that_is_none_is_refused_before_any_server_is_asked() {
    let desk = Desk::new();
    desk.write(&["Add Address"])
        .with_code(2)
        .says("add_address");
}
