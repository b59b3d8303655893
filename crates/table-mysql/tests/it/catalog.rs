//! What structures tell.

use table_diff::{Database as _, Generated, KeyAction, KeyType, TableKind, TableName, TimeType};

use crate::two::{LIMITS, Two, database, structure, table_name};

const SCHEMA: &str = "
CREATE TABLE parent (id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY, code VARCHAR(10) NOT NULL UNIQUE);
CREATE TABLE child (
    id BIGINT PRIMARY KEY, parent_id INT UNSIGNED, code VARCHAR(10),
    doubled BIGINT AS (id * 2) STORED, tripled BIGINT AS (id * 3) VIRTUAL,
    updated_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3),
    latin VARCHAR(5) CHARACTER SET latin1,
    CONSTRAINT to_parent FOREIGN KEY (parent_id) REFERENCES parent (id) ON DELETE CASCADE,
    CONSTRAINT to_code FOREIGN KEY (code) REFERENCES parent (code) ON DELETE SET NULL ON UPDATE CASCADE,
    UNIQUE KEY beginning (latin(2))
);
CREATE TABLE of_beginnings (name TEXT, PRIMARY KEY (name(10)));
CREATE TABLE no_key (id INT);
CREATE TABLE isam (id INT PRIMARY KEY) ENGINE = MyISAM;
CREATE TABLE parts (id INT PRIMARY KEY) PARTITION BY HASH (id) PARTITIONS 2;
CREATE VIEW seen AS SELECT id FROM parent;
CREATE TRIGGER touch BEFORE UPDATE ON child FOR EACH ROW SET NEW.latin = 'x';
";

#[tokio::test]
async fn a_table_is_told_with_all_that_matters_to_writing_it() {
    let two = Two::alike(SCHEMA);
    two.server.create_database("other").unwrap();
    let elsewhere = "CREATE TABLE far (id INT PRIMARY KEY, p INT UNSIGNED, FOREIGN KEY near (p) REFERENCES shop.parent (id))";
    two.server.query("other", elsewhere).unwrap();

    let child = structure(&two.target, "child").await;
    assert_eq!(child.kind, TableKind::Table);
    assert_eq!(child.primary_key, ["id"]);
    let generated: Vec<_> = child.columns.iter().map(|it| it.generated).collect();
    assert_eq!(generated[3..5], [Generated::Computed; 2]);
    assert_eq!(generated[5], Generated::No);
    assert_eq!(child.columns[0].type_name, "bigint");
    assert_eq!(child.columns[0].key_type, Some(KeyType::Integer));
    assert_eq!(child.columns[5].type_name, "datetime(3)");
    assert_eq!(child.columns[5].time_type, Some(TimeType::DateTime));
    assert_eq!(
        child.columns[6].collation.as_deref(),
        Some("latin1_swedish_ci")
    );
    assert_eq!(child.columns[2].collation, None);
    assert!(child.uniques[0].special);
    assert_eq!(child.triggers[0].on, "BEFORE UPDATE");
    let mut rules: Vec<_> = child
        .references
        .iter()
        .map(|it| (it.name.as_str(), it.on_delete, it.on_update))
        .collect();
    rules.sort_by_key(|(name, ..)| *name);
    assert_eq!(
        rules,
        [
            ("to_code", KeyAction::SetNull, KeyAction::Cascade),
            ("to_parent", KeyAction::Cascade, KeyAction::Refuse)
        ]
    );
    assert_eq!(child.references[0].references, table_name("parent"));

    let parent = structure(&two.target, "parent").await;
    assert_eq!(parent.columns[0].generated, Generated::Sequence);
    assert_eq!(parent.columns[0].key_type, Some(KeyType::Unsigned));
    assert_eq!(parent.uniques[0].columns, ["code"]);
    let pointing: Vec<_> = parent
        .referenced_by
        .iter()
        .map(|it| it.table.to_string())
        .collect();
    assert_eq!(pointing, ["other.far", "child", "child"]);
}

