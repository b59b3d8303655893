//! A database, a folder of migrations, and the program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use test_services::PostgresServer;

/// A password that no output may show.
pub(crate) const PASSWORD: &str = "pass-word";

/// A server with the database `shop`, and a folder of migrations.
pub(crate) struct Stage {
    pub(crate) server: PostgresServer,
    folder: tempfile::TempDir,
}

/// How the program ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self::on(PostgresServer::start().unwrap())
    }

    pub(crate) fn on(server: PostgresServer) -> Self {
        server.create_database("shop").unwrap();
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("migrations")).unwrap();
        Self { server, folder }
    }

    /// The same with these files.
    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        let stage = Self::new();
        for (name, text) in files {
            stage.file(name, text);
        }
        stage
    }

    pub(crate) fn migrations(&self) -> PathBuf {
        self.folder.path().join("migrations")
    }

    /// Writes a file of the folder of migrations.
    pub(crate) fn file(&self, name: &str, text: &str) {
        fs::write(self.migrations().join(name), text).unwrap();
    }

    pub(crate) fn remove(&self, name: &str) {
        fs::remove_file(self.migrations().join(name)).unwrap();
    }

    pub(crate) fn url(&self) -> String {
        let url = self.server.url_of("shop");
        url.replace("postgres@", &format!("postgres:{PASSWORD}@"))
    }

    /// What psql answers.
    pub(crate) fn sql(&self, sql: &str) -> String {
        self.server.query_in("shop", sql).unwrap()
    }

    /// The stored version as golang-migrate keeps it.
    pub(crate) fn version(&self) -> String {
        self.sql("SELECT version, dirty FROM schema_migrations")
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program(self.folder.path());
        command.args(arguments).env("DATABASE_URL", self.url());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        ended(&mut self.command(arguments))
    }

    pub(crate) fn run_with(&self, arguments: &[&str], env: &[(&str, &str)]) -> Ended {
        ended(self.command(arguments).envs(env.iter().copied()))
    }

    /// As the job of Cloud Run: an execution of that name, and which attempt of it this is.
    pub(crate) fn run_in_job(&self, arguments: &[&str], execution: &str, attempt: u32) -> Ended {
        let attempt = attempt.to_string();
        let env = [
            ("CLOUD_RUN_JOB", "shop-migrate"),
            ("CLOUD_RUN_EXECUTION", execution),
            ("CLOUD_RUN_TASK_ATTEMPT", &attempt),
            ("CLOUD_RUN_TASK_INDEX", "0"),
        ];
        self.run_with(arguments, &env)
    }

    pub(crate) fn spawn(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }
}

/// The program, in `folder` and in no other environment than the test's own.
pub(crate) fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_schema-migrate"));
    command.env_clear().current_dir(folder).stdin(Stdio::null());
    command
}

pub(crate) fn ended(command: &mut Command) -> Ended {
    Ended::of(&command.output().unwrap())
}

impl Ended {
    pub(crate) fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert!(
            !out.contains(PASSWORD) && !err.contains(PASSWORD),
            "{out}{err}"
        );
        let code = output
            .status
            .code()
            .unwrap_or_else(|| panic!("killed: {out}{err}"));
        Self { code, out, err }
    }

    /// The same, once it was seen to end so.
    #[track_caller]
    pub(crate) fn with_code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}{}", self.out, self.err);
        self
    }

    /// Standard output and standard error.
    pub(crate) fn words(&self) -> String {
        format!("{}{}", self.out, self.err)
    }

    #[track_caller]
    pub(crate) fn says(self, part: &str) -> Self {
        let words = self.words();
        assert!(words.contains(part), "no `{part}` in: {words}");
        self
    }

    #[track_caller]
    pub(crate) fn says_not(self, part: &str) -> Self {
        let words = self.words();
        assert!(!words.contains(part), "`{part}` in: {words}");
        self
    }

    /// The lines of a job's log.
    pub(crate) fn log(&self) -> Vec<Value> {
        assert_eq!(self.err, "");
        let lines = self.out.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")))
            .collect()
    }

    /// The messages of that severity.
    pub(crate) fn messages(&self, severity: &str) -> Vec<String> {
        let log = self.log();
        let lines = log.iter().filter(|line| line["severity"] == severity);
        lines
            .map(|line| line["message"].as_str().unwrap().to_owned())
            .collect()
    }
}
