//! The example function as a process of its own.

use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use functions_framework::GRACE;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// How long anything may take before a test gives up.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// How long after SIGTERM Cloud Run kills.
const PLATFORM_KILLS: Duration = Duration::from_secs(10);

/// The process that was told at `stopped` has ended in time: the grace was given once. A busy machine may take longer than the platform lets it.
pub(crate) fn assert_within_the_grace(stopped: Instant) {
    assert!(GRACE < PLATFORM_KILLS);
    assert!(stopped.elapsed() < 2 * GRACE, "{:?}", stopped.elapsed());
}

/// The built example `echo`, with nothing but `env` in its environment. It is killed on drop.
pub(crate) fn echo(env: &[(&str, &str)]) -> Command {
    example("echo", env)
}

/// The same for any example.
pub(crate) fn example(name: &str, env: &[(&str, &str)]) -> Command {
    let mut command = Command::new(built_example(name));
    command.env_clear().envs(env.iter().copied());
    command.stdin(Stdio::null()).kill_on_drop(true);
    command
}

/// `cargo test` builds examples beside the tests.
pub(crate) fn built_example(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let built = test.ancestors().nth(2).unwrap().join("examples").join(name);
    assert!(
        built.exists(),
        "{} is missing; build it with `cargo build -p function-runtime --examples`",
        built.display()
    );
    built
}

/// Runs to the end.
pub(crate) async fn finished(mut command: Command) -> Output {
    tokio::time::timeout(PATIENCE, command.output())
        .await
        .expect("the process ends")
        .unwrap()
}

/// Runs to the end with `input` as standard input.
pub(crate) async fn fed(mut command: Command, input: &str) -> Output {
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).await.unwrap();
    drop(stdin);
    let ended = tokio::time::timeout(PATIENCE, child.wait_with_output());
    ended.await.expect("the process ends").unwrap()
}

/// A process whose log is read while it runs.
pub(crate) struct Running {
    pub(crate) child: Child,
    log: Lines<BufReader<ChildStdout>>,
}

impl Running {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let log = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, log }
    }

    /// The next line of the log that has `message`.
    pub(crate) async fn logged(&mut self, message: &str) -> Value {
        let reading = async {
            while let Some(line) = self.log.next_line().await.unwrap() {
                let line: Value = serde_json::from_str(&line).expect(&line);
                if line["message"]
                    .as_str()
                    .is_some_and(|words| words.starts_with(message))
                {
                    return line;
                }
            }
            panic!("the process ended without logging `{message}`");
        };
        let read = tokio::time::timeout(PATIENCE, reading).await;
        read.unwrap_or_else(|_| panic!("`{message}` was not logged"))
    }

    /// Sends SIGTERM.
    pub(crate) async fn terminate(&self) {
        let kill = format!("kill -TERM {}", self.child.id().unwrap());
        let status = Command::new("sh").args(["-c", &kill]).status().await;
        assert!(status.unwrap().success());
    }

    /// The exit code.
    pub(crate) async fn ended(mut self) -> Option<i32> {
        let ended = tokio::time::timeout(PATIENCE, self.child.wait());
        ended.await.expect("the process ends").unwrap().code()
    }
}

pub(crate) fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// The lines of a log, each one JSON.
pub(crate) fn json_lines(bytes: &[u8]) -> Vec<Value> {
    let parse = |line| serde_json::from_str(line).expect(line);
    text(bytes).lines().map(parse).collect()
}
