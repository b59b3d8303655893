//! Differences between the merge that finds them and the sessions that fetch their rows while the merge goes on.

use std::sync::{Mutex, PoisonError};

use table_diff::DifferenceBatch;
use tokio::sync::{Mutex as AsyncMutex, Notify};

use super::spool::{Spool, Spooled};
use crate::error::SyncError;

/// A spool that is read from before all is in it.
pub(super) struct Queue {
    spool: AsyncMutex<Spool>,
    state: Mutex<State>,
    /// Something in `state` is another.
    changed: Notify,
}

/// What both sides of a queue look at.
#[derive(Clone, Copy, Debug, Default)]
struct State {
    /// How many differences wait.
    rows: u64,
    /// Whether somebody fetches while the merge goes on.
    is_led: bool,
    /// Whether the merge finds no more.
    has_ended: bool,
    /// Whether as much waits as may.
    is_full: bool,
}

impl Queue {
    pub(super) fn new(spool: Spool) -> Self {
        Self {
            spool: AsyncMutex::new(spool),
            state: Mutex::default(),
            changed: Notify::new(),
        }
    }

    /// Adds what the merge found. Where somebody fetches meanwhile, it waits for room in memory; else what is too much goes to
    /// an object.
    pub(super) async fn push(&self, batch: &DifferenceBatch) -> Result<(), SyncError> {
        self.until(|state| !(state.is_led && state.is_full)).await;
        let mut spool = self.spool.lock().await;
        spool.push(batch);
        if !self.state().is_led {
            spool.relieve().await?;
        }
        self.tell(&spool);
        Ok(())
    }

    /// The merge finds no more.
    pub(super) fn end(&self) {
        self.change(|state| state.has_ended = true);
    }

    /// Waits until the merge finds no more.
    pub(super) async fn ended(&self) {
        self.until(|state| state.has_ended).await;
    }

    /// Waits until more than `few` differences wait.
    pub(super) async fn more_than(&self, few: u64) {
        self.until(|state| state.rows > few).await;
    }

    /// Begins to fetch while the merge goes on; `false` where it is too late for that, for the first are in an object.
    pub(super) async fn lead(&self) -> bool {
        let can_lead = !self.spool.lock().await.is_stored();
        self.change(|state| state.is_led = can_lead);
        can_lead
    }

    /// Fills `batch` with the next `most`, as soon as there are as many or the memory is full; `false` once the merge has ended, when
    /// the rest is for [`Queue::finish`].
    pub(super) async fn next(&self, batch: &mut DifferenceBatch, most: usize) -> bool {
        let most_rows = most as u64;
        self.until(|state| state.has_ended || state.is_full || state.rows >= most_rows)
            .await;
        if self.state().has_ended {
            return false;
        }
        let mut spool = self.spool.lock().await;
        spool.take(batch, most);
        self.tell(&spool);
        true
    }

    /// What was not fetched yet.
    pub(super) async fn finish(self) -> Result<Spooled, SyncError> {
        self.spool.into_inner().finish().await
    }

    fn tell(&self, spool: &Spool) {
        let (rows, is_full) = (spool.rows(), spool.is_full());
        self.change(|state| (state.rows, state.is_full) = (rows, is_full));
    }

    fn state(&self) -> State {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_waiters();
    }

    async fn until(&self, is_so: impl Fn(State) -> bool) {
        loop {
            // Listening begins before looking, so that no change falls between the two.
            let changed = self.changed.notified();
            let mut changed = std::pin::pin!(changed);
            changed.as_mut().enable();
            if is_so(self.state()) {
                return;
            }
            changed.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use cloud_store::{Memory, Store};
    use futures_util::future::join;
    use table_diff::{Class, Difference};

    use super::*;

    fn queue() -> Queue {
        Queue::new(Spool::new(&Store::memory(Memory::new()), "spool/1".into()))
    }

    /// Some differences whose keys have `key_bytes`.
    fn batch(numbers: std::ops::Range<u64>, key_bytes: usize) -> DifferenceBatch {
        let mut batch = DifferenceBatch::default();
        for number in numbers {
            let mut key = number.to_be_bytes().to_vec();
            key.resize(key_bytes, 0);
            batch.push(Difference {
                class: Class::Insert,
                key: &key,
                source: None,
                target: None,
            });
        }
        batch
    }

    fn numbers(batch: &DifferenceBatch) -> Vec<u64> {
        let number = |key: &[u8]| u64::from_be_bytes(*key.first_chunk().unwrap());
        batch.iter().map(|it| number(it.key)).collect()
    }

    /// What is taken of a queue into which `pushed` batches of ten come meanwhile, `most` at a time, and what is left.
    async fn taken(pushed: u64, key_bytes: usize, most: usize) -> (Vec<u64>, u64) {
        let queue = queue();
        assert!(queue.lead().await);
        let merge = async {
            for number in 0..pushed {
                let batch = batch(number * 10..number * 10 + 10, key_bytes);
                queue.push(&batch).await.unwrap();
            }
            queue.end();
        };
        let fetch = async {
            let (mut taken, mut found) = (Vec::new(), DifferenceBatch::default());
            while queue.next(&mut found, most).await {
                taken.extend(numbers(&found));
            }
            taken
        };
        let ((), taken) = join(merge, fetch).await;
        (taken, queue.finish().await.unwrap().rows())
    }

    #[tokio::test]
    async fn what_is_found_is_handed_out_in_order_and_the_rest_is_left() {
        let (numbers, left) = taken(100, 2000, 25).await;
        assert_eq!(numbers.len() as u64 + left, 1000);
        assert!(numbers.len() > 200, "{}", numbers.len());
        assert!(numbers.iter().copied().eq(0..numbers.len() as u64));
    }

    #[tokio::test]
    async fn few_differences_that_fill_the_memory_are_not_waited_with() {
        let (numbers, left) = taken(20, 300_000, 1000).await;
        assert_eq!(numbers.len() as u64 + left, 200);
        assert!(!numbers.is_empty());
    }

    #[tokio::test]
    async fn nobody_leads_once_some_are_in_an_object() {
        let queue = queue();
        queue.push(&batch(0..10, 300_000)).await.unwrap();
        assert!(!queue.lead().await);
        queue.end();
        assert_eq!(queue.finish().await.unwrap().rows(), 10);
    }
}
