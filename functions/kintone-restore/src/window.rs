//! A few bulks that are written at the same time.

use std::collections::BTreeMap;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use kintone_client::BulkError;

use crate::bulk::{Bulk, ids};
use crate::error::RestoreError;
use crate::journal::Kept;
use crate::numbers::{Doubt, Numbers};
use crate::refused::explained;
use crate::settle::{adopt, wait};
use crate::work::Work;

/// How often bulks whose answers are lost are sent.
const ATTEMPTS: u32 = 3;

/// A bulk with its number in the journal, and the version of an intent that came to nothing.
#[derive(Debug)]
pub(crate) struct Numbered {
    pub(crate) number: u64,
    pub(crate) bulk: Bulk,
    pub(crate) seen: Option<cloud_store::Version>,
}

/// A bulk whose intent is in the journal.
struct Begun {
    bulk: Bulk,
    kept: Kept,
}

/// What became of a bulk that was sent. That it has no answer is no error yet.
pub(crate) struct Ended {
    begun: Begun,
    sent: Result<(), RestoreError>,
}

/// The bulks that are under way: each is sent as soon as there is room for it.
pub(crate) struct Window<'a> {
    work: &'a Work<'a>,
    under_way: FuturesUnordered<BoxFuture<'a, Ended>>,
    /// Those whose answers are lost.
    lost: Vec<Begun>,
    /// Answered ones with numbers that are not settled: whoever looks for lost records must know these.
    answered: Vec<Kept>,
    numbers: Numbers,
    /// The numbers of the bulks without an answer, and the places that they begin at.
    open: BTreeMap<u64, u64>,
    /// The number of the last bulk that was begun, and the place after it.
    last: u64,
    place: u64,
}

impl<'a> Window<'a> {
    /// One without bulks, after number `last`. Above `highest` the app has no record.
    pub(crate) fn new(work: &'a Work<'a>, last: u64, highest: u64) -> Self {
        Self {
            work,
            under_way: FuturesUnordered::new(),
            lost: Vec::new(),
            answered: Vec::new(),
            numbers: Numbers::new(highest),
            open: BTreeMap::new(),
            last,
            place: 0,
        }
    }

    /// The bulks up to this number have their answers.
    pub(crate) fn answered_up_to(&self) -> u64 {
        let first = self.open.first_key_value();
        first.map_or(self.last, |(number, _)| number - 1)
    }

    /// The records before this place have theirs.
    pub(crate) fn place(&self) -> u64 {
        let first = self.open.first_key_value();
        first.map_or(self.place, |(_, place)| *place)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.under_way.is_empty()
    }

    /// Whether one more bulk may be begun: not while an answer is lost, either.
    pub(crate) fn has_room(&self) -> bool {
        self.lost.is_empty() && self.under_way.len() < self.work.bulks_at_once()
    }

    /// Writes the intent of a bulk, to be sent by [`Window::next`].
    ///
    /// # Errors
    /// Another process has begun it.
    pub(crate) async fn begin(&mut self, numbered: Numbered) -> Result<(), RestoreError> {
        let Numbered {
            number,
            mut bulk,
            seen,
        } = numbered;
        let now = self.work.function.clock.now();
        let mut entry = bulk.intent(number, self.numbers.settled(), now);
        entry.window = self.first_unsettled().unwrap_or(number);
        // One intent after the other: whoever goes on reads them up to the last one, and none before it may be missing.
        let version = self.work.journal.write(&entry, seen).await?;
        self.open.insert(number, bulk.first);
        self.last = self.last.max(number);
        self.place = self.place.max(bulk.next);
        let kept = Kept { entry, version };
        self.send(Begun { bulk, kept });
        Ok(())
    }

    /// What became of the bulk that ends next; nothing when none is under way. It may be dropped and called again.
    pub(crate) async fn next(&mut self) -> Option<Ended> {
        self.under_way.next().await
    }

    /// Takes what became of a bulk. When answers are lost, and no other bulk is under way, their records are looked for, and
    /// what is not there is sent again.
    ///
    /// # Errors
    /// A bulk is refused, an answer is lost again and again, or another writer is seen. Whatever was answered is noted.
    pub(crate) async fn take(&mut self, ended: Ended) -> Result<(), RestoreError> {
        self.sort_in(ended).await?;
        if self.under_way.is_empty() && !self.lost.is_empty() {
            self.find_lost().await?;
        }
        Ok(())
    }

    /// Lets all that is under way come to its end, so that its answers are noted.
    pub(crate) async fn drain(&mut self) {
        while self.under_way.next().await.is_some() {}
    }

    fn send(&mut self, begun: Begun) {
        self.under_way.push(send(self.work, begun).boxed());
    }

