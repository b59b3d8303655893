//! A database of its own at a server that the tests of a process share.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use test_services::PostgresServer;

use crate::stage::{Ended, ended, program};

/// The server; its guard ends it with the process.
fn server() -> Arc<PostgresServer> {
    static SERVER: OnceLock<Arc<PostgresServer>> = OnceLock::new();
    let start = || Arc::new(PostgresServer::start().unwrap());
    Arc::clone(SERVER.get_or_init(start))
}

/// A database and a folder of migrations.
pub(super) struct Shop {
    pub(super) server: Arc<PostgresServer>,
    database: String,
    folder: tempfile::TempDir,
}

impl Shop {
    /// An empty database and these files.
    pub(super) fn with(files: &[(&str, &str)]) -> Self {
        Self::at(server(), files)
    }

    /// The same at a server that nobody else uses.
    pub(super) fn alone(files: &[(&str, &str)]) -> Self {
        Self::at(Arc::new(PostgresServer::start().unwrap()), files)
    }

    fn at(server: Arc<PostgresServer>, files: &[(&str, &str)]) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let database = format!("shop{}", COUNT.fetch_add(1, Ordering::Relaxed));
        server.create_database(&database).unwrap();
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("migrations")).unwrap();
        let shop = Self {
            server,
            database,
            folder,
        };
        for (name, text) in files {
            shop.file(name, text);
        }
        shop
    }

    /// Writes a file of the folder of migrations.
    pub(super) fn file(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join("migrations").join(name), text).unwrap();
    }

    /// The address of the database.
    pub(super) fn url(&self) -> String {
        self.server.url_of(&self.database)
    }

    /// What psql answers.
    pub(super) fn sql(&self, sql: &str) -> String {
        self.server.query_in(&self.database, sql).unwrap()
    }

    /// The stored version as golang-migrate keeps it.
    pub(super) fn version(&self) -> String {
        self.sql("SELECT version, dirty FROM schema_migrations")
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Ended {
        self.run_with(arguments, &[])
    }

    pub(super) fn run_with(&self, arguments: &[&str], env: &[(&str, &str)]) -> Ended {
        let mut command = program(self.folder.path());
        command.args(arguments).env("DATABASE_URL", self.url());
        ended(command.envs(env.iter().copied()))
    }
}
