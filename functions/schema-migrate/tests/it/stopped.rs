//! A stop from outside while `write`, `check` or `drift` is at work in throw-away databases.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use function_core::Env;

use crate::stage::{Ended, Stage};

/// A statement that is still under way when the stop comes.
const LONG: &str = "SELECT pg_sleep(600)";

/// Who sleeps in whatever database.
const SLEEPING: &str = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%' AND state = 'active' \
     AND pid <> pg_backend_pid()";

const LEFT: &str = "SELECT count(*) FROM pg_database WHERE datname LIKE 'tasuki%'";

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_mins(1), "never: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn tell(signal: &str, child: &Child) {
    let process = child.id().to_string();
    let told = Command::new("kill").args([signal, &process]).status();
    assert!(told.unwrap().success());
}

/// Waits until `child` sleeps, sends `signal`, and sees it go soon without a trace on the server.
fn stops(stage: &Stage, signal: &str, child: Child) {
    wait_until("the statement is under way", || {
        stage.server.query(SLEEPING).unwrap() != "0"
    });
    let told = Instant::now();
    tell(signal, &child);
    let ended = Ended::of(&child.wait_with_output().unwrap());
    let took = told.elapsed();
    ended.with_code(6).says("stopped from outside");
    assert!(took < Duration::from_secs(9), "{took:?}");
    assert_eq!(stage.server.query(LEFT).unwrap(), "0");
    wait_until("the statement is cancelled", || {
        stage.server.query(SLEEPING).unwrap() == "0"
    });
}

fn spawn(stage: &Stage, arguments: &[&str], env: &[(&str, &str)]) -> Child {
    stage
        .command(arguments)
        .envs(env.iter().copied())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn declare(stage: &Stage, sql: &str) {
    let folder = stage.migrations().with_file_name("schema");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("schema.sql"), sql).unwrap();
}

#[test]
fn write_drift_and_check_leave_nothing_at_the_throw_away_server() {
    let stage = Stage::new();
    let url = stage.server.url();
    let env = [("SCRATCH_URL", url.as_str())];
    declare(&stage, &format!("CREATE TABLE item (id int); {LONG};"));
    stops(&stage, "-TERM", spawn(&stage, &["write", "init"], &env));
    stops(&stage, "-INT", spawn(&stage, &["write", "init"], &env));

    stage.file("1_item.up.sql", "CREATE TABLE item (id int);\n");
    stage.run(&["up"]).with_code(0);
    stage.file("2_slow.up.sql", &format!("{LONG};\n"));
    stops(&stage, "-TERM", spawn(&stage, &["check"], &env));

    stage.file("2_slow.up.sql", "SELECT 1;\n");
    stage.run(&["up"]).with_code(0);
    stage.file("2_slow.up.sql", &format!("{LONG};\n"));
    stops(&stage, "-TERM", spawn(&stage, &["drift"], &env));
}

/// The folder and the processes of a server of our own below `temporary`.
fn own_servers(temporary: &Path) -> Vec<String> {
    let entries = fs::read_dir(temporary).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("tasuki-scratch-"))
        .collect()
}

#[test]
fn a_server_of_our_own_goes_with_its_folder_whenever_the_stop_comes() {
    let stage = Stage::new();
    declare(&stage, &format!("{LONG};"));
    let temporary = tempfile::Builder::new()
        .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .tempdir()
        .unwrap();
    let place = temporary.path().to_str().unwrap();
    let own = Env::from_process();
    let mut env = vec![("TMPDIR", place), ("PATH", own.get("PATH").unwrap())];
    env.extend(
        own.get("TASUKI_POSTGRES_BIN")
            .map(|folder| ("POSTGRES_BIN", folder)),
    );
    for moment in ["folder", "server", "statement"] {
        let child = spawn(&stage, &["write", "init"], &env);
        wait_until(moment, || {
            let server = own_servers(temporary.path()).pop();
            let Some(folder) = server.map(|name| temporary.path().join(name)) else {
                return false;
            };
            match moment {
                "folder" => true,
                "server" => folder.join("data/postmaster.pid").exists(),
                _ => fs::read_dir(folder.join("data/base"))
                    .is_ok_and(|databases| databases.count() >= 5),
            }
        });
        let told = Instant::now();
        tell("-TERM", &child);
        let ended = Ended::of(&child.wait_with_output().unwrap());
        let took = told.elapsed();
        ended.with_code(6).says("stopped from outside");
        assert!(took < Duration::from_secs(9), "{moment}: {took:?}");
        assert_eq!(own_servers(temporary.path()), [""; 0], "{moment}");
    }
}
