//! What the model has no place for is named, and differs when it is changed.

use postgres_client::Session;
use schema_catalog::{Catalog, Filter};

use crate::place;

/// What is there before.
const SCHEMA: &str = include_str!("others.sql");

/// How each kind is made, how it is changed, and what it is called.
const KINDS: &[(&str, &str, &str)] = &[
    (
        "CREATE DOMAIN shop.positive AS int CHECK (VALUE > 0)",
        "ALTER DOMAIN shop.positive SET DEFAULT 5",
        "domain shop.positive",
    ),
    (
        "CREATE TYPE shop.pair AS (a int, b int)",
        "ALTER TYPE shop.pair ADD ATTRIBUTE c text",
        "composite type shop.pair",
    ),
    (
        "CREATE TYPE shop.span AS RANGE (subtype = float8)",
        "DROP TYPE shop.span; CREATE TYPE shop.span AS RANGE (subtype = float4)",
        "range type shop.span",
    ),
    (
        "CREATE TYPE shop.shell",
        "DROP TYPE shop.shell",
        "base type shop.shell",
    ),
    (
        "CREATE AGGREGATE shop.total (int) (sfunc = shop.add, stype = int)",
        "DROP AGGREGATE shop.total (int); CREATE AGGREGATE shop.total (int) (sfunc = shop.add, stype = int, initcond = '1')",
        "aggregate shop.total(integer)",
    ),
    (
        "CREATE OPERATOR shop.@+@ (leftarg = int, rightarg = int, function = int4eq)",
        "ALTER OPERATOR shop.@+@ (int, int) SET (restrict = eqsel)",
        "operator shop.@+@(integer,integer)",
    ),
    (
        "CREATE OPERATOR FAMILY shop.family USING btree",
        "ALTER OPERATOR FAMILY shop.family USING btree ADD OPERATOR 1 < (int, int)",
        "operator family shop.family using btree",
    ),
    (
        "CREATE OPERATOR CLASS shop.class FOR TYPE int USING btree AS OPERATOR 1 <, FUNCTION 1 btint4cmp(int, int)",
        "DROP OPERATOR CLASS shop.class USING btree",
        "operator class shop.class using btree",
    ),
    (
        "CREATE CAST (text AS point) WITH INOUT",
        "DROP CAST (text AS point); CREATE CAST (text AS point) WITH INOUT AS ASSIGNMENT",
        "cast text as point",
    ),
    (
        "CREATE ACCESS METHOD other_heap TYPE TABLE HANDLER heap_tableam_handler",
        "DROP ACCESS METHOD other_heap",
        "access method other_heap",
    ),
    (
        "CREATE LANGUAGE own HANDLER plpgsql_call_handler",
        "DROP LANGUAGE own; CREATE TRUSTED LANGUAGE own HANDLER plpgsql_call_handler",
        "language own",
    ),
    (
        "CREATE COLLATION shop.plain (locale = 'C')",
        "DROP COLLATION shop.plain; CREATE COLLATION shop.plain (locale = 'POSIX')",
        "collation shop.plain",
    ),
    (
        "CREATE CONVERSION shop.latin FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8",
        "DROP CONVERSION shop.latin",
        "conversion shop.latin",
    ),
    (
        "CREATE TEXT SEARCH DICTIONARY shop.words (TEMPLATE = simple)",
        "ALTER TEXT SEARCH DICTIONARY shop.words (accept = false)",
        "text search dictionary shop.words",
    ),
    (
        "CREATE TEXT SEARCH CONFIGURATION shop.search (COPY = simple)",
        "ALTER TEXT SEARCH CONFIGURATION shop.search DROP MAPPING FOR word",
        "text search configuration shop.search",
    ),
    (
        "CREATE TEXT SEARCH PARSER shop.parser (start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, lextypes = prsd_lextype)",
        "DROP TEXT SEARCH PARSER shop.parser",
        "text search parser shop.parser",
    ),
    (
        "CREATE TEXT SEARCH TEMPLATE shop.template (lexize = dsimple_lexize)",
        "DROP TEXT SEARCH TEMPLATE shop.template",
        "text search template shop.template",
    ),
    (
        "CREATE FOREIGN DATA WRAPPER nowhere",
        "ALTER FOREIGN DATA WRAPPER nowhere OPTIONS (a 'b')",
        "foreign-data wrapper nowhere",
    ),
    (
        "CREATE SERVER far FOREIGN DATA WRAPPER nowhere",
        "ALTER SERVER far OPTIONS (host 'h')",
        "foreign server far",
    ),
    (
        "CREATE USER MAPPING FOR keeper SERVER far",
        "ALTER USER MAPPING FOR keeper SERVER far OPTIONS (password 'x')",
        "user mapping keeper at far",
    ),
    (
        "CREATE FOREIGN TABLE shop.remote (id int) SERVER far",
        "ALTER FOREIGN TABLE shop.remote OPTIONS (a 'b')",
        "foreign table shop.remote",
    ),
    (
        "CREATE PUBLICATION news FOR TABLE shop.item",
        "ALTER PUBLICATION news SET (publish = 'insert')",
        "publication news",
    ),
    (
        "CREATE PUBLICATION whole FOR TABLES IN SCHEMA shop",
        "ALTER PUBLICATION whole DROP TABLES IN SCHEMA shop",
        "published schema shop in whole",
    ),
    (
        "CREATE PUBLICATION rows FOR TABLE shop.line (id) WHERE (id > 1)",
        "ALTER PUBLICATION rows SET TABLE shop.line (id) WHERE (id > 2)",
        "published rows shop.line in rows",
    ),
    (
        "CREATE SUBSCRIPTION incoming CONNECTION 'host=nowhere' PUBLICATION news WITH (connect = false, slot_name = NONE)",
        "ALTER SUBSCRIPTION incoming SET (slot_name = other)",
        "subscription incoming",
    ),
    (
        "CREATE STATISTICS shop.numbers ON id, q FROM shop.item",
        "ALTER STATISTICS shop.numbers SET STATISTICS 9",
        "statistics shop.numbers",
    ),
    (
        "CREATE POLICY mine ON shop.item USING (q > 1)",
        "ALTER POLICY mine ON shop.item USING (q > 2)",
        "policy mine on shop.item",
    ),
    (
        "ALTER TABLE shop.item ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE shop.item DISABLE ROW LEVEL SECURITY",
        "row level security shop.item",
    ),
    (
        "ALTER TABLE shop.item FORCE ROW LEVEL SECURITY",
        "ALTER TABLE shop.item NO FORCE ROW LEVEL SECURITY",
        "forced row level security shop.item",
    ),
    (
        "CREATE RULE quiet AS ON DELETE TO shop.item DO INSTEAD NOTHING",
        "ALTER TABLE shop.item DISABLE RULE quiet",
        "rule quiet on shop.item",
    ),
    (
        "CREATE TRIGGER instead INSTEAD OF DELETE ON shop.active FOR EACH ROW EXECUTE FUNCTION shop.touch()",
        "DROP TRIGGER instead ON shop.active; CREATE TRIGGER instead INSTEAD OF INSERT ON shop.active FOR EACH ROW EXECUTE FUNCTION shop.touch()",
        "trigger on view instead on shop.active",
    ),
    (
        "ALTER VIEW shop.active ALTER q SET DEFAULT 1",
        "ALTER VIEW shop.active ALTER q SET DEFAULT 2",
        "default on view shop.active.q",
    ),
    (
        "ALTER TABLE shop.item REPLICA IDENTITY FULL",
        "ALTER TABLE shop.item REPLICA IDENTITY NOTHING",
        "replica identity shop.item",
    ),
    (
        "ALTER TABLE shop.item CLUSTER ON item_pkey",
        "ALTER TABLE shop.item CLUSTER ON item_expression",
        "clustering shop.item",
    ),
    (
        "CREATE UNLOGGED SEQUENCE shop.fast",
        "ALTER SEQUENCE shop.fast SET LOGGED",
        "unlogged sequence shop.fast",
    ),
    (
        "ALTER TABLE shop.item SET (toast.autovacuum_enabled = off)",
        "ALTER TABLE shop.item RESET (toast.autovacuum_enabled)",
        "options of the large values shop.item",
    ),
    (
        "ALTER TABLE shop.item ALTER t SET STORAGE EXTERNAL",
        "ALTER TABLE shop.item ALTER t SET STORAGE MAIN",
        "storage of column shop.item.t",
    ),
    (
        "ALTER TABLE shop.line ALTER item_id SET STATISTICS 7",
        "ALTER TABLE shop.line ALTER item_id SET STATISTICS 8",
        "storage of column shop.line.item_id",
    ),
    (
        "ALTER INDEX shop.line_pkey SET (fillfactor = 80)",
        "ALTER INDEX shop.line_pkey RESET (fillfactor)",
        "options of index shop.line_pkey",
    ),
    (
        "ALTER INDEX shop.item_expression ALTER COLUMN 1 SET STATISTICS 9",
        "ALTER INDEX shop.item_expression ALTER COLUMN 1 SET STATISTICS 10",
        "options of index shop.item_expression",
    ),
    (
        "ALTER TABLE shop.line DISABLE TRIGGER ALL",
        "ALTER TABLE shop.line ENABLE TRIGGER ALL",
        "switched-off constraint line_item_id_fkey on shop.line (\"RI_FKey_check_ins\")",
    ),
    (
        "CREATE EVENT TRIGGER guard ON ddl_command_start EXECUTE FUNCTION shop.watch()",
        "ALTER EVENT TRIGGER guard DISABLE",
        "event trigger guard",
    ),
    (
        "CREATE MATERIALIZED VIEW shop.totals AS SELECT 1 AS a",
        "CREATE INDEX totals_a ON shop.totals (a)",
        "materialized view shop.totals",
    ),
    (
        "CREATE TABLE shop.parted (id int) PARTITION BY RANGE (id)",
        "ALTER TABLE shop.parted ADD CHECK (id > 0)",
        "partitioned table shop.parted",
    ),
    (
        "CREATE TABLE shop.part PARTITION OF shop.parted DEFAULT",
        "ALTER TABLE shop.part ALTER id SET DEFAULT 3",
        "partition shop.part",
    ),
    (
        "CREATE TABLE shop.heir (more int) INHERITS (shop.line)",
        "ALTER TABLE shop.heir NO INHERIT shop.line",
        "inherited table shop.heir",
    ),
    (
        "CREATE TABLE shop.typed OF shop.pair",
        "ALTER TABLE shop.typed NOT OF",
        "typed table shop.typed",
    ),
    (
        "COMMENT ON DOMAIN shop.positive IS 'one'",
        "COMMENT ON DOMAIN shop.positive IS 'two'",
        "comment on type shop.positive",
    ),
    (
        "COMMENT ON INDEX shop.item_pkey IS 'one'",
        "COMMENT ON INDEX shop.item_pkey IS 'two'",
        "comment on index shop.item_pkey",
    ),
    (
        "COMMENT ON RULE quiet ON shop.item IS 'one'",
        "COMMENT ON RULE quiet ON shop.item IS NULL",
        "comment on rule quiet on shop.item",
    ),
    (
        "COMMENT ON TRIGGER instead ON shop.active IS 'one'",
        "COMMENT ON TRIGGER instead ON shop.active IS 'two'",
        "comment on trigger instead on shop.active",
    ),
    (
        "COMMENT ON AGGREGATE shop.total (int) IS 'one'",
        "COMMENT ON AGGREGATE shop.total (int) IS 'two'",
        "comment on aggregate shop.total(integer)",
    ),
    (
        "COMMENT ON LANGUAGE own IS 'one'",
        "COMMENT ON LANGUAGE own IS 'two'",
        "comment on language own",
    ),
    (
        "COMMENT ON EXTENSION plpgsql IS 'mine'",
        "COMMENT ON EXTENSION plpgsql IS NULL",
        "comment on extension plpgsql",
    ),
];

