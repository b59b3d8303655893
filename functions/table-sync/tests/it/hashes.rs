//! Servers that do not hash alike, as those of other versions may: the next method is taken on which they agree.

use function_core::Exit;
use table_diff::HashMethod;
use table_sync::SyncError;

use crate::databases::OneServer;
use crate::desk::{Desk, counts};

/// Puts another function in the place of `name`, which is the server's own. Those are known to it by their numbers, so that the old one makes room.
fn differing(name: &str, takes: &str, answers: &str, value: &str) -> String {
    format!(
        "ALTER FUNCTION pg_catalog.{name}({takes}) RENAME TO former_{name};
         CREATE FUNCTION pg_catalog.{name}({takes}) RETURNS {answers} LANGUAGE plpgsql IMMUTABLE STRICT AS 'BEGIN RETURN {value}; END'"
    )
}

#[tokio::test]
async fn the_first_method_is_taken_by_which_both_servers_hash_alike() {
    let mut desk = Desk::of(
        OneServer::start(),
        "CREATE TABLE item (id int PRIMARY KEY, name text); INSERT INTO item VALUES (1, 'same'), (2, 'old')",
    );
    desk.source("UPDATE item SET name = 'new' WHERE id = 2");
    let hashes = [
        differing(
            "hash_record_extended",
            "record, bigint",
            "bigint",
            "length($1::text) + $2",
        ),
        differing(
            "hashtextextended",
            "text, bigint",
            "bigint",
            "length($1) + $2",
        ),
        differing("md5", "text", "text", "repeat(length($1)::text, 16)"),
    ];
    let methods = [HashMethod::Values, HashMethod::Text, HashMethod::Md5];
    for (method, hash) in methods.into_iter().zip(hashes) {
        let summary = desk.diff().await;
        let reading = summary.tables[0].table.reading.as_ref().unwrap();
        assert_eq!(reading.hash, method);
        assert_eq!(counts(&summary), "time_unknown 1", "{method:?}");
        desk.target(&hash);
    }
    let error = desk.try_diff().await.unwrap_err();
    assert!(matches!(error, SyncError::NoHash { .. }), "{error}");
    assert!(error.to_string().contains("public.item"), "{error}");
    assert_eq!(error.exit(), Exit::Refused);
}
