//! Types of named values.

use schema_diff::Request;

use crate::place::{prove, prove_all, read, servers, session, written};

/// A schema that uses the type everywhere.
fn everywhere(values: &str) -> String {
    format!(
        "CREATE TYPE status AS ENUM ({values});
        COMMENT ON TYPE status IS 'how far it is';
        CREATE TABLE t (id int PRIMARY KEY, st status NOT NULL DEFAULT 'a', list status[] DEFAULT '{{a,b}}',
            is_a boolean GENERATED ALWAYS AS (st = 'a'::status) STORED, CHECK (st <> 'b' OR id > 0), UNIQUE (st, id));
        CREATE TABLE named (st status PRIMARY KEY);
        ALTER TABLE t ADD FOREIGN KEY (st) REFERENCES named (st);
        CREATE INDEX t_b ON t (id) WHERE st = 'b';
        CREATE INDEX t_st ON t (st);
        CREATE VIEW v AS SELECT id, st FROM t WHERE st = 'a';
        CREATE VIEW w AS SELECT st FROM v;
        CREATE FUNCTION next(status) RETURNS status LANGUAGE sql IMMUTABLE AS 'SELECT $1';
        CREATE INDEX t_next ON t (next(st));
        CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE TRIGGER t_touch BEFORE UPDATE OF st ON t FOR EACH ROW WHEN (NEW.st = 'a') EXECUTE FUNCTION touch();"
    )
}

#[tokio::test]
async fn a_value_comes_into_the_middle_and_goes_again_around_all_that_uses_the_type() {
    let servers = servers();
    let script = prove_all(
        &servers,
        &everywhere("'a', 'b'"),
        &everywhere("'first', 'a', 'mid', 'b', 'it''s'"),
    )
    .await;
    for addition in [
        "ADD VALUE 'first' BEFORE 'a'",
        "ADD VALUE 'mid' AFTER 'a'",
        "ADD VALUE 'it''s';",
    ] {
        assert!(script.contains(addition), "{script}");
    }
}

#[tokio::test]
async fn values_in_another_order_make_the_type_anew() {
    prove_all(
        &servers(),
        &everywhere("'a', 'b', 'c'"),
        &everywhere("'c', 'b', 'a'"),
    )
    .await;
}

#[tokio::test]
async fn a_value_that_is_used_at_once_is_added_by_a_migration_of_its_own() {
    let servers = servers();
    let schema = |values: &str, value: &str| {
        format!(
            "CREATE TYPE status AS ENUM ({values});
            CREATE TABLE t (st status DEFAULT '{value}', CHECK (st <> '{value}'));
            CREATE INDEX i ON t (st) WHERE st = '{value}';
            CREATE VIEW v AS SELECT st FROM t WHERE st = '{value}';"
        )
    };
    let (from, to) = (schema("'a', 'b'", "a"), schema("'a', 'n', 'b'", "n"));
    let script = prove(&servers[0], &from, &to, &Request::default()).await;
    assert_eq!(
        script.parts[0].suffix.as_deref(),
        Some("values"),
        "{}",
        written(&script)
    );
    assert_eq!(script.parts[0].steps.len(), 1);
    prove_all(&servers, &from, &to).await;
}

#[tokio::test]
async fn types_come_and_go_with_what_uses_them() {
    let servers = servers();
    let none = "CREATE TABLE t (a text DEFAULT 'x')";
    let some = "CREATE TYPE e AS ENUM ('x', 'y'); CREATE TABLE t (a e DEFAULT 'x'); CREATE TABLE u (b e[])";
    prove_all(&servers, none, some).await;
    let other = "CREATE TYPE o AS ENUM ('x', 'z', 'y'); CREATE TABLE t (a o DEFAULT 'x'); CREATE TABLE u (b o[])";
    prove_all(&servers, some, other).await;
}

#[tokio::test]
async fn rows_keep_their_values_on_both_ways() {
    let servers = servers();
    let server = &servers[0];
    let from = session(server, &everywhere("'a', 'b'")).await;
    from.batch_execute(
        "INSERT INTO named VALUES ('a'), ('b'); INSERT INTO t VALUES (1, 'b', '{b,a}')",
    )
    .await
    .unwrap();
    let to = session(server, &everywhere("'a', 'n', 'b'")).await;
    let script =
        schema_diff::diff(&read(&from).await, &read(&to).await, &Request::default()).unwrap();
    let [part] = script.parts.as_slice() else {
        panic!("{}", written(&script))
    };
    let all = |statements: Vec<String>| format!("BEGIN; {}; COMMIT", statements.join(";"));
    let up = part.steps.iter().flat_map(|step| step.up.clone()).collect();
    from.batch_execute(&all(up)).await.unwrap();
    let down = part
        .steps
        .iter()
        .rev()
        .flat_map(|step| step.down.clone())
        .collect();
    from.batch_execute(&all(down)).await.unwrap();
    let row = from
        .query_one("SELECT format('%s %s %s', st, list, is_a) FROM t", &[])
        .await
        .unwrap();
    assert_eq!(row.get::<_, String>(0), "b {b,a} f");
}
