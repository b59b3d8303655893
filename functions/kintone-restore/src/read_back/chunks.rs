//! What was written, in pages that are fetched ahead.

use std::collections::VecDeque;

use kintone_client::{ClientError, Page, PageRequest};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinHandle};
use tracing::Instrument as _;

use super::{Head, Writing};
use crate::error::RestoreError;
use crate::find::quoted;
use crate::journal::{Entry, Sent};
use crate::work::Work;

/// Records that are read back at once: a page.
const CHUNK: usize = 500;

/// Records of one bulk whose page is on its way.
pub(super) struct Chunk {
    /// The bulk's number.
    pub(super) bulk: u64,
    /// The bulk's entry, with its first chunk.
    pub(super) entry: Option<Entry>,
    /// In the order of the source, each with its id.
    pub(super) written: Vec<(Sent, u64)>,
    /// Whether the bulk has no more.
    pub(super) is_last: bool,
    page: Option<JoinHandle<Result<Page, ClientError>>>,
}

impl Chunk {
    /// Whether its bulk begins with it.
    pub(super) fn is_first(&self) -> bool {
        self.entry.is_some()
    }

    /// The page, once it is there; a panic in its task goes on here.
    pub(super) async fn page(&mut self) -> Result<Option<Page>, RestoreError> {
        let Some(page) = &mut self.page else {
            return Ok(None);
        };
        match page.await.map_err(JoinError::try_into_panic) {
            Ok(page) => Ok(Some(page?)),
            Err(Ok(panic)) => std::panic::resume_unwind(panic),
            // Only a runtime that shuts down cancels the task, and it polls nobody again.
            Err(Err(_)) => std::future::pending().await,
        }
    }
}

/// The chunks of the bulks as these get their answers, a few of them read ahead.
pub(super) struct Chunks<'a> {
    work: &'a Work<'a>,
    bulk: u64,
    head: watch::Receiver<Head>,
    ready: VecDeque<Chunk>,
}

impl<'a> Chunks<'a> {
    /// Those of the bulks after number `bulk`.
    pub(super) fn after(work: &'a Work<'a>, bulk: u64, head: watch::Receiver<Head>) -> Self {
        Self {
            work,
            bulk,
            head,
            ready: VecDeque::new(),
        }
    }

    /// Whether nothing is being written any more.
    pub(super) fn is_written(&self) -> bool {
        self.head.borrow().writing != Writing::UnderWay
    }

    /// The next chunk; nothing when there will be no more.
    pub(super) async fn next(&mut self) -> Result<Option<Chunk>, RestoreError> {
        loop {
            let head = *self.head.borrow_and_update();
            if head.writing == Writing::Failed {
                return Ok(None);
            }
            while self.ready.len() < self.pages_at_once() && self.bulk < head.bulks {
                self.begin_next().await?;
            }
            if let Some(chunk) = self.ready.pop_front() {
                return Ok(Some(chunk));
            }
            if head.writing == Writing::Over || self.head.changed().await.is_err() {
                return Ok(None);
            }
        }
    }

    /// How many pages are under way at the same time: a page takes a part of a bulk's time, so that with two for each
    /// bulk that is written at the same time reading back keeps up, and holds little.
    fn pages_at_once(&self) -> usize {
        let pages = 2 * self.work.bulks_at_once();
        pages.max(self.work.function.config.kintone.windows)
    }

    async fn begin_next(&mut self) -> Result<(), RestoreError> {
        self.bulk += 1;
        let entry = self.work.journal.read(self.bulk).await?.entry;
        let ids = entry.ids.clone().unwrap_or_default();
        let mut written: Vec<_> = entry.sent.iter().cloned().zip(ids).collect();
        written.sort_unstable_by_key(|(sent, _)| sent.place);
        let mut chunks: Vec<_> = written
            .chunks(CHUNK)
            .map(|chunk| self.begin(chunk))
            .collect();
        if chunks.is_empty() {
            // Nothing was written: all was equal already.
            chunks.push(self.chunk(&[], None));
        }
        if let Some(first) = chunks.first_mut() {
            first.entry = Some(entry);
        }
        if let Some(last) = chunks.last_mut() {
            last.is_last = true;
        }
        self.ready.extend(chunks);
        Ok(())
    }

    fn begin(&self, written: &[(Sent, u64)]) -> Chunk {
        let request = request(self.work.app(), written);
        let client = self.work.client.clone();
        let fetching = async move { client.page(&request).await };
        self.chunk(written, Some(tokio::spawn(fetching.in_current_span())))
    }

    fn chunk(
        &self,
        written: &[(Sent, u64)],
        page: Option<JoinHandle<Result<Page, ClientError>>>,
    ) -> Chunk {
        Chunk {
            bulk: self.bulk,
            entry: None,
            written: written.to_vec(),
            is_last: false,
            page,
        }
    }
}

/// Asks for one page with the records `written`.
fn request(app: u64, written: &[(Sent, u64)]) -> PageRequest {
    let mut ids: Vec<u64> = written.iter().map(|(_, id)| *id).collect();
    ids.sort_unstable();
    let (first, last) = (ids.first().copied(), ids.last().copied());
    let (first, last) = (first.unwrap_or(1), last.unwrap_or(0));
    let is_dense = last.saturating_sub(first) < CHUNK as u64;
    let condition = (!is_dense).then(|| {
        let ids: Vec<String> = ids.iter().map(u64::to_string).collect();
        format!("$id in ({})", quoted(&ids))
    });
    PageRequest {
        app,
        condition,
        after: first.saturating_sub(1),
        up_to: Some(last),
        ..PageRequest::default()
    }
}
