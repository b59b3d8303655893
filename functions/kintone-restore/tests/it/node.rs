//! The real cli-kintone, from npm.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use function_core::Env;
use simulators::Kintone;
use tokio::process::Command;

const VERSION: &str = "1.19.2";

/// The program: below `TASUKI_NODE_MODULES`, else in the workspace's own folder.
///
/// A missing package is a failure that says how to install it.
fn cli() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/node/node_modules");
    let folder = match Env::from_process().get("TASUKI_NODE_MODULES") {
        Some(folder) => PathBuf::from(folder),
        None => own,
    };
    let package = folder.join("@kintone/cli");
    let manifest = fs::read_to_string(package.join("package.json")).unwrap_or_default();
    assert!(
        manifest.contains(&format!("\"version\": \"{VERSION}\"")),
        "@kintone/cli {VERSION} is not in {}: run `npm install --prefix target/node @kintone/cli@{VERSION}`",
        folder.display(),
    );
    package.join("cli.js")
}

/// Runs cli-kintone on an app from within `folder`, and gives what it printed.
pub(crate) async fn run(
    kintone: &Kintone,
    folder: &Path,
    command: &[&str],
    app: u64,
    token: &str,
) -> Vec<u8> {
    let output: Output = Command::new("node")
        .arg(cli())
        .args(command)
        .args(["--base-url", &kintone.base_url()])
        .args(["--app", &app.to_string(), "--api-token", token])
        .current_dir(folder)
        .kill_on_drop(true)
        .output()
        .await
        .expect("node 20 or newer is needed: install nodejs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}
