//! Which days are open, and which is the newest of each source: one small object, so that a tick need not walk the records.

use std::collections::BTreeMap;

use cloud_store::{Put, StoreError, Version};
use function_core::Stamp;
use jiff::Timestamp;
use run_record::RunRecord;
use serde::{Deserialize, Serialize};

use crate::error::TransferError;
use crate::function::BigqueryTransfer;

/// The object's key, beside the records.
const KEY: &str = "days.json";

/// How often a change is tried while others change the object, too.
const ATTEMPTS: u32 = 20;

/// What is known of all days.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Days {
    /// The days that are not at their end, by the id of their run.
    #[serde(default)]
    pub(crate) open: BTreeMap<String, OpenDay>,
    /// What is known of each source.
    #[serde(default)]
    pub(crate) sources: BTreeMap<String, SourceDays>,
}

/// A day that is not at its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OpenDay {
    pub(crate) source: String,
    pub(crate) stamp: Stamp,
    /// When it was opened: opening it again is a change, which a removal at the same moment notices.
    pub(crate) opened: Timestamp,
}

/// What is known of a source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SourceDays {
    /// The newest day that an export was announced for.
    pub(crate) newest: Stamp,
    /// When a day was verified last.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) verified: Option<Timestamp>,
}

impl BigqueryTransfer {
    /// What is known now.
    pub(crate) async fn days(&self) -> Result<Days, TransferError> {
        Ok(self.read_days().await?.0)
    }

    /// Notes that the day of `record` is open. `again` notes it also where it is noted already.
    ///
    /// The record comes first: a message is acknowledged only once both are there.
    pub(crate) async fn note_open(
        &self,
        record: &RunRecord,
        again: bool,
    ) -> Result<(), TransferError> {
        for _ in 0..ATTEMPTS {
            let (mut days, version) = self.read_days().await?;
            if !again && days.open.contains_key(&record.run) {
                return Ok(());
            }
            days.opened(record, self.clock.now());
            if self.write_days(&days, version).await? {
                return Ok(());
            }
        }
        Err(TransferError::Contended)
    }

    /// Notes that `run`, the one of `source` at `stamp`, is at its end, unless it was opened again meanwhile.
    pub(crate) async fn note_end(
        &self,
        run: &str,
        (source, stamp): (&str, &Stamp),
        verified: Option<Timestamp>,
    ) -> Result<(), TransferError> {
        for _ in 0..ATTEMPTS {
            let (mut days, version) = self.read_days().await?;
            // Looked at after the object was read: whoever opens the day again changes the object afterwards.
            let now = self.ledger.look(source, stamp).await?;
            let is_open = now.is_some_and(|record| !record.settled);
            let has_news = days.ended(run, source, is_open, verified);
            if !has_news || self.write_days(&days, version).await? {
                return Ok(());
            }
        }
        Err(TransferError::Contended)
    }

    async fn read_days(&self) -> Result<(Days, Option<Version>), TransferError> {
        let Some((meta, content)) = self.runs.read(KEY).await? else {
            return Ok((Days::default(), None));
        };
        let days = serde_json::from_slice(&content);
        let days = days.map_err(|source| self.unreadable(source))?;
        Ok((days, Some(meta.version)))
    }

    /// False when somebody else changed it since it was read.
    async fn write_days(&self, days: &Days, seen: Option<Version>) -> Result<bool, TransferError> {
        let content = serde_json::to_vec_pretty(days);
        let content = content.map_err(|source| self.unreadable(source))?;
        let put = Put::new("application/json").unchanged(seen);
        match self.runs.put(KEY, content, &put).await {
            Ok(_) => Ok(true),
            Err(StoreError::Precondition { .. }) => Ok(false),
            Err(error) => Err(TransferError::Days(error)),
        }
    }

    fn unreadable(&self, source: serde_json::Error) -> TransferError {
        TransferError::Unreadable {
            object: self.runs.url(KEY),
            source,
        }
    }
}

impl Days {
    fn opened(&mut self, record: &RunRecord, now: Timestamp) {
        let (source, stamp) = (record.source.clone(), record.stamp.clone());
        let known = self.sources.entry(source.clone());
        let known = known.or_insert_with(|| SourceDays {
            newest: stamp.clone(),
            verified: None,
        });
        known.newest = known.newest.clone().max(stamp.clone());
        let day = OpenDay {
            source,
            stamp,
            opened: now,
        };
        self.open.insert(record.run.clone(), day);
    }

    /// Whether that changed anything.
    fn ended(
        &mut self,
        run: &str,
        source: &str,
        is_open: bool,
        verified: Option<Timestamp>,
    ) -> bool {
        let before = self.clone();
        if !is_open {
            self.open.remove(run);
        }
        if let Some(known) = self.sources.get_mut(source) {
            known.verified = known.verified.max(verified);
        }
        *self != before
    }

    /// The open days, the oldest first.
    pub(crate) fn oldest_first(&self) -> Vec<OpenDay> {
        let mut days: Vec<_> = self.open.values().cloned().collect();
        days.sort_by(|one, another| {
            (&one.stamp, &one.source).cmp(&(&another.stamp, &another.source))
        });
        days
    }
}
