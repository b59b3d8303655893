use super::*;

fn faults(pairs: &[(&str, &str)], needs_database: bool) -> String {
    let env = pairs.iter().copied().collect();
    Config::from_env(&env, needs_database)
        .unwrap_err()
        .to_string()
}

fn config(pairs: &[(&str, &str)]) -> Config {
    Config::from_env(&pairs.iter().copied().collect(), false).unwrap()
}

#[test]
fn every_setting_at_fault_is_named_at_once() {
    let words = faults(
        &[
            ("DATABASE_URL", "mysql:u:s3cr3t@h"),
            ("DATABASE_AUTH", "kerberos"),
            ("MIGRATIONS_TABLE", "a.b.c"),
            ("JOB_LOCK_TIMEOUT", "-1s"),
            ("LOCK_TIMEOUT", "0"),
            ("LOCK_ATTEMPTS", "0"),
            ("STATEMENT_TIMEOUT", "10ms"),
            ("OUT_OF_ORDER", "yes"),
            ("SCRATCH_URL", "postgres://u:s3cr3t@"),
            ("LINT_EXCLUDE", "prefer-text-field,nonsense"),
        ],
        true,
    );
    for name in [
        "DATABASE_URL is `(hidden)`: it is",
        "DATABASE_AUTH is `kerberos`: password",
        "MIGRATIONS_TABLE is `a.b.c`: a table",
        "JOB_LOCK_TIMEOUT is `-1s`: a duration from 0 to 24h",
        "LOCK_TIMEOUT is `0`: a duration from 100ms to 10m",
        "LOCK_ATTEMPTS is `0`: a whole number from 1 to 99",
        "STATEMENT_TIMEOUT is `10ms`: a duration from 1s",
        "OUT_OF_ORDER is `yes`: on or off",
        "SCRATCH_URL is `(hidden)`: it must name",
        "no rule is called `nonsense`",
    ] {
        assert!(words.contains(name), "{name}: {words}");
    }
    assert!(!words.contains("s3cr3t"), "{words}");
}

#[test]
fn only_some_commands_need_a_database() {
    assert!(faults(&[], true).starts_with("DATABASE_URL is not set: the database"));
    assert!(config(&[]).database.is_none());
    let unreadable = faults(&[("DATABASE_URL_FILE", "/nowhere")], true);
    assert!(unreadable.starts_with("DATABASE_URL_FILE is `/nowhere`: the file can't be read"));
    assert!(!unreadable.contains("not set"), "{unreadable}");
}

#[test]
fn unset_is_the_default() {
    let config = config(&[]);
    assert_eq!(config.migrations_dir, PathBuf::from("migrations"));
    assert_eq!(config.schema_dir, PathBuf::from("schema"));
    assert_eq!(config.migrations_table, VersionTable::default());
    assert_eq!(config.job_lock_timeout, Duration::from_mins(5));
    assert_eq!(config.lock_timeout, Duration::from_secs(5));
    assert_eq!(config.lock_attempts.get(), 5);
    assert_eq!(config.statement_timeout, Duration::from_mins(15));
    assert!(!config.out_of_order);
    assert_eq!((config.execution, config.task_index), (None, 0));
}

#[test]
fn zero_needs_no_unit() {
    let config = config(&[
        ("STATEMENT_TIMEOUT", "0"),
        ("JOB_LOCK_TIMEOUT", "0"),
        ("LOCK_TIMEOUT", "1m 30s"),
    ]);
    assert_eq!(config.statement_timeout, Duration::ZERO);
    assert_eq!(config.job_lock_timeout, Duration::ZERO);
    assert_eq!(config.lock_timeout, Duration::from_secs(90));
}

#[test]
fn the_platform_tells_which_attempt_of_which_run_this_is() {
    let config = config(&[
        ("CLOUD_RUN_EXECUTION", "shop-migrate-x7f2"),
        ("CLOUD_RUN_TASK_ATTEMPT", "2"),
        ("CLOUD_RUN_TASK_INDEX", "1"),
    ]);
    let expected = Execution {
        id: "shop-migrate-x7f2".to_owned(),
        attempt: 2,
    };
    assert_eq!((config.execution, config.task_index), (Some(expected), 1));
}

#[cfg(feature = "cloud")]
#[test]
fn a_token_and_a_password_exclude_each_other() {
    let url = ("DATABASE_URL", "postgres://u@h/db");
    let words = faults(
        &[
            url,
            ("DATABASE_AUTH", "iam"),
            ("DATABASE_PASSWORD", "s3cr3t"),
        ],
        true,
    );
    assert!(
        words.contains("DATABASE_PASSWORD is `(hidden)`: with DATABASE_AUTH=iam"),
        "{words}"
    );
}
