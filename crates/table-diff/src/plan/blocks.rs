//! Blocks of rows as they are read: neighbours together, each checked by its own digest.

use bytes::Bytes;
use function_core::sha256_hex;

use super::{Block, Line, PlanError, PlanReader, PlanRow};

/// How many bytes are read at first: whoever looks at one page needs one block.
const FIRST_BYTES: u64 = 256 * 1024;
/// How many bytes are read at once after some time: whoever looks for a text needs all, and each read has its delay.
const BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Some blocks of a table, to be read in order.
#[derive(Debug)]
pub(super) struct Blocks<'a> {
    plan: &'a PlanReader,
    rest: Vec<&'a Block>,
    /// What was read, from the byte `start` on.
    bytes: Bytes,
    start: u64,
    /// How many bytes are read next.
    most: u64,
}

impl<'a> Blocks<'a> {
    pub(super) fn new(plan: &'a PlanReader, blocks: impl Iterator<Item = &'a Block>) -> Self {
        let mut rest: Vec<_> = blocks.collect();
        rest.reverse();
        Self {
            plan,
            rest,
            bytes: Bytes::new(),
            start: 0,
            most: FIRST_BYTES,
        }
    }

    /// The next block that will be read.
    pub(super) fn peek(&self) -> Option<&'a Block> {
        self.rest.last().copied()
    }

    /// Leaves the next block out.
    pub(super) fn skip(&mut self) {
        self.rest.pop();
    }

    /// The rows of the next block; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<PlanRow>>, PlanError> {
        let Some(block) = self.peek() else {
            return Ok(None);
        };
        if self.slice(block).is_none() {
            self.read(block).await?;
        }
        self.skip();
        let bytes = self.slice(block).ok_or_else(|| PlanError::Cut {
            object: self.plan.object(),
            bytes: self.start.saturating_add(self.bytes.len() as u64),
        })?;
        rows(self.plan, block, &bytes).map(Some)
    }

    /// The bytes of `block`, where they were read.
    fn slice(&self, block: &Block) -> Option<Bytes> {
        let start = usize::try_from(block.offset.checked_sub(self.start)?).ok()?;
        let end = start.checked_add(usize::try_from(block.bytes).ok()?)?;
        (end <= self.bytes.len()).then(|| self.bytes.slice(start..end))
    }

    /// Reads `block` and its neighbours, as far as they are wanted.
    async fn read(&mut self, block: &Block) -> Result<(), PlanError> {
        let mut end = block.end();
        for next in self.rest.iter().rev().skip(1) {
            if next.offset != end || next.end() - block.offset > self.most {
                break;
            }
            end = next.end();
        }
        self.start = block.offset;
        self.bytes = self.plan.range(block.offset..end).await?;
        self.most = BYTES_MAX.min(self.most * 2);
        Ok(())
    }
}

fn rows(plan: &PlanReader, block: &Block, bytes: &[u8]) -> Result<Vec<PlanRow>, PlanError> {
    let changed = |what: &str| PlanError::Changed {
        object: plan.object(),
        detail: format!("bytes {} to {}: {what}", block.offset, block.end()),
    };
    if sha256_hex(bytes) != block.sha256 {
        return Err(changed("their digest is another"));
    }
    let lines = bytes.split_inclusive(|byte| *byte == b'\n');
    lines
        .map(|line| match serde_json::from_slice(line) {
            Ok(Line::Row(row)) => Ok(row),
            Ok(_) => Err(changed("they are not only rows")),
            Err(_) => Err(changed("they are no JSON lines of this format")),
        })
        .collect()
}
