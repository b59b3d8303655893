//! What a run will do: settings and observation in, steps out; pure, so a dry run is free.

use function_core::Stamp;
use kintone_client::ReadRequest;
use kintone_client::limits::{DAILY_REQUESTS, PAGE_RECORDS};
use kintone_format::{Column, Columns, Dialect, Generation};
use serde_json::{Value, json};

use crate::config::{BackupConfig, Config};
use crate::error::ExportError;
use crate::observe::{Observation, Previous};

/// The steps of one run.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) scope: Scope,
    pub(crate) stamp: Stamp,
    pub(crate) read: Read,
    pub(crate) columns: Columns,
    pub(crate) dialect: Dialect,
    pub(crate) ndjson_level: Option<u32>,
    pub(crate) attachments: bool,
    /// What a person should know.
    pub(crate) notices: Vec<String>,
}

/// Which records belong to the generation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scope {
    pub(crate) app: u64,
    pub(crate) condition: Option<String>,
    /// The fields to read; empty for all.
    pub(crate) fields: Vec<String>,
    /// Later records belong to the next generation.
    pub(crate) highest_id: u64,
    /// How many records there were when the run began.
    pub(crate) count: u64,
    pub(crate) windows: usize,
}

/// How the records are read at first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Read {
    /// All of them, by id.
    Full,
    /// All of them, by a cursor in this order.
    Ordered(String),
    /// Only what changed since this generation.
    Since(Stamp),
}

impl Scope {
    /// A read of the scope's records, by id.
    pub(crate) fn request(&self) -> ReadRequest {
        ReadRequest {
            app: self.app,
            condition: self.condition.clone(),
            fields: self.fields.clone(),
            after: 0,
            up_to: Some(self.highest_id),
            count: Some(self.count),
            windows: self.windows,
        }
    }
}

impl Plan {
    /// The steps for what was observed. A wrong setting is found here, before anything is written.
    pub(crate) fn new(
        config: &Config,
        stamp: Stamp,
        seen: &Observation,
    ) -> Result<Self, ExportError> {
        let backup = &config.backup;
        let columns = if backup.fields.is_empty() {
            Columns::of_form(&seen.fields, &seen.layout)
        } else {
            Columns::selected(&seen.fields, &backup.fields)?
        };
        let mut notices = Vec::new();
        if let Some(previous) = &seen.previous {
            let changes = seen.schema.changes_since(&previous.schema);
            notices.extend(changes.iter().map(ToString::to_string));
        }
        let read = read(backup, seen, &mut notices);
        let requests = requests(seen.bounds.count);
        if requests > DAILY_REQUESTS {
            tracing::warn!(
                app = seen.app,
                requests,
                daily = DAILY_REQUESTS,
                "more requests than the Standard course allows a day; INCREMENTAL=on halves them"
            );
        }
        Ok(Self {
            scope: Scope {
                app: seen.app,
                condition: backup.query.clone(),
                fields: requested_fields(backup),
                highest_id: seen.bounds.highest_id,
                count: seen.bounds.count,
                windows: config.kintone.windows,
            },
            stamp,
            read,
            columns,
            dialect: backup.dialect,
            ndjson_level: backup.ndjson_level,
            attachments: backup.attachments,
            notices,
        })
    }

    /// The steps in the form that a dry run prints.
    pub(crate) fn to_json(&self, folder: &str, records: u64) -> Value {
        let generation = Generation::new(self.stamp.clone());
        let mut writes = vec![generation.csv()];
        writes.extend(self.ndjson_level.map(|_| generation.ndjson()));
        writes.push(generation.schema());
        writes.extend(self.attachments.then(|| generation.attachments()));
        writes.extend([
            generation.checksums(),
            generation.manifest(),
            Generation::LATEST.to_owned(),
        ]);
        let read = match &self.read {
            Read::Full => "all records by id".to_owned(),
            Read::Ordered(order) => format!("all records by a cursor, in the order {order}"),
            Read::Since(stamp) => format!("what changed since {stamp}"),
        };
        json!({
            "app": self.scope.app,
            "read": read,
            "condition": self.scope.condition,
            "records": records,
            "requests": requests(records),
            "dailyRequests": DAILY_REQUESTS,
            "columns": self.columns.columns.iter().map(Column::code).collect::<Vec<_>>(),
            "folder": folder,
            "writes": writes,
            "notices": self.notices,
        })
    }
}

fn read(backup: &BackupConfig, seen: &Observation, notices: &mut Vec<String>) -> Read {
    if let Some(order) = &backup.order_by {
        return Read::Ordered(order.clone());
    }
    match &seen.previous {
        Some(previous) if backup.incremental => match why_full(backup, seen, previous) {
            None => return Read::Since(previous.latest.stamp.clone()),
            Some(reason) => notices.push(format!("all records are read: {reason}")),
        },
        _ => {}
    }
    Read::Full
}

/// Why the saved lines can't stand for unchanged records, if so.
fn why_full(
    backup: &BackupConfig,
    seen: &Observation,
    previous: &Previous,
) -> Option<&'static str> {
    let details = &previous.manifest.details;
    let ndjson = Generation::new(previous.latest.stamp.clone()).ndjson();
    if details.schema_revision != seen.fields.revision {
        Some("the form changed")
    } else if details.fields != backup.fields || details.query != backup.query {
        Some("FIELDS or QUERY changed")
    } else if details.order_by.is_some() {
        Some("the last generation is not in the order of the ids")
    } else if !previous
        .manifest
        .objects
        .iter()
        .any(|object| object.name == ndjson)
    {
        Some("the last generation has no lossless lines")
    } else {
        None
    }
}

fn requested_fields(backup: &BackupConfig) -> Vec<String> {
    if backup.fields.is_empty() {
        return Vec::new();
    }
    ["$id", "$revision"]
        .map(str::to_owned)
        .into_iter()
        .chain(backup.fields.iter().cloned())
        .collect()
}

/// Records once, ids once more for the proof, and a few for the form and the bounds.
fn requests(records: u64) -> u64 {
    2 * records.div_ceil(PAGE_RECORDS as u64) + 6
}
