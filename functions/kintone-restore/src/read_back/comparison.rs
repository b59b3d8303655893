//! Saved records against what was read back of them.

use std::collections::HashMap;

use kintone_client::{Page, Record};
use serde::Serialize;

use super::reports::push;
use crate::conversion::Conversion;
use crate::error::RestoreError;
use crate::journal::Sent;
use crate::source::Saved;

/// A saved record that was written.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) saved: Saved,
    pub(super) sent: Sent,
    /// The id that it has now.
    pub(super) id: u64,
}

/// What comparing found.
#[derive(Debug, Default)]
pub(super) struct Compared {
    /// The differences, as lines of their report.
    pub(super) lines: Vec<u8>,
    /// Values that differ as the plan foresaw.
    pub(super) announced: u64,
    /// Values that differ otherwise.
    pub(super) differences: u64,
    /// Records that are gone.
    pub(super) missing: u64,
}

/// One line of the differences.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    /// The record's name in the backup.
    record: &'a str,
    /// Its id in the app.
    id: u64,
    field: &'a str,
    saved: &'a str,
    restored: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    announced: Option<&'a str>,
}

impl Written {
    /// Whether the source still has what was sent.
    pub(super) fn is_as_sent(&self) -> bool {
        self.saved.digest() == self.sent.digest
    }
}

/// Compares `written` with what `page` has of it.
pub(super) fn compared(
    conversion: &Conversion,
    written: &[Written],
    page: Option<&Page>,
) -> Result<Compared, RestoreError> {
    let read = page.map_or_else(|| Ok(Vec::new()), Page::records)?;
    let read: HashMap<u64, &Record<'_>> = read.iter().map(|record| (record.id, record)).collect();
    let mut compared = Compared::default();
    for Written { saved, id, .. } in written {
        match read.get(id) {
            Some(read) => compared.record(conversion, saved, read)?,
            None => compared.absence(saved, *id)?,
        }
    }
    Ok(compared)
}

impl Compared {
    fn record(
        &mut self,
        conversion: &Conversion,
        saved: &Saved,
        read: &Record<'_>,
    ) -> Result<(), RestoreError> {
        for (difference, why) in conversion.differences(saved, &*saved.record()?, read) {
            match why {
                Some(_) => self.announced += 1,
                None => self.differences += 1,
            }
            let line = Line {
                record: &saved.name,
                id: read.id,
                field: &difference.path,
                saved: &difference.saved,
                restored: &difference.read,
                announced: why.as_deref(),
            };
            push(&mut self.lines, &line)?;
        }
        Ok(())
    }

    fn absence(&mut self, saved: &Saved, id: u64) -> Result<(), RestoreError> {
        self.missing += 1;
        let line = Line {
            record: &saved.name,
            id,
            field: "$id",
            saved: "a record",
            restored: "no record",
            announced: None,
        };
        push(&mut self.lines, &line)
    }
}
