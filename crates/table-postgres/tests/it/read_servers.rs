//! Two servers that are set to tell everything differently.

use table_diff::HashMethod;
use test_services::{PostgresServer, PostgresSetup};

use crate::place::{marks, reading, snapshot, structure};

const METHODS: [HashMethod; 3] = [HashMethod::Values, HashMethod::Text, HashMethod::Md5];

const TABLE: &str = r"
    CREATE TYPE mood AS ENUM ('sad', 'happy'); CREATE DOMAIN code AS text;
    CREATE TYPE pair AS (a text, b timestamptz);
    CREATE TABLE item (
        name text, number int, PRIMARY KEY (name, number), code code, c char(5), v varchar(9) [], b boolean, i2 smallint, i8 bigint, n numeric, n2 numeric(9,3) [],
        f4 real, f8 double precision, raw bytea, day date, t time, tz timetz, at timestamp, moment timestamptz, span interval,
        id uuid, j json, jb jsonb, mood mood, moods mood[], pair pair, net inet, box cidr, mac macaddr, bits bit(3), point point,
        price money, search tsvector, range tstzrange, updated_at timestamptz);
";

const ROWS: &str = r#"
    INSERT INTO item SELECT name, number, 'c', 'ab', '{x,NULL,"y z"}', true, -5, 9e18, 123456789.000100, '{1.5,NULL}',
        1.1::real, 0.1 + 0.2::float8, '\x00ff5c', '2025-01-31', '23:59:59.5', '23:59:59.5+09', '2025-03-30 02:30:00',
        '2025-03-30 02:30:00+00', '1 mon 2 days 03:04:05.6', 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6', '{ "a" : 1.0 }',
        '{"b": [1.0, "日本"], "a": null}', 'happy', '{sad,NULL}', ROW('x', '2025-01-01T00:00:00Z')::pair, '10.0.0.1', '10.0.0.0/8',
        '08:00:2b:01:02:03', '101', '(1.1,2.2)', 12.34::numeric::money, 'a fat cat', '[2025-01-01T00:00:00Z,infinity)',
        '2025-01-31T12:00:00.000001Z'
    FROM unnest(ARRAY['', 'a', 'A', 'b', 'B', 'é', 'e', 'Z', 'z', 'ä', 'あ', 'ア', '日本', '10', '9', '-1', '_', ' ', '😀']) AS name,
        generate_series(-1, 1) AS number;
    INSERT INTO item (name, number) VALUES ('nothing', 0);
"#;

fn one() -> PostgresServer {
    PostgresSetup::new()
        .locale(&["--locale-provider=icu", "--icu-locale=en"])
        .setting("TimeZone=Asia/Tokyo")
        .setting("DateStyle=SQL, DMY")
        .setting("IntervalStyle=iso_8601")
        .setting("bytea_output=escape")
        .setting("extra_float_digits=-3")
        .setting("statement_timeout=1min")
        .setting("default_transaction_read_only=on")
        .start()
        .unwrap()
}

fn other() -> PostgresServer {
    PostgresSetup::newer()
        .locale(&["--locale-provider=builtin", "--builtin-locale=C.UTF-8"])
        .setting("TimeZone=America/New_York")
        .setting("DateStyle=German")
        .setting("IntervalStyle=sql_standard")
        .start()
        .unwrap()
}

#[tokio::test]
async fn two_servers_of_other_settings_versions_and_collations_tell_the_same() {
    let (one, other) = (one(), other());
    // An enum's values have numbers of their own on each server.
    other
        .query("CREATE TYPE before AS ENUM ('x', 'y', 'z')")
        .unwrap();
    for server in [&one, &other] {
        server
            .query(&format!("BEGIN READ WRITE; {TABLE} COMMIT"))
            .unwrap();
        server
            .query(&format!("BEGIN READ WRITE; {ROWS} COMMIT"))
            .unwrap();
    }
    let mut sides = Vec::new();
    for server in [&one, &other] {
        let snapshot = snapshot(&server.url()).await;
        let table = structure(snapshot.as_ref(), "item").await;
        let mut told = Vec::new();
        for method in METHODS {
            let reading = reading(&table, method);
            let probes = snapshot
                .probe(method, std::slice::from_ref(&reading))
                .await
                .unwrap();
            assert!(probes[0].is_some());
            let mut reader = snapshot.reader().await.unwrap();
            let marks = marks(reader.as_mut(), &reading).await.unwrap();
            let keys: Vec<_> = marks.iter().map(|mark| mark.key.clone()).collect();
            let bytes: Vec<_> = marks.iter().map(|mark| mark.bytes.clone()).collect();
            let whole = reader.whole(&reading, &keys).await.unwrap();
            let shown = reader.shown(&reading, &bytes).await.unwrap();
            told.push((probes, marks, whole, shown));
        }
        sides.push((table.columns, told));
    }
    let (theirs, ours) = (sides.pop().unwrap(), sides.pop().unwrap());
    assert_eq!(ours.0, theirs.0);
    for ((ours, theirs), method) in ours.1.iter().zip(&theirs.1).zip(METHODS) {
        assert_eq!(ours.1.len(), 58);
        assert_eq!(ours, theirs, "{method:?}");
    }
}

#[tokio::test]
async fn a_probe_differs_where_hashes_can_t_be_compared_and_is_none_where_there_is_no_method() {
    let server = PostgresServer::start().unwrap();
    server.query("CREATE TABLE item (id int PRIMARY KEY, note text); CREATE TABLE other (id bigint PRIMARY KEY)").unwrap();
    let snapshot = snapshot(&server.url()).await;
    let readings = [
        reading(
            &structure(snapshot.as_ref(), "item").await,
            HashMethod::Values,
        ),
        reading(
            &structure(snapshot.as_ref(), "other").await,
            HashMethod::Values,
        ),
    ];
    let probes = snapshot.probe(HashMethod::Values, &readings).await.unwrap();
    assert!(probes[0].is_some() && probes[1].is_some() && probes[0] != probes[1]);
    assert_eq!(snapshot.probe(HashMethod::Values, &[]).await.unwrap(), []);
}
