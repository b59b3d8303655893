//! BigQuery and its Data Transfer Service, asked over the wire.

mod configs;

use jiff::Timestamp;
use serde_json::{Value, json};
use simulators::bigquery::{BigQuery, Options};

/// Two in the morning of 22 November 2026 in Tokyo.
const NOW: &str = "2026-11-21T17:00:00Z";
const PARENT: &str = "/v1/projects/demo-project/locations/asia-northeast1/transferConfigs";

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

/// A standing clock, the dataset of the article in Tokyo, and a table in it.
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
        bigquery.add_dataset("app_prod_rds_data", "asia-northeast1");
        bigquery.add_table("app_prod_rds_data", "users", 3);
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
}

/// A config of a table of the article, for manual runs.
fn config(table: &str) -> Value {
    json!({
        "dataSourceId": "amazon_s3",
        "destinationDatasetId": "app_prod_rds_data",
        "displayName": format!("app-{table}-transfer"),
        "scheduleOptions": { "disableAutoScheduling": true },
        "notificationPubsubTopic": "projects/demo-project/topics/finished",
        "params": {
            "destination_table_name_template": table,
            "data_path": format!(r#"s3://backups/export-{{run_time+9h|"%Y%m%d"}}/app/app.{table}/*.parquet"#),
            "access_key_id": "AKIAEXAMPLE",
            "secret_access_key": "hush",
            "file_format": "PARQUET",
            "write_disposition": "WRITE_TRUNCATE",
        },
    })
}
