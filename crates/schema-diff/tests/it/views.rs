//! Views.

use crate::place::{prove_all, prove_changes, servers};

const TABLE: &str = "CREATE TABLE t (a int, b text, c int);";

/// The views there are, and those that are to be.
const CHANGES: &[(&str, &str)] = &[
    (
        "",
        "CREATE VIEW v WITH (security_barrier) AS SELECT a FROM t; COMMENT ON VIEW v IS 'v'; COMMENT ON COLUMN v.a IS 'a'",
    ),
    (
        "CREATE VIEW v AS SELECT a FROM t",
        "CREATE VIEW v AS SELECT a FROM t WHERE c > 0",
    ),
    (
        "CREATE VIEW v AS SELECT a FROM t; CREATE VIEW w AS SELECT a FROM v",
        "CREATE VIEW v AS SELECT a, b FROM t; CREATE VIEW w AS SELECT a FROM v",
    ),
    (
        "CREATE VIEW v AS SELECT a FROM t; CREATE VIEW w AS SELECT a FROM v",
        "CREATE VIEW v AS SELECT b, a FROM t; CREATE VIEW w AS SELECT a FROM v",
    ),
    (
        "CREATE VIEW v AS SELECT a FROM t; CREATE VIEW w AS SELECT a FROM v",
        "CREATE VIEW v AS SELECT a::bigint FROM t; CREATE VIEW w AS SELECT a FROM v",
    ),
    ("CREATE VIEW v AS SELECT a FROM t", "CREATE TABLE v (a int)"),
    (
        "CREATE VIEW v WITH (check_option = local) AS SELECT a FROM t WHERE a > 0",
        "CREATE VIEW v WITH (security_invoker) AS SELECT a FROM t WHERE a > 0",
    ),
    (
        "",
        "CREATE VIEW z AS SELECT 1 AS one; CREATE VIEW a AS SELECT one FROM z; CREATE VIEW m AS SELECT a.one FROM a, z",
    ),
    (
        "CREATE VIEW \"V v\" AS SELECT a AS \"A a\" FROM t",
        "CREATE VIEW \"V v\" AS SELECT a AS \"A a\", b FROM t; COMMENT ON COLUMN \"V v\".\"A a\" IS 'ä'",
    ),
    (
        "CREATE VIEW v AS SELECT a FROM t; CREATE FUNCTION f(v) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE VIEW v AS SELECT c AS a, b FROM t; CREATE FUNCTION f(v) RETURNS int LANGUAGE sql AS 'SELECT 1'",
    ),
];

#[tokio::test]
async fn every_change_of_a_view_goes_there_and_back() {
    prove_changes(TABLE, CHANGES).await;
}

#[tokio::test]
async fn a_view_stays_in_its_place_where_it_only_grows() {
    let servers = servers();
    let from =
        format!("{TABLE} CREATE VIEW v AS SELECT a FROM t; CREATE VIEW w AS SELECT a FROM v");
    let to =
        format!("{TABLE} CREATE VIEW v AS SELECT a, b FROM t; CREATE VIEW w AS SELECT a FROM v");
    let script = prove_all(&servers, &from, &to).await;
    let (up, _) = script.split_once("-- reverse").unwrap();
    assert!(
        up.contains("CREATE OR REPLACE VIEW") && !up.contains("DROP"),
        "{script}"
    );
}
