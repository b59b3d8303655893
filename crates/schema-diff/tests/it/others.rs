//! What no statements are written for is refused by its name.

use schema_diff::Request;

use crate::place::{prove_all, refusal, servers};

const BASE: &str = "CREATE TABLE t (a int, r int4range); CREATE VIEW v AS SELECT a FROM t;
    CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';";

/// What is new, and what the refusal calls it.
const OBJECTS: &[(&str, &str)] = &[
    (
        "CREATE DOMAIN d AS int CHECK (VALUE > 0)",
        "domain public.d",
    ),
    (
        "CREATE TYPE pair AS (a int, b int)",
        "composite type public.pair",
    ),
    (
        "CREATE TYPE span AS RANGE (subtype = float8)",
        "range type public.span",
    ),
    (
        "CREATE MATERIALIZED VIEW m AS SELECT a FROM t",
        "materialized view public.m",
    ),
    (
        "CREATE TABLE parted (a int) PARTITION BY RANGE (a)",
        "partitioned table public.parted",
    ),
    (
        "CREATE TABLE child () INHERITS (t)",
        "inherited table public.child",
    ),
    (
        "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
        "row level security public.t",
    ),
    ("CREATE POLICY p ON t USING (a > 0)", "policy p on public.t"),
    (
        "CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING",
        "rule r on public.t",
    ),
    (
        "CREATE TRIGGER on_view INSTEAD OF INSERT ON v FOR EACH ROW EXECUTE FUNCTION f()",
        "trigger on view on_view on public.v",
    ),
    (
        "CREATE AGGREGATE total (int) (SFUNC = int4pl, STYPE = int)",
        "aggregate public.total(integer)",
    ),
    (
        "CREATE STATISTICS st ON a, r FROM t",
        "statistics public.st",
    ),
    ("CREATE COLLATION c FROM \"C\"", "collation public.c"),
    (
        "ALTER TABLE t ALTER a SET STATISTICS 7",
        "storage of column public.t.a",
    ),
];

#[tokio::test]
async fn each_other_kind_is_refused_by_name_when_it_comes_and_when_it_goes() {
    let servers = servers();
    for (object, name) in OBJECTS {
        for (from, to, how) in [
            (BASE.to_owned(), format!("{BASE} {object}"), "is new"),
            (format!("{BASE} {object}"), BASE.to_owned(), "is gone"),
        ] {
            let refused = refusal(&servers[0], &from, &to, &Request::default()).await;
            assert!(
                refused
                    .unsupported
                    .iter()
                    .any(|one| one.object == *name && one.why.contains(how)),
                "{name}: {refused}"
            );
        }
    }
}

#[tokio::test]
async fn other_kinds_may_stand_beside_changes() {
    let servers = servers();
    let objects: Vec<_> = OBJECTS
        .iter()
        .filter(|(object, _)| !object.contains("INHERITS"))
        .map(|(object, _)| *object)
        .collect();
    let both = format!("{BASE} {}", objects.join(";"));
    prove_all(
        &servers,
        &both,
        &format!("{both}; ALTER TABLE t ADD b text; CREATE TABLE u (a int)"),
    )
    .await;
}

#[tokio::test]
async fn a_view_is_not_made_anew_when_something_that_would_be_lost_hangs_on_it() {
    let servers = servers();
    let schema = |query: &str| {
        format!(
            "CREATE TABLE t (a int, b int); CREATE VIEW v AS {query};
            CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
            CREATE TRIGGER g INSTEAD OF INSERT ON v FOR EACH ROW EXECUTE FUNCTION f();"
        )
    };
    let (from, to) = (schema("SELECT a, b FROM t"), schema("SELECT b FROM t"));
    let refused = refusal(&servers[0], &from, &to, &Request::default())
        .await
        .to_string();
    assert!(
        refused.contains("trigger on view g on public.v"),
        "{refused}"
    );
}

#[tokio::test]
async fn a_column_can_not_get_a_type_that_its_values_are_not_cast_to() {
    let servers = servers();
    for (before, after) in [("int", "uuid"), ("boolean", "bigint"), ("date", "jsonb")] {
        let table = |data_type: &str| format!("CREATE TABLE t (a {data_type})");
        let refused = refusal(
            &servers[0],
            &table(before),
            &table(after),
            &Request::default(),
        )
        .await;
        assert_eq!(
            refused.unsupported[0].object, "column public.t.a",
            "{refused}"
        );
    }
}
