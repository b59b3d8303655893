//! Writes that are answered at once and kept nowhere, for benchmarks.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::json;

use super::super::refusal::answer;
use crate::exchange::{Answer, Request};

/// The most bytes of a request.
const REQUEST: usize = 16 * 1024 * 1024;

/// Whether a request is refused for its size alone.
pub(in crate::dynamodb) fn is_too_large(request: &Request) -> bool {
    request.body.len() > REQUEST
}

/// Counts the operations of batches, and does none of them.
#[derive(Debug, Default)]
pub(in crate::dynamodb) struct Sink {
    operations: AtomicU64,
    requests: AtomicU64,
}

impl Sink {
    /// The answer to a `BatchWriteItem`, at the least cost: the body is searched, not parsed.
    pub(in crate::dynamodb) fn answer(&self, request: &Request) -> Answer {
        let operations = [&b"\"PutRequest\""[..], b"\"DeleteRequest\""];
        let count: usize = operations
            .iter()
            .map(|name| memchr::memmem::find_iter(&request.body, name).count())
            .sum();
        let count = u64::try_from(count).unwrap_or(0);
        self.operations.fetch_add(count, Ordering::Relaxed);
        self.requests.fetch_add(1, Ordering::Relaxed);
        match capacity_of(&request.body) {
            None => answer(200, &json!({ "UnprocessedItems": {} })),
            Some(table) => answer(
                200,
                &json!({
                    "UnprocessedItems": {},
                    "ConsumedCapacity": [{ "TableName": table, "CapacityUnits": count }],
                }),
            ),
        }
    }

    /// Operations and requests so far.
    pub(in crate::dynamodb) fn counts(&self) -> (u64, u64) {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        (count(&self.operations), count(&self.requests))
    }
}

/// The table, if the request wants to know its capacity.
fn capacity_of(body: &[u8]) -> Option<&str> {
    let wanted = memchr::memmem::rfind(body, b"\"ReturnConsumedCapacity\"")?;
    let none = body.get(wanted..)?.windows(6).take(40);
    if none.into_iter().any(|window| window == b"\"NONE\"") {
        return None;
    }
    let name = memchr::memmem::find(body, b"\"RequestItems\"")? + b"\"RequestItems\"".len();
    let mut quotes = memchr::memchr_iter(b'"', body.get(name..)?);
    let (open, close) = (quotes.next()?, quotes.next()?);
    std::str::from_utf8(body.get(name + open + 1..name + close)?).ok()
}
