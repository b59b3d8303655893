//! Functions, procedures, triggers.

use crate::place::{prove_all, prove_changes, servers};

const TABLE: &str = "CREATE TABLE t (a int, b int);
    CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';";

/// What there is beside the table, and what is to be.
const CHANGES: &[(&str, &str)] = &[
    ("", "CREATE FUNCTION f(x int, y text DEFAULT 'z') RETURNS int LANGUAGE sql AS 'SELECT x'; COMMENT ON FUNCTION f IS 'one'"),
    ("CREATE FUNCTION f(x int) RETURNS int LANGUAGE sql AS 'SELECT x'", "CREATE FUNCTION f(x int) RETURNS int LANGUAGE sql STABLE AS 'SELECT x + 1'"),
    ("CREATE FUNCTION f(x int) RETURNS int LANGUAGE sql AS 'SELECT x'", "CREATE FUNCTION f(y int) RETURNS int LANGUAGE sql AS 'SELECT y'"),
    ("CREATE FUNCTION f(x int) RETURNS int LANGUAGE sql AS 'SELECT x'; CREATE VIEW v AS SELECT f(a) FROM t; COMMENT ON VIEW v IS 'v'",
        "CREATE FUNCTION f(x int) RETURNS bigint LANGUAGE sql AS 'SELECT x::bigint'; CREATE VIEW v AS SELECT f(a) FROM t; COMMENT ON VIEW v IS 'v'"),
    ("CREATE FUNCTION f(x int) RETURNS int LANGUAGE sql AS 'SELECT x'", "CREATE PROCEDURE f(x int) LANGUAGE sql AS 'SELECT x'; COMMENT ON PROCEDURE f IS 'p'"),
    ("CREATE FUNCTION f(x int) RETURNS int LANGUAGE sql AS 'SELECT x'", "CREATE FUNCTION f(x int, y int DEFAULT 1) RETURNS int LANGUAGE sql AS 'SELECT x'"),
    ("", "CREATE FUNCTION later() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE FUNCTION before() RETURNS int LANGUAGE sql AS 'SELECT later()'"),
    ("", "CREATE TABLE u (a int); CREATE FUNCTION of_u(OUT a int, OUT b int) LANGUAGE sql AS 'SELECT a, a FROM u';
        CREATE FUNCTION rows(u) RETURNS SETOF u LANGUAGE sql AS 'SELECT $1'"),
    ("", "CREATE FUNCTION f(x int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT x';
        CREATE TABLE u (a int DEFAULT f(1) CHECK (f(a) > 0), b int GENERATED ALWAYS AS (f(a)) STORED); CREATE INDEX i ON u (f(a))"),
    ("", "CREATE FUNCTION f(x int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT x';
        ALTER TABLE t ALTER a SET DEFAULT f(1), ADD CHECK (f(a) > 0); CREATE INDEX i ON t (f(a))"),
    ("", "CREATE FUNCTION atomic() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(a) FROM t; SELECT 2; END"),
    ("CREATE FUNCTION many(VARIADIC x int[]) RETURNS void LANGUAGE plpgsql AS $$ DECLARE r t%ROWTYPE; BEGIN END $$", ""),
    ("", "CREATE TRIGGER one BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION touch(); COMMENT ON TRIGGER one ON t IS 'first'"),
    ("CREATE TRIGGER one BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION touch()", "CREATE TRIGGER one AFTER UPDATE ON t EXECUTE FUNCTION touch()"),
    ("CREATE TRIGGER one BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION touch()",
        "CREATE TRIGGER one BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION touch(); ALTER TABLE t DISABLE TRIGGER one"),
    ("CREATE TRIGGER one BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION touch(); ALTER TABLE t ENABLE ALWAYS TRIGGER one",
        "CREATE CONSTRAINT TRIGGER two AFTER INSERT ON t DEFERRABLE FOR EACH ROW EXECUTE FUNCTION touch(); ALTER TABLE t ENABLE REPLICA TRIGGER two"),
];

#[tokio::test]
async fn every_change_of_a_function_or_trigger_goes_there_and_back() {
    prove_changes(TABLE, CHANGES).await;
}

#[tokio::test]
async fn bodies_are_looked_at_unless_they_name_what_is_not_there_yet() {
    let servers = servers();
    let plain = prove_all(
        &servers,
        "CREATE TABLE t (a int)",
        "CREATE TABLE t (a int); CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT a FROM t'",
    )
    .await;
    assert!(!plain.contains("check_function_bodies"), "{plain}");
    let early =
        "CREATE TABLE t (a int); CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT a FROM t';
        CREATE TABLE early (x int DEFAULT f()); CREATE TABLE t2 (x int DEFAULT f())";
    prove_all(&servers, "", early).await;
    let back = prove_all(
        &servers,
        "CREATE TABLE t (a int); CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT a FROM t'",
        "",
    )
    .await;
    assert!(back.contains("check_function_bodies = off"), "{back}");
}
