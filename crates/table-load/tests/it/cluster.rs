//! A PostgreSQL server for this process, and a database for each test.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use test_services::{PostgresServer, write_certificates};
use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};

use crate::tables::Row;

/// Only the role `guarded` needs its password.
const HBA: &str = "local all all trust\n\
    host all guarded 127.0.0.1/32 scram-sha-256\n\
    host all all 127.0.0.1/32 trust\n";

static SERVER: OnceLock<PostgresServer> = OnceLock::new();

fn server() -> &'static PostgresServer {
    SERVER.get_or_init(|| {
        let prepare = |folder: &Path| {
            write_certificates(folder, "localhost")?;
            fs::write(folder.join("hba"), HBA)?;
            let file = |name: &str| folder.join(name).display().to_string();
            Ok(vec![
                "ssl=on".to_owned(),
                format!("ssl_cert_file={}", file("server.crt")),
                format!("ssl_key_file={}", file("server.key")),
            ])
        };
        PostgresServer::start_with(prepare).unwrap()
    })
}

async fn connect(database: &str) -> Client {
    let mut config = Config::new();
    config
        .host_path(server().folder())
        .port(server().port())
        .user("postgres")
        .dbname(database);
    let (client, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// A database of the server.
pub(crate) struct TestDatabase {
    pub(crate) name: String,
    client: Client,
}

impl TestDatabase {
    pub(crate) async fn create() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("it_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let create = format!("CREATE DATABASE {name} TEMPLATE template0");
        connect("postgres")
            .await
            .batch_execute(&create)
            .await
            .unwrap();
        Self {
            client: connect(&name).await,
            name,
        }
    }

    pub(crate) fn socket_url(&self) -> String {
        let (port, folder) = (server().port(), server().folder().display());
        format!(
            "postgresql://postgres@/{}?host={folder}&port={port}",
            self.name
        )
    }

    /// The address over TCP; `login` is `user` or `user:password`, `options` follow the question mark.
    pub(crate) fn tcp_url(&self, login: &str, host: &str, options: &str) -> String {
        format!(
            "postgresql://{login}@{host}:{}/{}?{options}",
            server().port(),
            self.name
        )
    }

    /// The PEM file of the authority that signed the server's certificate.
    pub(crate) fn authority() -> PathBuf {
        server().folder().join("ca.pem")
    }

    pub(crate) async fn query(&self, sql: &str) -> Vec<Row> {
        let cells = |message| match message {
            SimpleQueryMessage::Row(row) => Some(
                (0..row.len())
                    .map(|index| row.get(index).map(str::to_owned))
                    .collect(),
            ),
            _ => None,
        };
        let messages = self.client.simple_query(sql).await.unwrap();
        messages.into_iter().filter_map(cells).collect()
    }
}
