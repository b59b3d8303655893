//! The published generation, into a Cloud SQL database that this function can't reach.

use std::borrow::Cow;

use cloud_store::Store;
use function_core::Manifest;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use kintone_client::Record;
use kintone_format::Backup;
use table_load::{
    AdminImport, CloudSql, Kind, LoadError, LoadReport, Pace, TableReport, headless_row,
};

use crate::config::CloudSqlTarget;
use crate::error::ExportError;
use crate::function::KintoneExport;
use crate::lines::SavedLines;
use crate::part::PartWriter;
use crate::progress::Stage;
use crate::table::AppTable;

/// Writes a headless CSV, has Cloud SQL import it, and deletes it once the operation is done.
///
/// The CSV is not among the backups, so that nothing takes it for one.
pub(crate) async fn import(
    function: &KintoneExport,
    target: &CloudSqlTarget,
    lines: SavedLines,
    manifest: &Manifest<Backup>,
    table: &AppTable,
) -> Result<LoadReport, ExportError> {
    let failed = |source| ExportError::Load {
        run: manifest.run.clone(),
        source: Box::new(source),
    };
    let cloud_sql = CloudSql::connect(&function.env, Pace::default())
        .await
        .map_err(failed)?;
    let imports = function.bucket.folder("imports");
    let name = format!("{}.csv", manifest.run);
    write(function, lines, &imports, &name, manifest, table).await?;
    let import = AdminImport {
        project: target.project.clone(),
        instance: target.instance.clone(),
        database: target.database.clone(),
        table: table.table.name.clone(),
        columns: table
            .table
            .columns
            .iter()
            .map(|column| column.name.clone())
            .collect(),
        import_user: None,
    };
    let imported = import.run(&cloud_sql, &imports.url(&name)).await;
    if !matches!(imported, Err(LoadError::Unfinished { .. }))
        && let Err(error) = imports.delete(&name).await
    {
        // The import is done; to fail now would import it again.
        tracing::warn!(%error, "the imported object was not deleted");
    }
    imported.map_err(failed)?;
    let report = TableReport {
        name: table.table.name.clone(),
        staged: manifest.details.records,
        inserted: manifest.details.records,
        ..TableReport::default()
    };
    Ok(LoadReport {
        tables: vec![report],
    })
}

async fn write(
    function: &KintoneExport,
    mut lines: SavedLines,
    imports: &Store,
    name: &str,
    manifest: &Manifest<Backup>,
    table: &AppTable,
) -> Result<(), ExportError> {
    let failed = |source| ExportError::Load {
        run: manifest.run.clone(),
        source: Box::new(source),
    };
    let version = imports.head(name).await?.map(|meta| meta.version);
    let mut part =
        PartWriter::begin(imports, name.to_owned(), "text/csv; charset=utf-8", version).await?;
    let mut records = 0;
    while let Some(line) = lines.next().await? {
        let record = Record::from_json(&line).map_err(ExportError::Record)?;
        let mut row = table.row(&record);
        for (cell, column) in row.iter_mut().zip(&table.table.columns) {
            if column.kind == Kind::Timestamptz {
                *cell = cell
                    .take()
                    .map(|moment| with_offset(moment, &function.config.time_zone));
            }
        }
        let cells: Vec<_> = row.iter().map(Option::as_deref).collect();
        headless_row(&table.table, &cells, &mut part.buffer).map_err(failed)?;
        part.pass_on().await?;
        records += 1;
        function.progress.at(Stage::Loading, records);
    }
    if records != manifest.details.records {
        return Err(ExportError::Tampered {
            object: imports.url(name),
        });
    }
    part.finish(Some(records)).await?;
    Ok(())
}

/// The moment as the time in `zone`, with the zone's offset: `2024-03-04 09:30:00+09:00`.
///
/// A column `timestamp with time zone` takes it as the moment that it is; one without zone passes over the offset, and
/// so holds the local time.
///
/// **Source**: PostgreSQL documentation, "Date/Time Types", 8.5.1.3.
fn with_offset<'m>(moment: Cow<'m, str>, zone: &TimeZone) -> Cow<'m, str> {
    match moment.parse::<Timestamp>() {
        Ok(moment) => {
            let local = moment.to_zoned(zone.clone());
            Cow::Owned(local.strftime("%Y-%m-%d %H:%M:%S%.f%:z").to_string())
        }
        // Cloud SQL says what is wrong with it.
        Err(_) => moment,
    }
}
