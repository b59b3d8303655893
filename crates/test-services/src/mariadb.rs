//! A MariaDB server in a folder of its own, held by a guard process as that of PostgreSQL is.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::program::on_path;
use crate::user::first_of;
use crate::{ServiceError, free_port};

const SERVICE: &str = "MariaDB";
const CLIENT: &str = "mariadb";

/// $1 is the folder of the server, $2 its port; settings follow. Making the system's tables is all waiting for the disk: 4 s
/// on one, half a second in memory. Servers that share a folder for temporary tables remove each other's.
const GUARD: &str = r#"
folder=$1 port=$2
shift 2
PATH=$PATH:/usr/sbin:/sbin
cd "$folder" || exit 1
home=$folder
room=$(df -k --output=avail /dev/shm 2>/dev/null | tail -n 1)
[ "${room:-0}" -lt 2000000 ] || home=$(mktemp -d /dev/shm/tasuki-mariadb-XXXXXX)
trap 'cd / && rm -rf "$folder" "$home"' EXIT
mkdir "$home/temporary"
if mariadb-install-db --no-defaults --datadir="$home/data" --tmpdir="$home/temporary" \
    --auth-root-authentication-method=normal --skip-test-db --innodb-log-file-size=4M >log 2>&1
then
    mariadbd --no-defaults --datadir="$home/data" --tmpdir="$home/temporary" --socket="$folder/socket" --port="$port" \
        --pid-file="$folder/pid" --bind-address=127.0.0.1 --init-file="$folder/init" --skip-name-resolve --skip-log-bin \
        --innodb-flush-log-at-trx-commit=0 --innodb-buffer-pool-size=64M --innodb-log-file-size=64M "$@" >>log 2>&1 &
    server=$!
fi
cat >/dev/null
[ -z "$server" ] || { kill -KILL $server; wait $server; }
"#;

/// Whoever reaches the server may do everything.
const INIT: &str = "\
CREATE USER tasuki@localhost, tasuki@'127.0.0.1';
GRANT ALL ON *.* TO tasuki@localhost, tasuki@'127.0.0.1' WITH GRANT OPTION;
";

/// What the log holds when the server will never be ready.
const LAST_WORDS: [&str; 3] = [
    "[ERROR] Aborting",
    "got signal",
    "Installation of system tables failed",
];

/// How long the server may take to be ready: 1 s when all is warm.
const START_PATIENCE: Duration = Duration::from_mins(1);

/// A server with the user `tasuki`, who has no password and may do everything.
#[derive(Debug)]
pub struct MariaDb {
    client: PathBuf,
    folder: PathBuf,
    port: u16,
    /// Holds the guard's standard input open.
    guard: Child,
}

impl MariaDb {
    /// Starts a server.
    ///
    /// # Errors
    /// MariaDB is not installed or does not start.
    pub fn start() -> Result<Self, ServiceError> {
        Self::start_with(&[])
    }

    /// Starts a server with `settings`, such as `--sql-mode=ANSI_QUOTES`.
    ///
    /// # Errors
    /// MariaDB is not installed or does not start.
    pub fn start_with(settings: &[&str]) -> Result<Self, ServiceError> {
        let client = on_path(CLIENT).ok_or(ServiceError::Missing {
            program: SERVICE,
            repair: "apt-get install mariadb-server",
        })?;
        let begin = || {
            let port = free_port()?;
            let folder = tempfile::Builder::new()
                .prefix("tasuki-mariadb-")
                .tempdir()?;
            fs::write(folder.path().join("init"), INIT)?;
            // The guard removes it.
            let folder = folder.keep();
            let guard = guard(&folder, port, settings)?;
            Ok((folder, port, guard))
        };
        let (folder, port, guard) = begin().map_err(|source| ServiceError::Start {
            service: SERVICE,
            source,
        })?;
        let mut server = Self {
            client,
            folder,
            port,
            guard,
        };
        server.wait_until_ready()?;
        Ok(server)
    }

    /// The server's socket.
    pub fn socket(&self) -> PathBuf {
        self.folder.join("socket")
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The address of `database` over TCP.
    pub fn url(&self, database: &str) -> String {
        format!("mysql://tasuki@127.0.0.1:{}/{database}", self.port)
    }

    /// Makes an empty database with `utf8mb4`.
    ///
    /// # Errors
    /// The server refused; its words are in the error.
    pub fn create_database(&self, database: &str) -> Result<(), ServiceError> {
        let name = database.replace('`', "``");
        self.query(
            "",
            &format!("CREATE DATABASE `{name}` CHARACTER SET utf8mb4"),
        )?;
        Ok(())
    }

    /// Runs the statements of `sql` in `database` (none where it is empty) with MariaDB's own client. The answer has a line a row and
    /// a tab between cells; NULL is `NULL`.
    ///
    /// # Errors
    /// The server refused; its words are in the error.
    pub fn query(&self, database: &str, sql: &str) -> Result<String, ServiceError> {
        let output = self
            .ask(database, sql)
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

    fn ask(&self, database: &str, sql: &str) -> io::Result<Output> {
        let mut client = Command::new(&self.client)
            .args(["--no-defaults", "--batch", "--skip-column-names"])
            .args(["--default-character-set=utf8mb4", "--max-allowed-packet=1G"])
            .arg(format!("--socket={}", self.socket().display()))
            .args(["--user=tasuki", "--database", database])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        if let Some(mut pipe) = client.stdin.take() {
            // A client that was refused reads no further, and says so itself.
            drop(pipe.write_all(sql.as_bytes()));
        }
        client.wait_with_output()
    }

    fn wait_until_ready(&mut self) -> Result<(), ServiceError> {
        let deadline = Instant::now() + START_PATIENCE;
        loop {
            let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            if self.socket().exists() && log.contains("ready for connections") {
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

impl Drop for MariaDb {
    fn drop(&mut self) {
        // Closes the guard's standard input first.
        drop(self.guard.wait());
    }
}

fn guard(folder: &Path, port: u16, settings: &[&str]) -> io::Result<Child> {
    let mut guard = Command::new("sh");
    guard
        .args(["-c", GUARD, "guard"])
        .arg(folder)
        .arg(port.to_string())
        .args(settings)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0);
    if fs::metadata("/proc/self")?.uid() == 0 {
        let (user, group) = first_of(&["mysql", "nobody"])?;
        chown(folder, Some(user), Some(group))?;
        guard.uid(user).gid(group);
    }
    guard.spawn()
}
