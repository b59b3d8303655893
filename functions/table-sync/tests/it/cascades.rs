//! What deletions take along, and what that takes along in turn: told before, and true.

use table_diff::plan::Summary;
use table_diff::{CascadeCount, Language};
use table_sync::SyncError;

use crate::databases::{Databases, Maria, OneServer};
use crate::desk::{ALL, Desk};

/// Tables below tables. Only the categories are synchronised.
const TABLES: &str = "
    CREATE TABLE category (id int PRIMARY KEY, parent int, CONSTRAINT to_parent FOREIGN KEY (parent) REFERENCES category (id) ON DELETE CASCADE);
    CREATE TABLE item (id int PRIMARY KEY, code varchar(9) UNIQUE, category int, other int,
        CONSTRAINT to_category FOREIGN KEY (category) REFERENCES category (id) ON DELETE CASCADE,
        CONSTRAINT to_other FOREIGN KEY (other) REFERENCES category (id) ON DELETE CASCADE);
    CREATE TABLE price (item varchar(9), CONSTRAINT to_item FOREIGN KEY (item) REFERENCES item (code) ON DELETE CASCADE);
    CREATE TABLE note (id int PRIMARY KEY, item int, CONSTRAINT of_item FOREIGN KEY (item) REFERENCES item (id) ON DELETE SET NULL);
    CREATE TABLE line (id int PRIMARY KEY, note int, CONSTRAINT of_note FOREIGN KEY (note) REFERENCES note (id) ON DELETE CASCADE);
    INSERT INTO category VALUES (1, NULL), (2, NULL), (3, NULL), (4, 3);";

/// Below the category 3 are 4, 5 and 6; below those three items, of which one belongs to two of them; below those prices and notes.
const PRODUCTION: &str = "
    INSERT INTO category VALUES (5, 3), (6, 5), (7, 1);
    INSERT INTO item VALUES (1, 'one', 1, NULL), (2, 'two', 2, 6), (3, 'three', 3, NULL), (4, 'four', 4, 3);
    INSERT INTO price VALUES ('one'), ('two'), ('two'), ('three'), ('four');
    INSERT INTO note VALUES (1, 1), (2, 2), (3, 3), (4, NULL);
    INSERT INTO line VALUES (1, 2), (2, 3);";

const LEFT: &str = "SELECT (SELECT count(*) FROM category), (SELECT count(*) FROM item), (SELECT count(*) FROM price),
    (SELECT count(item) FROM note), (SELECT count(*) FROM line)";

/// `table by key: rows` of each that is told.
fn told(counts: &[CascadeCount]) -> Vec<String> {
    let one = |it: &CascadeCount| format!("{} by {}: {}", it.key.table.name, it.key.name, it.rows);
    counts.iter().map(one).collect()
}

fn cascades(summary: &Summary) -> &[CascadeCount] {
    &summary.tables[0].end.as_ref().unwrap().cascades
}

async fn all_that_goes_is_told(databases: impl Databases, category: &str) {
    let mut desk = Desk::of(databases, TABLES).set("TABLES", category);
    desk.target(PRODUCTION);
    desk.source("INSERT INTO category VALUES (7, 1); DELETE FROM category WHERE id = 4; DELETE FROM category WHERE id = 3");
    let summary = desk.diff().await;
    let expected = [
        "category by to_parent: 3",
        "item by to_category: 2",
        "item by to_other: 2",
        "note by of_item: 2",
        "price by to_item: 4",
    ];
    assert_eq!(told(cascades(&summary)), expected);
    let words = cascades(&summary)[4].words(Language::En);
    let [price, item] = ["price", "item"].map(|name| category.replace("category", name));
    let sentence = format!(
        "4 rows of {price} would be deleted, too, with rows of {item} (foreign key `to_item`)"
    );
    assert_eq!(words, sentence);
    // Deeper down more hangs by now than was told.
    desk.target("INSERT INTO price VALUES ('three')");
    let error = desk.apply(&summary, &ALL).await.unwrap_err();
    let is_more = matches!(
        error,
        SyncError::MoreBelow {
            planned: 4,
            now: 5,
            ..
        }
    );
    assert!(is_more && error.to_string().contains("to_item"), "{error}");
    desk.target("DELETE FROM price WHERE item = 'three'; INSERT INTO price VALUES ('three')");
    let applied = desk.apply(&summary, &ALL).await.unwrap();
    assert_eq!(told(&applied.cascades), expected[1..]);
    assert_eq!(desk.target(LEFT).replace('\t', "|"), "3|1|1|1|2");
}

