//! The real program, on the real clock.

use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;

use function_core::Env;
use serde_json::Value;
use simulators::dynamodb::{DynamoDb, Options, Table};
use simulators::{Effect, S3, When, s3};
use tokio::process::Command;

/// How long anything may take that ends by itself.
const PATIENCE: Duration = Duration::from_mins(1);

/// A DynamoDB whose exports end at once, and a bucket.
struct Machine {
    dynamodb: DynamoDb,
    s3: S3,
}

impl Machine {
    fn new() -> Self {
        let s3 = S3::start(s3::Options::default());
        let dynamodb = DynamoDb::start(Options {
            objects: s3.objects(),
            duration: Duration::ZERO,
            exports_up_to_now: true,
            ..Options::default()
        });
        dynamodb.add_table(Table::article("table1"));
        Self { dynamodb, s3 }
    }

    /// The program with its settings; it is killed when it is dropped.
    fn program(&self, sample: &str) -> Command {
        let event = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("events")
            .join(sample);
        let mut command = Command::new(env!("CARGO_BIN_EXE_dynamodb-export"));
        let path = Env::from_process()
            .get("PATH")
            .unwrap_or_default()
            .to_owned();
        command
            .env_clear()
            .env("PATH", path)
            .env("AWS_REGION", "ap-northeast-1")
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_ENDPOINT_URL_DYNAMODB", self.dynamodb.address())
            .env("AWS_ENDPOINT_URL_S3", self.s3.address())
            .env("EXPORT_S3_BUCKET", "backups")
            .env("TABLES", "table1")
            .args(["--json", "--event"])
            .arg(event)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// The exit code and what was printed on standard output.
    async fn run(&self, sample: &str) -> (Option<i32>, String) {
        ended(self.program(sample)).await
    }
}

async fn ended(mut command: Command) -> (Option<i32>, String) {
    let ended = tokio::time::timeout(PATIENCE, command.output());
    let Output {
        status,
        stdout,
        stderr,
    } = ended.await.unwrap().unwrap();
    let words = [stdout, stderr].concat();
    (status.code(), String::from_utf8_lossy(&words).into_owned())
}

#[tokio::test]
async fn a_program_that_is_killed_between_the_start_and_the_note_of_it_starts_nothing_twice() {
    let machine = Machine::new();
    // A run record is written with spaces, what DynamoDB writes has none.
    let note = When::path("").method("PUT").containing(r#""exportArn": "#);
    machine
        .s3
        .script(note, Effect::Delay(Duration::from_hours(1)));
    let mut program = machine.program("by-hand.json").spawn().unwrap();
    let started = async {
        while machine.dynamodb.truths().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, started).await.unwrap();
    program.kill().await.unwrap();
    machine.s3.clear_script();
    let (code, words) = machine.run("by-hand.json").await;
    assert_eq!(code, Some(0), "{words}");
    assert!(words.contains(r#""verified""#), "{words}");
    assert_eq!(machine.dynamodb.truths().len(), 1);
}

#[tokio::test]
async fn a_dry_run_prints_the_plan() {
    let machine = Machine::new();
    let (code, words) = machine.run("dry-run.json").await;
    assert_eq!(code, Some(0), "{words}");
    let printed: Value = serde_json::from_str(words.lines().collect::<String>().trim()).unwrap();
    let printed = printed.to_string();
    assert!(printed.contains(r#""action":"start""#), "{printed}");
    assert_eq!(machine.dynamodb.truths().len(), 0);
}

#[tokio::test]
async fn settings_at_fault_are_named_before_any_call() {
    let machine = Machine::new();
    let mut program = machine.program("by-hand.json");
    program
        .env_remove("EXPORT_S3_BUCKET")
        .env_remove("TABLES")
        .env("VERIFY", "all");
    let (code, words) = ended(program).await;
    assert_eq!(code, Some(2), "{words}");
    for name in [
        "EXPORT_S3_BUCKET is not set",
        "TABLES is not set",
        "VERIFY is `all`",
    ] {
        assert!(words.contains(name), "{words}");
    }
    assert_eq!(machine.dynamodb.requests(), []);
    assert_eq!(machine.s3.requests(), []);
}
