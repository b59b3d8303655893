//! What is there now: the app's form, its records, and the last verified generation.

use cloud_store::Store;
use function_core::{FORMAT_VERSION, Manifest};
use kintone_client::{Bounds, Client, FormFields, FormLayout};
use kintone_format::{Backup, Generation, Schema};
use run_record::Latest;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::config::BackupConfig;
use crate::error::ExportError;

/// What the plan is made from.
#[derive(Clone, Debug)]
pub(crate) struct Observation {
    pub(crate) app: u64,
    pub(crate) fields: FormFields,
    pub(crate) layout: FormLayout,
    pub(crate) schema: Schema,
    pub(crate) bounds: Bounds,
    pub(crate) previous: Option<Previous>,
}

/// The last verified generation.
#[derive(Clone, Debug)]
pub(crate) struct Previous {
    pub(crate) latest: Latest,
    pub(crate) manifest: Manifest<Backup>,
    pub(crate) schema: Schema,
}

/// Looks at `app`, with all questions at once, and at its folder in `store`.
pub(crate) async fn observe(
    client: &Client,
    store: &Store,
    app: u64,
    config: &BackupConfig,
) -> Result<Observation, ExportError> {
    let query = config.query.as_deref();
    let (fields, layout, about, bounds) = tokio::try_join!(
        async { Ok(client.form_fields(app).await?) },
        async { Ok(client.form_layout(app).await?) },
        async { Ok(about(client, app).await) },
        async {
            let bounds = client.bounds(app, query).await;
            bounds.map_err(|error| ExportError::of_read(error, config))
        },
    )?;
    let schema = Schema {
        app: about,
        fields: fields.raw.clone(),
        layout: layout.raw.clone(),
    };
    let previous = previous(store).await?;
    Ok(Observation {
        app,
        fields,
        layout,
        schema,
        bounds,
        previous,
    })
}

/// The app's name and place: a courtesy to the reader, for a token may lack the right to ask for it.
async fn about(client: &Client, app: u64) -> Option<Value> {
    match client.app(app).await {
        Ok(about) => Some(about.raw),
        Err(error) => {
            tracing::debug!(app, %error, "app settings not read");
            None
        }
    }
}

/// The generation that `latest.json` points at, if there is one.
pub(crate) async fn previous(store: &Store) -> Result<Option<Previous>, ExportError> {
    let Some(latest) = Latest::read(store, Generation::LATEST).await? else {
        return Ok(None);
    };
    let Some(manifest) = read_json::<Manifest<Backup>>(store, &latest.manifest).await? else {
        tracing::warn!(
            manifest = latest.manifest,
            "latest.json points at a manifest that is gone"
        );
        return Ok(None);
    };
    if manifest.format_version > FORMAT_VERSION {
        let source = serde::de::Error::custom(format_args!(
            "format version {}, this program reads up to {FORMAT_VERSION}",
            manifest.format_version
        ));
        return Err(ExportError::Unreadable {
            object: store.url(&latest.manifest),
            source,
        });
    }
    let schema = Generation::new(latest.stamp.clone()).schema();
    let Some(schema) = read_json(store, &schema).await? else {
        tracing::warn!(schema, "the last generation's schema is gone");
        return Ok(None);
    };
    Ok(Some(Previous {
        latest,
        manifest,
        schema,
    }))
}

/// The JSON object `key`, or `None` where there is none.
pub(crate) async fn read_json<T: DeserializeOwned>(
    store: &Store,
    key: &str,
) -> Result<Option<T>, ExportError> {
    let Some((_, content)) = store.read(key).await? else {
        return Ok(None);
    };
    serde_json::from_slice(&content)
        .map(Some)
        .map_err(|source| ExportError::Unreadable {
            object: store.url(key),
            source,
        })
}
