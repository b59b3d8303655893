//! The operations of a request, sent again and again until each is done or can never be.

use std::sync::atomic::{AtomicBool, Ordering};

use aws_client::{AwsError, Direct};
use aws_sdk_dynamodb::Client;
use dynamodb_format::Item;
use function_core::Retryable as _;

use super::batch::{Entry, Kind, Sealed};
use super::pace::{Pace, Turn};
use super::patience::Patience;
use super::request::{Answer, batch_write, put};
use super::{Place, Poison, Totals};
use crate::{Description, KeySchema, TableError};

/// The service can't take the request as it is: one of its operations is at fault.
const REFUSALS: [&str; 3] = [
    "ItemCollectionSizeLimitExceededException",
    "SerializationException",
    "ValidationException",
];

/// The service was asked for too much.
const THROTTLES: [&str; 3] = [
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
];

/// Somebody else writes the same item.
const CONFLICTS: [&str; 2] = [
    "ReplicatedWriteConflictException",
    "TransactionConflictException",
];

/// The HTTP status of a request that is too large for the service to read.
const REQUEST_TOO_LARGE: u16 = 413;

/// What all requests of a writer share.
#[derive(Debug)]
pub(super) struct Delivery {
    client: Client,
    direct: Direct,
    table: String,
    key: KeySchema,
    pace: Pace,
    random: fn() -> f64,
    is_stopped: AtomicBool,
}

/// What became of the operations of a request.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// How large the request was.
    pub(super) bytes: usize,
    pub(super) settled: Vec<Place>,
    /// These are not among the settled.
    pub(super) poisoned: Vec<Poison>,
    pub(super) totals: Totals,
    /// Why the others are not settled.
    pub(super) error: Option<TableError>,
}

/// How one attempt ended that did not end it all.
enum Attempt {
    /// These are left, and this is why, if it is an error.
    Left(Vec<Entry>, Option<AwsError>),
    /// One of these is at fault.
    Refused(Vec<Entry>, AwsError),
}

impl Delivery {
    pub(super) fn new(
        client: Client,
        direct: Direct,
        table: &Description,
        pace: Pace,
        random: fn() -> f64,
    ) -> Self {
        Self {
            client,
            direct,
            table: table.name.clone(),
            key: table.key.clone(),
            pace,
            random,
            is_stopped: AtomicBool::new(false),
        }
    }

    pub(super) fn table(&self) -> &str {
        &self.table
    }

    /// Nothing is sent again from now on.
    pub(super) fn stop(&self) {
        self.is_stopped.store(true, Ordering::Relaxed);
    }

    /// Sends the operations of `batch` until each is done, or is known to be poison. A request that is refused as a whole is
    /// cut in half, until the operation at fault is alone.
    pub(super) async fn deliver(&self, mut batch: Sealed) -> Outcome {
        let mut outcome = Outcome {
            bytes: batch.bytes(),
            ..Outcome::default()
        };
        let mut parts = vec![batch.take_entries()];
        while let Some(part) = parts.pop() {
            match self.deliver_part(&batch, part, &mut outcome).await {
                Ok(None) => {}
                Ok(Some((mut part, error))) if part.len() == 1 => {
                    let entry = part.remove(0);
                    outcome.poisoned.push(self.poison(&batch, &entry, &error));
                }
                Ok(Some((mut part, _))) => {
                    let half = part.split_off(part.len() / 2);
                    parts.extend([half, part]);
                }
                Err(error) => {
                    outcome.error = Some(error);
                    break;
                }
            }
        }
        outcome
    }

    /// Gives what was refused as a whole.
    async fn deliver_part(
        &self,
        batch: &Sealed,
        mut part: Vec<Entry>,
        outcome: &mut Outcome,
    ) -> Result<Option<(Vec<Entry>, AwsError)>, TableError> {
        let mut patience = Patience::new(self.pace.time().clone(), self.random);
        let mut is_unsure = false;
        loop {
            if self.is_stopped.load(Ordering::Relaxed) {
                let table = self.table.clone();
                return Err(TableError::Stopped { table });
            }
            let count = part.len();
            let (left, error) = match self.attempt(batch, part, is_unsure, outcome).await? {
                Attempt::Refused(part, error) => return Ok(Some((part, error))),
                Attempt::Left(left, _) if left.is_empty() => return Ok(None),
                Attempt::Left(left, error) => (left, error),
            };
            is_unsure |= error.is_some();
            if left.len() < count {
                patience = Patience::new(self.pace.time().clone(), self.random);
            }
            patience.wait(&self.table, left.len(), error).await?;
            part = left;
        }
    }