/// Owners and privileges likewise.
const RIGHTS: &[(&str, &str, &str)] = &[
    (
        "ALTER TABLE shop.item OWNER TO keeper",
        "ALTER TABLE shop.item OWNER TO postgres",
        "owner of table shop.item",
    ),
    (
        "GRANT SELECT ON shop.line TO keeper",
        "GRANT INSERT ON shop.line TO PUBLIC",
        "privileges on table shop.line",
    ),
    (
        "ALTER VIEW shop.active OWNER TO pg_monitor",
        "ALTER VIEW shop.active OWNER TO postgres",
        "owner of view shop.active",
    ),
    (
        "GRANT USAGE ON SEQUENCE shop.numbered_id_seq TO keeper",
        "REVOKE USAGE ON SEQUENCE shop.numbered_id_seq FROM keeper",
        "privileges on sequence shop.numbered_id_seq",
    ),
    (
        "GRANT UPDATE (item_id) ON shop.line TO keeper",
        "REVOKE UPDATE (item_id) ON shop.line FROM keeper",
        "privileges on table column shop.line.item_id",
    ),
    (
        "REVOKE EXECUTE ON FUNCTION shop.touch() FROM PUBLIC",
        "GRANT EXECUTE ON FUNCTION shop.touch() TO PUBLIC",
        "privileges on function shop.touch()",
    ),
    (
        "GRANT USAGE ON SCHEMA shop TO PUBLIC",
        "REVOKE USAGE ON SCHEMA shop FROM PUBLIC",
        "privileges on schema shop",
    ),
    (
        "ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT SELECT ON TABLES TO keeper",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT INSERT ON TABLES TO keeper",
        "default privileges for role postgres in schema shop on tables",
    ),
];

