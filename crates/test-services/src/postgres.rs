//! A PostgreSQL server in a folder of its own.

mod guard;
mod setup;

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

pub use self::setup::PostgresSetup;
use crate::{ServiceError, free_port};

const SERVICE: &str = "PostgreSQL";
const CLIENT: &str = "psql";

/// What the log holds when the server will never be ready.
const LAST_WORDS: [&str; 2] = ["database system is shut down", "PANIC:"];

/// Whoever reaches the server may do everything.
const HBA: &str = "local all all trust\nhost all all 127.0.0.1/32 trust\n";

/// How long the server may take to be ready: 2 s when all is warm.
const START_PATIENCE: Duration = Duration::from_mins(1);

/// A server with the user `postgres`, who may do everything.
#[derive(Debug)]
pub struct PostgresServer {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
    /// Holds the guard's standard input open.
    guard: Child,
}

impl PostgresServer {
    /// Starts a server that lets everybody in.
    ///
    /// # Errors
    /// PostgreSQL is not installed or does not start.
    pub fn start() -> Result<Self, ServiceError> {
        PostgresSetup::new().start()
    }

    /// Starts a server in a folder that `prepare` has put the file `hba` into; what it answers are settings, such as
    /// `ssl=on`.
    ///
    /// # Errors
    /// PostgreSQL is not installed or does not start.
    pub fn start_with(
        prepare: impl FnOnce(&Path) -> io::Result<Vec<String>>,
    ) -> Result<Self, ServiceError> {
        Self::begin(setup::programs()?, &[], prepare)
    }

    fn begin(
        programs: PathBuf,
        locale: &[String],
        prepare: impl FnOnce(&Path) -> io::Result<Vec<String>>,
    ) -> Result<Self, ServiceError> {
        let begin = || {
            let port = free_port()?;
            let folder = tempfile::Builder::new().prefix("tasuki-pg-").tempdir()?;
            let settings = prepare(folder.path())?;
            // The guard removes it.
            let folder = folder.keep();
            let guard = guard::start(&programs, &folder, port, locale, &settings)?;
            Ok((folder, port, guard))
        };
        let (folder, port, guard) = begin().map_err(|source| ServiceError::Start {
            service: SERVICE,
            source,
        })?;
        let mut server = Self {
            programs,
            folder,
            port,
            guard,
        };
        server.wait_until_ready()?;
        Ok(server)
    }

    /// The folder of the server's socket and of what was prepared.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The port, on 127.0.0.1 and in the socket's name.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The address of the database `postgres` over TCP.
    pub fn url(&self) -> String {
        self.url_of("postgres")
    }

    /// The address of `database` over TCP; its name needs no encoding.
    pub fn url_of(&self, database: &str) -> String {
        format!("postgresql://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Makes the empty database `name`, and answers its address. It costs some 50 ms, where a server costs two seconds.
    ///
    /// # Errors
    /// The server refused; its words are in the error.
    pub fn create_database(&self, name: &str) -> Result<String, ServiceError> {
        self.query(&format!("CREATE DATABASE \"{name}\""))?;
        Ok(self.url_of(name))
    }

    /// Runs `sql` in the database `postgres` with PostgreSQL's own client. The answer has a line a row and a `|` between
    /// cells; NULL is `NULL`.
    ///
    /// # Errors
    /// The server refused; its words are in the error.
    pub fn query(&self, sql: &str) -> Result<String, ServiceError> {
        self.query_in("postgres", sql)
    }

    /// The same in `database`. Several statements are one transaction.
    ///
    /// # Errors
    /// The server refused; its words are in the error.
    pub fn query_in(&self, database: &str, sql: &str) -> Result<String, ServiceError> {
        self.run(database, sql, b"")
    }

    /// The same for a `COPY … FROM STDIN`, which reads `input`.
    ///
    /// # Errors
    /// The server refused; its words are in the error.
    pub fn copy(&self, sql: &str, input: &[u8]) -> Result<String, ServiceError> {
        self.run("postgres", sql, input)
    }

    fn run(&self, database: &str, sql: &str, input: &[u8]) -> Result<String, ServiceError> {
        let output = self
            .ask(database, sql, input)
            .map_err(|source| ServiceError::Start {
                service: CLIENT,
                source,
            })?;
        if !output.status.success() {
            return Err(ServiceError::Stopped {
                service: CLIENT,
                log: String::from_utf8_lossy(&output.stderr).into_owned(),
            });
        }
        let text = String::from_utf8_lossy(&output.stdout);
        Ok(text.strip_suffix('\n').unwrap_or(&text).to_owned())
    }

    fn ask(&self, database: &str, sql: &str, input: &[u8]) -> io::Result<Output> {
        let mut client = Command::new(self.programs.join(CLIENT))
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"])
            .args(["-P", "null=NULL", "-c", sql])
            .arg(self.url_of(database))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        if let Some(mut pipe) = client.stdin.take() {
            // A client that was refused reads no further, and says so itself.
            drop(pipe.write_all(input));
        }
        client.wait_with_output()
    }

    /// The server opens its socket last, but answers "starting up" for a moment: its log tells more.
    fn wait_until_ready(&mut self) -> Result<(), ServiceError> {
        let deadline = Instant::now() + START_PATIENCE;
        let socket = self.folder.join(format!(".s.PGSQL.{}", self.port));
        loop {
            let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            if socket.exists() && log.contains("ready to accept connections") {
                return Ok(());
            }
            let has_ended = LAST_WORDS.iter().any(|words| log.contains(words));
            if has_ended || !matches!(self.guard.try_wait(), Ok(None)) {
                let service = SERVICE;
                return Err(ServiceError::Stopped { service, log });
            }
            if Instant::now() > deadline {
                return Err(ServiceError::Silent {
                    service: SERVICE,
                    seconds: START_PATIENCE.as_secs(),
                    log,
                });
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        // Closes the guard's standard input first.
        drop(self.guard.wait());
    }
}
