//! Whether what is in the table can still be this restore's own, before one that was begun goes on.

use dynamodb_table::Description;
use jiff::{SignedDuration, Timestamp};

use crate::checkpoint::{Checkpoint, Opened, Share};
use crate::error::RestoreError;
use crate::job::Job;
use crate::plan::confirmation;
use crate::request::{Step, WriteMode};

/// How long after its last note a restore goes on without a question.
const FRESH: SignedDuration = SignedDuration::from_hours(1);

impl Job<'_> {
    /// Why this restore, begun earlier with an empty table, must not go on unless a person says so.
    pub(crate) async fn doubt(
        &self,
        checkpoint: &Checkpoint,
    ) -> Result<Option<String>, RestoreError> {
        let Some((target, opened)) = self.filled(checkpoint.opened.as_ref()) else {
            return Ok(None);
        };
        // Where parts write, each asks for itself.
        if self.ask.step != Step::All {
            return Ok(None);
        }
        if self.is_written(&checkpoint.share, 1, 0) {
            return Ok(None);
        }
        let tables = &self.function.tables;
        if !checkpoint.is_writing {
            let holds_items = tables.holds_items(target).await?;
            return Ok(holds_items
                .then(|| confirmation(self.ask, target))
                .flatten());
        }
        if self.is_confirmed(target) {
            return Ok(None);
        }
        let items = checkpoint.share.counts.written;
        if checkpoint.is_exact && tables.holds_more_than(target, items).await? {
            return Ok(Some(format!(
                "table {0} holds more than the {items} items that this restore wrote, and would replace; to go on all the same, \
                 send \"confirm\": \"{0}\"",
                target.name
            )));
        }
        let saved = checkpoint.saved.unwrap_or(opened.time);
        self.if_filled(target, saved).await
    }

    /// The same for one part: it is `before`, if it was begun.
    pub(crate) async fn doubt_part(
        &self,
        opened: &Opened,
        part: u32,
        before: Option<&Checkpoint>,
    ) -> Result<Option<String>, RestoreError> {
        let Some((target, opened)) = self.filled(Some(opened)) else {
            return Ok(None);
        };
        let share = before.map_or_else(Share::default, |before| before.share.clone());
        let saved = before.and_then(|before| before.saved);
        let mut saved = saved.unwrap_or(opened.time);
        let parts = self.ask.parts;
        if self.is_confirmed(target) || self.is_written(&share, parts, part) {
            return Ok(None);
        }
        // A part may have its turn long after it was opened, but not long after the others.
        for other in (0..part).rev().chain(part + 1..parts) {
            if self.is_fresh(saved) {
                return Ok(None);
            }
            let record = self.find(&self.identity.part(other, parts)).await?;
            let record = record.and_then(|record| record.checkpoint);
            saved = saved.max(Checkpoint::of(record.as_ref()).saved.unwrap_or_default());
        }
        self.if_filled(target, saved).await
    }

    /// The target and what was noted of it, where all items in it should be this restore's own.
    fn filled<'a>(&'a self, opened: Option<&'a Opened>) -> Option<(&'a Description, &'a Opened)> {
        let target = self.target.as_ref().filter(|_| !self.ask.import)?;
        let opened = opened.filter(|opened| opened.was_empty && opened.table_id == target.id)?;
        Some((target, opened))
    }

    fn is_written(&self, share: &Share, parts: u32, part: u32) -> bool {
        share.finished() >= self.shares(parts)[part as usize].len()
    }

    fn is_confirmed(&self, target: &Description) -> bool {
        self.ask.confirm.as_ref() == Some(&target.name)
    }

    fn is_fresh(&self, saved: Timestamp) -> bool {
        self.function.clock.now().duration_since(saved) <= FRESH
    }

    async fn if_filled(
        &self,
        target: &Description,
        saved: Timestamp,
    ) -> Result<Option<String>, RestoreError> {
        if self.is_fresh(saved) || !self.function.tables.holds_items(target).await? {
            return Ok(None);
        }
        let mode = match self.ask.mode {
            WriteMode::SkipExisting | WriteMode::OnlyNewer => "add to",
            WriteMode::EmptyOnly | WriteMode::Overwrite => "replace",
        };
        Ok(Some(format!(
            "this restore stopped at {saved}, and table {0} may have been written by others since; to {mode} what it holds, send \
             \"confirm\": \"{0}\"",
            target.name
        )))
    }
}
