//! Verified runs of dynamodb-export: which one is meant, and the links that it goes back to.

use cloud_store::Store;
use dynamodb_format::KeySchema;
use function_core::Env;
use jiff::Timestamp;
use jiff::civil::Date;
use reconcile::ExportManifest;
use run_record::Latest;
use serde::Deserialize;

use super::export::{self, Export, SUMMARY, backup};
use super::place::{Place, joined};
use super::{Source, chain};
use crate::error::RestoreError;

/// The function whose manifests these are, and their folder.
const FOLDER: &str = "verified/dynamodb-export";
const MANIFEST: &str = ".manifest.json";
const LATEST: &str = "latest.json";

/// The most links of a chain. dynamodb-export makes one a day, and begins anew after a year at the latest.
const LONGEST: usize = 1000;

/// What dynamodb-export tells of an export; other fields are not needed here.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Details {
    export_arn: String,
    table_id: String,
    /// Older runs do not tell them.
    keys: Option<KeySchema>,
    /// Of a full export.
    export_time: Option<Timestamp>,
    /// Of an incremental one.
    to: Option<Timestamp>,
    previous: Option<String>,
    manifest_summary_key: String,
}

/// A verified run.
#[derive(Debug)]
struct Run {
    place: Place,
    bucket: String,
    details: Details,
}

impl Run {
    fn end(&self) -> Option<Timestamp> {
        self.details.to.or(self.details.export_time)
    }
}

/// The tables that have a verified backup in `home`.
pub(crate) async fn tables(home: &Store) -> Result<Vec<String>, RestoreError> {
    let folder = home.folder(FOLDER);
    let objects = folder.list("").await?;
    let names = objects
        .iter()
        .filter_map(|object| object.key.strip_suffix(&format!("/{LATEST}")));
    Ok(names
        .filter(|name| !name.contains('/'))
        .map(str::to_owned)
        .collect())
}

/// A backup of `table` in `home`, the store that dynamodb-export writes to.
pub(super) async fn of_table(
    home: &Store,
    table: &str,
    date: Option<Date>,
    as_of: Option<Timestamp>,
    env: &Env,
) -> Result<Source, RestoreError> {
    let name = date.map_or_else(
        || LATEST.to_owned(),
        |date| format!("{}{MANIFEST}", date.strftime("%Y%m%d")),
    );
    let place = Place::open(&home.url(&format!("{FOLDER}/{table}/{name}")), env).await?;
    at(&place, as_of, env).await
}

/// The backup of the manifest, or the pointer to one, at `place`.
pub(super) async fn at(
    place: &Place,
    as_of: Option<Timestamp>,
    env: &Env,
) -> Result<Source, RestoreError> {
    let newest = match (place.name(), as_of) {
        (LATEST, Some(as_of)) => newest_before(place, as_of).await?,
        (LATEST, None) => pointed_at(place).await?,
        _ => not_after(read(place).await?, as_of).await?,
    };
    let mut exports = vec![export_of(&newest, env).await?];
    let mut run = newest;
    let mut keys = run.details.keys.clone();
    while let Some(previous) = run.details.previous.clone() {
        if exports.len() > LONGEST {
            return Err(backup(
                place,
                &format!("its chain has more than {LONGEST} links"),
            ));
        }
        run = read(&run.place.beside(&previous)).await?;
        keys = keys.or_else(|| run.details.keys.clone());
        exports.push(export_of(&run, env).await?);
    }
    // All links are of one table.
    Ok(Source {
        keys,
        ..chain::of_exports(exports, as_of)?
    })
}

async fn pointed_at(place: &Place) -> Result<Run, RestoreError> {
    let Some(content) = place.read().await? else {
        let why = "it does not exist: this table has no verified backup; run dynamodb-export until one is verified, or name one by `manifest`";
        return Err(backup(place, why));
    };
    let latest: Latest = serde_json::from_slice(&content).map_err(|error| {
        backup(
            place,
            &format!("it is no pointer of dynamodb-export: {error}"),
        )
    })?;
    read(&place.beside(&latest.manifest)).await
}

