//! Lambda's own runtime interface emulator around a function's program.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::{Process, ServiceError, find_program, free_port};

const SERVICE: &str = "the Lambda runtime interface emulator";
const INVOCATIONS: &str = "/2015-03-31/functions/function/invocations";

/// How long one invocation may take before its test is given up.
const INVOCATION_PATIENCE: Duration = Duration::from_mins(2);

/// How long a line of the log may be on its way.
const LOG_PATIENCE: Duration = Duration::from_mins(1);

/// Between two looks at the log.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// A function as Lambda runs it: its program is started by the first invocation, and one sandbox
/// serves all.
///
/// **Source**: the emulator that AWS builds from Lambda's own supervisor, inside the package aws-sam-cli.
#[derive(Debug)]
pub struct Rie {
    process: Process,
    address: String,
    client: reqwest::Client,
}

/// What Lambda answers for an invocation that failed.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LambdaError {
    /// The type, such as `RdsSnapshotExport.Retryable`.
    pub error_type: String,
    /// What went wrong.
    pub error_message: String,
}

impl Rie {
    /// Starts the emulator for the program `bootstrap`, which gets nothing but `env` and Lambda's
    /// own variables. `env` should hold `AWS_LAMBDA_FUNCTION_NAME`, for the emulator calls every
    /// function `test_function`.
    ///
    /// # Errors
    /// The emulator is not installed or does not start.
    pub async fn start(bootstrap: &Path, env: &[(&str, &str)]) -> Result<Self, ServiceError> {
        let repair = "set TASUKI_RIE to aws-lambda-rie, which is inside the package aws-sam-cli";
        let program = find_program("aws-lambda-rie", "TASUKI_RIE", repair)?;
        let invoked_at = loopback()?;
        let runtime_api = loopback()?;
        let mut process = Process::start(SERVICE, |folder| {
            let mut command = Command::new(program);
            command
                .current_dir(folder)
                .env_clear()
                .envs(env.iter().copied())
                .args(["--log-level", "warn"])
                .args([
                    "--runtime-interface-emulator-address",
                    &invoked_at.to_string(),
                ])
                // 9001 unless told.
                .args(["--runtime-api-address", &runtime_api.to_string()])
                .arg(bootstrap);
            command
        })?;
        process
            .listening(invoked_at, Duration::from_mins(1))
            .await?;
        Ok(Self {
            process,
            address: format!("http://{invoked_at}{INVOCATIONS}"),
            client: reqwest::Client::new(),
        })
    }

    /// Invokes the function and waits for its end.
    ///
    /// # Errors
    /// The emulator has no answer: the program ended without one.
    pub async fn invoke(&self, event: &Value) -> Result<Result<Value, LambdaError>, ServiceError> {
        let request = self.client.post(&self.address).json(event);
        let asking = async {
            let response = request.timeout(INVOCATION_PATIENCE).send().await?;
            Ok::<_, reqwest::Error>((response.status(), response.text().await?))
        };
        let (status, body) = asking.await.map_err(unanswered)?;
        // The emulator has no header that tells errors from results, as Lambda has.
        if let Ok(error) = serde_json::from_str(&body) {
            return Ok(Err(error));
        }
        if !status.is_success() {
            return Err(ServiceError::Refused {
                service: SERVICE,
                request: format!("POST {INVOCATIONS}"),
                status: status.as_u16(),
                body: if body.is_empty() { self.log() } else { body },
            });
        }
        serde_json::from_str(&body).map(Ok).map_err(unanswered)
    }

    /// All that emulator and function wrote so far.
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// The function's own lines of the log with the message `message`, once there are `count`: the emulator hands the function's output
    /// on when it comes to it, which may be after the answer. After a minute they are what there is.
    pub async fn lines(&self, message: &str, count: usize) -> Vec<Value> {
        let looking = async {
            while self.lines_so_far(message).len() < count {
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        };
        tokio::time::timeout(LOG_PATIENCE, looking).await.ok();
        self.lines_so_far(message)
    }

    fn lines_so_far(&self, message: &str) -> Vec<Value> {
        let log = self.log();
        let lines = log
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok());
        lines
            .filter(|line: &Value| line["message"] == message)
            .collect()
    }
}

fn loopback() -> Result<SocketAddr, ServiceError> {
    let port = free_port().map_err(|source| ServiceError::Start {
        service: SERVICE,
        source,
    })?;
    Ok((Ipv4Addr::LOCALHOST, port).into())
}

fn unanswered(source: impl std::error::Error + Send + Sync + 'static) -> ServiceError {
    ServiceError::Answer {
        service: SERVICE,
        request: format!("POST {INVOCATIONS}"),
        source: Box::new(source),
    }
}
