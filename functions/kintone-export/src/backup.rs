//! One generation: observe, plan, export, prove, publish.

use cloud_store::Store;
use function_core::{Manifest, RunState, Trigger};
use jiff::Timestamp;
use kintone_client::Client;
use kintone_format::{Backup, Generation};
use run_record::{Run, RunRecord};

use crate::error::ExportError;
use crate::export::{Tools, export};
use crate::function::KintoneExport;
use crate::job::Order;
use crate::observe::{Previous, observe};
use crate::plan::Plan;
use crate::progress::Stage;
use crate::publish::{Context, complete, publish, refuse_foreign};
use crate::seen::Seen;

/// Brings the run to a published generation, from wherever an earlier attempt left it.
pub(crate) async fn backup(
    function: &KintoneExport,
    order: Order,
    trigger: &Trigger,
    place: (&Client, &Store),
    run: &mut Run,
) -> Result<(), ExportError> {
    if run.record().state == RunState::Verified {
        return Ok(());
    }
    let (_, store) = place;
    if let Some(manifest) = announced(run.record(), store)? {
        match publish(store, run, &manifest).await {
            Err(ExportError::Tampered { object }) => {
                tracing::warn!(object, "an announced object is gone; the run starts again");
                run.change(|record| record.publishing = None).await?;
            }
            result => return result,
        }
    }
    make(function, order, trigger, place, run).await
}

/// The manifest that an earlier attempt announced: its objects are final.
fn announced(record: &RunRecord, store: &Store) -> Result<Option<Manifest<Backup>>, ExportError> {
    let Some(manifest) = &record.publishing else {
        return Ok(None);
    };
    serde_json::from_value(manifest.clone())
        .map(Some)
        .map_err(|source| ExportError::Unreadable {
            object: store.url(&record.run),
            source,
        })
}

async fn make(
    function: &KintoneExport,
    order: Order,
    trigger: &Trigger,
    (client, store): (&Client, &Store),
    run: &mut Run,
) -> Result<(), ExportError> {
    let started = function.clock.now();
    let requests = client.requests();
    let generation = Generation::new(run.record().stamp.clone());
    let mut seen = Seen::look(store, &generation).await?;
    if let Some((_, there)) = store.read(&generation.manifest()).await? {
        refuse_foreign(store, &generation.manifest(), &there, &run.record().run)?;
    }
    // Proves that the claim still held while the objects were looked at; see `Seen`.
    run.change(|_| {}).await?;

    let config = &function.config;
    let observation = observe(client, store, order.app, &config.backup).await?;
    let plan = Plan::new(config, generation.stamp().clone(), &observation)?;
    function
        .progress
        .begin(Stage::Reading, 0, observation.bounds.count);
    let tools = Tools {
        client,
        store,
        clock: &function.clock,
        progress: &function.progress,
    };
    let exported = export(tools, &plan, &mut seen).await?;
    if !order.force {
        let records = exported.written.tally.fingerprint.records;
        let percent = config.backup.max_shrink_percent;
        guard_shrink(observation.previous.as_ref(), order.app, records, percent)?;
    }

    let context = Context {
        config,
        plan: &plan,
        observation: &observation,
        trigger,
        started,
        requests,
    };
    let manifest = complete(tools, &context, exported, &run.record().run, &seen).await?;
    // The form is looked at last of all, because the attachments take long.
    if client.form_fields(order.app).await?.revision != observation.fields.revision {
        return Err(ExportError::FormChanged { app: order.app });
    }
    announce(run, &manifest, &plan, client.requests() - requests, started).await?;
    function.progress.at(Stage::Publishing, 0);
    publish(store, run, &manifest).await
}

async fn announce(
    run: &mut Run,
    manifest: &Manifest<Backup>,
    plan: &Plan,
    requests: u64,
    started: Timestamp,
) -> Result<(), ExportError> {
    let announcement = serde_json::to_value(manifest).map_err(ExportError::Record)?;
    let bytes = manifest.objects.iter().map(|object| object.bytes).sum();
    let seconds = (manifest.ended - started).get_seconds();
    let counts = [
        ("records", manifest.details.records),
        ("bytes", bytes),
        ("requests", requests),
        ("rereads", u64::from(manifest.details.consistency.rereads)),
        ("seconds", u64::try_from(seconds).unwrap_or(0)),
    ];
    run.change(|record| {
        record
            .counts
            .extend(counts.map(|(name, number)| (name.to_owned(), number)));
        record.warnings.clone_from(&plan.notices);
        record.publishing = Some(announcement);
    })
    .await?;
    Ok(())
}

/// Refuses an app that lost more records than `percent` of those of the last verified run.
fn guard_shrink(
    previous: Option<&Previous>,
    app: u64,
    now: u64,
    percent: u64,
) -> Result<(), ExportError> {
    let before = previous.map_or(0, |previous| previous.manifest.details.records);
    let lost = u128::from(before.saturating_sub(now));
    if lost * 100 > u128::from(before) * u128::from(percent) {
        return Err(ExportError::Shrunk {
            app,
            before,
            now,
            percent,
        });
    }
    Ok(())
}
