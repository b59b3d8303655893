//! What is in an export's folder, by table.
//!
//! ```text
//! export_info_{id}.json
//! export_tables_info_{id}_from_1_to_N.json
//! {database}/{schema}.{table}/{batch}/part-00000-{uuid}.gz.parquet    batches from 1, gaps in part numbers
//! {database}/{schema}.{table}/{batch}/_SUCCESS                        also of an empty table
//! {database}/{schema}.{table}/part-00000-{uuid}.gz.parquet            older exports: no batches, and perhaps no _SUCCESS
//! ```
//!
//! **Source**: Amazon RDS User Guide, "File naming convention"; see `docs/observed/rds.md`.

use std::collections::{BTreeMap, BTreeSet};

use cloud_store::ObjectMeta;
use jiff::Timestamp;

use super::Faults;

const SUCCESS: &str = "_SUCCESS";
const PARQUET: &str = ".parquet";

/// The objects of an export.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    /// The objects beside the tables' folders.
    pub(crate) top: Vec<String>,
    /// By folder: `{database}/{schema}.{table}`.
    tables: BTreeMap<String, TableFiles>,
    /// Parquet files that are in no table's folder.
    lost: Vec<String>,
}

/// The objects of one table.
#[derive(Debug, Default)]
pub(crate) struct TableFiles {
    folder: String,
    /// The batch folders, and whether each has its `_SUCCESS`. The one without a name is the table's own, of older exports,
    /// where nobody has seen whether there is a `_SUCCESS`.
    batches: BTreeMap<String, bool>,
    /// The Parquet files.
    pub(crate) parquet: Vec<ObjectMeta>,
}

impl Layout {
    /// Sorts `objects`, whose keys are relative to the export's folder.
    pub(crate) fn of(objects: &[ObjectMeta]) -> Self {
        let mut layout = Self::default();
        // A key that ends in a slash marks a folder: consoles and copying tools leave such objects behind.
        for object in objects.iter().filter(|object| !object.key.ends_with('/')) {
            let parts: Vec<&str> = object.key.split('/').collect();
            match &parts[..] {
                [database, table, batch @ .., name] => {
                    let batch = batch.join("/");
                    layout.table(database, table).add(batch, name, object);
                }
                _ if object.key.ends_with(PARQUET) => layout.lost.push(object.key.clone()),
                [name] => layout.top.push((*name).to_owned()),
                // Anything else is no part of an export.
                _ => {}
            }
        }
        layout
    }

    fn table(&mut self, database: &str, table: &str) -> &mut TableFiles {
        let folder = format!("{database}/{table}");
        self.tables
            .entry(folder.clone())
            .or_insert_with(|| TableFiles {
                folder,
                ..TableFiles::default()
            })
    }

    /// Takes the files of the first of `folders` that there is.
    pub(crate) fn take(&mut self, folders: &[String]) -> Option<TableFiles> {
        folders.iter().find_map(|folder| self.tables.remove(folder))
    }

    /// The folders with data that were not taken: tables that no info file lists.
    pub(crate) fn unlisted(&self) -> Faults {
        let with_data = self
            .tables
            .values()
            .filter(|table| !table.parquet.is_empty());
        let folders = with_data.map(|table| table.folder.as_str());
        let names = folders.chain(self.lost.iter().map(String::as_str));
        names
            .map(|name| format!("{name} holds data, but no export_tables_info file lists it"))
            .collect()
    }
}

impl TableFiles {
    fn add(&mut self, batch: String, name: &str, object: &ObjectMeta) {
        *self.batches.entry(batch).or_default() |= name == SUCCESS;
        if name.ends_with(PARQUET) {
            self.parquet.push(object.clone());
        }
    }

    /// Whether each batch is complete, and none is missing.
    pub(crate) fn check(&self, faults: &mut Faults) {
        let folder = &self.folder;
        let open = self
            .batches
            .iter()
            .filter(|(batch, has_success)| !batch.is_empty() && !**has_success);
        faults.extend(open.map(|(batch, _)| format!("{folder}/{batch} has no _SUCCESS")));
        let numbers: BTreeSet<u64> = self
            .batches
            .keys()
            .filter_map(|batch| batch.parse().ok())
            .collect();
        let last = numbers.last().copied().unwrap_or(0);
        let missing = (1..=last).filter(|number| !numbers.contains(number));
        faults.extend(missing.map(|number| {
            format!("{folder}/{number} is missing, although there is a batch {last}")
        }));
    }

    /// When the newest Parquet file was written.
    pub(crate) fn newest(&self) -> Option<Timestamp> {
        self.parquet.iter().filter_map(|file| file.modified).max()
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.parquet.iter().map(|file| file.size_bytes).sum()
    }
}
