//! Rows of other tables that hang below those that are deleted.

use function_core::Exit;
use table_diff::Class;
use table_sync::SyncError;

use crate::databases::OneServer;
use crate::desk::{ALL, Desk};

const TABLES: &str = "
    CREATE TABLE category (id int PRIMARY KEY, name text);
    CREATE TABLE item (id int PRIMARY KEY, category int REFERENCES category ON DELETE CASCADE, name text);
    CREATE TABLE note (id int PRIMARY KEY, category int REFERENCES category ON DELETE SET NULL);
    INSERT INTO category SELECT n, 'x' FROM generate_series(1, 4) n;";

#[tokio::test]
async fn a_deletion_that_would_take_more_along_than_was_shown_is_stale() {
    let mut desk = Desk::of(OneServer::start(), TABLES).set("TABLES", "public.category");
    desk.source("DELETE FROM category WHERE id = 1");
    desk.target("INSERT INTO item VALUES (1, 1, 'seen'); INSERT INTO note VALUES (1, 1), (2, 2)");
    let summary = desk.diff().await;
    for (more, less, key) in [
        (
            "INSERT INTO item VALUES (2, 1, 'new'), (3, 2, 'elsewhere')",
            "DELETE FROM item WHERE id = 2",
            "item_category_fkey",
        ),
        (
            "INSERT INTO note VALUES (3, 1)",
            "DELETE FROM note WHERE id = 3",
            "note_category_fkey",
        ),
    ] {
        desk.target(more);
        let error = desk.apply(&summary, &ALL).await.unwrap_err();
        assert!(
            matches!(
                error,
                SyncError::MoreBelow {
                    planned: 1,
                    now: 2,
                    ..
                }
            ),
            "{error:?}"
        );
        assert!(
            error.is_stale() && error.to_string().contains(key),
            "{error}"
        );
        assert_eq!(error.exit(), Exit::Refused);
        assert_eq!(desk.target("SELECT count(*) FROM category"), "4");
        desk.target(less);
    }
    // What was shown may go, and so may less.
    desk.target("DELETE FROM note WHERE id = 1");
    let applied = desk.apply(&summary, &ALL).await.unwrap();
    let told: Vec<_> = applied
        .cascades
        .iter()
        .map(|it| (it.key.name.as_str(), it.rows))
        .collect();
    assert_eq!(told, [("item_category_fkey", 1)]);
    assert_eq!(desk.target("SELECT id FROM item"), "3");
}

#[tokio::test]
async fn an_undo_does_not_take_along_what_was_hung_below_inserted_rows_since() {
    let mut desk = Desk::of(OneServer::start(), TABLES).set("TABLES", "public.category");
    desk.source("INSERT INTO category VALUES (7, 'new')");
    let summary = desk.diff().await;
    desk.apply(&summary, &[Class::Insert]).await.unwrap();
    for (hung, gone, words) in [
        (
            "INSERT INTO item SELECT n, 7, 'sold' FROM generate_series(1, 5) n",
            "DELETE FROM item",
            "5 rows of public.item",
        ),
        (
            "INSERT INTO note VALUES (1, 7)",
            "UPDATE note SET category = 1",
            "1 rows of public.note",
        ),
    ] {
        desk.target(hung);
        let error = desk.undo(&summary).await.unwrap_err();
        assert!(matches!(error, SyncError::Below { .. }), "{error:?}");
        let text = error.to_string();
        assert!(
            text.contains(words) && text.contains("_category_fkey"),
            "{text}"
        );
        assert_eq!(desk.target("SELECT count(*) FROM category"), "5");
        desk.target(gone);
    }
    desk.undo(&summary).await.unwrap();
    assert_eq!(desk.target("SELECT count(*) FROM category"), "4");
    assert_eq!(desk.target("SELECT count(*) FROM note"), "1");
}

#[tokio::test]
async fn an_undo_takes_back_parents_and_children_that_came_together() {
    let mut desk = Desk::of(OneServer::start(), TABLES);
    desk.both("INSERT INTO item VALUES (1, 1, 'moved')");
    desk.source("INSERT INTO category VALUES (7, 'new'); INSERT INTO item SELECT n, 7, 'new' FROM generate_series(2, 120) n; UPDATE item SET category = 7 WHERE id = 1");
    let summary = desk.diff().await;
    desk.apply(&summary, &ALL).await.unwrap();
    assert_eq!(
        desk.target("SELECT count(*) FROM item WHERE category = 7"),
        "120"
    );
    desk.target("INSERT INTO item VALUES (500, 7, 'sold')");
    let error = desk.undo(&summary).await.unwrap_err();
    assert!(
        matches!(error, SyncError::Below { rows: 1, .. }),
        "{error:?}"
    );
    desk.target("DELETE FROM item WHERE id = 500");
    desk.undo(&summary).await.unwrap();
    assert_eq!(desk.target("SELECT id, category FROM item"), "1|1");
}
