//! A function that does as its event says; the tests start it on every platform.
//!
//! ```text
//! cargo run -p function-runtime --example echo -- --event event.json
//! ```

use std::process::ExitCode;
use std::time::Duration;

use function_core::{ConfigError, Env, Event, Exit, Failure, Outcome, Report, RunState, Settings};
use function_runtime::{Function, launch};
use serde_json::{Map, Value};

struct Echo {
    /// `ECHO_WAIT_MILLISECONDS`: how long each event takes, up to 60,000. Default 0.
    wait: Duration,
}

impl Echo {
    fn from_env(env: &Env) -> Result<Self, ConfigError> {
        let mut settings = Settings::new(env);
        let rule = "an event takes 0 to 60000 ms";
        let wait = settings.bounded("ECHO_WAIT_MILLISECONDS", 0, 0..=60_000, rule);
        settings.parsed_or("ECHO_TIMES", 1_u8, "a whole number up to 255");
        settings.finish()?;
        Ok(Self {
            wait: Duration::from_millis(wait),
        })
    }
}

impl Function for Echo {
    async fn handle(&self, event: Event) -> Outcome {
        tracing::info!(time = %event.time, "working");
        tokio::time::sleep(self.wait).await;
        let request: Map<String, Value> = match event.json() {
            Ok(request) => request,
            Err(error) => {
                return Outcome::Drop(failure(Exit::Usage, &function_core::chain(&error)));
            }
        };
        match request.get("do").and_then(Value::as_str) {
            Some("retry") => Outcome::Retry(failure(Exit::TryAgain, "the echo is away")),
            Some("drop") => Outcome::Drop(failure(Exit::Refused, "the echo is refused")),
            Some("panic") => panic!("the echo fell"),
            _ => {
                let run = format!("{}-{}", event.id, event.time);
                let mut report = Report::new(run, RunState::Verified);
                report.plan = Some(Value::Object(request));
                Outcome::Done(vec![report])
            }
        }
    }
}

fn failure(exit: Exit, words: &str) -> Failure {
    Failure {
        exit,
        error: words.to_owned(),
    }
}

fn main() -> ExitCode {
    launch("echo", async |env: Env| Echo::from_env(&env))
}
