//! A database and a folder of migrations for a test.

use std::fs;
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};
use std::time::Duration;

use function_core::Secret;
use migration_folder::{Folder, Version};
use migration_run::{Done, Goal, Migrator, Options, RunError, Status};
use postgres_client::Address;
use tempfile::TempDir;
use test_services::PostgresServer;

/// The server that the tests of this process share while one of them runs.
static SERVER: LazyLock<Mutex<Weak<PostgresServer>>> = LazyLock::new(Mutex::default);
static COUNT: AtomicUsize = AtomicUsize::new(0);

/// A database of its own and a folder of its own.
pub(crate) struct Place {
    pub(crate) server: Arc<PostgresServer>,
    pub(crate) database: String,
    pub(crate) folder: TempDir,
}

impl Place {
    /// An empty database on the shared server, and a folder with `files`.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let mut shared = SERVER.lock().unwrap_or_else(PoisonError::into_inner);
        let server = shared.upgrade().unwrap_or_else(|| {
            let server = Arc::new(PostgresServer::start().unwrap());
            *shared = Arc::downgrade(&server);
            server
        });
        Self::on(server, files)
    }

    /// The same on `server`.
    pub(crate) fn on(server: Arc<PostgresServer>, files: &[(&str, &str)]) -> Self {
        let database = format!("place{}", COUNT.fetch_add(1, Ordering::Relaxed));
        server.create_database(&database).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let place = Self {
            server,
            database,
            folder,
        };
        place.write(files);
        place
    }

    pub(crate) fn write(&self, files: &[(&str, &str)]) {
        for (name, text) in files {
            fs::write(self.folder.path().join(name), text).unwrap();
        }
    }

    pub(crate) fn remove(&self, name: &str) {
        fs::remove_file(self.folder.path().join(name)).unwrap();
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn folder(&self) -> Folder {
        Folder::read(self.path()).unwrap()
    }

    pub(crate) fn url(&self) -> String {
        self.server.url_of(&self.database)
    }

    /// The address through another port, that of a proxy.
    pub(crate) fn address_at(&self, port: u16) -> Address {
        address(&format!(
            "postgresql://postgres@127.0.0.1:{port}/{}",
            self.database
        ))
    }

    pub(crate) fn address(&self) -> Address {
        address(&self.url())
    }

    pub(crate) async fn open(&self, options: Options) -> Migrator {
        Migrator::open(&self.address(), options).await.unwrap()
    }

    pub(crate) async fn run(&self, goal: Goal) -> Result<Done, RunError> {
        self.run_with(options(), goal).await
    }

    pub(crate) async fn run_with(&self, options: Options, goal: Goal) -> Result<Done, RunError> {
        let mut migrator = self.open(options).await;
        migrator.run(&self.folder(), goal).await
    }

    pub(crate) async fn up(&self) -> Result<Done, RunError> {
        self.run(Goal::Latest).await
    }

    pub(crate) async fn status(&self) -> Status {
        let mut migrator = self.open(options()).await;
        migrator.status(&self.folder()).await.unwrap()
    }

    pub(crate) fn query(&self, sql: &str) -> String {
        self.server.query_in(&self.database, sql).unwrap()
    }

    /// `3|f`, or nothing.
    pub(crate) fn stored(&self) -> String {
        self.query("SELECT version, dirty FROM schema_migrations")
    }

    /// The rows of the history, without what differs from run to run.
    pub(crate) fn history(&self) -> String {
        self.query("SELECT version, direction, outcome FROM schema_migrations_history ORDER BY id")
    }

    /// The names of the tables that are not ours, in order.
    pub(crate) fn tables(&self) -> String {
        self.query(
            "SELECT coalesce(string_agg(relname, ' ' ORDER BY relname), '') FROM pg_class \
             WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname NOT LIKE 'schema_migrations%'",
        )
    }
}

pub(crate) fn address(url: &str) -> Address {
    Address::parse(&Secret::new(url)).unwrap()
}

/// Options that do not wait longer than a test must.
pub(crate) fn options() -> Options {
    Options {
        lock_timeout: Duration::from_millis(300),
        attempts: NonZeroU32::new(3).unwrap(),
        job_lock_timeout: Duration::from_mins(1),
        ..Options::default()
    }
}

pub(crate) fn version(number: u64) -> Version {
    Version::new(number).unwrap()
}

/// All of an error's words.
pub(crate) fn words(error: &RunError) -> String {
    function_core::chain(error)
}
