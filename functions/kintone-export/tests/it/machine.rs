//! The real program, with a folder and a database of this machine.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use rusqlite::Connection;
use simulators::kintone::App;
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::world::World;

/// How long anything may take that ends by itself.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

const TIME: &str = "2026-11-20T18:00:00Z";

/// A world whose store is a folder, which the program's processes share.
pub(crate) struct Machine {
    pub(crate) world: World,
    pub(crate) folder: TempDir,
    database: TempDir,
}

impl Machine {
    pub(crate) async fn new(app: App) -> Self {
        let folder = TempDir::new().unwrap();
        let address = folder.path().display().to_string();
        let world = World::new(app).at(&address, &[]).await;
        Self {
            world,
            folder,
            database: TempDir::new().unwrap(),
        }
    }

    /// The database that the program loads into.
    pub(crate) fn database(&self) -> PathBuf {
        self.database.path().join("kintone.sqlite")
    }

    /// The program with its settings, below a shell that does `first`; it is killed when it is dropped.
    pub(crate) fn program(&self, first: &str) -> Command {
        let kintone = &self.world.kintone;
        let mut command = Command::new("sh");
        command
            .args(["-c", &format!("{first}\nexec \"$0\" \"$@\"")])
            .arg(env!("CARGO_BIN_EXE_kintone-export"))
            .env_clear()
            .env("KINTONE_BASE_URL", kintone.base_url())
            .env("APPID", self.world.app.to_string())
            .env("TOKEN", kintone.token(self.world.app))
            .env("BUCKET", self.folder.path())
            .env("LOAD_URL", format!("sqlite:{}", self.database().display()))
            .env("WINDOWS", "2")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// A run for the message `id`.
    pub(crate) fn run(&self, id: &str) -> Child {
        self.run_within("", id)
    }

    /// The same in a process that `first` has prepared.
    pub(crate) fn run_within(&self, first: &str, id: &str) -> Child {
        let event = Path::new(env!("CARGO_MANIFEST_DIR")).join("events/empty.json");
        let mut command = self.program(first);
        command
            .arg("--event")
            .arg(event)
            .args(["--id", id, "--time", TIME]);
        command.spawn().unwrap()
    }

    /// Asserts that the latest backup is what the app holds, and the table what the backup holds.
    pub(crate) async fn assert_true(&self) {
        let records = self.world.records();
        self.world.assert_latest_is(&records).await;
        let database = Connection::open(self.database()).unwrap();
        let count = format!("SELECT count(*) FROM kintone_{}", self.world.app);
        let count: u32 = database.query_row(&count, [], |row| row.get(0)).unwrap();
        assert_eq!(count as usize, records.len());
    }

    /// Waits for the `number`-th request since the last clear.
    pub(crate) async fn request(&self, number: usize) {
        until(|| self.world.kintone.requests().len() >= number).await;
    }
}

/// Kills the process of `child` and waits until it is dead, of which nobody takes note.
pub(crate) async fn kill(child: &mut Child) {
    child.start_kill().ok();
    let Some(process) = child.id() else {
        return;
    };
    let stat = format!("/proc/{process}/stat");
    // After the name, which may hold anything, comes the state.
    let is_zombie = |stat: String| {
        let (_, state) = stat.rsplit_once(") ").unwrap();
        state.starts_with('Z')
    };
    until(|| std::fs::read_to_string(&stat).map_or(true, is_zombie)).await;
}

/// Looks again and again.
pub(crate) async fn until(holds: impl Fn() -> bool) {
    while !holds() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// The exit code, and all that was printed.
pub(crate) async fn end(child: Child) -> (Option<i32>, String) {
    let ended = tokio::time::timeout(PATIENCE, child.wait_with_output());
    let Output {
        status,
        stdout,
        stderr,
    } = ended.await.unwrap().unwrap();
    let words = [stdout, stderr].concat();
    (status.code(), String::from_utf8_lossy(&words).into_owned())
}