#[tokio::test]
async fn all_that_goes_with_rows_of_postgresql_is_told_and_nothing_else_goes() {
    all_that_goes_is_told(OneServer::start(), "public.category").await;
}

#[tokio::test]
async fn all_that_goes_with_rows_of_mariadb_is_told_and_nothing_else_goes() {
    all_that_goes_is_told(Maria::start(), "category").await;
}

/// `a` and `b` hang below one another, and `c` below them refuses.
const CIRCLE: &str = "
    CREATE TABLE a (id int PRIMARY KEY, b int);
    CREATE TABLE b (id int PRIMARY KEY, a int, CONSTRAINT to_a FOREIGN KEY (a) REFERENCES a (id) ON DELETE CASCADE);
    ALTER TABLE a ADD CONSTRAINT to_b FOREIGN KEY (b) REFERENCES b (id) ON DELETE CASCADE;
    CREATE TABLE c (id int PRIMARY KEY, b int, CONSTRAINT below_b FOREIGN KEY (b) REFERENCES b (id));";

async fn a_circle_ends_and_what_refuses_is_told(databases: impl Databases, a: &str) {
    let mut desk = Desk::of(databases, CIRCLE).set("TABLES", a);
    desk.target(
        "INSERT INTO a VALUES (1, NULL), (2, NULL), (3, NULL); INSERT INTO b VALUES (1, 1), (2, 2), (3, 3);
         UPDATE a SET b = 1 WHERE id IN (1, 2); INSERT INTO c VALUES (1, 2), (2, 3)",
    );
    desk.source("INSERT INTO a VALUES (3, NULL)");
    let summary = desk.diff().await;
    let expected = ["b by to_a: 2", "a by to_b: 2", "c by below_b: 1"];
    assert_eq!(told(cascades(&summary)), expected);
    let words = cascades(&summary)[2].words(Language::En);
    assert!(
        words.contains("the foreign key `below_b` refuses that"),
        "{words}"
    );
    let error = desk.apply(&summary, &ALL).await.unwrap_err();
    assert!(matches!(error, SyncError::Database(_)), "{error:?}");
    desk.target("DELETE FROM c WHERE id = 1");
    desk.apply(&summary, &ALL).await.unwrap();
    assert_eq!(desk.target("SELECT id FROM b"), "3");
}

#[tokio::test]
async fn a_circle_of_postgresql_ends_and_what_refuses_below_is_told() {
    a_circle_ends_and_what_refuses_is_told(OneServer::start(), "public.a").await;
}

#[tokio::test]
async fn a_circle_of_mariadb_ends_and_what_refuses_below_is_told() {
    a_circle_ends_and_what_refuses_is_told(Maria::start(), "a").await;
}

/// A list that is longer than servers let a walk be by themselves.
async fn a_long_way_down_is_walked(databases: impl Databases, root: &str, numbers: &str) {
    let tables = "CREATE TABLE root (id int PRIMARY KEY);
        CREATE TABLE node (id int PRIMARY KEY, root int, parent int,
            CONSTRAINT to_root FOREIGN KEY (root) REFERENCES root (id) ON DELETE CASCADE,
            CONSTRAINT to_parent FOREIGN KEY (parent) REFERENCES node (id) ON DELETE CASCADE);";
    let mut desk = Desk::of(databases, tables).set("TABLES", root);
    desk.target(&format!(
        "INSERT INTO root VALUES (1); INSERT INTO node VALUES (0, 1, NULL); INSERT INTO node SELECT n, NULL, n - 1 FROM {numbers}"
    ));
    let summary = desk.diff().await;
    let expected = ["node by to_root: 1", "node by to_parent: 2000"];
    assert_eq!(told(cascades(&summary)), expected);
}

#[tokio::test]
async fn a_long_way_down_is_walked_in_postgresql() {
    let numbers = "generate_series(1, 2000) n";
    a_long_way_down_is_walked(OneServer::start(), "public.root", numbers).await;
}

#[tokio::test]
async fn a_long_way_down_is_walked_in_mariadb() {
    let numbers = "(SELECT seq n FROM seq_1_to_2000) numbers";
    a_long_way_down_is_walked(Maria::start(), "root", numbers).await;
}