#[tokio::test]
async fn what_can_not_be_synchronised_is_told_apart() {
    let two = Two::alike(SCHEMA);
    let kind = async |name: &str| structure(&two.target, name).await.kind;
    assert_eq!(kind("isam").await, TableKind::NotTransactional);
    assert_eq!(kind("parts").await, TableKind::Partitioned);
    assert_eq!(kind("seen").await, TableKind::View);
    assert!(
        structure(&two.target, "no_key")
            .await
            .primary_key
            .is_empty()
    );
    let of_beginnings = structure(&two.target, "of_beginnings").await;
    assert!(of_beginnings.primary_key.is_empty());
    assert!(of_beginnings.uniques[0].special);
}

#[tokio::test]
async fn tables_are_those_of_the_addressed_database_or_of_all() {
    let two = Two::alike(SCHEMA);
    let snapshot = two.target.snapshot(&LIMITS).await.unwrap();
    let names = snapshot.tables().await.unwrap();
    let names: Vec<_> = names.iter().map(TableName::to_string).collect();
    assert_eq!(
        names,
        [
            "child",
            "isam",
            "no_key",
            "of_beginnings",
            "parent",
            "parts",
            "seen"
        ]
    );
    assert_eq!(snapshot.identity().database, "shop");

    let all = database(&two.server.url(""));
    let snapshot = all.snapshot(&LIMITS).await.unwrap();
    let names = snapshot.tables().await.unwrap();
    assert_eq!(names.len(), 14);
    assert_eq!(names[0].to_string(), "shop.child");
    let there = snapshot.structures(&names[..1]).await.unwrap();
    let references = &there[0].as_ref().unwrap().references;
    assert_eq!(references[0].references.to_string(), "shop.parent");
}

#[tokio::test]
async fn a_table_that_is_not_there_is_none_in_its_place() {
    let two = Two::alike("CREATE TABLE item (id INT PRIMARY KEY)");
    let snapshot = two.target.snapshot(&LIMITS).await.unwrap();
    let names = [table_name("gone"), table_name("item"), table_name("ITEM")];
    let tables = snapshot.structures(&names).await.unwrap();
    let there: Vec<_> = tables.iter().map(Option::is_some).collect();
    assert_eq!(there, [false, true, false]);
}

#[tokio::test]
async fn a_server_is_known_by_more_than_its_address() {
    let (one, other) = (Two::alike("SELECT 1"), Two::alike("SELECT 1"));
    let identity = async |database: &table_mysql::MySql| {
        let snapshot = database.snapshot(&LIMITS).await.unwrap();
        snapshot.identity().clone()
    };
    let target = identity(&one.target).await;
    assert!(target.is_same_database(&identity(&one.target).await));
    assert!(!target.is_same_database(&identity(&one.source).await));
    assert!(!target.is_same_database(&identity(&other.target).await));
    assert!(target.version.contains("MariaDB"), "{target:?}");
}

#[tokio::test]
async fn servers_that_call_themselves_alike_are_told_apart_by_number_and_address() {
    let two = Two::alike("SELECT 1");
    let url = two.server.url("shop");
    let identity = async |url: &str| {
        let snapshot = database(url).snapshot(&LIMITS).await.unwrap();
        snapshot.identity().clone()
    };
    let target = identity(&url).await;
    let elsewhere = identity(&url.replace("127.0.0.1", "localhost")).await;
    assert!(!target.is_same_database(&elsewhere), "{target:?}");
    two.server.query("", "SET GLOBAL server_id = 4711").unwrap();
    assert!(!target.is_same_database(&identity(&url).await));
}

#[tokio::test]
async fn migrations_are_read_in_order_and_a_dirty_one_is_said_to_be_so() {
    let two = Two::start(
        &[],
        "CREATE TABLE schema_migrations (version VARCHAR(20) PRIMARY KEY); INSERT INTO schema_migrations VALUES ('20240102'), ('20240101')",
        "CREATE TABLE schema_migrations (version BIGINT PRIMARY KEY, dirty BOOLEAN NOT NULL); INSERT INTO schema_migrations VALUES (7, 1)",
    );
    let read = async |database: &table_mysql::MySql| {
        let snapshot = database.snapshot(&LIMITS).await.unwrap();
        snapshot.migrations().await.unwrap()
    };
    assert_eq!(read(&two.source).await.unwrap(), ["20240101", "20240102"]);
    assert_eq!(read(&two.target).await.unwrap(), ["7 (dirty)"]);
    let without = Two::alike("SELECT 1");
    assert_eq!(read(&without.target).await, None);
}