    /// The first bulk of which records may be above the settled numbers.
    fn first_unsettled(&self) -> Option<u64> {
        let answered = self.answered.iter().map(|kept| kept.entry.bulk);
        self.open.keys().copied().chain(answered).min()
    }

    async fn sort_in(&mut self, Ended { begun, sent }: Ended) -> Result<(), RestoreError> {
        sent?;
        if begun.kept.entry.ids.is_none() {
            self.lost.push(begun);
            return Ok(());
        }
        self.answer(begun.kept).await
    }

    async fn answer(&mut self, kept: Kept) -> Result<(), RestoreError> {
        self.open.remove(&kept.entry.bulk);
        self.numbers.take(&kept.entry, self.last);
        self.answered.push(kept);
        let open = self.open.keys().next().copied();
        while let Some(doubt) = self.numbers.doubt(open) {
            check(self.work, doubt).await?;
            self.numbers.settle(doubt.up_to, self.last);
        }
        let settled = self.numbers.settled();
        let is_unsettled = |kept: &Kept| kept.entry.added().any(|id| id > settled);
        self.answered.retain(is_unsettled);
        Ok(())
    }

    async fn find_lost(&mut self) -> Result<(), RestoreError> {
        for attempt in 1..=ATTEMPTS {
            wait(self.work, self.work.function.config.settle).await;
            self.adopt_lost().await?;
            if self.lost.is_empty() {
                return Ok(());
            }
            if attempt < ATTEMPTS {
                self.send_again().await?;
            }
        }
        let first = self.lost.first().map(|begun| &begun.kept.entry);
        Err(RestoreError::Lost {
            first: first.map_or(0, |entry| entry.first + 1),
            last: first.map_or(0, |entry| entry.next),
            attempts: ATTEMPTS,
        })
    }

    async fn adopt_lost(&mut self) -> Result<(), RestoreError> {
        self.lost
            .sort_unstable_by_key(|begun| begun.kept.entry.bulk);
        let known = self
            .answered
            .iter()
            .filter_map(|kept| kept.entry.ids.as_ref());
        let known = known.flatten().copied().collect();
        let open = self.lost.iter_mut().map(|begun| &mut begun.kept);
        let settled = self.numbers.settled();
        adopt(self.work, &known, settled, open.collect()).await?;
        let (found, lost) = std::mem::take(&mut self.lost)
            .into_iter()
            .partition(|begun| begun.kept.entry.ids.is_some());
        self.lost = lost;
        for begun in found {
            self.answer(begun.kept).await?;
        }
        Ok(())
    }

    /// Sends what was lost once more. Whoever finds the intents waits from now on.
    async fn send_again(&mut self) -> Result<(), RestoreError> {
        for mut begun in std::mem::take(&mut self.lost) {
            begun.kept.entry.at = self.work.function.clock.now();
            let seen = Some(begun.kept.version.clone());
            begun.kept.version = self.work.journal.write(&begun.kept.entry, seen).await?;
            self.send(begun);
        }
        while let Some(ended) = self.next().await {
            self.sort_in(ended).await?;
        }
        Ok(())
    }
}

/// Sees whether the records in doubt are all of this restore.
async fn check(work: &Work<'_>, doubt: Doubt) -> Result<(), RestoreError> {
    let Doubt { after, up_to, ours } = doubt;
    let between = format!("$id > {after} and $id <= {up_to}");
    let app = work.app();
    let there = work.client.bounds(app, Some(&between)).await?.count;
    if there == ours {
        return Ok(());
    }
    Err(RestoreError::AnotherWriter {
        app,
        what: format!(
            "{there} records are between number {after} and {up_to}, of which this restore wrote {ours}"
        ),
    })
}

async fn send(work: &Work<'_>, mut begun: Begun) -> Ended {
    let sent = deliver(work, &begun.bulk, &mut begun.kept).await;
    Ended { begun, sent }
}

/// Sends one bulk and notes its answer; an answer that is lost is no error yet.
async fn deliver(work: &Work<'_>, bulk: &Bulk, kept: &mut Kept) -> Result<(), RestoreError> {
    work.hold.check().await?;
    let mut answered = Vec::new();
    if let Some(request) = bulk.request() {
        // Whoever has taken the run over looks for these records, and sends them if they are not there.
        let answer = tokio::select! {
            answer = work.client.send_bulk(request) => answer,
            lost = work.hold.lost() => return Err(lost.into()),
        };
        match answer {
            Ok(answers) => answered = ids(answers),
            Err(BulkError::Unknown { source }) => {
                tracing::warn!(run = work.run, error = %source, "the answer to a bulk is lost");
                return Ok(());
            }
            Err(source) => return Err(explained(work, bulk, &kept.entry.sent, source).await),
        }
    }
    kept.entry.ids = Some(answered);
    let seen = Some(kept.version.clone());
    kept.version = work.journal.write(&kept.entry, seen).await?;
    Ok(())
}
