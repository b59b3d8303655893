//! What a role may read, and what it is told of the rest.

use table_diff::{Database as _, HashMethod, Hidden, Right};
use test_services::PostgresServer;

use crate::place::{LIMITS, database, marks, public, reading, snapshot, structure};

fn url_of(server: &PostgresServer, role: &str) -> String {
    format!("postgresql://{role}@127.0.0.1:{}/postgres", server.port())
}

#[tokio::test]
async fn what_a_role_lacks_is_told_before_anything_is_read() {
    let server = PostgresServer::start().unwrap();
    let sql = "CREATE ROLE reader LOGIN; CREATE SCHEMA closed; CREATE TABLE closed.item (id int PRIMARY KEY); \
        CREATE TABLE item (id serial PRIMARY KEY, secret text, note text); \
        CREATE TABLE hidden (id int PRIMARY KEY); \
        CREATE TABLE part (id int PRIMARY KEY, secret text); \
        GRANT SELECT ON item TO reader; GRANT SELECT (id) ON part TO reader; GRANT SELECT ON closed.item TO reader; \
        GRANT INSERT ON hidden TO reader; REVOKE TEMPORARY ON DATABASE postgres FROM PUBLIC";
    server.query(sql).unwrap();
    let snapshot = snapshot(&url_of(&server, "reader")).await;
    let mut closed = public("item");
    "closed".clone_into(&mut closed.schema);
    let names = [
        public("item"),
        public("hidden"),
        public("part"),
        closed.clone(),
    ];
    let found = snapshot.structures(&names).await.unwrap();
    let found: Vec<_> = found.into_iter().collect();
    assert!(found[0].is_some() && found[1].is_none() && found[3].is_none());
    assert_eq!(snapshot.tables().await.unwrap().len(), 4);
    let part = found[2].as_ref().unwrap();
    assert_eq!(part.columns[0].hindrance, None);
    assert!(
        part.columns[1]
            .hindrance
            .as_ref()
            .unwrap()
            .contains("grant SELECT")
    );

    let all = vec![Right::Select, Right::Insert, Right::Update, Right::Delete];
    let rights = [
        (public("item"), all.clone()),
        (public("hidden"), vec![Right::Select, Right::Insert]),
        (public("part"), vec![Right::Select]),
        (closed, vec![Right::Select]),
        (public("none"), vec![Right::Select]),
    ];
    let lacking = snapshot.lacking(&rights).await.unwrap();
    assert_eq!(
        lacking,
        [
            "TEMPORARY on database postgres",
            "INSERT on public.item",
            "SELECT, UPDATE on sequence public.item_id_seq",
            "UPDATE on public.item",
            "DELETE on public.item",
            "SELECT on public.hidden",
            "USAGE on schema closed",
            "SELECT on public.none",
        ]
    );
    let owner = crate::place::snapshot(&server.url()).await;
    assert_eq!(owner.lacking(&rights[..1]).await.unwrap(), [] as [&str; 0]);
}

#[tokio::test]
async fn row_security_that_would_hide_rows_is_told_and_never_hides_them() {
    let server = PostgresServer::start().unwrap();
    let sql = "CREATE ROLE reader LOGIN; CREATE ROLE seer LOGIN BYPASSRLS; CREATE TABLE item (id int PRIMARY KEY); \
        INSERT INTO item VALUES (1), (2); ALTER TABLE item ENABLE ROW LEVEL SECURITY; \
        CREATE POLICY first ON item USING (id = 1); GRANT SELECT ON item TO reader, seer";
    server.query(sql).unwrap();
    for (role, active) in [("reader", true), ("seer", false)] {
        let snapshot = snapshot(&url_of(&server, role)).await;
        let mut table = structure(snapshot.as_ref(), "item").await;
        assert_eq!(table.row_security, active, "{role}");
        table.row_security = false;
        let mut reader = snapshot.reader().await.unwrap();
        let told = marks(reader.as_mut(), &reading(&table, HashMethod::Values)).await;
        assert_eq!(
            told.map(|marks| marks.len()).ok(),
            (!active).then_some(2),
            "{role}"
        );
    }
}

#[tokio::test]
async fn a_database_is_known_by_more_than_its_name() {
    let server = PostgresServer::start().unwrap();
    let other = PostgresServer::start().unwrap();
    let second = server.create_database("second").unwrap();
    server.query("CREATE ROLE reader LOGIN").unwrap();
    let identity = async |url: &str| {
        let snapshot = database(url).snapshot(&LIMITS).await.unwrap();
        snapshot.identity().clone()
    };
    let first = identity(&server.url()).await;
    assert!(first.is_same_database(&identity(&url_of(&server, "reader")).await));
    assert!(!first.is_same_database(&identity(&second).await));
    assert!(!first.is_same_database(&identity(&other.url()).await));
    assert!(
        first.server.ends_with("/1")
            && first
                .version
                .starts_with(|first: char| first.is_ascii_digit())
    );

    server
        .query("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC")
        .unwrap();
    let stand_in = identity(&url_of(&server, "reader")).await;
    assert!(stand_in.is_same_database(&identity(&url_of(&server, "reader")).await));
    assert!(
        stand_in
            .server
            .starts_with(&format!("127.0.0.1:{}, database ", server.port()))
    );
}

#[tokio::test]
async fn rows_that_point_at_a_table_and_may_not_be_counted_are_told_with_the_grants() {
    let server = PostgresServer::start().unwrap();
    let sql = "CREATE ROLE \"the reader\" LOGIN; CREATE SCHEMA closed; CREATE TABLE item (a int, b int, PRIMARY KEY (a, b)); \
        CREATE TABLE open (a int, b int, FOREIGN KEY (a, b) REFERENCES item); \
        CREATE TABLE closed.log (a int, \"B\" int, secret text, CONSTRAINT log_item FOREIGN KEY (a, \"B\") REFERENCES item ON DELETE CASCADE); \
        GRANT SELECT ON item, open TO \"the reader\"; GRANT SELECT (a) ON closed.log TO \"the reader\"";
    server.query(sql).unwrap();
    let url = url_of(&server, "the%20reader");
    let item = structure(snapshot(&url).await.as_mut(), "item").await;
    assert_eq!(item.referenced_by.len(), 2);
    let [Hidden::Rows { key, grant }] = item.hidden.as_slice() else {
        panic!("{:?}", item.hidden);
    };
    assert_eq!(key.name, "log_item");
    assert_eq!(
        grant,
        "GRANT USAGE ON SCHEMA closed TO \"the reader\"; GRANT SELECT (\"B\") ON closed.log TO \"the reader\""
    );
    server.query(grant).unwrap();
    let item = structure(snapshot(&url).await.as_mut(), "item").await;
    assert_eq!(item.hidden, []);
    server
        .query("ALTER TABLE closed.log ENABLE ROW LEVEL SECURITY")
        .unwrap();
    let item = structure(snapshot(&url).await.as_mut(), "item").await;
    assert!(
        matches!(item.hidden.as_slice(), [Hidden::Rows { grant, .. }] if grant == "ALTER ROLE \"the reader\" BYPASSRLS"),
        "{:?}",
        item.hidden
    );
}
