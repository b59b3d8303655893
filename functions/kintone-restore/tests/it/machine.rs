//! The real program, with a folder of this machine as its store.

use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;

use cloud_store::Store;
use function_core::Env;
use serde_json::Value;
use simulators::kintone::App;
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::world::World;

/// How long anything may take that ends by itself.
const PATIENCE: Duration = Duration::from_mins(2);

/// A world whose store is a folder, which the program's processes share.
pub(crate) struct Machine {
    pub(crate) world: World,
    pub(crate) folder: TempDir,
}

impl Machine {
    /// A machine with a backup of `app`.
    pub(crate) async fn new(app: App) -> Self {
        let folder = TempDir::new().unwrap();
        let mut world = World::new(app);
        world.set("PARALLEL_BULKS", "4");
        let address = folder.path().display().to_string();
        let store = Store::open(&address, &Env::default()).await.unwrap();
        world.keep_in(store);
        world.back_up().await;
        Self { world, folder }
    }

    /// The program with the world's settings.
    pub(crate) fn program(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kintone-restore"));
        command.env_clear().env("SETTLE_SECONDS", "1");
        for name in self.world.env().names() {
            command.env(name, self.world.env().get(name).unwrap());
        }
        command
            .env("BUCKET", self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// A run for `request`.
    pub(crate) fn run(&self, request: &Value) -> Child {
        let event = self.folder.path().join("event.json");
        std::fs::write(&event, request.to_string()).unwrap();
        let mut command = self.program();
        command.arg("--event").arg(Path::new(&event));
        command.spawn().unwrap()
    }
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
