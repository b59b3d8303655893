//! Tables, schemas, sequences, extensions, comments.

use schema_diff::Request;

use crate::place::{prove, prove_all, prove_changes, servers};

const CHANGES: &[(&str, &str)] = &[
    ("", "CREATE TABLE t (a int)"),
    ("", "CREATE UNLOGGED TABLE t (a int) WITH (fillfactor = 50)"),
    ("CREATE TABLE t (a int) WITH (fillfactor = 50, autovacuum_enabled = off)", "CREATE TABLE t (a int) WITH (fillfactor = 60)"),
    ("CREATE TABLE t (a int)", "CREATE UNLOGGED TABLE t (a int)"),
    ("", "CREATE TABLE a (id int PRIMARY KEY, b int); CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a); ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b"),
    ("CREATE TABLE a (id int PRIMARY KEY, b int); CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a); ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b",
        "CREATE TABLE a (id int PRIMARY KEY, b int)"),
    ("", "CREATE TABLE z (id int PRIMARY KEY, up int REFERENCES z); CREATE TABLE a (z int REFERENCES z)"),
    ("CREATE TABLE z (id int, k int UNIQUE); CREATE TABLE a (z int REFERENCES z (k))", "CREATE TABLE z (id int, k int)"),
    ("", "CREATE SCHEMA shop; COMMENT ON SCHEMA shop IS 'all'; CREATE TYPE shop.e AS ENUM ('a'); CREATE TABLE shop.t (e shop.e DEFAULT 'a', s bigserial);
        CREATE FUNCTION shop.f() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE VIEW shop.v AS SELECT shop.f()"),
    ("CREATE SCHEMA \"My shop\"; CREATE TABLE \"My shop\".\"T t\" (\"A a\" serial PRIMARY KEY); CREATE INDEX \"I i\" ON \"My shop\".\"T t\" (\"A a\")", "CREATE TABLE u (a int)"),
    ("", "CREATE SEQUENCE s AS int START 5 INCREMENT 2 MINVALUE 1 MAXVALUE 100 CACHE 10 CYCLE; COMMENT ON SEQUENCE s IS 'numbers'"),
    ("CREATE SEQUENCE s", "CREATE SEQUENCE s AS smallint INCREMENT -1"),
    ("", "CREATE SEQUENCE s INCREMENT -1; CREATE TABLE t (a int GENERATED ALWAYS AS IDENTITY (INCREMENT -1))"),
    ("CREATE SEQUENCE s MINVALUE 1", "CREATE SEQUENCE s MINVALUE 1000 START 2000"),
    ("CREATE SEQUENCE s; CREATE TABLE t (a bigint)", "CREATE TABLE t (a bigint); CREATE SEQUENCE s OWNED BY t.a"),
    ("CREATE TABLE t (a bigserial, b int)", "CREATE SEQUENCE t_a_seq; CREATE TABLE t (b int)"),
    ("CREATE TABLE t (a bigserial); CREATE TABLE u (a bigint DEFAULT nextval('t_a_seq'))", "CREATE TABLE u (a bigint)"),
    ("CREATE TABLE t (a int PRIMARY KEY); COMMENT ON TABLE t IS 'one'; COMMENT ON COLUMN t.a IS 'x'; COMMENT ON CONSTRAINT t_pkey ON t IS 'k'",
        "CREATE TABLE t (a int PRIMARY KEY); COMMENT ON TABLE t IS 'it''s \\ \"two\"'; COMMENT ON INDEX t_pkey IS NULL"),
    ("CREATE TABLE x (a int); CREATE INDEX taken ON x (a)", "CREATE TABLE taken (b text)"),
];

#[tokio::test]
async fn every_change_of_a_table_or_schema_goes_there_and_back() {
    prove_changes("", CHANGES).await;
}

#[tokio::test]
async fn equal_schemas_need_nothing_however_they_were_made() {
    let servers = servers();
    let one =
        "CREATE TABLE t (a int, b text NOT NULL, CHECK (a > 0)); CREATE SEQUENCE s OWNED BY t.a";
    let other = "CREATE SEQUENCE s; CREATE TABLE t (b text); ALTER TABLE t ADD a int CHECK (a>0), ALTER b SET NOT NULL; ALTER SEQUENCE s OWNED BY t.a";
    let script = prove_all(&servers, one, other).await;
    assert_eq!(script, "");
}

#[tokio::test]
async fn an_extension_comes_before_what_rests_on_it_and_goes_after() {
    // The newer server has none.
    let [server, _] = servers();
    let some = "CREATE EXTENSION pgcrypto; CREATE TABLE t (a text DEFAULT crypt('a', 'b'))";
    prove(&server, "", some, &Request::default()).await;
    prove(&server, some, "", &Request::default()).await;
}
