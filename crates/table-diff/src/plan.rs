//! The plan file: what a comparison found, as a person sees it and as it will be written.
//!
//! It is an object of JSON lines in canonical form (keys sorted, no spaces), written in one go and read by pieces:
//!
//! ```text
//! {"plan":{…}}                        which databases, when, by whom: Header
//! {"table":{…}}                       structure differences, how the table is read: PlanTable
//! {"row":{…}}                         a row that differs, in the order of the keys: PlanRow
//! {"end":{…}}                         what was counted of the table: TableEnd
//! {"digest":"sha256:…","index":[…]}   of all bytes before this line, and where blocks of rows are
//! ```
//!
//! Beside it lies its [`Summary`], a small object with everything but the rows. It is written last and only where there is none, which is what makes a plan
//! exist. [`PlanReader`] reads pages by the index, each checked by its block's own digest; [`PlanRows`] reads all of it, and only ends well where the
//! digest and the summary agree with what was read.

mod blocks;
mod canonical;
mod error;
mod header;
mod ledger;
mod migrations;
mod page;
mod reader;
mod row;
mod rows;
mod sink;
mod summary;
mod table;
#[cfg(test)]
mod tests;
mod writer;

pub use error::PlanError;
pub use header::{Header, SideHeader};
pub use migrations::Migrations;
pub use page::{Filter, Page};
pub use reader::PlanReader;
pub use row::{CellChange, PlanRow, SeenRow};
pub use rows::PlanRows;
pub use sink::{Sink, WriteSink};
pub use summary::{Block, Summary, TableSummary};
pub use table::{PlanTable, TableEnd, TableState, fingerprint};
pub use writer::PlanWriter;

pub(crate) use canonical::to_bytes as canonical_bytes;

use serde::{Deserialize, Serialize};

/// The format of plans that this version writes and reads.
pub const FORMAT: u32 = 1;

/// One line of a plan file but the last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Plan(Header),
    Table(PlanTable),
    Row(PlanRow),
    End(TableEnd),
}
