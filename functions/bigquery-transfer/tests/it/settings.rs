//! The settings: what is right, and how each fault is named.

use bigquery_transfer::Config;
use function_core::Env;

fn env() -> Env {
    Env::default()
        .with("PROJECT", "example-prod")
        .with("DATASET", "app_prod_rds_data")
        .with("S3_ACCESS_KEY_ID", "AKIAEXAMPLE")
        .with("S3_SECRET_ACCESS_KEY", "very-secret")
        .with("RUNS_URL", "gs://example-backup/runs")
}

fn refusal(env: &Env) -> String {
    let Err(error) = Config::from_env(env) else {
        panic!("the settings are taken")
    };
    error.to_string()
}

#[test]
fn the_articles_names_are_the_defaults() {
    let env = env()
        .with("DATASET", "")
        .with("PROJECT", "")
        .with("GOOGLE_CLOUD_PROJECT", "example-prod")
        .with("APP_NAME", "app")
        .with("ENV", "prod");
    let config = Config::from_env(&env).unwrap();
    assert_eq!(config.project, "example-prod");
    assert_eq!(config.dataset, "app_prod_rds_data");
    assert_eq!(config.stack, "prod");
    assert_eq!(config.prefix.as_deref(), Some("export-id-prod-{date}"));
    assert_eq!(config.location.name, "asia-northeast1");
    assert!(!config.location.is_set && config.schedule.is_none());
}

#[test]
fn every_fault_is_named_with_its_repair() {
    for (name, value, words) in [
        ("PROJECT", "", "PROJECT is not set"),
        ("PROJECT", "a/b", "PROJECT is `a/b`"),
        ("DATASET", "", "DATASET is not set"),
        (
            "DATASET",
            "app-prod",
            "DATASET is `app-prod`: a dataset's name has letters, digits and underscores only",
        ),
        ("LOCATION", "a b", "LOCATION is `a b`"),
        ("STACK", "a/b", "STACK is `a/b`"),
        (
            "ENGINE",
            "oracle",
            "ENGINE is `oracle`: mysql or postgresql",
        ),
        ("EXPORT_S3_BUCKET", "s3://a", "EXPORT_S3_BUCKET is `s3://a`"),
        (
            "EXPORT_PREFIX",
            "export",
            "EXPORT_PREFIX is `export`: the folder of an export with {date}",
        ),
        ("SCHEDULE", "17:00", "SCHEDULE is `17:00`"),
        (
            "UNWANTED",
            "burn",
            "UNWANTED is `burn`: report, disable or delete",
        ),
        ("S3_ACCESS_KEY_ID", "", "S3_ACCESS_KEY_ID_FILE is not set"),
        (
            "S3_SECRET_ACCESS_KEY",
            "very secret",
            "S3_SECRET_ACCESS_KEY is `(hidden)`",
        ),
        (
            "NOTIFICATION_TOPIC",
            "topic",
            "NOTIFICATION_TOPIC is `topic`: projects/PROJECT/topics/TOPIC",
        ),
        ("SERVICE_ACCOUNT", "me", "SERVICE_ACCOUNT is `me`"),
        ("FILE_DELAY", "5", "FILE_DELAY is `5`"),
        ("FILE_DELAY", "4m", "FILE_DELAY is `4m`: at least 5m"),
        ("RUN_TIMEOUT", "1s", "RUN_TIMEOUT is `1s`"),
        ("RUNS_URL", "", "RUNS_URL is not set"),
        ("RUNS_URL", "ftp://a", "RUNS_URL is `ftp://a`"),
        ("TIME_ZONE", "Tokyo", "TIME_ZONE is `Tokyo`"),
    ] {
        let words_of_fault = refusal(&env().with(name, value));
        assert!(words_of_fault.contains(words), "{words_of_fault}");
    }
    let all = refusal(&Env::default());
    for name in [
        "PROJECT",
        "DATASET",
        "S3_ACCESS_KEY_ID_FILE",
        "S3_SECRET_ACCESS_KEY_FILE",
        "RUNS_URL",
    ] {
        assert!(all.contains(&format!("{name} is not set")), "{name}: {all}");
    }
}

#[test]
fn no_setting_prints_a_key() {
    let printed = format!("{:?}", Config::from_env(&env()).unwrap());
    assert!(
        !printed.contains("AKIA") && !printed.contains("very-secret"),
        "{printed}"
    );
}

#[test]
fn the_settings_table_lists_what_the_code_reads() {
    let readme = include_str!("../../README.md");
    let (_, table) = readme.split_once("\n# Settings\n").unwrap();
    let (table, _) = table.split_once("\n# ").unwrap();
    let code = include_str!("../../src/config.rs");
    let elsewhere = [settings_table::LOG_AND_NOTICES, &["APP_NAME", "ENV"]].concat();
    settings_table::assert_lists_what_is_read(table, code, &elsewhere);
}