/// The newest sound run beside the pointer that reaches no further than `as_of`.
async fn newest_before(pointer: &Place, as_of: Timestamp) -> Result<Run, RestoreError> {
    let prefix = joined(pointer.folder(), "");
    let objects = pointer.store.list(&prefix).await?;
    let mut keys: Vec<String> = objects.into_iter().map(|object| object.key).collect();
    keys.retain(|key| key.ends_with(MANIFEST));
    while let Some(key) = keys.pop() {
        let run = match read(&pointer.at(key)).await {
            Err(RestoreError::Backup { .. }) => continue,
            run => run?,
        };
        if run.end().is_some_and(|end| end <= as_of) {
            return Ok(run);
        }
    }
    Err(backup(
        pointer,
        &format!("no verified backup is as of {as_of} or earlier"),
    ))
}

/// The run, or the last link before it that reaches no further than `as_of`.
async fn not_after(mut run: Run, as_of: Option<Timestamp>) -> Result<Run, RestoreError> {
    let Some(as_of) = as_of else {
        return Ok(run);
    };
    while run.end().is_none_or(|end| end > as_of) {
        let Some(previous) = run.details.previous.clone() else {
            return Err(backup(
                &run.place,
                &format!("neither it nor a link before it is as of {as_of} or earlier"),
            ));
        };
        run = read(&run.place.beside(&previous)).await?;
    }
    Ok(run)
}

async fn read(place: &Place) -> Result<Run, RestoreError> {
    let Some(content) = place.read().await? else {
        return Err(backup(place, "it does not exist"));
    };
    let wrong = |error| {
        backup(
            place,
            &format!("it is no manifest of dynamodb-export: {error}"),
        )
    };
    let manifest: ExportManifest = serde_json::from_slice(&content).map_err(wrong)?;
    if let Some(why) = manifest.details.withdrawn {
        return Err(backup(
            place,
            &format!("the export was withdrawn: {why}; take another day's"),
        ));
    }
    let export = manifest.details.export;
    Ok(Run {
        place: place.clone(),
        bucket: export.bucket,
        details: Details::deserialize(&export.details).map_err(wrong)?,
    })
}

/// The export of a run, in the bucket that was told, or beside the manifest where both were copied.
async fn export_of(run: &Run, env: &Env) -> Result<Export, RestoreError> {
    let told = &run.details.manifest_summary_key;
    let summary = match &run.place.bucket {
        Some(bucket) if *bucket == run.bucket => run.place.at(told),
        _ => match moved(run).await? {
            Some(place) => place,
            None => Place::open(&format!("s3://{}/{told}", run.bucket), env).await?,
        },
    };
    let export = export::read(&summary).await?;
    let Details {
        export_arn,
        table_id,
        ..
    } = &run.details;
    if export.arn != *export_arn || export.table.id != *table_id {
        let why = format!(
            "{} is the export {}, expected {export_arn}",
            export.address, export.arn
        );
        return Err(backup(&run.place, &why));
    }
    Ok(export)
}

/// The summary of an export that was copied together with the manifest that tells of it.
async fn moved(run: &Run) -> Result<Option<Place>, RestoreError> {
    let told = &run.details.manifest_summary_key;
    let home = run
        .place
        .key
        .find(FOLDER)
        .map(|start| run.place.key[..start].trim_end_matches('/'));
    let Some(home) = home else {
        return Ok(None);
    };
    let below_root = told
        .find("AWSDynamoDB/")
        .map_or(told.as_str(), |start| &told[start..]);
    for key in [joined(home, below_root), joined(home, told)] {
        let place = run.place.at(key);
        if place.exists().await? {
            return Ok(Some(place));
        }
    }
    debug_assert!(told.ends_with(SUMMARY));
    Ok(None)
}
