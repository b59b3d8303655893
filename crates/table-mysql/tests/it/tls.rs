//! TLS, as far as the address demands it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use function_core::Retryable as _;
use table_diff::Database as _;
use tempfile::TempDir;
use test_services::{MariaDb, write_certificates};

use crate::two::{LIMITS, database};

/// The certificates of `localhost`, for the server, which is another user.
fn certificates() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_certificates(folder.path(), "localhost").unwrap();
    for (name, mode) in [("", 0o755), ("server.key", 0o644)] {
        fs::set_permissions(folder.path().join(name), Permissions::from_mode(mode)).unwrap();
    }
    folder
}

fn server(folder: &Path) -> MariaDb {
    let file = |option: &str, name: &str| format!("--{option}={}", folder.join(name).display());
    let (certificate, key) = (
        file("ssl-cert", "server.crt"),
        file("ssl-key", "server.key"),
    );
    let server = MariaDb::start_with(&[&certificate, &key]).unwrap();
    let secured =
        "ALTER USER tasuki@'127.0.0.1' REQUIRE SSL; ALTER USER tasuki@localhost REQUIRE NONE;";
    server.query("", secured).unwrap();
    server
}

#[tokio::test]
async fn the_line_is_as_safe_as_the_address_demands() {
    let folder = certificates();
    let server = server(folder.path());
    let authority = folder.path().join("ca.pem");
    let authority = authority.display();
    let log_in = async |host: &str, query: &str| {
        let url = format!("mysql://tasuki@{host}:{}/{query}", server.port());
        let snapshot = database(&url).snapshot(&LIMITS).await;
        snapshot.map(drop).map_err(|error| {
            assert!(!error.is_retryable(), "{error}");
        })
    };
    for (host, query, lets_in) in [
        ("127.0.0.1", String::new(), true),
        ("127.0.0.1", "?ssl-mode=required".to_owned(), true),
        ("127.0.0.1", "?ssl-mode=disabled".to_owned(), false),
        ("127.0.0.1", "?ssl-mode=verify-identity".to_owned(), false),
        (
            "127.0.0.1",
            format!("?ssl-mode=verify-identity&ssl-name=localhost&ssl-ca={authority}"),
            true,
        ),
        (
            "127.0.0.1",
            format!("?ssl-mode=verify-identity&ssl-ca={authority}"),
            false,
        ),
        (
            "localhost",
            format!("?ssl-mode=verify-identity&ssl-ca={authority}"),
            true,
        ),
        ("127.0.0.1", "?ssl-ca=/no/such/file".to_owned(), false),
    ] {
        assert_eq!(
            log_in(host, &query).await.is_ok(),
            lets_in,
            "{host} {query}"
        );
    }
}
