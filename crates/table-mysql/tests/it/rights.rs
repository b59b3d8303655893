//! What a role may do.

use table_diff::{Database as _, Hidden, Right};
use table_mysql::MySql;

use crate::two::{LIMITS, Two, apply, database, structure, table_name};

const MAKE: &str = "CREATE TABLE item (id INT AUTO_INCREMENT PRIMARY KEY, n INT NOT NULL, doubled INT AS (n * 2) STORED);
    CREATE TABLE secret (id INT PRIMARY KEY);";

/// A role with `grants`, each a pair of rights and tables.
fn role(two: &Two, name: &str, grants: &[&str]) -> MySql {
    two.server
        .query("", &format!("CREATE USER {name}@'127.0.0.1'"))
        .unwrap();
    for grant in grants {
        two.server
            .query("", &format!("GRANT {grant} TO {name}@'127.0.0.1'"))
            .unwrap();
    }
    database(&two.server.url("shop").replace("tasuki", name))
}

async fn lacking(role: &MySql, rights: &[Right]) -> Vec<String> {
    let snapshot = role.snapshot(&LIMITS).await.unwrap();
    snapshot
        .lacking(&[(table_name("item"), rights.to_vec())])
        .await
        .unwrap()
}

const ALL: [Right; 4] = [Right::Select, Right::Insert, Right::Update, Right::Delete];

#[tokio::test]
async fn what_a_role_lacks_is_named() {
    let two = Two::alike(MAKE);
    let reader = role(&two, "reader", &["SELECT ON shop.*"]);
    assert_eq!(
        lacking(&reader, &[Right::Select]).await,
        Vec::<String>::new()
    );
    assert_eq!(
        lacking(&reader, &ALL).await,
        [
            "INSERT on item",
            "UPDATE on item",
            "DELETE on item",
            "CREATE TEMPORARY TABLES on shop"
        ]
    );
    let writer = role(
        &two,
        "writer",
        &["SELECT, INSERT, UPDATE, DELETE, CREATE TEMPORARY TABLES ON shop.*"],
    );
    assert_eq!(lacking(&writer, &ALL).await, Vec::<String>::new());
    let partly = role(
        &two,
        "partly",
        &[
            "SELECT, INSERT, DELETE, UPDATE (n) ON shop.item",
            "CREATE TEMPORARY TABLES ON shop.*",
        ],
    );
    assert_eq!(lacking(&partly, &ALL).await, ["UPDATE on item"]);
}

#[tokio::test]
async fn a_table_that_may_not_be_read_is_as_if_it_were_not_there() {
    let two = Two::alike(MAKE);
    let partly = role(
        &two,
        "partly",
        &["SELECT ON shop.item", "INSERT ON shop.secret"],
    );
    let snapshot = partly.snapshot(&LIMITS).await.unwrap();
    let tables = snapshot
        .structures(&[table_name("item"), table_name("secret")])
        .await
        .unwrap();
    assert!(tables[0].is_some() && tables[1].is_none());
}

#[tokio::test]
async fn a_column_that_may_not_be_read_is_a_hindrance() {
    let two = Two::alike(MAKE);
    let partly = role(
        &two,
        "partly",
        &["SELECT (id) ON shop.item", "INSERT ON shop.item"],
    );
    let item = structure(&partly, "item").await;
    assert_eq!(item.columns[0].hindrance, None);
    assert!(
        item.columns[1]
            .hindrance
            .as_deref()
            .unwrap()
            .contains("grant SELECT")
    );
}

#[tokio::test]
async fn a_writer_needs_temporary_tables_and_says_so() {
    let two = Two::start(
        &[],
        &format!("{MAKE} INSERT INTO item (n) VALUES (1)"),
        MAKE,
    );
    let work = two.differences(&["item"]).await;
    let writer = role(
        &two,
        "writer",
        &["SELECT, INSERT, UPDATE, DELETE ON shop.*"],
    );
    let error = apply(&writer, &work).await.unwrap_err();
    let words = function_core::chain(&error);
    assert!(
        words.contains("CREATE TEMPORARY TABLES") && words.contains("1044"),
        "{words}"
    );
    two.server
        .query(
            "",
            "GRANT CREATE TEMPORARY TABLES ON shop.* TO writer@'127.0.0.1'",
        )
        .unwrap();
    apply(&writer, &work).await.unwrap();
}

/// What is hidden from `role` around the table, each by its grant.
async fn hidden(role: &MySql, table: &str) -> Vec<String> {
    let table = structure(role, table).await;
    let grants = table.hidden.into_iter().map(|hidden| match hidden {
        Hidden::Keys { grant } | Hidden::Rows { grant, .. } => grant,
    });
    grants.collect()
}

#[tokio::test]
async fn what_hides_foreign_keys_and_the_rows_behind_them_is_told_with_its_grant() {
    let two = Two::alike(
        "CREATE TABLE item (id INT PRIMARY KEY);
         CREATE TABLE line (id INT PRIMARY KEY, item INT, secret INT, FOREIGN KEY (item) REFERENCES item (id) ON DELETE CASCADE);",
    );
    let none = Vec::<String>::new();
    let reader = role(&two, "reader", &["SELECT ON shop.*"]);
    let keys = "GRANT REFERENCES ON `shop`.* TO 'reader'@'127.0.0.1'";
    assert_eq!(hidden(&reader, "item").await, [keys]);
    let item = structure(&reader, "item").await;
    assert!(item.referenced_by.is_empty());
    two.server.query("", keys).unwrap();
    assert_eq!(hidden(&reader, "item").await, none);
    assert_eq!(structure(&reader, "item").await.referenced_by.len(), 1);

    let partly = role(
        &two,
        "partly",
        &["SELECT ON shop.item", r"REFERENCES ON `sho_`.*"],
    );
    let rows = "GRANT SELECT (`item`) ON `shop`.`line` TO 'partly'@'127.0.0.1'";
    assert_eq!(hidden(&partly, "item").await, [rows]);
    two.server.query("", rows).unwrap();
    assert_eq!(hidden(&partly, "item").await, none);
    // Where there is no foreign key, a right on the database tells that there is none.
    two.server.query("", "DROP TABLE shop.line").unwrap();
    assert_eq!(hidden(&reader, "item").await, none);
    assert_eq!(hidden(&partly, "item").await, none);
}
