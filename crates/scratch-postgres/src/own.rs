//! A server of our own.
//!
//! It belongs to a guard, a shell that waits for the end of its standard input. That ends with the process that holds
//! it, however that ends, and the guard stops the server and removes its folder. The guard has a process group of its
//! own, so that a Ctrl-C does not end it before its work is done.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use function_core::Secret;
use postgres_client::{Address, Session, connect};

use crate::database::APPLICATION;
use crate::{Programs, ScratchError, user};

/// $1 is the folder of PostgreSQL's programs, $2 that of the server.
const GUARD: &str = r#"
programs=$1 folder=$2
cd "$folder" || exit 1
trap 'cd / && for try in $(seq 20); do rm -rf "$folder" && break; sleep 0.1; done' EXIT
{
    "$programs/initdb" -D data -A trust -U postgres --no-sync --no-instructions -E UTF8 --locale=C >log 2>&1 || {
        touch failed
        exit 1
    }
    exec "$programs/postgres" -D data -k "$folder" -c listen_addresses= -c unix_socket_permissions=0700 \
        -c fsync=off -c full_page_writes=off -c synchronous_commit=off -c autovacuum=off -c jit=off -c max_connections=20 \
        -c wal_level=minimal -c max_wal_senders=0 -c shared_preload_libraries= >>log 2>&1
} &
server=$!
cat >/dev/null
# At once, where it is up; and whatever is on the way to that.
kill -QUIT $server
trap : TERM
kill -TERM 0
wait $server
"#;

/// How long `initdb` and the server may take to be ready: 2 s when all is warm.
const PATIENCE: Duration = Duration::from_mins(1);

/// How long to wait between two looks.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// The path of a socket has no room for more.
///
/// **Source:** Linux, unix(7): `sun_path` has 108 bytes, the last of which is zero.
const SOCKET_PATH_BYTES_MAX: usize = 107;

/// A server in a folder of its own, which goes with it.
#[derive(Debug)]
pub(crate) struct OwnServer {
    programs: PathBuf,
    folder: PathBuf,
    /// Holds the guard's standard input open.
    guard: Child,
}

impl OwnServer {
    /// Starts a server; it is not ready yet.
    pub(crate) fn start(programs: &Programs) -> Result<Self, ScratchError> {
        let programs = programs.folder.clone();
        match begin(&programs) {
            Ok((folder, guard)) => Ok(Self {
                programs,
                folder,
                guard,
            }),
            Err(source) => Err(ScratchError::Start { programs, source }),
        }
    }

    /// The address of its database `postgres`.
    pub(crate) fn address(&self) -> Result<Address, ScratchError> {
        let folder = self.folder.display().to_string();
        let folder = folder.replace('%', "%25").replace('&', "%26");
        let url = format!("postgresql://postgres@/postgres?host={folder}");
        Ok(Address::parse(&Secret::new(url))?)
    }

    /// Waits until somebody can log in at `address`.
    pub(crate) async fn wait_until_ready(
        &mut self,
        address: &Address,
    ) -> Result<Session, ScratchError> {
        let ready = async {
            loop {
                if let Ok(session) = connect(address, APPLICATION, PATIENCE).await {
                    return Some(session);
                }
                if !matches!(self.guard.try_wait(), Ok(None)) || self.has_given_up() {
                    return None;
                }
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        };
        let ready = tokio::time::timeout(PATIENCE, ready).await.ok().flatten();
        ready.ok_or_else(|| ScratchError::NotReady {
            programs: self.programs.clone(),
            log: self.last_words(),
        })
    }

    /// A server that can't start says so; one that starts refuses us until it has.
    fn has_given_up(&self) -> bool {
        self.folder.join("failed").exists()
            || self
                .log()
                .lines()
                .any(|line| line.contains("FATAL:") && !line.contains("starting up"))
    }

    fn log(&self) -> String {
        let log = fs::read(self.folder.join("log")).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }

    fn last_words(&self) -> String {
        const LOG_BYTES: usize = 500;
        let log = self.log();
        let tail = log.ceil_char_boundary(log.len().saturating_sub(LOG_BYTES));
        log[tail..].trim().replace('\n', "; ")
    }
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        // Closes the guard's standard input first.
        drop(self.guard.wait());
        // Its user may empty the folder, but not take it out of one that only we may write to.
        drop(fs::remove_dir_all(&self.folder));
    }
}

fn begin(programs: &Path) -> io::Result<(PathBuf, Child)> {
    let folder = tempfile::Builder::new()
        .prefix("tasuki-scratch-")
        .tempdir()?;
    let socket = folder.path().join(".s.PGSQL.5432");
    if socket.as_os_str().len() > SOCKET_PATH_BYTES_MAX {
        return Err(io::Error::other(format!(
            "the path of the socket {} is longer than {SOCKET_PATH_BYTES_MAX} bytes: set TMPDIR to a shorter folder",
            socket.display()
        )));
    }
    let guard = guard(programs, folder.path())?;
    // From here on the guard removes it.
    Ok((folder.keep(), guard))
}

fn guard(programs: &Path, folder: &Path) -> io::Result<Child> {
    let mut guard = Command::new("sh");
    guard
        .args(["-c", GUARD, "guard"])
        .args([programs, folder])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0);
    if fs::metadata("/proc/self")?.uid() == 0 {
        let (user, group) = user::first_of(&["postgres", "nobody"])?;
        within_reach(programs)?;
        chown(folder, Some(user), Some(group))?;
        guard.uid(user).gid(group);
    }
    guard.spawn()
}

/// A user who is not root must get to the programs.
fn within_reach(programs: &Path) -> io::Result<()> {
    let is_open = |place: &&Path| fs::metadata(place).is_ok_and(|place| place.mode() & 0o001 != 0);
    match programs.ancestors().find(|place| !is_open(place)) {
        Some(closed) if !closed.as_os_str().is_empty() => Err(io::Error::other(format!(
            "PostgreSQL does not run as root, and {} is closed to other users: install it where they get to",
            closed.display()
        ))),
        _ => Ok(()),
    }
}
