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

/// Counts writes, and does none of them.
#[derive(Debug, Default)]
pub(in crate::dynamodb) struct Sink {
    operations: AtomicU64,
    batches: AtomicU64,
    puts: AtomicU64,
}

impl Sink {
    /// The answer to a `BatchWriteItem` or a `PutItem`; `None` for other requests.
    pub(in crate::dynamodb) fn answer(&self, request: &Request) -> Option<Answer> {
        let target = request.header("x-amz-target");
        if target.ends_with(".BatchWriteItem") {
            return Some(self.batch(request));
        }
        target.ends_with(".PutItem").then(|| {
            self.operations.fetch_add(1, Ordering::Relaxed);
            self.puts.fetch_add(1, Ordering::Relaxed);
            answer(200, &json!({}))
        })
    }

    /// At the least cost: the body is searched, not parsed.
    fn batch(&self, request: &Request) -> Answer {
        let operations = [&b"\"PutRequest\""[..], b"\"DeleteRequest\""];
        let count: usize = operations
            .iter()
            .map(|name| memchr::memmem::find_iter(&request.body, name).count())
            .sum();
        let count = u64::try_from(count).unwrap_or(0);
        self.operations.fetch_add(count, Ordering::Relaxed);
        self.batches.fetch_add(1, Ordering::Relaxed);
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

    /// Operations so far.
    pub(in crate::dynamodb) fn operations(&self) -> u64 {
        self.operations.load(Ordering::Relaxed)
    }

    /// Requests so far, by the names of their operations; those that there were.
    pub(in crate::dynamodb) fn calls(&self) -> impl Iterator<Item = (String, u64)> {
        let calls = [("BatchWriteItem", &self.batches), ("PutItem", &self.puts)];
        let calls = calls.map(|(name, count)| (name.to_owned(), count.load(Ordering::Relaxed)));
        calls.into_iter().filter(|(_, count)| *count > 0)
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
