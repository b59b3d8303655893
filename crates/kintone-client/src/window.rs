//! All pages of a read, in the order of their ids: one after the other, or windows at once.

use std::collections::VecDeque;

use futures_util::stream::{self, Stream};
use tokio::task::JoinHandle;

use crate::client::{Bounds, Client};
use crate::error::ClientError;
use crate::limits;
use crate::page::Page;
use crate::request::ReadRequest;
use crate::task;

impl Client {
    /// All pages of `request`, in the order of their ids; none is empty.
    ///
    /// With more than one window, ranges of 500 ids are read at once, up to `windows` ahead of the
    /// page that comes next. Where fewer than half of the ids belong to records, that would take
    /// more than twice the requests, so each page is then read after the other. Which of them is
    /// the case takes a request, unless `request` knows it.
    ///
    /// The stream ends after its first error. Dropping it stops what is under way.
    pub fn pages(
        &self,
        request: &ReadRequest,
    ) -> impl Stream<Item = Result<Page, ClientError>> + Send + Unpin + use<> {
        let reading = Reading {
            client: self.clone(),
            windows: request.windows.clamp(1, limits::WINDOWS),
            request: request.clone(),
            step: Step::at_first(request),
        };
        Box::pin(stream::try_unfold(reading, |mut reading| async {
            let page = reading.next().await?;
            Ok(page.map(|page| (page, reading)))
        }))
    }
}

/// A read under way.
struct Reading {
    client: Client,
    request: ReadRequest,
    windows: usize,
    step: Step,
}

enum Step {
    /// Nothing is read yet.
    First,
    /// Read on after this id.
    Seek(u64),
    Windows(Windows),
    Done,
}

/// Ranges of ids that are being read.
struct Windows {
    /// Where the next window begins.
    next: u64,
    /// Where the last one ends.
    end: u64,
    under_way: VecDeque<Window>,
}

impl Step {
    /// Windows at once if the caller knows that they pay; else the first page has to show it.
    fn at_first(request: &ReadRequest) -> Self {
        match request.known_bounds() {
            Some(all)
                if request.windows > 1
                    && all.count > limits::PAGE_RECORDS as u64
                    && is_dense(request.after, all) =>
            {
                Self::Windows(Windows::new(request.after, all.highest_id))
            }
            _ => Self::First,
        }
    }
}

impl Reading {
    async fn next(&mut self) -> Result<Option<Page>, ClientError> {
        loop {
            let page = match &mut self.step {
                Step::First => self.first().await?,
                Step::Seek(after) => {
                    let after = *after;
                    self.seek(after).await?
                }
                Step::Windows(windows) => {
                    windows.fill(self.windows, &self.client, &self.request);
                    let Some(window) = windows.under_way.pop_front() else {
                        self.step = self.after_windows();
                        continue;
                    };
                    window.page().await?
                }
                Step::Done => return Ok(None),
            };
            if !page.is_empty() {
                return Ok(Some(page));
            }
        }
    }

    /// The first page shows where the ids begin, and whether there is more.
    async fn first(&mut self) -> Result<Page, ClientError> {
        let page = self.seek(self.request.after).await?;
        if let Step::Seek(after) = self.step
            && self.windows > 1
        {
            let rest = self.bounds_after(after, &page).await?;
            if is_dense(after, rest) {
                self.step = Step::Windows(Windows::new(after, rest.highest_id));
            }
        }
        Ok(page)
    }

    /// What there is after `after`, where the first page ends.
    async fn bounds_after(&self, after: u64, first: &Page) -> Result<Bounds, ClientError> {
        if let Some(all) = self.request.known_bounds() {
            let count = all.count.saturating_sub(first.len() as u64);
            return Ok(Bounds { count, ..all });
        }
        let rest = self.request.page(after, None);
        self.client.bounds_of(&rest).await
    }

    async fn seek(&mut self, after: u64) -> Result<Page, ClientError> {
        let page = self.client.page(&self.request.page(after, None)).await?;
        self.step = match page.last_id() {
            Some(last) if self.request.up_to == Some(last) => Step::Done,
            Some(last) if page.len() == limits::PAGE_RECORDS => Step::Seek(last),
            _ => Step::Done,
        };
        Ok(page)
    }

    /// What came while the windows were read has higher ids, which may belong to the read too.
    fn after_windows(&self) -> Step {
        match (&self.step, self.request.up_to) {
            (Step::Windows(windows), up_to) if up_to.is_none_or(|up_to| windows.end < up_to) => {
                Step::Seek(windows.end)
            }
            _ => Step::Done,
        }
    }
}

/// Whether windows after `after` would mostly be full.
fn is_dense(after: u64, bounds: Bounds) -> bool {
    let ids = bounds.highest_id.saturating_sub(after);
    ids > 0 && bounds.count.saturating_mul(limits::WINDOW_IDS_PER_RECORD) >= ids
}

impl Windows {
    fn new(after: u64, end: u64) -> Self {
        Self {
            next: after,
            end,
            under_way: VecDeque::new(),
        }
    }

    /// Begins to read until `most` windows are under way.
    fn fill(&mut self, most: usize, client: &Client, request: &ReadRequest) {
        while self.under_way.len() < most && self.next < self.end {
            let up_to = self.end.min(self.next + limits::WINDOW_IDS);
            let page = request.page(self.next, Some(up_to));
            let client = client.clone();
            let reading = task::spawn(async move { client.page(&page).await });
            self.under_way.push_back(Window(reading));
            self.next = up_to;
        }
    }
}

/// A window that is read by a task of its own, so that it goes on while the caller is busy with
/// the page before, and never holds its turn without going on.
struct Window(JoinHandle<Result<Page, ClientError>>);

impl Window {
    async fn page(mut self) -> Result<Page, ClientError> {
        task::join(&mut self.0).await
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(highest_id: u64, count: u64) -> Bounds {
        Bounds { highest_id, count }
    }

    #[test]
    fn half_of_the_ids_are_enough() {
        assert!(is_dense(0, bounds(1000, 500)));
        assert!(!is_dense(0, bounds(1000, 499)));
        assert!(is_dense(900, bounds(1000, 50)));
        assert!(!is_dense(1000, bounds(0, 0)));
    }
}
