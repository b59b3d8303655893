//! A reader of exports that believes nothing: it looks at the task, the info files and the objects.

use std::collections::BTreeMap;

use ::bytes::Bytes;
use parquet::file::reader::FileReader as _;
use parquet::file::serialized_reader::SerializedFileReader;
use serde_json::Value;
use simulators::Objects;
use simulators::rds::{TableTruth, Truth};

use super::Night;

/// Every object below `prefix`, by the rest of its key.
pub(super) fn below(objects: &Objects, prefix: &str) -> BTreeMap<String, Vec<u8>> {
    let Objects::Memory(kept) = objects else {
        panic!("only a store in memory can be listed");
    };
    let kept = kept.lock().unwrap();
    let inside = kept.iter().filter_map(|((bucket, key), content)| {
        assert_eq!(bucket, "night");
        Some((key.strip_prefix(prefix)?.to_owned(), content.clone()))
    });
    inside.collect()
}

/// The rows of a Parquet file by its footer, after every page was unpacked.
pub(super) fn rows(content: &[u8]) -> Result<u64, String> {
    let reader = SerializedFileReader::new(Bytes::copy_from_slice(content));
    let reader = reader.map_err(|error| error.to_string())?;
    let footer = reader.metadata().file_metadata().num_rows();
    let read = reader
        .get_row_iter(None)
        .map_err(|error| error.to_string())?;
    assert_eq!(
        read.map(Result::unwrap).count(),
        usize::try_from(footer).unwrap()
    );
    Ok(footer.unsigned_abs())
}

/// Whether an export is whole, and what each table that is told of holds, as far as anybody can see.
pub(super) async fn audit(night: &Night, identifier: &str) -> (bool, BTreeMap<String, TableTruth>) {
    let task = night.task(identifier).await;
    let objects = below(&night.objects, &format!("{identifier}/"));
    let info = objects.get(&format!("export_info_{identifier}.json"));
    let info = info.is_some_and(|info| serde_json::from_slice::<Value>(info).is_ok());
    let tables = tables(&objects);
    let mut seen = BTreeMap::new();
    for told in tables.iter().flatten() {
        let parts = told["target"]
            .as_str()
            .unwrap()
            .split('.')
            .collect::<Vec<_>>();
        let folder = format!("{}/{}.{}/", parts[0], parts[1], parts[2]);
        let name = if parts[0] == parts[1] {
            format!("{}.{}", parts[0], parts[2])
        } else {
            parts.join(".")
        };
        let truth = match (&told["warningMessage"], &told["status"]) {
            (Value::String(reason), _) => TableTruth::Skipped {
                reason: reason.clone(),
            },
            (_, status) if status == "COMPLETE" => table(&objects, &folder),
            (_, status) => missing(format!("its status is {}", status.as_str().unwrap())),
        };
        seen.insert(name, truth);
    }
    let complete = |table: &TableTruth| matches!(table, TableTruth::Complete { .. });
    let whole = task["Status"] == "COMPLETE"
        && !task.contains_key("WarningMessage")
        && info
        && tables.is_some()
        && seen.values().all(complete);
    (whole, seen)
}

/// What is told of the tables; `None` when a file is missing or can't be read.
fn tables(objects: &BTreeMap<String, Vec<u8>>) -> Option<Vec<Value>> {
    let infos = objects.iter();
    let mut tables = Vec::new();
    for (_, info) in infos.filter(|(key, _)| key.starts_with("export_tables_info_")) {
        let info: Value = serde_json::from_slice(info).ok()?;
        tables.extend(info["perTableStatus"].as_array()?.clone());
    }
    (!tables.is_empty()).then_some(tables)
}

fn table(objects: &BTreeMap<String, Vec<u8>>, folder: &str) -> TableTruth {
    let mut batches = BTreeMap::<&str, (bool, u64)>::new();
    for (key, content) in objects {
        let Some(inside) = key.strip_prefix(folder) else {
            continue;
        };
        let (batch, name) = inside.rsplit_once('/').unwrap_or(("", inside));
        let batch = batches.entry(batch).or_default();
        match name {
            "_SUCCESS" => batch.0 = true,
            _ => match rows(content) {
                Ok(rows) => batch.1 += rows,
                Err(error) => return missing(error),
            },
        }
    }
    if batches.is_empty() || batches.values().any(|(marked, _)| !marked) {
        return missing("a batch has no _SUCCESS".to_owned());
    }
    let rows = batches.values().map(|(_, rows)| rows).sum();
    TableTruth::Complete { rows }
}

fn missing(why: String) -> TableTruth {
    TableTruth::Missing { why }
}

/// What is known of each table, whatever the words.
pub(super) fn kinds(tables: &BTreeMap<String, TableTruth>) -> BTreeMap<&str, String> {
    let kinds = tables.iter().map(|(name, table)| {
        let kind = match table {
            TableTruth::Complete { rows } => rows.to_string(),
            TableTruth::Skipped { reason } => reason.clone(),
            TableTruth::Missing { .. } => "missing".to_owned(),
        };
        (name.as_str(), kind)
    });
    kinds.collect()
}

/// Audits an export and compares every word with the truth, which it gives.
pub(super) async fn agree(night: &Night, identifier: &str) -> Truth {
    let truth = night.rds.truth(identifier).unwrap();
    let (whole, seen) = audit(night, identifier).await;
    assert_eq!(kinds(&seen), kinds(&truth.tables), "{truth:?}");
    assert_eq!(
        whole,
        truth.is_whole() && truth.warning.is_none(),
        "{truth:?}"
    );
    truth
}
