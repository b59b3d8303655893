//! The published generation, into the database.

use std::borrow::Cow;

use cloud_store::Store;
use function_core::{Manifest, Secret};
use kintone_client::{FormFields, FormLayout, Record};
use kintone_format::{Backup, Generation, Schema};
use run_record::Latest;
use serde::de::DeserializeOwned;
use table_load::{Database, LoadError, LoadPlan, LoadReport};

use crate::config::{LoadConfig, LoadTarget};
use crate::error::ExportError;
use crate::function::KintoneExport;
#[cfg(feature = "cloud")]
use crate::import::import;
use crate::lines::SavedLines;
use crate::observe::read_json;
use crate::progress::Stage;
use crate::table::Tables;

/// Loads the lossless lines of `generation`, all or nothing, and proves the counts against the manifest; `None` once
/// a newer generation is published, which must not be loaded over.
pub(crate) async fn load(
    function: &KintoneExport,
    load: &LoadConfig,
    store: &Store,
    generation: &Generation,
) -> Result<Option<LoadReport>, ExportError> {
    if is_outdated(store, generation).await? {
        return Ok(None);
    }
    let manifest: Manifest<Backup> = required_json(store, &generation.manifest()).await?;
    let schema: Schema = required_json(store, &generation.schema()).await?;
    let app = manifest.details.app;
    let form =
        FormFields::from_json(schema.fields.to_string().as_bytes()).map_err(ExportError::Record)?;
    let layout =
        FormLayout::from_json(schema.layout.to_string().as_bytes()).map_err(ExportError::Record)?;
    let tables = Tables::new(load, app, &form, &layout, &manifest.details.fields)?;
    let lines = SavedLines::open(store, &generation.ndjson()).await?;
    match &load.target {
        LoadTarget::Database(url) => {
            let is_outdated = is_outdated(store, generation);
            let loading =
                into_database(function, load, url, lines, &manifest, &tables, is_outdated);
            Box::pin(loading).await
        }
        #[cfg(feature = "cloud")]
        LoadTarget::CloudSqlImport(target) => {
            let importing = import(function, target, lines, &manifest, &tables.parent);
            Box::pin(importing).await.map(Some)
        }
    }
}

/// Whether a newer generation is published.
async fn is_outdated(store: &Store, generation: &Generation) -> Result<bool, ExportError> {
    let latest = Latest::read(store, Generation::LATEST).await?;
    Ok(latest.is_some_and(|latest| latest.stamp > *generation.stamp()))
}

async fn into_database(
    function: &KintoneExport,
    load: &LoadConfig,
    url: &Secret,
    mut lines: SavedLines,
    manifest: &Manifest<Backup>,
    tables: &Tables,
    is_outdated: impl Future<Output = Result<bool, ExportError>>,
) -> Result<Option<LoadReport>, ExportError> {
    let plan = LoadPlan {
        tables: tables.all(),
        mode: load.mode,
        time_zone: function.config.time_zone_name(),
        create: load.columns.is_empty(),
        source: format!("kintone app {}", manifest.details.app),
    };
    let failed = |source| ExportError::Load {
        run: manifest.run.clone(),
        source: Box::new(source),
    };
    let database = Database::from_url(url).map_err(failed)?;
    let mut loading = database.begin(&plan).await.map_err(failed)?;
    let mut records = 0;
    while let Some(line) = lines.next().await? {
        let record = Record::from_json(&line).map_err(ExportError::Record)?;
        write(&mut loading, tables, &record).await.map_err(failed)?;
        records += 1;
        if records % 500 == 0 {
            function.progress.at(Stage::Loading, records);
        }
    }
    let children = tables
        .children
        .iter()
        .map(|child| manifest.details.table_rows.get(&child.code));
    let mut expected = vec![manifest.details.records];
    expected.extend(children.map(|rows| rows.copied().unwrap_or(0)));
    // Once more, for this process may have stood still. PostgreSQL's lock keeps other loads away from here on; SQLite
    // leaves a moment.
    if is_outdated.await? {
        return Ok(None);
    }
    loading.finish(&expected).await.map(Some).map_err(failed)
}

async fn required_json<T: DeserializeOwned>(store: &Store, key: &str) -> Result<T, ExportError> {
    let object = || ExportError::Tampered {
        object: store.url(key),
    };
    read_json(store, key).await?.ok_or_else(object)
}

async fn write(
    loading: &mut table_load::Load,
    tables: &Tables,
    record: &Record<'_>,
) -> Result<(), LoadError> {
    loading
        .write(0, &borrowed(&tables.parent.row(record)))
        .await?;
    for (number, child) in tables.children.iter().enumerate() {
        for (index, row) in child.rows_of(record).iter().enumerate() {
            loading
                .write(number + 1, &borrowed(&child.row(record.id, index, row)))
                .await?;
        }
    }
    Ok(())
}

fn borrowed<'c>(cells: &'c [Option<Cow<'_, str>>]) -> Vec<Option<&'c str>> {
    cells.iter().map(Option::as_deref).collect()
}
