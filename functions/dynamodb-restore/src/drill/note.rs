//! What is known of a table's drills: `drills/{table}.json` beside the run records.

use cloud_store::Put;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::RestoreError;
use crate::function::DynamodbRestore;

/// What is known of a table's drills.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Note {
    /// A scratch table that may be there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) scratch: Option<String>,
    /// The last restore that was proven.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) proven: Option<Proof>,
}

/// A restore that was proven.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Proof {
    pub(super) run: String,
    pub(super) time: Timestamp,
}

impl DynamodbRestore {
    /// The note of `table`; one that can't be understood is as good as none.
    pub(super) async fn note(&self, table: &str) -> Result<Note, RestoreError> {
        let found = self.runs.read(&key(table)).await?;
        Ok(found
            .and_then(|(_, content)| serde_json::from_slice(&content).ok())
            .unwrap_or_default())
    }

    pub(super) async fn keep_note(&self, table: &str, note: &Note) -> Result<(), RestoreError> {
        let content = serde_json::to_vec_pretty(note).unwrap_or_default();
        self.runs
            .put(&key(table), content, &Put::new("application/json"))
            .await?;
        Ok(())
    }
}

fn key(table: &str) -> String {
    format!("drills/{table}.json")
}
