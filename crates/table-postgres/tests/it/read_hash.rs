//! What the row hash sees.

use std::fmt::Write as _;

use table_diff::HashMethod;
use test_services::{PostgresServer, PostgresSetup};

use crate::place::{marks, marks_of, reading, snapshot, structure};

const METHODS: [HashMethod; 3] = [HashMethod::Values, HashMethod::Text, HashMethod::Md5];

/// A column, two of its values, and whether [`HashMethod::Values`] sees that they are not the same.
type Pair<'a> = (&'a str, &'a str, &'a str, bool);

const PAIRS: &[Pair<'_>] = &[
    ("text", "'a'", "'A'", true),
    ("text", "''", "NULL", true),
    ("mood", "'sad'", "'happy'", true),
    ("interval", "'1 mon'", "'30 days'", true),
    ("json", "'{\"a\":1}'", "'{ \"a\":1}'", true),
    ("bytea", "'\\x00'", "'\\x0000'", true),
    ("text[]", "'{a,NULL}'", "'{a,\"NULL\"}'", true),
    ("text[]", "'{a,b}'", "'[0:1]={a,b}'", true),
    ("int[]", "'{1,2}'", "'{{1,2}}'", true),
    (
        "timestamptz",
        "'2025-01-01T00:00:00Z'",
        "'2025-01-01T00:00:00.000001Z'",
        true,
    ),
    ("float8", "'1'", "'1.0000000000000002'", true),
    ("point", "'(1,2)'", "'(1,3)'", true),
    ("numeric", "1.0", "1.00", false),
    // Zeros and their kin are not NULL.
    ("boolean", "false", "NULL", true),
    ("smallint", "0", "NULL", true),
    ("int", "0", "NULL", true),
    ("bigint", "0", "NULL", true),
    ("real", "0", "NULL", true),
    ("float8", "0", "NULL", true),
    ("float8", "'NaN'", "NULL", true),
    ("numeric", "0", "NULL", true),
    ("numeric", "'NaN'", "NULL", true),
    ("numeric", "'Infinity'", "NULL", true),
    ("numeric", "'-Infinity'", "NULL", true),
    ("numeric(9,2)", "'NaN'", "NULL", true),
    ("bytea", "''", "NULL", true),
    ("date", "'2000-01-01'", "NULL", true),
    ("time", "'00:00'", "NULL", true),
    ("timetz", "'00:00+00'", "NULL", true),
    ("timestamp", "'2000-01-01'", "NULL", true),
    ("timestamptz", "'2000-01-01T00:00:00Z'", "NULL", true),
    (
        "uuid",
        "'00000000-0000-0000-0000-000000000000'",
        "NULL",
        true,
    ),
    ("jsonb", "'{}'", "NULL", true),
    ("jsonb", "'[]'", "NULL", true),
    ("jsonb", "'null'", "NULL", true),
    ("char(3)", "''", "NULL", true),
    ("text[]", "'{}'", "NULL", true),
    // Nor are they each other.
    ("numeric", "'NaN'", "'Infinity'", true),
    ("numeric", "'NaN'", "0", true),
    ("numeric", "'Infinity'", "'-Infinity'", true),
    ("numeric", "5", "-5", true),
    ("numeric(9,2)", "1.5", "-1.5", true),
    ("numeric", "1", "10000", true),
    ("float8", "'NaN'", "0", true),
    ("float8", "'Infinity'", "'-Infinity'", true),
    ("float8", "5", "-5", true),
    ("real", "5", "-5", true),
    ("int", "5", "-5", true),
    ("smallint", "1", "-1", true),
    ("date", "'infinity'", "'-infinity'", true),
    ("timestamp", "'infinity'", "'-infinity'", true),
    ("timestamptz", "'infinity'", "'-infinity'", true),
    ("jsonb", "'[[1,2]]'", "'[[1],2]'", true),
    ("jsonb", "'[[],[]]'", "'[[[]]]'", true),
    ("jsonb", "'[]'", "'{}'", true),
    ("jsonb", "'1.0'", "'1.00'", true),
    ("jsonb", "'-1'", "'1'", true),
    // These have 32 bits in common.
    ("bigint", "-1", "4294967295", true),
    ("bigint", "0", "4294967297", true),
    ("time", "'00:00'", "'01:11:34.967297'", true),
    (
        "timestamp",
        "'2000-01-01'",
        "'2000-01-01 01:11:34.967297'",
        true,
    ),
    (
        "timestamptz",
        "'2000-01-01T00:00:00Z'",
        "'2000-01-01T01:11:34.967297Z'",
        true,
    ),
    ("timetz", "'01:00+00'", "'00:00-01'", true),
    ("float8", "'0'", "'-0'", false),
];

