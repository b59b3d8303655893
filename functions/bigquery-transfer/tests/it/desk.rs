//! A desk at which a person lists tables and brings their configs in order, before any export was told of.

use std::fmt::Write as _;

use function_core::{Exit, Outcome, Report};
use serde_json::{Value, json};
use simulators::bigquery::Options;

use crate::night::{DATASET, Night, only};

/// A night with a list of tables in the place of messages.
pub(crate) struct Desk {
    pub(crate) night: Night,
}

/// Names that are easily mistaken for others, or for patterns.
pub(crate) const NAMES: [&str; 7] = [
    "users",
    "users_archive",
    "Users",
    "order-items",
    "_x",
    "顧客",
    "user",
];

impl Desk {
    pub(crate) async fn of(names: &[&str]) -> Self {
        Self::with(Options::default(), names).await
    }

    pub(crate) async fn with(options: Options, names: &[&str]) -> Self {
        let mut night = Night::with(options).await;
        night.set("DATABASE", "app");
        night.set("EXPORT_S3_BUCKET", "exports");
        night.set("EXPORT_PREFIX", "export-id-prod-app-db-{date}");
        let list = night.folder.path().join("target_tables.txt");
        night.set("TARGET_TABLES", &list.display().to_string());
        let desk = Self { night };
        desk.list(names);
        desk
    }

    /// The names of so many tables.
    pub(crate) fn many(count: usize) -> Vec<String> {
        (0..count).map(|number| format!("t{number:03}")).collect()
    }

    /// Writes the list.
    pub(crate) fn list(&self, names: &[&str]) {
        self.write(&names.join("\n"));
    }

    pub(crate) fn write(&self, text: &str) {
        let path = self.night.folder.path().join("target_tables.txt");
        std::fs::write(path, text).unwrap();
    }

    pub(crate) async fn ask(&self, request: &Value) -> Outcome {
        self.night.send("o-1", request).await
    }

    /// Brings all in order.
    pub(crate) async fn reconcile(&self) -> Report {
        only(self.ask(&json!({ "reconcile": true })).await)
    }

    /// What a check says: nothing, or what differs.
    pub(crate) async fn check(&self) -> Option<String> {
        match self.ask(&json!({ "check": true })).await {
            Outcome::Done(_) => None,
            Outcome::Drop(failure) if failure.exit == Exit::Differences => Some(failure.error),
            other => panic!("{other:?}"),
        }
    }

    /// Why a reconcile is given up, and how it exits.
    pub(crate) async fn refusal(&self) -> (Exit, String) {
        match self.ask(&json!({ "reconcile": true })).await {
            Outcome::Drop(failure) => (failure.exit, failure.error),
            other => panic!("{other:?}"),
        }
    }

    /// The writes since the last time that somebody asked.
    pub(crate) fn writes(&self) -> Vec<String> {
        let writes = self.night.bigquery.writes();
        self.night.bigquery.clear_requests();
        writes
    }

    /// The params of the config of a table.
    pub(crate) fn config(&self, table: &str) -> Value {
        let mut configs = self.night.bigquery.configs().into_iter();
        let is_of_table = |config: &Value| destination(config) == table;
        configs.find(is_of_table).unwrap()
    }

    /// Asserts that each table has one config, and the dataset has each table.
    pub(crate) fn assert_in_order(&self, names: &[&str]) {
        let configs = self.night.bigquery.configs();
        let mut found: Vec<&str> = configs.iter().map(destination).collect();
        let mut expected = names.to_vec();
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected);
        assert_eq!(self.night.bigquery.tables(DATASET), expected);
        for config in &configs {
            let mut marker = String::new();
            write!(marker, " managed:prod/app.{}", destination(config)).unwrap();
            let name = config["displayName"].as_str().unwrap();
            assert!(name.ends_with(&marker), "{name}");
        }
        assert_eq!(self.night.bigquery.violations(), [""; 0]);
    }
}

/// The table that a config writes to.
pub(crate) fn destination(config: &Value) -> &str {
    let name = &config["params"]["destination_table_name_template"];
    name.as_str().unwrap()
}
