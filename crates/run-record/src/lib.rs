//! One record a run: claimed, followed, published.
//!
//! A run record is a small JSON object at `{RUNS_URL}/{function}/{yyyy}/{MM}/{dd}/{run}.json`. It is
//! what people and alarms read, and it is also the lock of the run: whoever holds its lease works, and
//! every change of it is conditional on the version that was read last. So a second delivery of
//! a message waits while the first is at work, takes over when the first is dead, and a process
//! that stood still and wakes up again can publish nothing.
//!
//! ```text
//! match ledger.claim("example-12", &stamp, &trigger).await? {
//!     Claim::Mine(run) => { …; run.published(&address).await?; …; run.end(true, |_| {}).await? }
//!     Claim::Busy { .. } => // another process is at work: try again later
//!     Claim::Settled(record) => // nothing is left to do
//! }
//! ```

mod ledger;
mod owner;
mod pointer;
mod record;
mod run;

pub use ledger::{Claim, Ledger, LedgerError};
pub use owner::Owner;
pub use pointer::{Latest, move_forward};
pub use record::{Lease, RunRecord, StageRecord};
pub use run::{Hold, Run};
