//! `tasuki invoke bigquery-transfer`, against a simulated BigQuery.

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::Value;
use simulators::bigquery::{BigQuery, Options};
use tempfile::TempDir;

use crate::command::{tasuki, text};

/// The sample of an "export verified" message, as a person would hand it over.
const MESSAGE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../functions/bigquery-transfer/events/verified-mysql.json"
);

/// A BigQuery that reads the export of [`MESSAGE`], and a folder for run records.
struct Desk {
    bigquery: BigQuery,
    folder: TempDir,
    message: Value,
}

impl Desk {
    fn new() -> Self {
        let bigquery = BigQuery::start(Options::default());
        let message: Value = serde_json::from_slice(&fs::read(MESSAGE).unwrap()).unwrap();
        for table in message["tables"].as_array().unwrap() {
            let rows = table["rows"].as_u64().unwrap();
            let [prefix, database, schema, name] = [
                &message["prefix"],
                &table["database"],
                &table["schema"],
                &table["table"],
            ]
            .map(|word| word.as_str().unwrap());
            if rows > 0 {
                let key = format!("{prefix}/{database}/{schema}.{name}/1/part-00000-a.gz.parquet");
                bigquery.add_object(message["bucket"].as_str().unwrap(), &key, rows);
            }
        }
        Self {
            bigquery,
            folder: TempDir::new().unwrap(),
            message,
        }
    }

    fn invoke(&self, arguments: &[&str]) -> Output {
        let address = self.bigquery.address();
        let settings = [
            ("BIGQUERY_ENDPOINT", address.as_str()),
            ("BIGQUERY_DATA_TRANSFER_ENDPOINT", &address),
            ("PROJECT", "demo-project"),
            ("APP_NAME", "app"),
            ("ENV", "prod"),
            ("S3_ACCESS_KEY_ID", "AKIDEXAMPLE"),
            ("S3_SECRET_ACCESS_KEY", "secret-example"),
            ("RUNS_URL", "./runs"),
        ];
        let arguments = [
            &["invoke", "bigquery-transfer", "--event", MESSAGE],
            arguments,
        ]
        .concat();
        tasuki(self.folder.path(), &arguments, &settings)
    }

    /// The rows of each table in the message, and in the dataset.
    fn rows(&self) -> Vec<(u64, Option<u64>)> {
        let tables = self.message["tables"].as_array().unwrap().iter();
        let rows = tables.map(|table| {
            let name = table["table"].as_str().unwrap();
            let there = self.bigquery.rows("app_prod_rds_data", name);
            (table["rows"].as_u64().unwrap(), there)
        });
        rows.collect()
    }
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).unwrap().next().is_none()
}

#[test]
fn a_verified_export_is_transferred_and_followed_to_its_end() {
    let desk = Desk::new();
    let output = desk.invoke(&["--wait", "--interval", "1"]);
    let words = text(&output);
    assert!(output.status.success(), "{words}{output:?}");
    assert!(words.contains("bigquery-transfer: verified"), "{words}");
    for (verified, there) in desk.rows() {
        assert_eq!(there, Some(verified));
    }
    assert_eq!(desk.bigquery.violations(), [""; 0]);
}

#[test]
fn a_dry_run_prints_the_path_that_the_next_run_will_read_and_touches_nothing() {
    let desk = Desk::new();
    let output = desk.invoke(&["--dry-run"]);
    let words = text(&output);
    assert!(output.status.success(), "{words}{output:?}");
    let bucket = desk.message["bucket"].as_str().unwrap();
    let next = format!(r#""nextDataPath": "s3://{bucket}/export-id-prod-app-db-2"#);
    assert!(words.contains(&next), "{words}");
    assert!(words.contains("/app/app.users/*.parquet"), "{words}");
    assert!(!words.contains("secret-example"), "{words}");
    assert_eq!(desk.bigquery.writes(), [""; 0]);
    assert!(is_empty(desk.folder.path()));
}

#[test]
fn a_check_ends_with_3_until_the_configs_are_there_and_writes_nothing() {
    let desk = Desk::new();
    assert_eq!(desk.invoke(&["--check"]).status.code(), Some(3));
    assert_eq!(desk.bigquery.writes(), [""; 0]);
    let output = desk.invoke(&[]);
    assert!(output.status.success(), "{output:?}");
    let written = desk.bigquery.writes();
    let output = desk.invoke(&["--check"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(desk.bigquery.writes(), written);
}
