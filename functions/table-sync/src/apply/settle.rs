//! What became of a commit whose answer was lost.

use std::num::NonZeroU32;
use std::time::Duration;

use function_core::{Backoff, Retryable as _, retry};
use serde::{Deserialize, Serialize};
use table_diff::plan::PlanError;
use table_diff::{Database, Limits, Reading, Seen, ShownRow, TransactionEnd, TransactionId, key};

use crate::error::SyncError;

/// How often the server is asked: for a minute or so, within which it notices that a line is gone.
const ATTEMPTS: NonZeroU32 = NonZeroU32::new(12).unwrap();

/// How many of the touched rows are kept to be looked at.
const LOOKED_AT: usize = 50;

/// How a transaction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Settled {
    /// All of it is there.
    Committed,
    /// Nothing of it is there.
    RolledBack,
}

/// Some of the rows that a transaction touches: enough to see afterwards whether it did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Touched(Vec<TouchedRow>);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct TouchedRow {
    reading: Reading,
    key: Vec<String>,
    before: Option<Seen>,
    after: Option<Seen>,
}

impl Touched {
    /// Keeps a row, if it is one of the first.
    pub(crate) fn keep(
        &mut self,
        reading: &Reading,
        key: &[String],
        before: Option<Seen>,
        after: Option<Seen>,
    ) {
        if self.0.len() < LOOKED_AT && before != after {
            self.0.push(TouchedRow {
                reading: reading.clone(),
                key: key.to_vec(),
                before,
                after,
            });
        }
    }

    /// Looks at the rows, once nobody is about to write them. A transaction is whole: where some are as they were and others as they were wanted, somebody
    /// wrote them since, and they tell nothing.
    async fn look(
        &self,
        database: &dyn Database,
        limits: &Limits,
    ) -> Result<Option<Settled>, SyncError> {
        let (mut before, mut after) = (false, false);
        for rows in self.0.chunk_by(|one, next| one.reading == next.reading) {
            for (row, now) in rows.iter().zip(now(database, limits, rows).await?) {
                before |= now == row.before;
                after |= now == row.after;
            }
        }
        Ok(match (before, after) {
            (false, true) => Some(Settled::Committed),
            (true, false) => Some(Settled::RolledBack),
            _ => None,
        })
    }
}

/// What `rows`, which are of one table, are now.
async fn now(
    database: &dyn Database,
    limits: &Limits,
    rows: &[TouchedRow],
) -> Result<Vec<Option<Seen>>, SyncError> {
    let Some(TouchedRow { reading, .. }) = rows.first() else {
        return Ok(Vec::new());
    };
    let keys = rows.iter().map(|row| key::encode(&reading.key, &row.key));
    let keys: Vec<_> = keys
        .collect::<Result<_, _>>()
        .map_err(|source| PlanError::Key {
            table: reading.table.to_string(),
            source,
        })?;
    let mut ordered = keys.clone();
    ordered.sort();
    let found = database.settled(reading, &ordered, limits).await?;
    let of = |key: &Vec<u8>| found.iter().find(|row| row.key == *key).map(seen);
    Ok(keys.iter().map(of).collect())
}

fn seen(row: &ShownRow) -> Seen {
    Seen {
        hash: row.hash,
        time: row.time,
    }
}

/// Finds out how the transaction ended, as soon as the database can be reached again.
pub(crate) async fn settle(
    database: &dyn Database,
    limits: &Limits,
    transaction: Option<&TransactionId>,
    touched: &Touched,
) -> Result<Settled, SyncError> {
    let unsettled = || SyncError::Unsettled {
        transaction: transaction.map_or_else(|| "a transaction".to_owned(), |id| id.0.clone()),
    };
    let attempt = || async {
        let end = match transaction {
            Some(transaction) => database.end_of(transaction, limits).await?,
            None => TransactionEnd::Unknown,
        };
        match end {
            TransactionEnd::Committed => Ok(Settled::Committed),
            TransactionEnd::RolledBack => Ok(Settled::RolledBack),
            TransactionEnd::Running => Err(unsettled()),
            TransactionEnd::Unknown => {
                let looked = touched.look(database, limits).await?;
                looked.ok_or_else(unsettled)
            }
        }
    };
    let backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(10));
    let settled = retry(ATTEMPTS, backoff, tokio::time::sleep, attempt).await;
    settled.map_err(|error| {
        // A database that can't be reached does not tell either.
        if error.is_retryable() {
            unsettled()
        } else {
            error
        }
    })
}