    async fn attempt(
        &self,
        batch: &Sealed,
        part: Vec<Entry>,
        is_unsure: bool,
        outcome: &mut Outcome,
    ) -> Result<Attempt, TableError> {
        let turn = self.pace.turn(wru(&part)).await;
        outcome.totals.requests += 1;
        let answer = match part.as_slice() {
            [entry] if let Kind::PutIf(condition) = &entry.operation.kind => {
                let body = batch.put_body(entry, condition, is_unsure);
                put(&self.client, &self.table, body).await
            }
            part => {
                let body = batch.body(part);
                batch_write(&self.direct, &self.table, &self.key, body).await
            }
        };
        match answer {
            Ok(Answer::Done {
                unprocessed,
                consumed,
            }) => Ok(self.done(part, &unprocessed, consumed, turn, outcome)),
            Ok(Answer::LeftAlone(there)) => {
                // A request before this one was not answered: it may have put the item.
                let is_ours = there.is_some_and(|there| is_item(batch, &part[0], &there));
                self.left_alone(&part[0], is_ours, turn, outcome);
                Ok(Attempt::Left(Vec::new(), None))
            }
            Err(TableError::Aws(error)) => self.failed(part, error, turn, outcome),
            Err(error) => Err(error),
        }
    }

    fn done(
        &self,
        part: Vec<Entry>,
        unprocessed: &[Box<[u8]>],
        consumed: Option<f64>,
        turn: Turn,
        outcome: &mut Outcome,
    ) -> Attempt {
        let is_left = |entry: &Entry| unprocessed.contains(&entry.operation.key);
        let (left, done): (Vec<_>, Vec<_>) = part.into_iter().partition(is_left);
        let consumed = consumed.unwrap_or_else(|| wru(&done));
        outcome.totals.wru += consumed;
        outcome.totals.unprocessed += left.len() as u64;
        if left.is_empty() {
            self.pace.consumed(turn, consumed);
            self.pace.taken(turn);
        } else {
            self.pace.refused(turn, consumed);
        }
        for entry in done {
            let is_delete = entry.operation.kind == Kind::Delete;
            outcome.totals.deleted += u64::from(is_delete);
            outcome.totals.written += u64::from(!is_delete);
            outcome.settled.push(entry.operation.place);
        }
        Attempt::Left(left, None)
    }

    fn left_alone(&self, entry: &Entry, is_ours: bool, turn: Turn, outcome: &mut Outcome) {
        self.pace.taken(turn);
        outcome.totals.wru += entry.operation.wru;
        outcome.totals.written += u64::from(is_ours);
        outcome.totals.left_alone += u64::from(!is_ours);
        outcome.settled.push(entry.operation.place);
    }

    fn failed(
        &self,
        part: Vec<Entry>,
        error: AwsError,
        turn: Turn,
        outcome: &mut Outcome,
    ) -> Result<Attempt, TableError> {
        let code = error.code().unwrap_or_default();
        if REFUSALS.contains(&code) || error.status() == Some(REQUEST_TOO_LARGE) {
            self.pace.consumed(turn, 0.0);
            return Ok(Attempt::Refused(part, error));
        }
        if THROTTLES.contains(&code) {
            outcome.totals.throttled += 1;
            self.pace.refused(turn, 0.0);
        } else if !error.is_retryable() && !CONFLICTS.contains(&code) {
            return Err(error.into());
        }
        Ok(Attempt::Left(part, Some(error)))
    }

    fn poison(&self, batch: &Sealed, entry: &Entry, error: &AwsError) -> Poison {
        let item = batch.item(entry);
        let key = item.as_ref().and_then(|item| self.key.key_of(item).ok());
        Poison {
            place: entry.operation.place,
            key: key.unwrap_or_default().canonical_line(),
            item: item.filter(|_| entry.operation.kind != Kind::Delete),
            code: error.code().unwrap_or("TooLarge").to_owned(),
            reason: error.said(),
        }
    }
}

fn wru(entries: &[Entry]) -> f64 {
    entries.iter().map(|entry| entry.operation.wru).sum()
}

/// Whether the item of `entry` is the one that is there.
fn is_item(batch: &Sealed, entry: &Entry, there: &Item) -> bool {
    batch
        .item(entry)
        .is_some_and(|item| item.canonical_line() == there.canonical_line())
}
