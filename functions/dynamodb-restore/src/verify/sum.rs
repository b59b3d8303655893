//! What a walk of the backup adds up.

use dynamodb_format::Item;

use super::compare::Comparing;
use super::{At, Compared, Late, Part, Reading};
use crate::error::RestoreError;
use crate::progress::Progress;
use crate::walk::Finals;

/// What a walk adds up can be kept on the way.
pub(super) trait Noted {
    /// Finishes what is under way, so that all items taken so far count.
    fn settle(&mut self) -> impl Future<Output = Result<(), RestoreError>> + Send;

    /// Notes what all before `at` gave.
    fn note(&self, reading: &mut Reading, at: At);
}

/// Counts items, and adds them up.
pub(super) struct Sum<'a> {
    pub(super) part: Part,
    pub(super) wants_digest: bool,
    pub(super) progress: &'a Progress,
    pub(super) late: Late<'a>,
}

impl Finals for Sum<'_> {
    async fn item(&mut self, item: Item) -> Result<(), RestoreError> {
        self.part.items += 1;
        if self.wants_digest {
            self.part.digest.add(&item);
        }
        self.progress.more(1);
        Ok(())
    }

    fn is_late(&self) -> bool {
        self.late.is_late()
    }
}

impl Noted for Sum<'_> {
    async fn settle(&mut self) -> Result<(), RestoreError> {
        Ok(())
    }

    fn note(&self, reading: &mut Reading, at: At) {
        reading.backup = Part {
            pass: at.pass,
            next: at.file,
            line: at.line,
            ..self.part
        };
    }
}

impl Noted for Comparing<'_> {
    async fn settle(&mut self) -> Result<(), RestoreError> {
        self.flush().await
    }

    fn note(&self, reading: &mut Reading, at: At) {
        reading.compared = Some(Compared {
            pass: at.pass,
            next: at.file,
            line: at.line,
            ..self.compared.clone()
        });
    }
}

/// Takes items and does nothing with them.
pub(super) struct Nothing;

impl Finals for Nothing {
    async fn item(&mut self, _item: Item) -> Result<(), RestoreError> {
        Ok(())
    }
}
