//! What a person decides about an undo is bound to what was looked at.

use std::collections::BTreeSet;

use function_core::Exit;
use table_diff::Class;
use table_sync::{Progress, SyncError, UndoDecision};

use crate::databases::OneServer;
use crate::desk::{Desk, PERSON};

#[tokio::test]
async fn an_undo_is_bound_to_what_was_seen_and_many_deletions_need_the_name() {
    let mut desk = Desk::of(
        OneServer::start(),
        "CREATE TABLE item (id int PRIMARY KEY, name text); CREATE TABLE few (id int PRIMARY KEY); \
         INSERT INTO item SELECT n, 'x' FROM generate_series(1, 100) n",
    );
    desk.source("INSERT INTO item SELECT n, 'new' FROM generate_series(101, 130) n; DELETE FROM item WHERE id = 1; INSERT INTO few VALUES (1)");
    let summary = desk.diff().await;
    let sync = desk.sync().await;
    let early = sync.undo_preview(&summary.plan.id).await.unwrap_err();
    assert!(matches!(early, SyncError::NotApplied { .. }), "{early}");
    desk.apply(&summary, &[Class::Insert]).await.unwrap();

    let preview = sync.undo_preview(&summary.plan.id).await.unwrap();
    let rows: Vec<_> = preview
        .tables
        .iter()
        .map(|it| {
            let table = it.rows.table.to_string();
            (table, it.rows.deleted, it.caution.is_some())
        })
        .collect();
    assert_eq!(
        rows,
        [
            ("public.few".to_owned(), 1, false),
            ("public.item".to_owned(), 30, true)
        ]
    );
    let undo = async |digest: &str, confirmed: &[&str]| {
        let decision = UndoDecision {
            digest: digest.to_owned(),
            confirmed: confirmed
                .iter()
                .map(ToString::to_string)
                .collect::<BTreeSet<_>>(),
            by: PERSON.to_owned(),
        };
        sync.undo(&summary.plan.id, &decision, &Progress::default())
            .await
    };
    let other = undo("sha256:00", &["public.item"]).await.unwrap_err();
    assert!(matches!(other, SyncError::UndoDigest { .. }), "{other}");
    let many = undo(&preview.digest, &["public.few"]).await.unwrap_err();
    assert!(
        matches!(many, SyncError::UndoDeletes { rows: 30, .. }),
        "{many}"
    );
    assert_eq!((other.exit(), many.exit()), (Exit::Refused, Exit::Refused));
    assert_eq!(desk.target("SELECT count(*) FROM item"), "130");
    undo(&preview.digest, &["public.item"]).await.unwrap();
    assert_eq!(desk.target("SELECT count(*) FROM item"), "100");
}
