//! Saved records as they are sent.

use std::sync::Arc;

use kintone_client::limits::WRITE_RECORDS;
use kintone_client::{BulkRequest, Change, RecordBody, Target, Write};
use kintone_format::Aside;

use crate::error::RestoreError;
use crate::find::key_of;
use crate::journal::Sent;
use crate::source::Saved;
use crate::upload::FileKeys;
use crate::work::Work;

/// A saved record, ready to be sent.
pub(super) struct Made {
    pub(super) body: RecordBody,
    /// As an added one.
    pub(super) sent: Sent,
    pub(super) name: String,
    pub(super) files: u64,
}

/// What is sent for `records`, whose files were uploaded under `keys`.
pub(super) async fn made(
    work: &Work<'_>,
    records: Vec<Saved>,
    keys: Vec<FileKeys>,
) -> Result<Vec<Made>, RestoreError> {
    let conversion = Arc::clone(&work.conversion);
    let make = move |(saved, keys): (Saved, FileKeys)| {
        let body = conversion.body(&saved, &keys)?;
        let sent = Sent {
            place: saved.place,
            old: saved.old,
            added: true,
            now: None,
            revision: None,
            digest: saved.digest(),
        };
        Ok(Made {
            body,
            sent,
            name: saved.name,
            files: keys.len() as u64,
        })
    };
    let making = Aside::begin(|| records.into_iter().zip(keys).map(make).collect());
    making.end().await
}

/// The requests of a bulk; nothing where there is nothing to write.
pub(super) fn request(
    work: &Work<'_>,
    inserts: &[RecordBody],
    changes: &[Change],
) -> Result<Option<BulkRequest>, RestoreError> {
    let app = work.app();
    let inserts = inserts.chunks(WRITE_RECORDS);
    let inserts = inserts.map(|records| Write::Insert { app, records });
    let changes = changes.chunks(WRITE_RECORDS);
    let changes = changes.map(|records| Write::Update {
        app,
        records,
        upsert: work.restore.key.is_some(),
    });
    let writes: Vec<_> = inserts.chain(changes).collect();
    if writes.is_empty() {
        return Ok(None);
    }
    Ok(Some(work.client.bulk_request(&writes)?))
}

/// Which record of the app a saved one changes; `id` is its number, where it is told by that.
pub(super) fn target(work: &Work<'_>, saved: &Saved, id: u64) -> Result<Target, RestoreError> {
    let Some(field) = &work.restore.key else {
        return Ok(Target::Id(id));
    };
    let value = key_of(&*saved.record()?, field);
    Ok(Target::Key {
        field: field.clone(),
        value: value.unwrap_or_default(),
    })
}