/// What the newer server of tests lacks: extensions and ICU.
const OLDER: &[Pair<'_>] = &[
    ("citext", "'a'", "'A'", true),
    ("text COLLATE anycase", "'a'", "'A'", true),
];

#[tokio::test]
async fn each_method_sees_what_it_promises_to_see() {
    let older = PostgresServer::start().unwrap();
    let made = "CREATE EXTENSION citext; \
        CREATE COLLATION anycase (provider = icu, locale = 'und-u-ks-level2', deterministic = false)";
    older.query(made).unwrap();
    sees(&older, &[PAIRS, OLDER].concat()).await;
    sees(&PostgresSetup::newer().start().unwrap(), PAIRS).await;
}

async fn sees(server: &PostgresServer, pairs: &[Pair<'_>]) {
    let mut sql = "CREATE TYPE mood AS ENUM ('sad', 'happy');".to_owned();
    for (number, (column, one, other, _)) in pairs.iter().enumerate() {
        write!(
            sql,
            "CREATE TABLE pair_{number} (id int PRIMARY KEY, value {column});
             INSERT INTO pair_{number} VALUES (1, {one}); CREATE TABLE other_{number} (LIKE pair_{number} INCLUDING ALL);
             INSERT INTO other_{number} VALUES (1, {other});"
        ).unwrap();
    }
    server.query(&sql).unwrap();
    let snapshot = snapshot(&server.url()).await;
    let mut reader = snapshot.reader().await.unwrap();
    for (number, (column, one, other, sees)) in pairs.iter().enumerate() {
        let pair = structure(snapshot.as_ref(), &format!("pair_{number}")).await;
        let again = structure(snapshot.as_ref(), &format!("other_{number}")).await;
        for method in METHODS {
            let mut hashes = Vec::new();
            for table in [&pair, &again] {
                let told = marks(reader.as_mut(), &reading(table, method)).await;
                hashes.push(told.unwrap()[0].hash);
            }
            let expected = *sees || method != HashMethod::Values;
            assert_eq!(
                hashes[0] != hashes[1],
                expected,
                "{method:?} of {column}: {one} and {other}"
            );
        }
    }
}

#[tokio::test]
async fn what_is_no_difference_to_anybody_has_one_hash() {
    let server = PostgresServer::start().unwrap();
    let sql = "CREATE TABLE one (id int PRIMARY KEY, code char(5), twice int GENERATED ALWAYS AS (id * 2) STORED); \
        CREATE TABLE other (id int PRIMARY KEY, code char(5), twice int GENERATED ALWAYS AS (id * 3) STORED); \
        INSERT INTO one VALUES (1, 'a'); INSERT INTO other VALUES (1, 'a  '); \
        CREATE TABLE nan (id int PRIMARY KEY, n numeric, f float8); INSERT INTO nan VALUES (1, 'NaN', 'nan'); \
        CREATE TABLE nan_again (LIKE nan INCLUDING ALL); \
        INSERT INTO nan_again VALUES (1, 'Infinity'::numeric - 'Infinity', 'Infinity'::float8 - 'Infinity')";
    server.query(sql).unwrap();
    for method in METHODS {
        let hash = async |table: &str| marks_of(&server.url(), table, method).await[0].hash;
        assert_eq!(hash("one").await, hash("other").await, "{method:?}");
        assert_eq!(hash("nan").await, hash("nan_again").await, "{method:?}");
    }
}
