//! The real clients, from npm.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use simulators::Kintone;
use tokio::process::Command;

const PACKAGES: [(&str, &str); 2] = [
    ("@kintone/cli", "1.19.2"),
    ("@kintone/rest-api-client", "6.1.4"),
];

/// The folder with the packages: `TASUKI_NODE_MODULES`, else the workspace's own.
///
/// A missing package is a failure that says how to install it.
#[expect(
    clippy::disallowed_methods,
    reason = "this crate imports none of ours, so it has no Env"
)]
fn node_modules() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/node");
    let folder = match std::env::var_os("TASUKI_NODE_MODULES") {
        Some(folder) => PathBuf::from(folder),
        None => own.join("node_modules"),
    };
    let wanted = PACKAGES
        .map(|(name, version)| format!("{name}@{version}"))
        .join(" ");
    for (name, version) in PACKAGES {
        let manifest = folder.join(name).join("package.json");
        let found = fs::read_to_string(&manifest).unwrap_or_default();
        assert!(
            found.contains(&format!("\"version\": \"{version}\"")),
            "{name} {version} is not in {}: run `npm install --prefix target/node {wanted}`",
            folder.display(),
        );
    }
    folder
}

/// A folder of its own, with the simulator's authority in it where it has one.
pub(crate) struct Desk {
    folder: tempfile::TempDir,
    url: String,
    ca: Option<PathBuf>,
}

impl Desk {
    pub(crate) fn at(kintone: &Kintone) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ca = kintone.ca_pem().map(|pem| {
            let path = folder.path().join("ca.pem");
            fs::write(&path, pem).unwrap();
            path
        });
        Self {
            folder,
            url: kintone.base_url(),
            ca,
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs cli-kintone on an app.
    pub(crate) async fn cli(&self, command: &[&str], app: u64, token: &str) -> Output {
        let cli = node_modules().join("@kintone/cli/cli.js");
        let mut arguments = vec![cli.to_str().unwrap().to_owned()];
        arguments.extend(command.iter().map(|&argument| argument.to_owned()));
        let options = [
            "--base-url",
            &self.url,
            "--app",
            &app.to_string(),
            "--api-token",
            token,
        ];
        arguments.extend(options.map(str::to_owned));
        self.node(&arguments).await
    }

    /// Runs a script that begins with a `client`, and gives what it prints.
    pub(crate) async fn script(&self, token: &str, script: &str) -> String {
        let module = node_modules().join("@kintone/rest-api-client");
        let preamble = format!(
            "const {{ KintoneRestAPIClient }} = require({module:?});
             const client = new KintoneRestAPIClient(
                 {{ baseUrl: {:?}, auth: {{ apiToken: {token:?}.split(',') }} }});
             const app = 1;
             const print = (value) => console.log(JSON.stringify(value));
             (async () => {{ {script} }})().catch((error) => {{ console.error(error); process.exit(1); }});",
            self.url,
        );
        let path = self.path("script.cjs");
        fs::write(&path, preamble).unwrap();
        succeeded(self.node(&[path.to_str().unwrap().to_owned()]).await)
    }

    async fn node(&self, arguments: &[String]) -> Output {
        let mut command = Command::new("node");
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .kill_on_drop(true);
        if let Some(ca) = &self.ca {
            command.env("NODE_EXTRA_CA_CERTS", ca);
        }
        command
            .output()
            .await
            .expect("node 20 or newer is needed: install nodejs")
    }
}

/// What a command printed; its errors where it failed.
pub(crate) fn succeeded(output: Output) -> String {
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}
