//! `bq`, the BigQuery command of the Google Cloud CLI, on a configuration of its own.

use std::path::PathBuf;

use serde_json::Value;
use tokio::process::Command;

use crate::ServiceError;
use crate::program::on_path;

const SERVICE: &str = "bq";

/// `bq` against one address, with a configuration folder that is removed on drop.
#[derive(Debug)]
pub struct Bq {
    program: PathBuf,
    folder: tempfile::TempDir,
}

impl Bq {
    /// The `bq` beside `gcloud`, speaking to `api`, such as `http://127.0.0.1:40123`, about `project`.
    ///
    /// # Errors
    /// It is not installed; or there is no folder to be had.
    pub fn new(api: &str, project: &str) -> Result<Self, ServiceError> {
        let start = |source| ServiceError::Start {
            service: SERVICE,
            source,
        };
        let program = on_path(SERVICE).ok_or(ServiceError::Missing {
            program: SERVICE,
            repair: "install the Google Cloud CLI, or leave out the tests named `gcloud_…`",
        })?;
        let folder = tempfile::tempdir().map_err(start)?;
        // In a file, where it stands on no command line; a made-up token keeps it from asking for credentials.
        let settings =
            format!("api = {api}\nproject_id = {project}\noauth_access_token = made-up\n");
        std::fs::write(folder.path().join("bigqueryrc"), settings).map_err(start)?;
        Ok(Self { program, folder })
    }

    /// Runs `bq` with `arguments` and gives its standard output.
    ///
    /// # Errors
    /// It can't be started, or ends with an error, which is then told: `bq` tells most of them on standard output.
    pub async fn run(&self, arguments: &[&str]) -> Result<String, ServiceError> {
        let output = Command::new(&self.program)
            .args(arguments)
            .env("BIGQUERYRC", self.folder.path().join("bigqueryrc"))
            .env("CLOUDSDK_CONFIG", self.folder.path())
            .env("CLOUDSDK_AUTH_ACCESS_TOKEN", "made-up")
            .env("CLOUDSDK_CORE_DISABLE_PROMPTS", "1")
            .env("CLOUDSDK_CORE_DISABLE_USAGE_REPORTING", "1")
            .kill_on_drop(true)
            .output()
            .await
            .map_err(|source| ServiceError::Start {
                service: SERVICE,
                source,
            })?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status.success() {
            return Ok(text);
        }
        let log = text + &String::from_utf8_lossy(&output.stderr);
        Err(ServiceError::Stopped {
            service: SERVICE,
            log,
        })
    }

    /// Runs `bq --format=json` with `arguments`; where it tells of nothing, it says nothing, which is `null`.
    ///
    /// # Errors
    /// As [`run`](Self::run); and when it says no JSON.
    pub async fn json(&self, arguments: &[&str]) -> Result<Value, ServiceError> {
        let arguments: Vec<&str> = ["--format=json"]
            .into_iter()
            .chain(arguments.iter().copied())
            .collect();
        let text = self.run(&arguments).await?;
        if text.trim().is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&text).map_err(|source| ServiceError::Answer {
            service: SERVICE,
            request: arguments.join(" "),
            source: Box::new(source),
        })
    }
}