async fn differences(
    session: &Session,
    filter: &Filter,
    before: &Catalog,
) -> (Catalog, Vec<String>) {
    let now = Catalog::read(session, filter).await.unwrap();
    let differences = before.differences(&now).into_iter();
    (now, differences.map(|found| found.what).collect())
}

async fn every_change_shows(kinds: &[(&str, &str, &str)], filter: &Filter) {
    let server = place::server();
    let session = place::session(&server, SCHEMA).await;
    let mut catalog = Catalog::read(&session, filter).await.unwrap();
    for (make, change, name) in kinds {
        for sql in [make, change] {
            session
                .batch_execute(sql)
                .await
                .unwrap_or_else(|error| panic!("{sql}: {error:?}"));
            let (now, differences) = differences(&session, filter, &catalog).await;
            assert!(
                differences.iter().any(|what| what == name),
                "{sql}: {differences:#?}"
            );
            catalog = now;
        }
        if !make.starts_with("ALTER") && !change.starts_with("DROP") {
            continue;
        }
        // What follows may need what was dropped.
        session.batch_execute(make).await.ok();
        catalog = Catalog::read(&session, filter).await.unwrap();
    }
}

#[tokio::test]
async fn every_kind_of_object_is_named_and_a_change_of_it_shows() {
    every_change_shows(KINDS, &Filter::default()).await;
}

