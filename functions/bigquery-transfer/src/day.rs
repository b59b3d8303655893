//! What the record of a day keeps: the verified export, and its tables.

use std::collections::BTreeMap;
use std::mem;

use function_core::{Stamp, VerifiedMessage};
use jiff::{SignedDuration, Timestamp};
use run_record::RunRecord;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::day_table::{DayTable, Standing};
use crate::error::TransferError;
use crate::exports::KnownExport;
use crate::place::{Engine, ExportPlace};
use crate::reconcile::Reconciled;
use crate::tables::WantedTable;

/// A day of a source: the checkpoint of its run record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Day {
    /// The export.
    pub(crate) message: VerifiedMessage,
    /// When the message was published: of two exports of a day, the one that was announced later counts.
    pub(crate) published: Timestamp,
    /// Runs may start from here on: the transfer service sees all files.
    pub(crate) ready: Timestamp,
    /// When we heard of it, or a person opened it again.
    pub(crate) opened: Timestamp,
    /// The newest day of the source before this one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) previous: Option<Stamp>,
    /// When runs began to be started.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) begun: Option<Timestamp>,
    /// What a person opened it again with, so that a redelivery does not open it once more.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) opened_by: Option<String>,
    /// Whether it was begun before: with another export, or before a person opened it again.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub(crate) is_again: bool,
    /// Whether every config is to be written again.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub(crate) rewrite: bool,
    /// Whether the configs are back at the path that the next scheduled run reads.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub(crate) is_path_back: bool,
    /// Where the dataset is; known while the configs are in order.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) location: Option<String>,
    /// The wanted tables by their keys; final once the configs are in order.
    #[serde(default)]
    pub(crate) tables: BTreeMap<String, DayTable>,
    /// What a person should know although all may end well.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub(crate) warnings: Vec<String>,
    /// The tables that the previous day had and this export does not have.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub(crate) left: Vec<String>,
}

impl Day {
    /// The day that `message` announces, published at `published`, whose files are seen `delay` after the newest was written.
    pub(crate) fn new(
        message: VerifiedMessage,
        published: Timestamp,
        delay: SignedDuration,
        now: Timestamp,
    ) -> Self {
        // What was verified before the message was published is no newer than the message.
        let newest = message
            .newest_file
            .map_or(published, |time| time.min(published));
        Self {
            message,
            published,
            ready: newest + delay,
            opened: now,
            previous: None,
            begun: None,
            opened_by: None,
            is_again: false,
            rewrite: false,
            is_path_back: false,
            location: None,
            tables: BTreeMap::new(),
            warnings: Vec::new(),
            left: Vec::new(),
        }
    }

    /// The day that `record` keeps; `None` where whoever made the record came no further.
    pub(crate) fn of(record: &RunRecord) -> Result<Option<Self>, TransferError> {
        let Some(checkpoint) = record.checkpoint.clone() else {
            return Ok(None);
        };
        let day = serde_json::from_value(checkpoint);
        day.map(Some).map_err(|source| TransferError::Unreadable {
            object: format!("the run record {}", record.run),
            source,
        })
    }

    /// Whether `message`, published at `published`, announces another export of the day, and not an older one.
    pub(crate) fn is_replaced_by(&self, message: &VerifiedMessage, published: Timestamp) -> bool {
        self.message != *message && published > self.published
    }

    /// The day `next` in the place of this one: what was started does not count any more, and is waited for.
    pub(crate) fn replaced_by(self, next: Self) -> Self {
        let tables = self.tables.into_iter();
        let tables = tables.map(|(key, table)| (key, table.begun_again()));
        Self {
            tables: tables.collect(),
            previous: self.previous,
            is_again: true,
            ..next
        }
    }

    /// The same day, opened again by `asked`.
    pub(crate) fn opened_again(self, asked: Option<String>, now: Timestamp) -> Self {
        let again = Self {
            begun: None,
            opened: now,
            opened_by: asked,
            rewrite: true,
            is_path_back: false,
            location: None,
            ..self.clone()
        };
        self.replaced_by(again)
    }

    /// As the record keeps it; `run` is the record's.
    pub(crate) fn to_value(&self, run: &str) -> Result<Value, TransferError> {
        serde_json::to_value(self).map_err(|source| TransferError::Unreadable {
            object: format!("the run record {run}"),
            source,
        })
    }

    /// Where the export is.
    pub(crate) fn place(&self) -> Result<ExportPlace, TransferError> {
        Ok(ExportPlace {
            bucket: self.message.bucket.clone(),
            prefix: self.message.prefix.clone(),
            engine: self.engine()?,
            logical_date: self.message.logical_date,
        })
    }

    /// The tables of the export, chosen or not.
    pub(crate) fn exported(&self) -> Result<Vec<WantedTable>, TransferError> {
        let engine = self.engine()?;
        let tables = self.message.tables.iter();
        let tables = tables
            .map(|table| WantedTable::new(engine, &table.database, &table.schema, &table.table));
        Ok(tables.collect())
    }

