//! Plans as they are read by pieces.

use std::collections::BTreeSet;
use std::ops::Range;

use bytes::Bytes;
use cloud_store::Store;

use super::blocks::Blocks;
use super::page::Sieve;
use super::{Filter, Page, PlanError, PlanRow, PlanRows, Summary};

/// A published plan. Pages are read by the index, and each block is checked by its own digest.
#[derive(Clone, Debug)]
pub struct PlanReader {
    store: Store,
    key: String,
    summary: Summary,
}

impl PlanReader {
    /// The plan at `key` of `store`, whose summary was read.
    pub fn new(store: Store, key: impl Into<String>, summary: Summary) -> Self {
        Self {
            store,
            key: key.into(),
            summary,
        }
    }

    /// Everything but the rows.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// Rows of the table number `table` that `filter` lets through: `most` of them behind the first `skip`. Where the filter has no text, only the blocks
    /// that hold them are read.
    ///
    /// # Errors
    /// There is no such table, the store fails, or the plan was changed.
    pub async fn page(
        &self,
        table: usize,
        filter: &Filter,
        skip: u64,
        most: usize,
    ) -> Result<Page, PlanError> {
        self.summary.table(table)?;
        let sieve = Sieve::new(filter);
        let all = self.summary.blocks(table);
        let (mut page, mut before) = (Page::default(), 0_u64);
        let mut blocks = Blocks::new(self, all.iter().filter(|block| sieve.count(block) > 0));
        if sieve.is_by_class() {
            while let Some(block) = blocks.peek()
                && before.saturating_add(sieve.count(block)) <= skip
            {
                before += sieve.count(block);
                blocks.skip();
            }
        }
        while !page.more
            && let Some(rows) = blocks.next().await?
        {
            for row in rows.into_iter().filter(|row| sieve.lets(row)) {
                if page.rows.len() == most {
                    page.more = true;
                    break;
                }
                before += 1;
                if before > skip {
                    page.rows.push(row);
                }
            }
        }
        page.total = if sieve.is_by_class() {
            let counts = all.iter().map(|block| sieve.count(block));
            Some(counts.fold(0, u64::saturating_add))
        } else {
            (!page.more).then_some(before)
        };
        Ok(page)
    }

    /// The rows of the table number `table` with these numbers; those that it does not have are left out.
    ///
    /// # Errors
    /// There is no such table, the store fails, or the plan was changed.
    pub async fn numbered(
        &self,
        table: usize,
        numbers: &BTreeSet<u64>,
    ) -> Result<Vec<PlanRow>, PlanError> {
        self.summary.table(table)?;
        let all = self.summary.blocks(table).iter();
        let wanted = all.filter(|block| numbers.range(block.numbers()).next().is_some());
        let (mut blocks, mut found) = (Blocks::new(self, wanted), Vec::new());
        while let Some(rows) = blocks.next().await? {
            found.extend(rows.into_iter().filter(|row| numbers.contains(&row.n)));
        }
        Ok(found)
    }

    /// All rows of all tables, from the first one, with the proof at the end.
    ///
    /// # Errors
    /// The plan is not there, or can't be read.
    pub async fn rows(&self) -> Result<PlanRows, PlanError> {
        let (_, stream) = self.store.get(&self.key).await?;
        Ok(PlanRows::new(self.object(), stream, self.summary.clone()))
    }

    /// Reads all of it, and finds out whether it is still as it was written.
    ///
    /// # Errors
    /// It is not, or can't be read.
    pub async fn verify(&self) -> Result<(), PlanError> {
        let mut rows = self.rows().await?;
        while rows.next().await?.is_some() {}
        Ok(())
    }

    /// The first `most` rows of the table number `table`, some at a time.
    pub(crate) fn first(&self, table: usize, most: u64) -> FirstRows<'_> {
        FirstRows {
            blocks: Blocks::new(self, self.summary.blocks(table).iter()),
            left: most,
        }
    }

    /// The object's address.
    pub(super) fn object(&self) -> String {
        self.store.url(&self.key)
    }

    /// Some of the object's bytes, cut to its size.
    pub(super) async fn range(&self, range: Range<u64>) -> Result<Bytes, PlanError> {
        Ok(self.store.get_range(&self.key, range).await?)
    }
}

/// The first rows of a table.
#[derive(Debug)]
pub(crate) struct FirstRows<'a> {
    blocks: Blocks<'a>,
    left: u64,
}

impl FirstRows<'_> {
    /// The next rows; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<PlanRow>>, PlanError> {
        if self.left == 0 {
            return Ok(None);
        }
        let mut rows = self.blocks.next().await?;
        if let Some(rows) = &mut rows {
            rows.truncate(usize::try_from(self.left).unwrap_or(usize::MAX));
            self.left -= rows.len() as u64;
        }
        Ok(rows)
    }
}
