//! BigQuery and its Data Transfer Service, asked over the wire.

mod binary;
mod bq;
mod configs;
mod faults;
mod loading;
mod paging;
mod patching;
mod publishing;
mod runs;
mod tables;
mod validation;

use jiff::Timestamp;
use serde_json::{Value, json};
use simulators::bigquery::{BigQuery, Options};

/// Two in the morning of 22 November 2026 in Tokyo.
const NOW: &str = "2026-11-21T17:00:00Z";
/// The midnight before it.
const MIDNIGHT: &str = "2026-11-21T15:00:00Z";
const PARENT: &str = "/v1/projects/demo-project/locations/asia-northeast1/transferConfigs";
const DATASET: &str = "app_prod_rds_data";

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

/// A standing clock, the dataset of the article in Tokyo, and a table of three rows in it.
struct Night {
    bigquery: BigQuery,
    client: reqwest::Client,
}

impl Night {
    fn start() -> Self {
        Self::with(Options::default())
    }

    fn with(options: Options) -> Self {
        let now = Some(at(NOW));
        let bigquery = BigQuery::start(Options { now, ..options });
        bigquery.add_dataset(DATASET, "asia-northeast1");
        bigquery.add_table(DATASET, "users", 3);
        Self {
            bigquery,
            client: reqwest::Client::new(),
        }
    }

    async fn ask(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let method = method.parse().unwrap();
        let url = format!("{}{path}", self.bigquery.address());
        let mut request = self.client.request(method, url);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        self.ask("GET", path, None).await
    }

    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.ask("POST", path, Some(body)).await
    }

    /// Creates a config and gives its name.
    async fn create(&self, config: Value) -> String {
        let (status, made) = self.post(PARENT, config).await;
        assert_eq!(status, 200, "{made}");
        made["name"].as_str().unwrap().to_owned()
    }

    /// Starts a run for a time and gives its name.
    async fn run(&self, config: &str, time: &str) -> String {
        let body = json!({ "requestedRunTime": time });
        let (status, started) = self
            .post(&format!("/v1/{config}:startManualRuns"), body)
            .await;
        assert_eq!(status, 200, "{started}");
        started["runs"][0]["name"].as_str().unwrap().to_owned()
    }

    /// Starts a run, ends it, and gives it with its log as one text.
    async fn ended(&self, config: &str, time: &str) -> (Value, String) {
        let run = self.run(config, time).await;
        self.bigquery.finish_runs();
        let (_, ended) = self.get(&format!("/v1/{run}")).await;
        let (_, log) = self.get(&format!("/v1/{run}/transferLogs")).await;
        (ended, log.to_string())
    }

    fn rows(&self, table: &str) -> Option<u64> {
        self.bigquery.rows(DATASET, table)
    }

    fn assert_no_violation(&self) {
        assert_eq!(self.bigquery.violations(), [""; 0]);
    }
}

/// A config of a table of the article, for manual runs.
fn config(table: &str) -> Value {
    let path = format!(r#"s3://backups/export-{{run_time+9h|"%Y%m%d"}}/app/app.{table}/*.parquet"#);
    json!({
        "dataSourceId": "amazon_s3",
        "destinationDatasetId": DATASET,
        "displayName": format!("app-{table}-transfer"),
        "scheduleOptions": { "disableAutoScheduling": true },
        "notificationPubsubTopic": "projects/demo-project/topics/finished",
        "params": {
            "destination_table_name_template": table,
            "data_path": path,
            "access_key_id": "AKIAEXAMPLE",
            "secret_access_key": "hush",
            "file_format": "PARQUET",
            "write_disposition": "WRITE_TRUNCATE",
        },
    })
}
