//! What an export tells of itself: `export_info` and `export_tables_info`.

use std::collections::BTreeMap;

use cloud_store::Store;
use function_core::Table;
use serde::Deserialize;

use super::layout::{Layout, TableFiles};
use super::{Faults, VerifyError};
use crate::source::{Status, Task};

/// What all info files say together.
#[derive(Debug, Default)]
pub(crate) struct Info {
    pub(crate) tables: Vec<TableInfo>,
    /// What a person should know of the lists although nothing proves that something is missing.
    pub(crate) warnings: Vec<String>,
}

/// `export_info_{id}.json`, as far as it is checked.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExportInfo {
    export_task_identifier: Option<String>,
    status: Option<String>,
    source_arn: Option<String>,
}

/// `export_tables_info_{id}_from_{first}_to_{last}.json`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TablesInfo {
    per_table_status: Vec<TableInfo>,
}

/// One entry of `perTableStatus`: a table, or a whole database with a warning.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TableInfo {
    /// `database.schema.table`.
    pub(crate) target: String,
    #[serde(default)]
    pub(crate) status: String,
    #[serde(default)]
    warning_message: Option<String>,
    #[serde(default)]
    table_statistics: Option<Statistics>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Statistics {
    #[serde(default)]
    partitioning_info: Option<Partitions>,
}

/// The ranges that RDS read the table by. Not its batches: one without rows leaves no file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Partitions {
    number_of_partitions: Option<u64>,
    number_of_completed_partitions: Option<u64>,
}

impl Info {
    /// Reads the info files; what is wrong with them goes to `faults`.
    pub(crate) async fn read(
        folder: &Store,
        task: &Task,
        layout: &Layout,
        faults: &mut Faults,
    ) -> Result<Self, VerifyError> {
        let key = format!("export_info_{}.json", task.id);
        if let Some(info) = read::<ExportInfo>(folder, &key, faults).await? {
            faults.extend(info.faults(&key, task));
        }
        let head = format!("export_tables_info_{}_from_", task.id);
        let ranges = layout.top.iter().filter_map(|name| {
            let range = name.strip_prefix(&head)?.strip_suffix(".json")?;
            let (first, last) = range.split_once("_to_")?;
            Some((
                first.parse::<u64>().ok()?,
                (last.parse::<u64>().ok()?, name),
            ))
        });
        let ranges: BTreeMap<_, _> = ranges.collect();
        if ranges.is_empty() {
            faults.push(format!("{head}….json does not exist"));
        }
        let mut info = Self::default();
        let mut next = 1;
        for (first, (last, name)) in ranges {
            if first != next {
                faults.push(format!(
                    "the export_tables_info file from {next} on is missing"
                ));
            }
            next = last.saturating_add(1);
            if let Some(tables) = read::<TablesInfo>(folder, name, faults).await? {
                let listed = tables.per_table_status.len() as u64;
                // Whether RDS counts each entry is not known, so fewer of them prove nothing.
                if listed < last.saturating_add(1).saturating_sub(first) {
                    info.warnings
                        .push(format!("{name} names {first} to {last} but lists {listed}"));
                }
                info.tables.extend(tables.per_table_status);
            }
        }
        info.tables.sort();
        info.tables.dedup();
        Ok(info)
    }
}

/// The JSON object at `key`, or `None` with a fault.
async fn read<T: serde::de::DeserializeOwned>(
    folder: &Store,
    key: &str,
    faults: &mut Faults,
) -> Result<Option<T>, VerifyError> {
    let Some((meta, content)) = folder.read(key).await? else {
        faults.push(format!("{key} does not exist"));
        return Ok(None);
    };
    match serde_json::from_slice(&content) {
        Ok(value) => Ok(Some(value)),
        Err(error) => {
            let size = meta.size_bytes;
            faults.push(format!("{key} of {size} bytes is not whole: {error}"));
            Ok(None)
        }
    }
}

impl ExportInfo {
    fn faults(&self, key: &str, task: &Task) -> Faults {
        let mut faults = Faults::new();
        let mut expect = |what: &str, found: &Option<String>, expected: &str| {
            if let Some(found) = found
                && found != expected
            {
                faults.push(format!("{key}: {what} is {found}, not {expected}"));
            }
        };
        expect(
            "exportTaskIdentifier",
            &self.export_task_identifier,
            &task.id,
        );
        expect("sourceArn", &self.source_arn, &task.source_arn);
        let status = self.status.as_deref().unwrap_or("missing");
        if Status::of(status) != Status::Complete {
            faults.push(format!("{key}: status is {status}, not COMPLETE"));
        }
        faults
    }
}

impl TableInfo {
    /// Whether RDS calls the table, or the database, complete.
    pub(crate) fn is_complete(&self) -> bool {
        Status::of(&self.status) == Status::Complete
    }

    /// What RDS warns of, if it does: no words are no warning.
    pub(crate) fn warning(&self) -> Option<&str> {
        self.warning_message
            .as_deref()
            .filter(|words| !words.trim().is_empty())
    }

    /// What RDS did not read of a table that it calls complete.
    pub(crate) fn partition_fault(&self) -> Option<String> {
        let partitions = self.table_statistics.as_ref()?.partitioning_info.as_ref()?;
        let all = partitions.number_of_partitions?;
        let completed = partitions.number_of_completed_partitions?;
        (completed < all).then(|| {
            format!(
                "{}: {completed} of {all} partitions are complete",
                self.target
            )
        })
    }

    /// A target without a dot is a whole database, which has no folder of its own.
    pub(crate) fn is_table(&self) -> bool {
        self.target.contains('.')
    }

    /// Where its files may be, below the export's folder: `database/schema.table`; of a target of two parts, as `MySQL`
    /// may have it, also `database/database.table`.
    pub(crate) fn folders(&self) -> Vec<String> {
        let (database, rest) = self.target.split_once('.').unwrap_or((&self.target, ""));
        let (database, rest) = (path_part(database), path_part(rest));
        let mut folders = vec![format!("{database}/{rest}")];
        if !rest.starts_with(&format!("{database}.")) {
            folders.push(format!("{database}/{database}.{rest}"));
        }
        folders
    }

    /// The table with its files, the rows yet to be counted.
    pub(crate) fn table(&self, files: &TableFiles) -> Table {
        let (database, rest) = self.target.split_once('.').unwrap_or((&self.target, ""));
        let (schema, table) = rest.split_once('.').unwrap_or((database, rest));
        Table {
            database: database.to_owned(),
            schema: schema.to_owned(),
            table: table.to_owned(),
            rows: 0,
            bytes: files.bytes(),
            files: files.parquet.len() as u64,
        }
    }
}

/// **Source**: Amazon RDS User Guide: these characters of names become `_` in paths.
fn path_part(name: &str) -> String {
    name.replace(['\\', '`', '"', ' '], "_")
}
