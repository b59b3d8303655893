//! A server, and a connection to it.

use test_services::{PostgresServer, PostgresSetup};
use tokio_postgres::{Client, NoTls};

pub(crate) struct Place {
    pub(crate) server: PostgresServer,
    pub(crate) client: Client,
}

impl Place {
    pub(crate) async fn start(setup: PostgresSetup) -> Self {
        let server = setup.start().unwrap();
        let client = connect(&server.url()).await;
        Self { server, client }
    }
}

pub(crate) async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}
