//! One app, page by page, until what is written is what the app has.

use cloud_store::{Store, StoreError};
use function_core::{Clock, chain};
use futures_util::{StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;
use kintone_client::Client;
use kintone_format::Generation;

use crate::error::ExportError;
use crate::plan::{Plan, Read};
use crate::progress::{Progress, Stage};
use crate::records::{RecordWriter, Written};
use crate::refresh::refresh;
use crate::seen::Seen;
use crate::sweep::sweep;

/// How often records that changed meanwhile are read again before the run is given up.
const REREADS: u32 = 3;

/// The records as they all stood at one moment.
#[derive(Debug)]
pub(crate) struct Exported {
    pub(crate) written: Written,
    /// When the sweep that found no difference began.
    pub(crate) swept: Timestamp,
    pub(crate) rereads: u32,
}

/// Where a run reads and writes.
#[derive(Clone, Copy)]
pub(crate) struct Tools<'a> {
    pub(crate) client: &'a Client,
    /// The app's folder.
    pub(crate) store: &'a Store,
    pub(crate) clock: &'a Clock,
    pub(crate) progress: &'a Progress,
}

/// Writes the records of `plan` and proves that they are those of a single state of the app.
///
/// Kintone has no snapshots. So after the last page the ids and revisions of all records are swept
/// once more; if they are not those that were written, what changed is read again.
pub(crate) async fn export(
    tools: Tools<'_>,
    plan: &Plan,
    seen: &mut Seen,
) -> Result<Exported, ExportError> {
    let mut written = first_pass(tools, plan, seen).await?;
    for rereads in 0..=REREADS {
        note(seen, &written);
        let swept = tools.clock.now();
        tools.progress.at(Stage::Sweeping, 0);
        let now = sweep(tools.client, &plan.scope).await?;
        if now == written.tally.fingerprint {
            return Ok(Exported {
                written,
                swept,
                rereads,
            });
        }
        tracing::warn!(
            app = plan.scope.app,
            written = written.tally.fingerprint.records,
            now = now.records,
            "records changed meanwhile"
        );
        if rereads < REREADS {
            written = read_again(tools, plan, seen).await?;
        }
    }
    Err(ExportError::Moving {
        app: plan.scope.app,
        rereads: REREADS,
    })
}

fn note(seen: &mut Seen, written: &Written) {
    seen.wrote(&written.csv);
    if let Some(ndjson) = &written.ndjson {
        seen.wrote(ndjson);
    }
}

async fn first_pass(tools: Tools<'_>, plan: &Plan, seen: &Seen) -> Result<Written, ExportError> {
    match &plan.read {
        Read::Since(stamp) => {
            let saved = Generation::new(stamp.clone()).ndjson();
            match refreshed(tools, plan, seen, &saved).await {
                // A generation that is damaged or gone must not stand in the way of a good one.
                Err(
                    error @ (ExportError::Damaged { .. }
                    | ExportError::Record(_)
                    | ExportError::Store(
                        StoreError::NotFound { .. } | StoreError::Corrupt { .. },
                    )),
                ) => {
                    let error = chain(&error);
                    tracing::warn!(
                        object = saved,
                        error,
                        "saved lines can't be used; all records are read"
                    );
                    full(tools, plan, seen).await
                }
                result => result,
            }
        }
        Read::Full | Read::Ordered(_) => full(tools, plan, seen).await,
    }
}

async fn read_again(tools: Tools<'_>, plan: &Plan, seen: &Seen) -> Result<Written, ExportError> {
    let own = Generation::new(plan.stamp.clone()).ndjson();
    match &plan.read {
        Read::Full | Read::Since(_) if plan.ndjson_level.is_some() => {
            refreshed(tools, plan, seen, &own).await
        }
        _ => full(tools, plan, seen).await,
    }
}

async fn refreshed(
    tools: Tools<'_>,
    plan: &Plan,
    seen: &Seen,
    saved: &str,
) -> Result<Written, ExportError> {
    let mut writer = RecordWriter::begin(tools.store, plan, seen).await?;
    refresh(tools, &plan.scope, saved, &mut writer).await?;
    writer.finish().await
}

async fn full(tools: Tools<'_>, plan: &Plan, seen: &Seen) -> Result<Written, ExportError> {
    let mut writer = RecordWriter::begin(tools.store, plan, seen).await?;
    match &plan.read {
        Read::Ordered(order) => by_cursor(tools, plan, order, &mut writer).await?,
        Read::Full | Read::Since(_) => by_id(tools, plan, &mut writer).await?,
    }
    writer.finish().await
}

async fn by_id(
    tools: Tools<'_>,
    plan: &Plan,
    writer: &mut RecordWriter,
) -> Result<(), ExportError> {
    let request = plan.scope.request();
    let mut pages = tools.client.pages(&request).boxed();
    while let Some(page) = pages.try_next().await? {
        writer.page(&page).await?;
        tools.progress.at(Stage::Reading, writer.records());
    }
    Ok(())
}

async fn by_cursor(
    tools: Tools<'_>,
    plan: &Plan,
    order: &str,
    writer: &mut RecordWriter,
) -> Result<(), ExportError> {
    let scope = &plan.scope;
    let bound = format!("$id <= {}", scope.highest_id);
    let condition = scope.condition.as_ref().map_or(bound.clone(), |condition| {
        format!("({condition}) and {bound}")
    });
    let query = format!("{condition} order by {order}");
    let mut cursor = tools
        .client
        .cursor(scope.app, &scope.fields, &query)
        .await?;
    while let Some(page) = cursor.next_page().await? {
        writer.page(&page).await?;
        tools.progress.at(Stage::Reading, writer.records());
    }
    Ok(())
}
