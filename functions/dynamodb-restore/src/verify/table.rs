//! The table, counted and added up.

use dynamodb_table::Scan;
use futures_util::TryStreamExt as _;
use tokio::time::Instant;

use super::sum::Sum;
use super::{Check, Reading, SAVE_EVERY};
use crate::config::Verify;
use crate::error::RestoreError;
use crate::progress::Stage;
use crate::walk::Finals as _;

/// Segments of the table that are read at the same time.
pub(super) const SEGMENTS_AT_ONCE: u32 = 8;

/// About how many items a segment has, so that a scan can be gone on with.
const SEGMENT_ITEMS: u64 = 20_000;

impl Check<'_> {
    /// Counts the table's items; for `full` with their digest.
    pub(super) async fn table(&mut self, reading: &mut Reading) -> Result<bool, RestoreError> {
        let wants_digest = self.verify == Verify::Full;
        self.progress.begin(
            Stage::ReadingTable,
            reading.table.items,
            Some(reading.backup.items),
        );
        if reading.table.next == 0 {
            // What no manifest tells is counted by now.
            reading.total_segments =
                segments(reading.backup.items.max(self.target.item_count_hint));
        }
        let total = u64::from(reading.total_segments);
        let mut saved = Instant::now();
        while !reading.table.is_done {
            let from = u32::try_from(reading.table.next).unwrap_or(u32::MAX);
            let to = (from + SEGMENTS_AT_ONCE).min(reading.total_segments);
            let scan = Scan {
                segments: from..to,
                total_segments: reading.total_segments,
                is_consistent: true,
                keys_only: !wants_digest,
            };
            let mut sum = Sum {
                part: reading.table,
                wants_digest,
                progress: self.progress,
                late: self.late(),
            };
            let mut pages = std::pin::pin!(self.tables.scan(self.target, &scan));
            while let Some(page) = pages.try_next().await? {
                for item in page {
                    sum.item(item).await?;
                }
            }
            reading.table = sum.part;
            reading.table.next = u64::from(to);
            reading.table.is_done = reading.table.next >= total;
            if !reading.table.is_done && self.clock.now() >= self.deadline {
                return Ok(false);
            }
            if saved.elapsed() >= SAVE_EVERY {
                self.keep(reading).await?;
                saved = Instant::now();
            }
        }
        Ok(true)
    }
}

/// Into how many segments a table of so many items is cut.
fn segments(items: u64) -> u32 {
    let segments = (items / SEGMENT_ITEMS).clamp(u64::from(SEGMENTS_AT_ONCE), 4096);
    u32::try_from(segments).unwrap_or(SEGMENTS_AT_ONCE)
}
