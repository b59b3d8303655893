//! Whether what is in the table can still be this restore's own, before one that was begun goes on.

use dynamodb_table::Description;
use jiff::{SignedDuration, Timestamp};

use crate::checkpoint::{Checkpoint, Opened, Share};
use crate::error::RestoreError;
use crate::job::Job;
use crate::keeper::Keeper;
use crate::plan::confirmation;
use crate::request::{Step, WriteMode};

/// How long after its last note a restore goes on as if it had not stopped: the state machine needs some seconds from one
/// invocation to the next. After a kill elsewhere the lease of the run takes longer to end.
const AT_ONCE: SignedDuration = SignedDuration::from_mins(1);

/// How long after its last note a restore goes on without a question, where it can leave alone what is there.
const FRESH: SignedDuration = SignedDuration::from_hours(1);

/// How a restore that was begun with an empty table goes on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// As if it had not stopped.
    None,
    /// Others may have written meanwhile: what is there stays, be it theirs or of lines that were not noted. Reading back
    /// tells which.
    Careful,
    /// Only if a person says so.
    Ask(String),
}

impl Job<'_> {
    /// How this restore, begun earlier with an empty table, goes on.
    pub(crate) async fn doubt(&self, checkpoint: &Checkpoint) -> Result<Doubt, RestoreError> {
        let Some((target, opened)) = self.filled(checkpoint.opened.as_ref()) else {
            return Ok(Doubt::None);
        };
        // Where parts write, each asks for itself.
        if self.ask.step != Step::All || self.is_written(&checkpoint.share, 1, 0) {
            return Ok(Doubt::None);
        }
        let tables = &self.function.tables;
        if !checkpoint.is_writing {
            let holds_items = tables.holds_items(target).await?;
            let words = confirmation(self.ask, target).filter(|_| holds_items);
            return Ok(words.map_or(Doubt::None, Doubt::Ask));
        }
        if self.is_confirmed(target) {
            return Ok(Doubt::None);
        }
        let counts = checkpoint.share.counts;
        let items = counts.written + counts.left_alone;
        if checkpoint.is_exact && tables.holds_more_than(target, items).await? {
            return Ok(Doubt::Ask(format!(
                "table {0} holds more than the {items} items that this restore wrote, and would replace; to go on all the same, \
                 send \"confirm\": \"{0}\"",
                target.name
            )));
        }
        let saved = checkpoint.saved.unwrap_or(opened.time);
        match self.since(target, saved).await? {
            // Each of its items was counted just now, and nobody else's is there. A chain comes back to keys that it wrote, so
            // that a count proves nothing for it, and it is never careful.
            Doubt::Careful if checkpoint.is_exact => Ok(Doubt::None),
            doubt => Ok(doubt),
        }
    }

    /// The same for one part: it is `before`, if it was begun.
    pub(crate) async fn doubt_part(
        &self,
        opened: &Opened,
        part: u32,
        before: Option<&Checkpoint>,
    ) -> Result<Doubt, RestoreError> {
        let Some((target, opened)) = self.filled(Some(opened)) else {
            return Ok(Doubt::None);
        };
        let share = before.map_or_else(Share::default, |before| before.share.clone());
        let saved = before.and_then(|before| before.saved);
        let mut saved = saved.unwrap_or(opened.time);
        let parts = self.ask.parts;
        if self.is_confirmed(target) || self.is_written(&share, parts, part) {
            return Ok(Doubt::None);
        }
        // A part may have its turn long after it was opened, but not long after the others.
        for other in (0..part).rev().chain(part + 1..parts) {
            if self.is_within(AT_ONCE, saved) {
                break;
            }
            let record = self.find(&self.identity.part(other, parts)).await?;
            let record = record.and_then(|record| record.checkpoint);
            saved = saved.max(Checkpoint::of(record.as_ref()).saved.unwrap_or_default());
        }
        self.since(target, saved).await
    }

    /// Takes the doubt with which a restore goes on to heart, to its end: what others wrote meanwhile stays there.
    pub(crate) fn heed(&self, keeper: &mut Keeper, doubt: &Doubt) {
        keeper.checkpoint.is_careful |= *doubt == Doubt::Careful;
        let target = self.target.as_ref();
        if target.is_some_and(|target| self.is_confirmed(target)) {
            keeper.checkpoint.is_careful = false;
        }
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

    fn is_within(&self, time: SignedDuration, saved: Timestamp) -> bool {
        self.function.clock.now().duration_since(saved) <= time
    }

    /// What may have happened to the table since the last note.
    async fn since(&self, target: &Description, saved: Timestamp) -> Result<Doubt, RestoreError> {
        if self.is_within(AT_ONCE, saved) {
            return Ok(Doubt::None);
        }
        // What windows change must be replaced, and what they deleted be deleted: that can't leave alone what others wrote.
        let is_chain = self.source.is_chain();
        if !is_chain && self.is_within(FRESH, saved) {
            return Ok(Doubt::Careful);
        }
        if !self.function.tables.holds_items(target).await? {
            return Ok(Doubt::None);
        }
        let mode = match self.ask.mode {
            _ if is_chain => "replace and delete",
            WriteMode::SkipExisting | WriteMode::OnlyNewer => "add to",
            WriteMode::EmptyOnly | WriteMode::Overwrite => "replace",
        };
        Ok(Doubt::Ask(format!(
            "this restore stopped at {saved}, and table {0} may have been written by others since; to {mode} what it holds, send \
             \"confirm\": \"{0}\"",
            target.name
        )))
    }
}
