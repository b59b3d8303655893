//! Servers that the tests of this package share, and databases of their own.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use function_core::Secret;
use postgres_client::{Address, Session, connect};
use schema_catalog::{Catalog, Filter};
use test_services::{PostgresServer, PostgresSetup};

/// A server that a test asks for databases.
pub(crate) fn server() -> PostgresServer {
    PostgresServer::start().unwrap()
}

/// A newer one.
pub(crate) fn newer_server() -> PostgresServer {
    PostgresSetup::newer().start().unwrap()
}

/// A session in a new database that `sql` was run in.
pub(crate) async fn session(server: &PostgresServer, sql: &str) -> Session {
    named_session(server, sql).await.0
}

/// The same with the name of the database.
pub(crate) async fn named_session(server: &PostgresServer, sql: &str) -> (Session, String) {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let name = format!("schema{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let url = server.create_database(&name).unwrap();
    let address = Address::parse(&Secret::new(url)).unwrap();
    let session = connect(&address, "schema-catalog", Duration::from_secs(10))
        .await
        .unwrap();
    session.batch_execute(sql).await.unwrap();
    (session, name)
}

/// The schema that `sql` makes.
pub(crate) async fn catalog(server: &PostgresServer, sql: &str) -> Catalog {
    let session = session(server, sql).await;
    Catalog::read(&session, &Filter::default()).await.unwrap()
}
