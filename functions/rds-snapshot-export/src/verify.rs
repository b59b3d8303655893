//! Whether a completed export is complete.
//!
//! RDS says `COMPLETE` also where it left tables out. So everything that an export tells of itself is
//! held against everything that is in the bucket.

mod footer;
mod info;
mod layout;
mod skipped;

use std::collections::{BTreeMap, BTreeSet};

use cloud_store::{Store, StoreError};
use function_core::{Retryable, Table, first_few};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use reconcile::{Export, Unverified, Verdict, Verified};
use serde_json::json;

use crate::config::Config;
use crate::source::{Snapshot, Task};

use footer::FooterError;
use info::{Info, TableInfo};
use layout::{Layout, TableFiles};
pub(crate) use skipped::Skipped;

/// How many faults a person is told.
const TOLD: usize = 10;

/// How many footers are read at the same time.
const CONCURRENT: usize = 16;

/// What a person does about an export that is not whole.
const REPAIR: &str = "do not use this export; see in the RDS console what happened to the task and whether anything \
                      removes objects from the bucket, then send \"force\": true, which verifies it again and exports the \
                      snapshot anew if it is still not whole";

/// What a person does about tables that RDS left out.
const SKIPPED: &str = "the next snapshot has it once the table has what RDS needs (the user guide's export chapter lists the \
                       names and rows that it skips); or list it in ALLOW_SKIPPED and send \"force\": true";

/// Why a verification could not be made.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The bucket can't be read.
    #[error("the export can't be verified")]
    Store(#[from] StoreError),
}

impl Retryable for VerifyError {
    fn is_retryable(&self) -> bool {
        let Self::Store(error) = self;
        error.is_retryable()
    }
}

/// What is wrong with an export, in words that name the object, what was expected and what was found.
pub(crate) type Faults = Vec<String>;

/// What came of a verification.
#[derive(Debug)]
pub(crate) struct Finding {
    pub(crate) verdict: Verdict,
    /// Whether another export of the same snapshot may be whole. One that only lacks what RDS skips would lack it again.
    pub(crate) is_damaged: bool,
}

/// Holds the export of `task` against what is in the bucket.
pub(crate) async fn verify(
    bucket: &Store,
    config: &Config,
    snapshot: &Snapshot,
    task: &Task,
) -> Result<Finding, VerifyError> {
    let folder = bucket.folder(&task.folder());
    let objects = folder.list("").await?;
    let mut layout = Layout::of(&objects);
    let mut faults = Faults::new();
    let info = Info::read(&folder, task, &layout, &mut faults).await?;
    let (skipped, notes) = skipped::of(task, &info.tables, &config.allow_skipped);
    let mut wanted = BTreeMap::new();
    for table in info.tables.iter().filter(|table| table.is_table()) {
        let files = layout.take(&table.folders());
        if !table.is_complete() {
            // What there is of a table that was left out is not looked at.
            continue;
        }
        faults.extend(table.partition_fault());
        match files {
            Some(files) => {
                files.check(&mut faults);
                wanted.insert(table.clone(), files);
            }
            None => faults.push(format!(
                "{} is COMPLETE, but its folder {} holds nothing",
                table.target,
                table.folders().join(" or ")
            )),
        }
    }
    faults.extend(layout.unlisted());
    faults.extend(other_order(&config.export_only, &task.only));
    faults.extend(missing_of(&config.export_only, &info.tables));
    let has_table = info.tables.iter().any(TableInfo::is_table);
    if !has_table && faults.is_empty() && skipped.is_empty() {
        faults.push("the export lists no table at all".to_owned());
    }
    let newest_file = wanted.values().filter_map(TableFiles::newest).max();
    let tables = count_rows(&folder, wanted, &mut faults).await?;
    let is_damaged = !faults.is_empty();
    let mut verdict = verdict(config, snapshot, task, (faults, skipped, notes), tables);
    if let Verdict::Verified(verified) = &mut verdict {
        verified.warnings = info.warnings;
        verified.export.newest_file = newest_file;
    }
    Ok(Finding {
        verdict,
        is_damaged,
    })
}

