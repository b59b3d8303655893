//! `tasuki sync`, between two databases of a real PostgreSQL.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;
use test_services::PostgresServer;

use crate::command::{tasuki, text};

/// What both sides have, and what only development or production has.
const BOTH: &str = "CREATE TABLE item (id int PRIMARY KEY, name text, updated_at timestamptz);
    INSERT INTO item SELECT n, 'item ' || n, '2026-01-01Z' FROM generate_series(1, 40) AS n";
const DEVELOPMENT: &str = "UPDATE item SET name = 'better', updated_at = '2026-02-01Z' WHERE id = 1;
    INSERT INTO item VALUES (41, 'new', '2026-02-01Z'), (42, 'newer', '2026-02-01Z'); DELETE FROM item WHERE id > 10 AND id <= 35";
const PRODUCTION: &str =
    "UPDATE item SET name = 'by hand', updated_at = '2026-03-01Z' WHERE id = 2";

/// Two databases, a folder for plans, and a person before them.
struct Desk {
    server: PostgresServer,
    folder: TempDir,
    settings: Vec<(&'static str, String)>,
}

impl Desk {
    fn new() -> Self {
        let server = PostgresServer::start().unwrap();
        let source = server.create_database("development").unwrap();
        let target = server.create_database("production").unwrap();
        let desk = Self {
            settings: vec![
                ("SOURCE_URL", source),
                ("TARGET_URL", target.clone()),
                ("APPLY_URL", target),
                ("TABLES", "public.*".to_owned()),
                ("USER", "hanako".to_owned()),
            ],
            server,
            folder: TempDir::new().unwrap(),
        };
        for database in ["development", "production"] {
            desk.run(database, BOTH);
        }
        desk.run("development", DEVELOPMENT);
        desk.run("production", PRODUCTION);
        desk
    }

    fn run(&self, database: &str, sql: &str) -> String {
        self.server.query_in(database, sql).unwrap()
    }

    fn sync(&self, arguments: &[&str]) -> Output {
        let settings = self.settings();
        tasuki(
            self.folder.path(),
            &[&["sync"], arguments].concat(),
            &settings,
        )
    }

    fn settings(&self) -> Vec<(&'static str, &str)> {
        let settings = self.settings.iter();
        settings
            .map(|(name, value)| (*name, value.as_str()))
            .collect()
    }

