//! An export task: where it stands at any instant, and what it has written.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use super::fault::Fault;
use super::table::Table;
use super::xml;

/// How long a task is CANCELING.
const CANCELING: Duration = Duration::from_mins(1);

/// What becomes of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Exported,
    Skipped(String),
    Omitted,
    EndsAs(String),
}

/// A table of an export.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) table: Table,
    pub(crate) fate: Fate,
}

/// An object that the export has written, and the number of the table whose it is.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) key: String,
    pub(crate) item: Option<usize>,
    pub(crate) tampered: bool,
}

/// An export task.
#[derive(Debug)]
pub(crate) struct Task {
    pub(crate) identifier: String,
    pub(crate) source_arn: String,
    pub(crate) of_cluster: bool,
    pub(crate) only: Vec<String>,
    pub(crate) bucket: String,
    pub(crate) prefix: String,
    pub(crate) role: String,
    pub(crate) key: String,
    pub(crate) snapshot_time: Option<Timestamp>,
    pub(crate) requested: Timestamp,
    pub(crate) starting: Duration,
    pub(crate) running: Duration,
    pub(crate) gigabytes: u32,
    pub(crate) faults: Vec<Fault>,
    pub(crate) items: Vec<Item>,
    pub(crate) written: Vec<Written>,
    /// How many tables are written.
    pub(crate) done: usize,
    /// Whether nothing more will be written.
    pub(crate) finished: bool,
    pub(crate) canceled: Option<Timestamp>,
    /// What the store answered when an object could not be written.
    pub(crate) broken: Option<String>,
}

impl Task {
    fn fails(&self) -> Option<(u8, &str)> {
        self.faults.iter().find_map(|fault| match fault {
            Fault::Fails { percent, cause } => Some((*percent, cause.as_str())),
            _ => None,
        })
    }

    fn begins(&self) -> Timestamp {
        self.requested + self.starting
    }

    fn ends(&self) -> Timestamp {
        let whole = u32::from(self.fails().map_or(100, |(percent, _)| percent.min(99)));
        self.begins() + self.running * whole / 100
    }

    /// How far it is by the clock alone.
    pub(crate) fn percent(&self, now: Timestamp) -> u8 {
        let now = self.canceled.map_or(now, |canceled| canceled.min(now));
        if now < self.begins() || self.hangs() {
            return 0;
        }
        let end = self.fails().map_or(100, |(percent, _)| percent);
        if now >= self.ends() {
            return end;
        }
        let elapsed = now.duration_since(self.begins()).as_millis();
        let whole = i128::try_from(self.running.as_millis()).unwrap_or(i128::MAX);
        u8::try_from(elapsed * 100 / whole.max(1))
            .unwrap_or(end)
            .min(end)
    }

    fn hangs(&self) -> bool {
        self.faults.contains(&Fault::Hangs)
    }

    pub(crate) fn status(&self, now: Timestamp) -> &str {
        if let Some(canceled) = self.canceled {
            let over = now >= canceled + CANCELING;
            return if over { "CANCELED" } else { "CANCELING" };
        }
        if self.broken.is_some() {
            return "FAILED";
        }
        if self.hangs() || now < self.begins() {
            return "STARTING";
        }
        if now < self.ends() {
            return "IN_PROGRESS";
        }
        if self.fails().is_some() {
            return "FAILED";
        }
        let other = self.faults.iter().find_map(|fault| match fault {
            Fault::EndsAs(status) => Some(status.as_str()),
            _ => None,
        });
        other.unwrap_or("COMPLETE")
    }

    /// Whether it takes one of the account's places.
    pub(crate) fn is_active(&self, now: Timestamp) -> bool {
        matches!(self.status(now), "STARTING" | "IN_PROGRESS" | "CANCELING")
    }

    /// Whether it wrote all that it will ever write, and did not fail.
    pub(crate) fn is_whole(&self, now: Timestamp) -> bool {
        let status = self.status(now);
        !self.is_active(now) && status != "FAILED" && status != "CANCELED"
    }

    pub(crate) fn started(&self, now: Timestamp) -> Option<Timestamp> {
        (self.percent(now) > 0 || self.status(now) == "IN_PROGRESS").then(|| self.begins())
    }

    pub(crate) fn ended(&self, now: Timestamp) -> Option<Timestamp> {
        let end = self
            .canceled
            .map_or_else(|| self.ends(), |canceled| canceled + CANCELING);
        (!self.is_active(now)).then_some(end)
    }

    pub(crate) fn cause(&self, now: Timestamp) -> Option<&str> {
        let scripted = self.fails().map(|(_, cause)| cause);
        let failed = self.status(now) == "FAILED";
        self.broken.as_deref().or(scripted).filter(|_| failed)
    }

    /// What `WarningMessage` says, once the task is over.
    pub(crate) fn warning(&self, now: Timestamp) -> Option<String> {
        if !self.is_whole(now) {
            return None;
        }
        let skipped = self.items.iter().filter_map(|item| match &item.fate {
            Fate::Skipped(reason) => Some(json!({ "target": item.table.name(), "reason": reason })),
            _ => None,
        });
        let skipped = skipped.collect::<Vec<_>>();
        let mut general = Vec::new();
        for fault in &self.faults {
            match fault {
                Fault::WarningMessage(text) => return Some(text.clone()),
                Fault::Warns { reason } => general.push(json!({ "reason": reason })),
                _ => {}
            }
        }
        let nothing = skipped.is_empty() && general.is_empty();
        let warning =
            json!({ "skippedTables": skipped, "skippedObjectives": [], "general": general });
        (!nothing).then(|| warning.to_string())
    }

    pub(crate) fn extracted(&self, now: Timestamp) -> u32 {
        self.gigabytes * u32::from(self.percent(now)) / 100
    }

    /// The fields of `ExportTask`.
    pub(crate) fn xml(&self, now: Timestamp) -> String {
        let only = self.only.iter().map(|name| xml::text("member", name));
        let only = only.collect::<String>();
        [
            xml::text("ExportTaskIdentifier", &self.identifier),
            xml::text("SourceArn", &self.source_arn),
            if only.is_empty() {
                only
            } else {
                xml::element("ExportOnly", &only)
            },
            xml::instant("SnapshotTime", self.snapshot_time),
            xml::instant("TaskStartTime", self.started(now)),
            xml::instant("TaskEndTime", self.ended(now)),
            xml::text("S3Bucket", &self.bucket),
            xml::text("S3Prefix", &self.prefix),
            xml::text("IamRoleArn", &self.role),
            xml::text("KmsKeyId", &self.key),
            xml::text("Status", self.status(now)),
            xml::text("PercentProgress", &self.percent(now).to_string()),
            xml::text("TotalExtractedDataInGB", &self.extracted(now).to_string()),
            xml::maybe("FailureCause", self.cause(now)),
            xml::maybe("WarningMessage", self.warning(now).as_deref()),
            xml::text(
                "SourceType",
                if self.of_cluster {
                    "CLUSTER"
                } else {
                    "SNAPSHOT"
                },
            ),
        ]
        .concat()
    }
}
