//! A PostgreSQL server in a folder of its own.
//!
//! The server belongs to a guard process that waits for the end of its standard input. That ends with the process that
//! holds it, however that ends, and the guard stops the server and removes its folder. The guard has a process group of
//! its own, so that ending a hung test with its group does not end the guard before its work is done.

use std::fs;
use std::io::{self, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use function_core::Env;

use crate::ServiceError;

const SERVICE: &str = "PostgreSQL";
const CLIENT: &str = "psql";

/// $1 is the folder of PostgreSQL's programs, $2 that of the server, $3 its port; settings follow.
const GUARD: &str = r#"
programs=$1 folder=$2 port=$3
shift 3
cd "$folder" || exit 1
trap 'cd / && rm -rf "$folder"' EXIT
"$programs/initdb" -D data -A trust -U postgres --no-sync --no-instructions -E UTF8 --locale=C >log 2>&1 || exit 1
"$programs/postgres" -D data -k "$folder" -p "$port" -c listen_addresses=127.0.0.1 -c hba_file="$folder/hba" \
    -c fsync=off -c full_page_writes=off -c synchronous_commit=off "$@" >>log 2>&1 &
server=$!
cat >/dev/null
kill -QUIT $server
wait $server
"#;

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
        Self::start_with(|folder| {
            fs::write(folder.join("hba"), HBA)?;
            Ok(Vec::new())
        })
    }

    /// Starts a server in a folder that `prepare` has put the file `hba` into; what it answers are settings, such as
    /// `ssl=on`.
    ///
    /// # Errors
    /// PostgreSQL is not installed or does not start.
    pub fn start_with(
        prepare: impl FnOnce(&Path) -> io::Result<Vec<String>>,
    ) -> Result<Self, ServiceError> {
        let programs = programs()?;
        let begin = || {
            let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
            let folder = tempfile::Builder::new().prefix("tasuki-pg-").tempdir()?;
            let settings = prepare(folder.path())?;
            // The guard removes it.
            let folder = folder.keep();
            let guard = guard(&programs, &folder, port, &settings)?;
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
        format!("postgresql://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Runs `sql` in the database `postgres` with PostgreSQL's own client. The answer has a line a row and a `|` between
    /// cells; NULL is `NULL`.
    ///
    /// # Errors
    /// The server refused; its words are in the error.
    pub fn query(&self, sql: &str) -> Result<String, ServiceError> {
        self.copy(sql, b"")
    }

    /// The same for a `COPY … FROM STDIN`, which reads `input`.
    ///
    /// # Errors
    /// The server refused; its words are in the error.
    pub fn copy(&self, sql: &str, input: &[u8]) -> Result<String, ServiceError> {
        let output = self.ask(sql, input).map_err(|source| ServiceError::Start {
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

    fn ask(&self, sql: &str, input: &[u8]) -> io::Result<Output> {
        let mut client = Command::new(self.programs.join(CLIENT))
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"])
            .args(["-P", "null=NULL", "-c", sql])
            .arg(self.url())
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
            if !matches!(self.guard.try_wait(), Ok(None)) {
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

fn guard(programs: &Path, folder: &Path, port: u16, settings: &[String]) -> io::Result<Child> {
    let mut guard = Command::new("sh");
    guard
        .args(["-c", GUARD, "guard"])
        .args([programs, folder])
        .arg(port.to_string())
        .args(settings.iter().flat_map(|setting| ["-c", setting]))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0);
    if fs::metadata("/proc/self")?.uid() == 0 {
        let (user, group) = unprivileged()?;
        for entry in fs::read_dir(folder)? {
            chown(entry?.path(), Some(user), Some(group))?;
        }
        chown(folder, Some(user), Some(group))?;
        guard.uid(user).gid(group);
    }
    guard.spawn()
}

/// The folder of `initdb`: that of `TASUKI_POSTGRES_BIN`, else the newest of Debian's.
fn programs() -> Result<PathBuf, ServiceError> {
    if let Some(named) = Env::from_process().get("TASUKI_POSTGRES_BIN") {
        return Ok(named.into());
    }
    let installed = fs::read_dir("/usr/lib/postgresql");
    let installed = installed.into_iter().flatten().flatten();
    let mut folders: Vec<_> = installed.map(|entry| entry.path().join("bin")).collect();
    folders.retain(|folder| folder.join("initdb").is_file());
    folders.sort();
    folders.pop().ok_or(ServiceError::Missing {
        program: SERVICE,
        repair: "apt-get install postgresql, or set TASUKI_POSTGRES_BIN to the folder of initdb",
    })
}

/// PostgreSQL refuses to run as root.
fn unprivileged() -> io::Result<(u32, u32)> {
    let users = fs::read_to_string("/etc/passwd")?;
    let find = |name: &str| {
        let line = users
            .lines()
            .find(|line| line.split(':').next() == Some(name))?;
        let mut parts = line.split(':').skip(2).map_while(|part| part.parse().ok());
        Some((parts.next()?, parts.next()?))
    };
    find("postgres")
        .or_else(|| find("nobody"))
        .ok_or_else(|| io::Error::other("there is no user postgres or nobody to run PostgreSQL"))
}