    /// The plan of a new comparison, as JSON.
    fn plan(&self) -> Value {
        let output = self.sync(&["diff", "--format", "json"]);
        assert_eq!(output.status.code(), Some(3), "{}", said(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// What production has that development does not, and the other way round.
    fn rows(&self, database: &str) -> String {
        self.run(database, "SELECT id, name FROM item ORDER BY id")
    }

    /// The command at a terminal, at which `typed` is typed.
    fn at_a_terminal(&self, arguments: &str, typed: &str) -> Output {
        let command = format!("{} sync {arguments}", env!("CARGO_BIN_EXE_tasuki"));
        let mut terminal = Command::new("script")
            .args(["--quiet", "--return", "--command", &command, "/dev/null"])
            .current_dir(self.folder.path())
            .env_clear()
            .envs(self.settings())
            .env("PATH", "/usr/bin:/bin")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("`script` is missing; on Debian: apt-get install bsdutils");
        let mut keyboard = terminal.stdin.take().unwrap();
        keyboard.write_all(typed.as_bytes()).unwrap();
        let output = terminal.wait_with_output();
        drop(keyboard);
        output.unwrap()
    }
}

fn said(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    format!("{}{errors}", text(output))
}

fn id(plan: &Value) -> &str {
    plan["plan"]["id"].as_str().unwrap()
}

fn digest(plan: &Value) -> &str {
    plan["digest"].as_str().unwrap()
}

#[test]
fn what_was_seen_is_applied_and_taken_back() {
    let desk = Desk::new();
    let before = desk.rows("production");
    let output = desk.sync(&["diff"]);
    let words = said(&output);
    assert_eq!(output.status.code(), Some(3), "{words}");
    assert!(
        words.contains("public.item: 2 insert, 1 update (new), 25 delete, 1 update (old)"),
        "{words}"
    );
    assert!(words.contains("digest sha256:"), "{words}");
    let plan = desk.plan();
    let classes = "insert,update-new,delete";
    let output = desk.sync(&[
        "apply",
        id(&plan),
        "--digest",
        digest(&plan),
        "--classes",
        classes,
    ]);
    assert_eq!(output.status.code(), Some(4), "{}", said(&output));
    assert_eq!(
        desk.rows("production"),
        before,
        "many deletions need the table's name"
    );
    let output = desk.sync(&[
        "apply",
        id(&plan),
        "--digest",
        digest(&plan),
        "--classes",
        classes,
        "--confirm",
        "public.item",
    ]);
    let words = said(&output);
    assert_eq!(output.status.code(), Some(0), "{words}");
    assert!(
        words.contains("public.item: 2 inserted, 1 updated, 25 deleted"),
        "{words}"
    );
    let output = desk.sync(&["list"]);
    assert!(
        said(&output).contains(&format!("{} applied by hanako", id(&plan))),
        "{}",
        said(&output)
    );
    let output = desk.sync(&["diff"]);
    assert!(
        said(&output).contains("public.item: 1 update (old)"),
        "{}",
        said(&output)
    );
    let output = desk.sync(&["undo", id(&plan)]);
    let words = said(&output);
    assert_eq!(output.status.code(), Some(2), "{words}");
    assert!(
        words.contains("public.item: 25 inserted, 1 updated, 2 deleted")
            && words.contains("--digest is missing"),
        "{words}"
    );
    let digest = { words.lines() }.find_map(|line| line.strip_prefix("digest "));
    let output = desk.sync(&["undo", id(&plan), "--digest", digest.unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(desk.rows("production"), before);
}

#[test]
fn differences_are_counted_without_a_plan() {
    let desk = Desk::new();
    let output = desk.sync(&["diff", "--count"]);
    let words = said(&output);
    assert_eq!(output.status.code(), Some(3), "{words}");
    assert!(
        words.contains("public.item: 2 insert, 1 update (new), 25 delete, 1 update (old)"),
        "{words}"
    );
    let output = desk.sync(&[
        "diff",
        "--count",
        "--compare",
        "time",
        "--tables",
        "public.none",
    ]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    let output = desk.sync(&["diff", "--count", "--format", "json"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    let output = desk.sync(&["list"]);
    assert_eq!(text(&output), "", "nothing is kept");
}

#[test]
fn rows_are_left_out_by_their_numbers() {
    let desk = Desk::new();
    let plan = desk.plan();
    let rows = plan["tables"][0]["rows"].as_array().unwrap().iter();
    let newer = { rows }.find(|row| row["key"]["id"] == "42").unwrap();
    let except = format!("public.item:{}", newer["n"]);
    let output = desk.sync(&[
        "apply",
        id(&plan),
        "--digest",
        digest(&plan),
        "--classes",
        "insert",
        "--tables",
        "public.item",
        "--except",
        &except,
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(said(&output).contains("public.item: 1 inserted, 0 updated, 0 deleted"));
    assert!(desk.rows("production").ends_with("41|new"));
}

#[test]
fn production_that_moved_is_named_row_by_row_and_left_alone() {
    let desk = Desk::new();
    let plan = desk.plan();
    desk.run(
        "production",
        "UPDATE item SET name = 'meanwhile' WHERE id = 1",
    );
    let before = desk.rows("production");
    let output = desk.sync(&[
        "apply",
        id(&plan),
        "--digest",
        digest(&plan),
        "--classes",
        "insert,update-new",
    ]);
    let words = said(&output);
    assert_eq!(output.status.code(), Some(4), "{words}");
    assert!(words.contains("\n  1 changed\n"), "{words}");
    assert_eq!(desk.rows("production"), before);
}

#[test]
fn nobody_is_asked_where_there_is_no_terminal() {
    let desk = Desk::new();
    let plan = desk.plan();
    let output = desk.sync(&["apply", id(&plan), "--classes", "insert"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(
        said(&output).contains("--digest is missing"),
        "{}",
        said(&output)
    );
    let output = desk.sync(&[
        "apply",
        id(&plan),
        "--digest",
        digest(&plan),
        "--classes",
        "insert",
        "--tables",
        "public.itme",
    ]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(
        said(&output).contains("did not compare public.itme"),
        "{}",
        said(&output)
    );
}

#[test]
fn a_person_at_a_terminal_types_what_a_slip_does_not() {
    let desk = Desk::new();
    let plan = desk.plan();
    let before = desk.rows("production");
    let output = desk.at_a_terminal(&format!("apply {}", id(&plan)), "insert,delete\nitem\n");
    assert_eq!(output.status.code(), Some(4), "{}", text(&output));
    assert!(
        text(&output).contains("Many rows of public.item would be deleted"),
        "{}",
        text(&output)
    );
    let output = desk.at_a_terminal(&format!("apply {} --classes insert", id(&plan)), "yes\n");
    assert_eq!(output.status.code(), Some(4), "{}", text(&output));
    assert_eq!(desk.rows("production"), before);
    let output = desk.at_a_terminal(&format!("apply {}", id(&plan)), "insert\nproduction\n");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(desk.rows("production").ends_with("42|newer"));
}

#[test]
fn a_plan_is_shown_in_each_form_and_language() {
    let desk = Desk::new();
    let plan = desk.plan();
    let shown = |arguments: &[&str]| {
        let output = desk.sync(&[&["show", id(&plan)], arguments].concat());
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        text(&output)
    };
    assert!(shown(&["--format", "text"]).contains("better"));
    assert!(shown(&["--language", "ja"]).contains("更新(新)"));
    assert_eq!(shown(&["--format", "html", "--out", "plan.html"]), "");
    let page = std::fs::read_to_string(desk.folder.path().join("plan.html")).unwrap();
    assert!(
        page.contains("better") && !page.contains("<script"),
        "{page}"
    );
    let output = desk.sync(&["show", "20261122T031500Z-00000000"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
}

#[test]
fn the_page_is_shown_to_this_machine() {
    let desk = Desk::new();
    let plan = desk.plan();
    let mut page = Command::new(env!("CARGO_BIN_EXE_tasuki"))
        .args(["sync", "serve", "--port", "0"])
        .current_dir(desk.folder.path())
        .env_clear()
        .envs(desk.settings())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut told = BufReader::new(page.stdout.take().unwrap());
    told.read_line(&mut line).unwrap();
    let address = line
        .split_whitespace()
        .find(|word| word.starts_with("http://127.0.0.1:"));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let shown = runtime.block_on(async {
        let answer = reqwest::get(address.unwrap()).await.unwrap();
        answer.text().await.unwrap()
    });
    page.kill().unwrap();
    page.wait().unwrap();
    assert!(shown.contains(id(&plan)), "{shown}");
}
