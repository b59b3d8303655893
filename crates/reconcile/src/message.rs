//! The "export verified" message, from which a receiver goes on without reading the bucket.

use cloud_topic::Message;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{ExportManifest, Table};

/// Says that an export is verified.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VerifiedMessage {
    /// The function that verified it.
    pub function: String,
    /// The cluster, instance or table.
    pub source: String,
    /// The run's id. A message may come more than once; it is the same run.
    pub run: String,
    /// The day that the data is of, in the company's zone.
    pub logical_date: Date,
    /// The bucket.
    pub bucket: String,
    /// The folder of the export within the bucket.
    pub prefix: String,
    /// The database engine.
    pub engine: String,
    /// The tables with their verified rows.
    pub tables: Vec<Table>,
}

impl VerifiedMessage {
    pub(crate) fn of(manifest: &ExportManifest) -> Self {
        let details = &manifest.details;
        Self {
            function: manifest.function.clone(),
            source: details.source.clone(),
            run: manifest.run.clone(),
            logical_date: details.logical_date,
            bucket: details.export.bucket.clone(),
            prefix: details.export.prefix.clone(),
            engine: details.export.engine.clone(),
            tables: details.export.tables.clone(),
        }
    }

    /// The message, with what a subscription may filter on as attributes.
    pub(crate) fn into_message(self) -> Result<Message, serde_json::Error> {
        Ok(Message::new(serde_json::to_vec(&self)?)
            .attribute("function", &self.function)
            .attribute("source", &self.source)
            .attribute("run", &self.run))
    }
}
