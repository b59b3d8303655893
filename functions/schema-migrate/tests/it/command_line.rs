//! What the program takes, and what it says to what it does not take.

use crate::stage::{Stage, ended, program};

fn without_database(arguments: &[&str], env: &[(&str, &str)]) -> crate::stage::Ended {
    let folder = tempfile::tempdir().unwrap();
    ended(
        program(folder.path())
            .args(arguments)
            .envs(env.iter().copied()),
    )
}

#[test]
fn a_wrong_command_line_is_exit_code_2() {
    for arguments in [
        &["upp"][..],
        &["up", "1", "2"],
        &["up", "0"],
        &["up", "--to", "x"],
        &["down"],
        &["down", "1", "--all"],
        &["goto"],
        &["baseline"],
        &["status", "now"],
        &["describe"],
        &["write"],
        &["write", "Add Address"],
        &["--nonsense"],
        &["help"],
    ] {
        let ended = without_database(arguments, &[]).with_code(2);
        assert!(
            ended.out.is_empty() && ended.err.starts_with("error: "),
            "{arguments:?}: {ended:?}"
        );
    }
}

#[test]
fn help_is_no_fault() {
    let help = without_database(&["--help"], &[]).with_code(0);
    for command in [
        "up", "down", "goto", "status", "check", "write", "lint", "hash", "baseline", "repair",
        "drift", "describe",
    ] {
        assert!(
            help.out.contains(&format!("\n  {command} ")),
            "{command}: {}",
            help.out
        );
    }
}

#[test]
fn settings_at_fault_are_all_named_and_exit_2() {
    let wrong = [
        ("DATABASE_URL", "oracle://u:pass-word@"),
        ("LOCK_TIMEOUT", "0"),
        ("OUT_OF_ORDER", "yes"),
        ("LOG_LEVEL", "loud"),
    ];
    let words = without_database(&["up"], &wrong).with_code(2).err;
    for (name, _) in wrong {
        assert!(
            words.contains(&format!("schema-migrate: {name} is ")),
            "{name}: {words}"
        );
    }
    without_database(&["status"], &[])
        .with_code(2)
        .says("DATABASE_URL is not set");
}

#[test]
fn in_a_job_wrong_arguments_and_settings_are_lines_at_error() {
    let job = ("CLOUD_RUN_JOB", "shop-migrate");
    let ended = without_database(&["upp"], &[job]).with_code(2);
    let errors = ended.messages("ERROR");
    assert!(
        errors[0].starts_with("not started: unrecognized subcommand 'upp'"),
        "{errors:?}"
    );
    let ended = without_database(&["up"], &[job, ("LOCK_TIMEOUT", "0")]).with_code(2);
    assert_eq!(ended.messages("ERROR").len(), 2, "{}", ended.out);
}

#[test]
fn only_the_first_of_parallel_tasks_migrates() {
    let stage = Stage::with(&[("1_a.up.sql", "CREATE TABLE a ();")]);
    let env = [
        ("CLOUD_RUN_JOB", "shop-migrate"),
        ("CLOUD_RUN_TASK_INDEX", "1"),
    ];
    stage
        .run_with(&["up"], &env)
        .with_code(0)
        .says("does nothing");
    assert_eq!(stage.sql("SELECT to_regclass('a')"), "NULL");
}

#[test]
fn the_settings_of_the_command_line_come_first() {
    let stage = Stage::with(&[("1_a.up.sql", "CREATE TABLE a ();")]);
    let arguments = ["--table", "app_versions", "--dir", "migrations", "up"];
    stage
        .run_with(&arguments, &[("MIGRATIONS_DIR", "elsewhere")])
        .with_code(0);
    assert_eq!(stage.sql("SELECT version, dirty FROM app_versions"), "1|f");
}