#[tokio::test]
async fn owners_and_privileges_show_where_they_are_wanted() {
    let wanted = Filter {
        has_rights: true,
        ..Filter::default()
    };
    every_change_shows(RIGHTS, &wanted).await;
}

#[tokio::test]
async fn an_extension_and_all_that_is_its_own_is_one_thing() {
    let server = place::server();
    let session = place::session(&server, "").await;
    let filter = Filter::default();
    let before = Catalog::read(&session, &filter).await.unwrap();
    session
        .batch_execute("CREATE SCHEMA extras; CREATE EXTENSION citext SCHEMA extras")
        .await
        .unwrap();
    let (now, differences) = differences(&session, &filter, &before).await;
    assert_eq!(differences, ["extension citext", "schema extras"]);
    assert!(now.others.is_empty() && now.functions.is_empty(), "{now:?}");
}

#[tokio::test]
async fn an_extension_of_another_version_than_the_server_makes_is_told() {
    let server = place::server();
    let make = |version| format!("CREATE EXTENSION pg_trgm {version}");
    let usual = place::catalog(&server, &make("")).await;
    assert!(usual.others.is_empty(), "{usual:?}");
    let older = place::catalog(&server, &make("VERSION '1.5'")).await;
    let differences = older.differences(&usual).into_iter();
    let told: Vec<_> = differences.map(|found| (found.what, found.mine)).collect();
    let expected = "version of extension pg_trgm".to_owned();
    assert_eq!(told, [(expected, Some("1.5".to_owned()))]);
}
