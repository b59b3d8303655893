//! A few bulks that are written at the same time.

use futures_util::future::join_all;
use kintone_client::BulkError;

use crate::bulk::{Bulk, ids};
use crate::error::RestoreError;
use crate::journal::Kept;
use crate::refused::explained;
use crate::settle::{adopt, wait};
use crate::work::Work;

/// How often bulks whose answers are lost are looked for and sent again.
const ATTEMPTS: u32 = 3;

/// A bulk with its number in the journal, and the version of an intent that came to nothing.
#[derive(Debug)]
pub(crate) struct Numbered {
    pub(crate) number: u64,
    pub(crate) bulk: Bulk,
    pub(crate) seen: Option<cloud_store::Version>,
}

/// Bulks whose intents are in the journal.
pub(crate) struct Window<'a> {
    work: &'a Work<'a>,
    bulks: Vec<Bulk>,
    kept: Vec<Kept>,
    highest: u64,
}

impl<'a> Window<'a> {
    /// Writes the intents of `bulks`: above `highest` there is no record yet. `first` is the number of the first
    /// bulk of their window.
    ///
    /// # Errors
    /// Another process has begun them.
    pub(crate) async fn begin(
        work: &'a Work<'a>,
        bulks: Vec<Numbered>,
        first: u64,
        highest: u64,
    ) -> Result<Self, RestoreError> {
        let mut window = Self {
            work,
            bulks: Vec::new(),
            kept: Vec::new(),
            highest,
        };
        // One after the other: whoever goes on reads them up to the last one, and none before it may be missing.
        for Numbered { number, bulk, seen } in bulks {
            let mut entry = bulk.intent(number, highest, work.function.clock.now());
            entry.window = first;
            let version = work.journal.write(&entry, seen).await?;
            window.bulks.push(bulk);
            window.kept.push(Kept { entry, version });
        }
        Ok(window)
    }

    /// Sends the bulks and notes the answers; gives the highest id afterwards.
    ///
    /// # Errors
    /// A bulk is refused, an answer is lost again and again, or another writer is seen. Whatever was answered is noted.
    pub(crate) async fn deliver(mut self) -> Result<u64, RestoreError> {
        for _ in 0..ATTEMPTS {
            self.send().await?;
            if self.is_answered() {
                return self.highest().await;
            }
            wait(self.work, self.work.function.config.settle).await;
            adopt(self.work, &mut self.kept).await?;
            if self.is_answered() {
                return self.highest().await;
            }
            self.begin_again().await?;
        }
        let open = self.kept.iter().find(|kept| kept.entry.ids.is_none());
        let entry = open.map(|kept| &kept.entry);
        Err(RestoreError::Lost {
            first: entry.map_or(0, |entry| entry.first + 1),
            last: entry.map_or(0, |entry| entry.next),
            attempts: ATTEMPTS,
        })
    }

    fn is_answered(&self) -> bool {
        self.kept.iter().all(|kept| kept.entry.ids.is_some())
    }

    /// Sends what has no answer yet, all at the same time, and lets all of them end.
    async fn send(&mut self) -> Result<(), RestoreError> {
        self.work.hold.check().await?;
        let mut sendings = Vec::new();
        for (bulk, kept) in self.bulks.iter().zip(&mut self.kept) {
            if kept.entry.ids.is_none() {
                sendings.push(send(self.work, bulk, kept));
            }
        }
        join_all(sendings).await.into_iter().collect()
    }

    /// Whoever finds these intents waits from now on.
    async fn begin_again(&mut self) -> Result<(), RestoreError> {
        for kept in &mut self.kept {
            if kept.entry.ids.is_none() {
                kept.entry.at = self.work.function.clock.now();
                let seen = Some(kept.version.clone());
                kept.version = self.work.journal.write(&kept.entry, seen).await?;
            }
        }
        Ok(())
    }

    /// The highest id now; also sees whether the new ids are all that is new.
    async fn highest(&self) -> Result<u64, RestoreError> {
        let before = self.highest;
        let entries = self.kept.iter().map(|kept| &kept.entry);
        let mut count = 0;
        let mut highest = before;
        for entry in entries {
            let ids = entry.ids.iter().flatten();
            for (sent, id) in entry.sent.iter().zip(ids) {
                count += u64::from(sent.added);
                highest = highest.max(*id);
            }
        }
        if count == 0 || highest == before + count {
            return Ok(highest);
        }
        // A refused write uses up numbers, too: a gap alone proves nothing.
        let between = format!("$id > {before} and $id <= {highest}");
        let app = self.work.app();
        let there = self.work.client.bounds(app, Some(&between)).await?.count;
        if there == count {
            return Ok(highest);
        }
        Err(RestoreError::AnotherWriter {
            app,
            what: format!(
                "{there} records are between number {before} and {highest}, of which this restore wrote {count}"
            ),
        })
    }
}

/// Sends one bulk and notes its answer; an answer that is lost is no error yet.
async fn send(work: &Work<'_>, bulk: &Bulk, kept: &mut Kept) -> Result<(), RestoreError> {
    let answered = if bulk.is_empty() {
        Vec::new()
    } else {
        let writes = bulk.writes(work.app());
        // Whoever has taken the run over looks for these records, and sends them if they are not there.
        let answer = tokio::select! {
            answer = work.client.bulk(&writes) => answer,
            lost = work.hold.lost() => return Err(lost.into()),
        };
        match answer {
            Ok(answers) => ids(answers),
            Err(BulkError::Unknown { source }) => {
                tracing::warn!(run = work.run, error = %source, "the answer to a bulk is lost");
                return Ok(());
            }
            Err(source) => return Err(explained(work, bulk, source).await),
        }
    };
    kept.entry.ids = Some(answered);
    let seen = Some(kept.version.clone());
    kept.version = work.journal.write(&kept.entry, seen).await?;
    Ok(())
}
