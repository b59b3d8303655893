//! What a plan file adds up to, line by line. Writing and reading share it, so that what is read is held to the rules of what is written.

use function_core::Sha256;
use serde::Serialize;

use super::{
    Block, Header, Line, PlanError, PlanRow, PlanTable, Summary, TableEnd, TableSummary, canonical,
};
use crate::ClassCounts;

/// How many rows a block has at most.
const BLOCK_ROWS: u64 = 500;
/// A block with so many bytes or more takes no further row, so that a page of long rows is read in little memory.
const BLOCK_BYTES: u64 = 256 * 1024;

/// What a plan file adds up to so far.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    header: Option<Header>,
    tables: Vec<TableSummary>,
    /// Rows of the last table, as long as it has not ended.
    rows: Option<ClassCounts>,
    digest: Sha256,
    bytes: u64,
    index: Vec<Block>,
    /// The block that is being filled.
    open: Option<(Block, Sha256)>,
}

/// The last line.
#[derive(Serialize)]
struct Seal<'a> {
    digest: &'a str,
    index: &'a [Block],
}

impl Ledger {
    /// How many bytes there are so far.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The number of the last table.
    pub(super) fn table(&self) -> Option<usize> {
        self.tables.len().checked_sub(1)
    }

    /// The number of the row that comes next in the last table.
    pub(super) fn next_row(&self) -> u64 {
        self.rows.as_ref().map_or(0, ClassCounts::total) + 1
    }

    /// Adds a line that is written as `bytes`.
    pub(super) fn add(&mut self, line: &Line, bytes: &[u8]) -> Result<(), PlanError> {
        match line {
            Line::Plan(header) => self.begin(header)?,
            Line::Table(table) => self.begin_table(table)?,
            Line::Row(row) => self.add_row(row, bytes)?,
            Line::End(end) => self.end(end)?,
        }
        self.digest.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    fn begin(&mut self, header: &Header) -> Result<(), PlanError> {
        if self.header.is_some() {
            return Err(broken("a header", "there is one already".to_owned()));
        }
        self.header = Some(header.clone());
        Ok(())
    }

    fn begin_table(&mut self, table: &PlanTable) -> Result<(), PlanError> {
        self.check_outside("a table")?;
        let name = table.name.to_string();
        let mut names = self.tables.iter().map(|other| other.table.name.to_string());
        if names.any(|other| other == name) {
            return Err(broken("a table", format!("{name} comes twice")));
        }
        self.rows = table.reading.is_some().then(ClassCounts::default);
        self.tables.push(TableSummary {
            table: table.clone(),
            end: None,
        });
        Ok(())
    }

    fn add_row(&mut self, row: &PlanRow, bytes: &[u8]) -> Result<(), PlanError> {
        let expected = self.next_row();
        let (Some(table), Some(rows)) = (self.table(), &mut self.rows) else {
            return Err(broken("a row", "no table takes rows here".to_owned()));
        };
        if row.n != expected {
            return Err(broken(
                "a row",
                format!("number {} is to come, and not {}", expected, row.n),
            ));
        }
        rows.add(row.class);
        let offset = self.bytes;
        let (block, digest) = self.open.get_or_insert_with(|| {
            let block = Block {
                table,
                first: row.n,
                classes: ClassCounts::default(),
                offset,
                bytes: 0,
                sha256: String::new(),
            };
            (block, Sha256::new())
        });
        block.classes.add(row.class);
        block.bytes += bytes.len() as u64;
        digest.update(bytes);
        if block.classes.total() >= BLOCK_ROWS || block.bytes >= BLOCK_BYTES {
            self.close_block();
        }
        Ok(())
    }

    fn close_block(&mut self) {
        if let Some((mut block, digest)) = self.open.take() {
            block.sha256 = digest.finish_hex();
            self.index.push(block);
        }
    }

    fn end(&mut self, end: &TableEnd) -> Result<(), PlanError> {
        let (Some(rows), Some(table)) = (self.rows.take(), self.tables.last_mut()) else {
            return Err(broken("an end", "no table is open".to_owned()));
        };
        if table.table.name != end.table {
            return Err(broken(
                "an end",
                format!("{} is to end, and not {}", table.table.name, end.table),
            ));
        }
        if rows != end.counts.classes {
            return Err(broken(
                "an end",
                format!("the rows of {} are not those that were counted", end.table),
            ));
        }
        table.end = Some(end.clone());
        self.close_block();
        Ok(())
    }

    fn check_outside(&self, line: &'static str) -> Result<(), PlanError> {
        match (&self.header, &self.rows) {
            (None, _) => Err(broken(line, "there is no header".to_owned())),
            (_, Some(_)) => Err(broken(line, "the table before has not ended".to_owned())),
            (Some(_), None) => Ok(()),
        }
    }

    /// The last line with its end, and the summary.
    pub(super) fn seal(self) -> Result<(Vec<u8>, Summary), PlanError> {
        self.check_outside("its last line")?;
        let Some(plan) = self.header else {
            return Err(broken("its last line", "there is no header".to_owned()));
        };
        let names = self.tables.iter().map(|table| table.table.name.to_string());
        if !names.eq(plan.tables.iter().cloned()) {
            return Err(broken(
                "its last line",
                "the tables are not those of the header".to_owned(),
            ));
        }
        let digest = format!("sha256:{}", self.digest.finish_hex());
        let mut line = canonical::to_bytes(&Seal {
            digest: &digest,
            index: &self.index,
        });
        line.push(b'\n');
        let summary = Summary {
            plan,
            tables: self.tables,
            digest,
            index: self.index,
        };
        Ok((line, summary))
    }
}

fn broken(line: &'static str, rule: String) -> PlanError {
    PlanError::Order { line, rule }
}
