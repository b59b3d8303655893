//! What was about to be written, and what came of it: one object a bulk.
//!
//! Before a bulk is sent, its intent is created; after its answer, the answer replaces the intent. So whoever
//! finds an intent without an answer knows exactly which records may or may not be there.

use cloud_store::{Put, Store, StoreError, Version};
use jiff::Timestamp;
use run_record::LedgerError;
use serde::{Deserialize, Serialize};

use crate::error::RestoreError;

/// The journal of one run.
#[derive(Clone, Debug)]
pub(crate) struct Journal {
    store: Store,
    /// The run's id, for messages.
    run: String,
}

/// One bulk: what is sent, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry {
    /// The number of the bulk, from 1.
    pub(crate) bulk: u64,
    /// The number of the first bulk of which records may be above `highest`: of those that are under way at the same time.
    pub(crate) window: u64,
    /// When the intent was written.
    pub(crate) at: Timestamp,
    /// The place in the backup of the first record that was looked at, from 0.
    pub(crate) first: u64,
    /// The place after the last one.
    pub(crate) next: u64,
    /// An id that all records that it adds are above. Those below are all of this restore, or were there before.
    pub(crate) highest: u64,
    /// What is sent, in the order in which it is sent: all that is added, then all that is changed.
    pub(crate) sent: Vec<Sent>,
    /// Old and new ids of records that are equal already.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub(crate) unchanged: Vec<(u64, u64)>,
    /// How many files hang on them.
    #[serde(default)]
    pub(crate) files: u64,
    /// The ids that the records have now, in the same order; nothing while the answer is not known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) ids: Option<Vec<u64>>,
}

impl Sent {
    /// The id of the record that it changes, as far as that was known when it was sent.
    pub(crate) fn changes(&self) -> u64 {
        self.now.unwrap_or(self.old)
    }
}

impl Entry {
    /// The ids of the records that the bulk has surely added.
    pub(crate) fn added(&self) -> impl Iterator<Item = u64> {
        let pairs = self.sent.iter().zip(self.ids.iter().flatten());
        pairs.filter(|(sent, _)| sent.added).map(|(_, id)| *id)
    }
}

/// One record of a bulk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sent {
    /// Its place in the backup, from 0.
    pub(crate) place: u64,
    /// Its old id; 0 where the backup has none.
    pub(crate) old: u64,
    /// Whether it is surely added, not changed.
    pub(crate) added: bool,
    /// The id of the record that it changes, where that is not the old one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) now: Option<u64>,
    /// The revision that it had when it was looked up; nothing where it was not there.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) revision: Option<u64>,
    /// The first 16 hexadecimal digits of the SHA-256 of what was saved.
    pub(crate) digest: String,
}

/// An entry with the version of its object.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) entry: Entry,
    pub(crate) version: Version,
}

impl Journal {
    /// The journal in the folder `{stem}.journal/` beside the run record, see [`stem`].
    pub(crate) fn new(day: &Store, run: &str, round: u32) -> Self {
        Self {
            store: day.folder(&format!("{}.journal", stem(run, round))),
            run: run.to_owned(),
        }
    }

    /// How many entries there are.
    pub(crate) async fn len(&self) -> Result<u64, RestoreError> {
        let objects = self.store.list("").await?;
        let numbers = objects.iter().filter_map(|object| number(&object.key));
        Ok(numbers.max().unwrap_or(0))
    }

    /// The entry of bulk number `bulk`, which must be there.
    pub(crate) async fn read(&self, bulk: u64) -> Result<Kept, RestoreError> {
        let key = key(bulk);
        let found = self.store.read(&key).await?;
        let (meta, content) = found.ok_or_else(|| StoreError::NotFound {
            object: self.store.url(&key),
        })?;
        let entry =
            serde_json::from_slice(&content).map_err(|source| RestoreError::Unreadable {
                object: self.store.url(&key),
                source,
            })?;
        Ok(Kept {
            entry,
            version: meta.version,
        })
    }

    /// Writes the entry: a new one, or in place of the version that was `seen`.
    ///
    /// # Errors
    /// Another process wrote it meanwhile: it has taken the run over.
    pub(crate) async fn write(
        &self,
        entry: &Entry,
        seen: Option<Version>,
    ) -> Result<Version, RestoreError> {
        let key = key(entry.bulk);
        let content = serde_json::to_vec(entry).map_err(RestoreError::Record)?;
        let put = Put::new("application/json").unchanged(seen);
        match self.store.put(&key, content, &put).await {
            Ok(meta) => Ok(meta.version),
            // When the answer to a write is lost and the write is sent again, it finds its own object.
            Err(error @ (StoreError::Precondition { .. } | StoreError::Interrupted { .. })) => {
                match self.read(entry.bulk).await {
                    Ok(kept) if kept.entry == *entry => Ok(kept.version),
                    _ if matches!(error, StoreError::Precondition { .. }) => {
                        Err(RestoreError::Ledger(LedgerError::Lost {
                            run: self.run.clone(),
                        }))
                    }
                    _ => Err(error.into()),
                }
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// What the objects of a round of a run begin with: a further round has objects of its own.
pub(crate) fn stem(run: &str, round: u32) -> String {
    match round {
        0 | 1 => run.to_owned(),
        round => format!("{run}.{round}"),
    }
}

fn key(bulk: u64) -> String {
    format!("{bulk:08}.json")
}

fn number(key: &str) -> Option<u64> {
    key.strip_suffix(".json")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use cloud_store::Memory;

    use super::*;

    fn entry(bulk: u64) -> Entry {
        Entry {
            bulk,
            window: bulk,
            at: Timestamp::UNIX_EPOCH,
            first: 0,
            next: 1,
            highest: 0,
            sent: Vec::new(),
            unchanged: Vec::new(),
            files: 0,
            ids: None,
        }
    }

    #[tokio::test]
    async fn an_intent_is_replaced_by_its_answer() {
        let journal = Journal::new(&Store::memory(Memory::new()), "run", 1);
        let version = journal.write(&entry(1), None).await.unwrap();
        let answered = Entry {
            ids: Some(vec![7]),
            ..entry(1)
        };
        journal.write(&answered, Some(version)).await.unwrap();
        assert_eq!(journal.read(1).await.unwrap().entry, answered);
        assert_eq!(journal.len().await.unwrap(), 1);
    }

    #[tokio::test]
    async fn two_processes_can_not_begin_the_same_bulk() {
        let journal = Journal::new(&Store::memory(Memory::new()), "run", 1);
        journal.write(&entry(1), None).await.unwrap();
        let other = Entry {
            highest: 5,
            ..entry(1)
        };
        let error = journal.write(&other, None).await.unwrap_err();
        assert!(error.to_string().contains("taken over the run"), "{error}");
    }

    #[tokio::test]
    async fn a_second_round_begins_with_an_empty_journal() {
        let store = Store::memory(Memory::new());
        Journal::new(&store, "run", 1)
            .write(&entry(1), None)
            .await
            .unwrap();
        assert_eq!(Journal::new(&store, "run", 2).len().await.unwrap(), 0);
        assert_eq!(Journal::new(&store, "run", 1).len().await.unwrap(), 1);
    }
}
