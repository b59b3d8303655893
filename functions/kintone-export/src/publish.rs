//! Publication: the guards, the last objects, the manifest, and the pointer last of all.

use cloud_store::{Put, Store};
use function_core::{FORMAT_VERSION, Manifest, ObjectEntry, TOOL, Trigger};
use jiff::Timestamp;
use kintone_format::{Backup, Consistency, Generation};
use run_record::{Latest, Run, move_forward};

use crate::config::Config;
use crate::error::ExportError;
use crate::export::{Exported, Tools};
use crate::observe::Observation;
use crate::part::{Part, PartWriter};
use crate::plan::{Plan, Read};
use crate::seen::Seen;
use crate::{FUNCTION, attachments};

/// Everything about a run but its records.
pub(crate) struct Context<'a> {
    pub(crate) config: &'a Config,
    pub(crate) plan: &'a Plan,
    pub(crate) observation: &'a Observation,
    pub(crate) trigger: &'a Trigger,
    pub(crate) started: Timestamp,
    /// The client's count of requests when the run began.
    pub(crate) requests: u64,
}

/// Writes the objects that go beside the records, and returns the manifest of all.
pub(crate) async fn complete(
    tools: Tools<'_>,
    context: &Context<'_>,
    exported: Exported,
    run: &str,
    seen: &Seen,
) -> Result<Manifest<Backup>, ExportError> {
    let plan = context.plan;
    let generation = Generation::new(plan.stamp.clone());
    let Exported {
        written,
        swept,
        rereads,
    } = exported;
    let mut objects = vec![written.csv.entry];
    objects.extend(written.ndjson.map(|part| part.entry));
    objects.push(
        schema(tools.store, &generation, context.observation, seen)
            .await?
            .entry,
    );
    let mut files = None;
    if let (true, Some(level)) = (plan.attachments, plan.ndjson_level) {
        let previous = previous_in_order(context).map(|stamp| Generation::new(stamp.clone()));
        let (part, count) =
            attachments::save(tools, &generation, previous.as_ref(), level, seen).await?;
        objects.push(part.entry);
        files = Some(count);
    }
    objects.push(
        checksums(tools.store, &generation, &objects, seen)
            .await?
            .entry,
    );
    Ok(Manifest {
        format_version: FORMAT_VERSION,
        tool: TOOL.to_owned(),
        function: FUNCTION.to_owned(),
        run: run.to_owned(),
        trigger: context.trigger.clone(),
        started: context.started,
        ended: tools.clock.now(),
        objects,
        details: Backup {
            domain: context.config.kintone.host().to_owned(),
            app: plan.scope.app,
            schema_revision: context.observation.fields.revision.clone(),
            dialect: plan.dialect,
            query: plan.scope.condition.clone(),
            order_by: context.config.backup.order_by.clone(),
            fields: context.config.backup.fields.clone(),
            records: written.tally.fingerprint.records,
            first_id: written.tally.first_id,
            last_id: written.tally.last_id,
            table_rows: written.tally.table_rows,
            based_on: match &plan.read {
                Read::Since(stamp) => Some(stamp.to_string()),
                Read::Full | Read::Ordered(_) => None,
            },
            consistency: Consistency {
                highest_id: plan.scope.highest_id,
                swept,
                rereads,
                requests: tools.client.requests() - context.requests,
            },
            attachments: files,
        },
    })
}

/// The last generation, if it and this one are both in the order of the ids.
fn previous_in_order<'a>(context: &Context<'a>) -> Option<&'a function_core::Stamp> {
    let previous = context.observation.previous.as_ref()?;
    let in_order =
        context.config.backup.order_by.is_none() && previous.manifest.details.order_by.is_none();
    in_order.then_some(&previous.latest.stamp)
}

async fn schema(
    store: &Store,
    generation: &Generation,
    observation: &Observation,
    seen: &Seen,
) -> Result<Part, ExportError> {
    let name = generation.schema();
    let json = serde_json::to_vec_pretty(&observation.schema).map_err(|source| {
        ExportError::Unreadable {
            object: store.url(&name),
            source,
        }
    })?;
    small(store, name, "application/json", json, seen).await
}

async fn checksums(
    store: &Store,
    generation: &Generation,
    objects: &[ObjectEntry],
    seen: &Seen,
) -> Result<Part, ExportError> {
    let lines = objects
        .iter()
        .map(|object| format!("{}  {}\n", object.sha256, object.name));
    let text = lines.collect::<String>().into_bytes();
    small(
        store,
        generation.checksums(),
        "text/plain; charset=utf-8",
        text,
        seen,
    )
    .await
}

async fn small(
    store: &Store,
    name: String,
    content_type: &'static str,
    content: Vec<u8>,
    seen: &Seen,
) -> Result<Part, ExportError> {
    let version = seen.version(&name);
    let mut part = PartWriter::begin(store, name, content_type, version).await?;
    part.buffer = content;
    Ok(part.finish(None).await?)
}

/// Publishes `manifest`, which the run has announced, and moves the pointer.
///
/// Safe to repeat: whoever takes the run over after the announcement does just this.
pub(crate) async fn publish(
    store: &Store,
    run: &mut Run,
    manifest: &Manifest<Backup>,
) -> Result<(), ExportError> {
    check_objects(store, &manifest.objects).await?;
    let generation = Generation::new(run.record().stamp.clone());
    let name = generation.manifest();
    let json = serde_json::to_vec_pretty(manifest).map_err(|source| ExportError::Unreadable {
        object: store.url(&name),
        source,
    })?;
    put_manifest(store, &name, json, manifest).await?;
    let latest = Latest {
        stamp: generation.stamp().clone(),
        run: manifest.run.clone(),
        manifest: name.clone(),
    };
    move_forward(store, Generation::LATEST, &latest).await?;
    run.published(&store.url(&name)).await?;
    Ok(())
}

/// Writes the manifest unless it is there already; never over that of another run.
async fn put_manifest(
    store: &Store,
    name: &str,
    json: Vec<u8>,
    manifest: &Manifest<Backup>,
) -> Result<(), ExportError> {
    let seen = match store.read(name).await? {
        Some((_, there)) if there == json => return Ok(()),
        Some((meta, there)) => {
            refuse_foreign(store, name, &there, &manifest.run)?;
            Some(meta.version)
        }
        None => None,
    };
    let put = Put::new("application/json").unchanged(seen);
    store.put(name, json, &put).await?;
    Ok(())
}

/// Refuses a place where another run has published: two deployments with records of their own share a bucket.
pub(crate) fn refuse_foreign(
    store: &Store,
    name: &str,
    there: &[u8],
    run: &str,
) -> Result<(), ExportError> {
    let object = store.url(name);
    match serde_json::from_slice::<Manifest<Backup>>(there) {
        Ok(there) if there.run == run => Ok(()),
        Ok(there) => Err(ExportError::Foreign {
            object,
            run: there.run,
        }),
        Err(source) => Err(ExportError::Unreadable { object, source }),
    }
}

/// The objects are there, in the sizes that were sent.
async fn check_objects(store: &Store, objects: &[ObjectEntry]) -> Result<(), ExportError> {
    for object in objects {
        let meta = store.head(&object.name).await?;
        if meta.is_none_or(|meta| meta.size_bytes != object.bytes) {
            return Err(ExportError::Tampered {
                object: store.url(&object.name),
            });
        }
    }
    Ok(())
}
