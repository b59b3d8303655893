//! cli-kintone, the vendor's own command, on a folder of its own.

use std::path::{Path, PathBuf};
use std::process::Output;

use function_core::Env;
use tokio::process::Command;

use crate::ServiceError;
use crate::program::on_path;

const REPAIR: &str = "run ./test.sh, which installs @kintone/cli, or npm install --prefix target/node @kintone/cli@1.19.2";

/// cli-kintone and the folder that it works in, which is removed on drop.
#[derive(Debug)]
pub struct CliKintone {
    folder: tempfile::TempDir,
    script: PathBuf,
    node: PathBuf,
}

impl CliKintone {
    /// The one that `./test.sh` installs.
    ///
    /// # Errors
    /// It is not installed, or node is not; or there is no folder to be had.
    pub fn find() -> Result<Self, ServiceError> {
        let node = on_path("node").ok_or(ServiceError::Missing {
            program: "node",
            repair: "install nodejs 20 or newer",
        })?;
        let installed = Env::from_process()
            .get("TASUKI_NODE_MODULES")
            .map_or_else(|| PathBuf::from(OWN), PathBuf::from);
        let script = installed.join("@kintone/cli/cli.js");
        if !script.is_file() {
            return Err(ServiceError::Missing {
                program: "cli-kintone",
                repair: REPAIR,
            });
        }
        let folder = tempfile::tempdir().map_err(|source| ServiceError::Start {
            service: "cli-kintone",
            source,
        })?;
        Ok(Self {
            folder,
            script,
            node,
        })
    }

    /// The folder that it works in.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs `command`, such as `["record", "export"]`, on `app` of the domain at `base_url`, and gives its standard
    /// output.
    ///
    /// # Errors
    /// It can't be started, or ends with an error, which is then told.
    pub async fn run(
        &self,
        command: &[&str],
        base_url: &str,
        app: u64,
        token: &str,
    ) -> Result<Vec<u8>, ServiceError> {
        let app = app.to_string();
        let output = Command::new(&self.node)
            .arg(&self.script)
            .args(command)
            .args(["--base-url", base_url, "--app", &app, "--api-token", token])
            .current_dir(self.folder.path())
            .kill_on_drop(true)
            .output()
            .await
            .map_err(|source| ServiceError::Start {
                service: "cli-kintone",
                source,
            })?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        Err(ServiceError::Stopped {
            service: "cli-kintone",
            log: words(&output),
        })
    }
}

/// Where `npm install --prefix target/node` puts it.
const OWN: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../target/node/node_modules"
);

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