fn verdict(
    config: &Config,
    snapshot: &Snapshot,
    task: &Task,
    (faults, skipped, notes): (Faults, Vec<Skipped>, Vec<Skipped>),
    tables: Vec<Table>,
) -> Verdict {
    let mut words = faults.clone();
    words.extend(skipped.iter().map(|skipped| format!("skipped: {skipped}")));
    if !words.is_empty() {
        let to_do = if faults.is_empty() { SKIPPED } else { REPAIR };
        let counts = [
            ("faults", faults.len()),
            ("skipped", skipped.len()),
            ("tables", tables.len()),
        ];
        let counts = counts.map(|(name, count)| (name.to_owned(), count as u64));
        return Verdict::Unverified(Unverified {
            counts: counts.into(),
            ..Unverified::incomplete(
                format!("export task {}: {}", task.id, first_few(&words, TOLD, "; ")),
                to_do,
            )
        });
    }
    let allowed: Vec<String> = notes.iter().map(ToString::to_string).collect();
    Verdict::Verified(Box::new(Verified {
        started: task.started.unwrap_or(snapshot.created),
        export: Export {
            bucket: config.bucket.clone(),
            prefix: task.folder(),
            engine: snapshot.engine.clone(),
            tables,
            newest_file: None,
            details: json!({
                "task": task.id, "taskStarted": task.started, "taskEnded": task.ended,
                "snapshot": snapshot.id, "snapshotArn": snapshot.arn, "snapshotTime": snapshot.created,
                "exportOnly": task.only, "skipped": allowed,
            }),
        },
        warnings: Vec::new(),
        notes: allowed
            .into_iter()
            .map(|table| format!("skipped, as ALLOW_SKIPPED says: {table}"))
            .collect(),
        comparable: true,
    }))
}

/// Whether the task was started for something else than the settings say: by hand, or before they were changed.
fn other_order(wanted: &[String], given: &[String]) -> Option<String> {
    let names = |list: &[String]| list.iter().cloned().collect::<BTreeSet<_>>();
    let words = |list: &[String]| match list {
        [] => "all".to_owned(),
        list => format!("only {}", list.join(", ")),
    };
    (names(wanted) != names(given)).then(|| {
        format!(
            "it was started to export {}, but EXPORT_ONLY says {}",
            words(given),
            words(wanted)
        )
    })
}

/// What `EXPORT_ONLY` names and the export does not have.
fn missing_of(only: &[String], tables: &[TableInfo]) -> Faults {
    let is_there = |name: &&String| {
        let below = format!("{name}.");
        let has = |table: &TableInfo| table.target == **name || table.target.starts_with(&below);
        // `database.table` of MySQL is `database.database.table` in the list.
        let doubled = name
            .split_once('.')
            .map(|(database, table)| format!("{database}.{database}.{table}"));
        tables
            .iter()
            .any(|table| has(table) || doubled.as_ref() == Some(&table.target))
    };
    let missing = only.iter().filter(|name| !is_there(name));
    missing
        .map(|name| format!("EXPORT_ONLY names {name}, but the export has nothing of it"))
        .collect()
}

/// Adds up what the footers of all Parquet files say.
async fn count_rows(
    folder: &Store,
    wanted: BTreeMap<TableInfo, TableFiles>,
    faults: &mut Faults,
) -> Result<Vec<Table>, VerifyError> {
    let mut tables = Vec::with_capacity(wanted.len());
    let mut files = Vec::new();
    for (index, (info, found)) in wanted.into_iter().enumerate() {
        tables.push(info.table(&found));
        files.extend(found.parquet.into_iter().map(|file| (index, file)));
    }
    let reading = files.into_iter().map(|(index, file)| async move {
        match footer::rows(folder, &file.key, file.size_bytes).await {
            Ok(rows) => Ok((index, Ok(rows))),
            Err(FooterError::Store(error)) if error.is_retryable() => Err(error),
            Err(error) => Ok((index, Err(function_core::chain(&error)))),
        }
    });
    let mut reading = stream::iter(reading).buffer_unordered(CONCURRENT);
    let mut broken = BTreeSet::new();
    while let Some((index, rows)) = reading.try_next().await? {
        match rows {
            Ok(rows) => tables[index].rows += rows,
            Err(words) => {
                broken.insert(words);
            }
        }
    }
    faults.extend(broken);
    tables.sort_by_key(Table::name);
    Ok(tables)
}