    fn engine(&self) -> Result<Engine, TransferError> {
        engine_of(&self.message)
    }

    /// Whether the configs are in order.
    pub(crate) fn is_reconciled(&self) -> bool {
        self.location.is_some()
    }

    /// Notes the configs of the wanted tables, and what is wanted but was not exported.
    pub(crate) fn reconciled(&mut self, reconciled: Reconciled) -> Result<(), TransferError> {
        let mut before = mem::take(&mut self.tables);
        let exported = self.exported()?.into_iter().zip(&self.message.tables);
        for (table, counted) in exported {
            let Some(config) = reconciled.configs.get(&table.key) else {
                continue;
            };
            let entry = DayTable {
                rows: counted.rows,
                destination: table.destination(),
                config: Some(config.clone()),
                ..before.remove(&table.key).unwrap_or_default()
            };
            self.tables.insert(table.key, entry);
        }
        for key in reconciled.missing {
            let why =
                "the verified export does not have it; what is in BigQuery is older".to_owned();
            let entry = DayTable {
                standing: Standing::Failed { why },
                ..before.remove(&key).unwrap_or_default()
            };
            self.tables.insert(key, entry);
        }
        self.location = Some(reconciled.location);
        self.warnings = reconciled.warnings;
        self.rewrite = false;
        Ok(())
    }

    /// The export as the configs' half of the function knows it.
    pub(crate) fn known(&self) -> Result<KnownExport, TransferError> {
        let source = &self.message.source;
        Ok(KnownExport::told(source, self.place()?, self.exported()?))
    }

    /// Ends every table of the export as failed: the configs are not in order.
    pub(crate) fn fail_all(&mut self, why: &str) {
        let exported = self.exported().unwrap_or_default();
        let standing = Standing::Failed {
            why: why.to_owned(),
        };
        for table in exported {
            self.tables.entry(table.key).or_default().standing = standing.clone();
        }
        self.location = Some(String::new());
    }

    /// The keys of the tables that `is_so`.
    pub(crate) fn keys(&self, is_so: impl Fn(&DayTable) -> bool) -> Vec<String> {
        let tables = self.tables.iter().filter(|(_, table)| is_so(table));
        tables.map(|(key, _)| key.clone()).collect()
    }

    /// Notes which tables of the day `previous` the export does not have: they stay as they are in BigQuery.
    pub(crate) fn note_left(&mut self, previous: &Self) -> Result<(), TransferError> {
        let exported = self.exported()?;
        let mut left = previous.keys(|table| table.config.is_some());
        left.retain(|key| {
            !self.tables.contains_key(key) && !exported.iter().any(|table| table.key == *key)
        });
        self.left = left;
        Ok(())
    }

    /// Whether every table is at its end.
    pub(crate) fn is_judged(&self) -> bool {
        self.is_reconciled() && self.tables.values().all(|table| table.standing.is_end())
    }

    /// The tables that did not arrive, and why.
    pub(crate) fn failures(&self) -> Vec<(&str, &str)> {
        let failed = self
            .tables
            .iter()
            .filter_map(|(key, table)| match &table.standing {
                Standing::Failed { why } => Some((key.as_str(), why.as_str())),
                _ => None,
            });
        failed.collect()
    }

    /// What the report and the record count.
    pub(crate) fn counts(&self) -> BTreeMap<String, u64> {
        let mut counts =
            ["tables", "started", "loaded", "empty", "failed", "rows"].map(|name| (name, 0));
        let [tables, started, loaded, empty, failed, rows] = &mut counts;
        for table in self.tables.values() {
            tables.1 += 1;
            started.1 += u64::from(table.run.is_some());
            match &table.standing {
                Standing::Waiting | Standing::Started => {}
                Standing::Loaded { rows: number } => {
                    loaded.1 += 1;
                    rows.1 += number;
                }
                Standing::Empty => empty.1 += 1,
                Standing::Failed { .. } => failed.1 += 1,
            }
        }
        counts
            .map(|(name, number)| (name.to_owned(), number))
            .into()
    }

    /// What it waits for, in words.
    pub(crate) fn progress(&self, now: Timestamp) -> String {
        if !self.is_reconciled() {
            return "its transfer configs are not in order yet".to_owned();
        }
        let all = self.tables.len();
        let ended = self.keys(|table| table.standing.is_end()).len();
        let started = self.keys(|table| table.standing == Standing::Started).len();
        if now < self.ready {
            return format!("waits until {} for the files to be seen", self.ready);
        }
        format!("{ended} of {all} tables at their end, {started} under way")
    }
}

/// The kind of database that `message` is of.
pub(crate) fn engine_of(message: &VerifiedMessage) -> Result<Engine, TransferError> {
    message.engine.parse().map_err(|()| TransferError::Engine {
        engine: message.engine.clone(),
    })
}
