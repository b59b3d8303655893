//! The "export verified" message, from which a receiver goes on without reading the bucket.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Says that an export is verified. A message may come more than once, and late.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VerifiedMessage {
    /// The function that verified it.
    pub function: String,
    /// The cluster, instance or table.
    pub source: String,
    /// The run's id: the same in each delivery.
    pub run: String,
    /// The day that the data is of, in the company's zone.
    pub logical_date: Date,
    /// The bucket.
    pub bucket: String,
    /// The folder of the export within the bucket, without a slash at its end.
    pub prefix: String,
    /// The database engine, such as `aurora-mysql`; `dynamodb` for `DynamoDB`.
    pub engine: String,
    /// The tables with their verified rows, in the order of their names.
    pub tables: Vec<Table>,
    /// When the newest data object was written; `None` where the sender does not know.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub newest_file: Option<Timestamp>,
}

/// One verified table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// The database; empty for `DynamoDB`.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub database: String,
    /// The schema; for `MySQL` the database again; empty for `DynamoDB`.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub schema: String,
    /// The table.
    pub table: String,
    /// Rows or items.
    pub rows: u64,
    /// Bytes of its data objects, as stored.
    pub bytes: u64,
    /// Data objects.
    pub files: u64,
}

impl Table {
    /// The name that tells it apart: `database.schema.table`, as far as it has them.
    pub fn name(&self) -> String {
        let parts = [&self.database, &self.schema, &self.table];
        let parts = parts.into_iter().filter(|part| !part.is_empty());
        parts.map(String::as_str).collect::<Vec<_>>().join(".")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGE: &str = r#"{
        "function": "rds-snapshot-export", "source": "app-db", "run": "app-db-20261121", "logicalDate": "2026-11-21",
        "bucket": "exports", "prefix": "export-id-prod-app-db-20261121", "engine": "aurora-mysql",
        "tables": [{ "database": "app", "schema": "app", "table": "users", "rows": 3, "bytes": 120, "files": 1 }]
    }"#;

    #[test]
    fn a_message_of_a_sender_that_does_not_know_its_newest_file_is_read() {
        let message: VerifiedMessage = serde_json::from_str(MESSAGE).unwrap();
        assert_eq!(message.newest_file, None);
        assert!(
            !serde_json::to_string(&message)
                .unwrap()
                .contains("newestFile")
        );
    }

    #[test]
    fn the_time_of_the_newest_file_is_handed_on() {
        let mut message: VerifiedMessage = serde_json::from_str(MESSAGE).unwrap();
        message.newest_file = Some("2026-11-20T19:02:03.5Z".parse().unwrap());
        let text = serde_json::to_string(&message).unwrap();
        assert!(
            text.contains(r#""newestFile":"2026-11-20T19:02:03.5Z""#),
            "{text}"
        );
        assert_eq!(
            serde_json::from_str::<VerifiedMessage>(&text).unwrap(),
            message
        );
    }
}
