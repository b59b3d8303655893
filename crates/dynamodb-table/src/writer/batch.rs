//! Operations gathered into one request, as the bytes that go over the wire.

use std::ops::Range;

use bytes::Bytes;
use dynamodb_format::Item;

use super::Place;

/// The most operations of one request.
///
/// **Source**: Amazon DynamoDB API Reference, `BatchWriteItem`.
const OPERATIONS_MAX: usize = 25;

/// The bytes of one request, unless a single operation has more. The service allows 16 MB; many requests of that size would not
/// fit into the memory of a small function, and make nothing faster.
const BYTES_MAX: usize = 2 * 1024 * 1024;

/// What a request is made for at first.
const BYTES_USUAL: usize = 16 * 1024;

const PUT: &str = r#"{"PutRequest":"#;
const PUT_END: &str = "}";
const DELETE: &str = r#"{"DeleteRequest":{"Key":"#;
const DELETE_END: &str = "}}";
const END: &str = r#"]},"ReturnConsumedCapacity":"TOTAL"}"#;

/// An operation that a table can take, as far as can be told.
#[derive(Clone, Debug)]
pub(super) struct Operation {
    pub(super) place: Place,
    /// The same for two operations if, and only if, their keys are.
    pub(super) key: Box<[u8]>,
    /// What it will probably consume, in write units.
    pub(super) wru: f64,
    pub(super) kind: Kind,
}

/// What an operation does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Put,
    Delete,
    /// A put of its own, with these further members of the request.
    PutIf(Box<str>),
}

/// An operation and where its JSON is in the batch: `{"Item": …}`, or the attributes of a key.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) operation: Operation,
    json: Range<usize>,
}

/// The operations of a request that is being filled.
#[derive(Debug)]
pub(super) struct Batch {
    /// The request's body but for its end. Operations that were replaced are in it too.
    bytes: Vec<u8>,
    entries: Vec<Entry>,
    wru: f64,
    has_replaced: bool,
}

/// The operations of a request, complete.
#[derive(Debug)]
pub(super) struct Sealed {
    table: String,
    bytes: Bytes,
    entries: Vec<Entry>,
    /// How many entries make `bytes` a body, if any do.
    whole: Option<usize>,
}

impl Batch {
    pub(super) fn new(table: &str) -> Self {
        Self {
            bytes: room(table),
            entries: Vec::with_capacity(OPERATIONS_MAX),
            wru: 0.0,
            has_replaced: false,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Whether `operation` of so many bytes goes into the same request, which shall not consume more than `wru_max`.
    pub(super) fn has_room(&self, operation: &Operation, bytes: usize, wru_max: f64) -> bool {
        let is_alone = |kind: &Kind| matches!(kind, Kind::PutIf(_));
        let has_alone = self
            .entries
            .first()
            .is_some_and(|entry| is_alone(&entry.operation.kind));
        self.is_empty()
            || (!has_alone
                && !is_alone(&operation.kind)
                && self.entries.len() < OPERATIONS_MAX
                && self.bytes.len() + bytes <= BYTES_MAX
                && self.wru + operation.wru <= wru_max)
    }

    /// Adds an operation. Gives the one of the same key that it replaces: the service refuses a request with two.
    pub(super) fn push(&mut self, operation: Operation, json: &[u8]) -> Option<Operation> {
        let (begin, end) = wrap(&operation);
        if !self.entries.is_empty() {
            self.bytes.push(b',');
        }
        self.bytes.extend_from_slice(begin.as_bytes());
        let start = self.bytes.len();
        self.bytes.extend_from_slice(json);
        let json = start..self.bytes.len();
        self.bytes.extend_from_slice(end.as_bytes());
        self.wru += operation.wru;
        let twin = self
            .entries
            .iter()
            .position(|entry| entry.operation.key == operation.key);
        let replaced = twin.map(|index| self.entries.remove(index).operation);
        if let Some(replaced) = &replaced {
            self.has_replaced = true;
            self.wru -= replaced.wru;
        }
        self.entries.push(Entry { operation, json });
        replaced
    }

    pub(super) fn seal(mut self, table: &str) -> Sealed {
        self.bytes.extend_from_slice(END.as_bytes());
        Sealed {
            table: table.to_owned(),
            bytes: self.bytes.into(),
            whole: (!self.has_replaced).then_some(self.entries.len()),
            entries: self.entries,
        }
    }
}

impl Sealed {
    pub(super) fn bytes(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn take_entries(&mut self) -> Vec<Entry> {
        std::mem::take(&mut self.entries)
    }

    /// The body of a `BatchWriteItem` of `entries`, some or all of these.
    pub(super) fn body(&self, entries: &[Entry]) -> Bytes {
        if self.whole == Some(entries.len()) {
            return self.bytes.clone();
        }
        let mut body = head(&self.table).into_bytes();
        for (index, entry) in entries.iter().enumerate() {
            let (begin, end) = wrap(&entry.operation);
            if index > 0 {
                body.push(b',');
            }
            body.extend_from_slice(begin.as_bytes());
            body.extend_from_slice(&self.bytes[entry.json.clone()]);
            body.extend_from_slice(end.as_bytes());
        }
        body.extend_from_slice(END.as_bytes());
        body.into()
    }

    /// The body of a `PutItem` of `entry` with `condition`.
    pub(super) fn put_body(&self, entry: &Entry, condition: &str, wants_old: bool) -> Bytes {
        let json = self.bytes[entry.json.clone()].trim_ascii();
        // The members of an object, without its braces.
        let members = json
            .strip_prefix(b"{")
            .and_then(|rest| rest.strip_suffix(b"}"));
        let mut body = format!(r#"{{"TableName":"{}",{condition},"#, self.table).into_bytes();
        body.extend_from_slice(br#""ReturnConsumedCapacity":"TOTAL","#);
        if wants_old {
            body.extend_from_slice(br#""ReturnValuesOnConditionCheckFailure":"ALL_OLD","#);
        }
        body.extend_from_slice(members.unwrap_or_default());
        body.push(b'}');
        body.into()
    }

    /// The item of a put, or the key of a deletion.
    pub(super) fn item(&self, entry: &Entry) -> Option<Item> {
        let json = &self.bytes[entry.json.clone()];
        if entry.operation.kind == Kind::Delete {
            return Item::parse(&[br#"{"Item":"#, json, b"}"].concat()).ok();
        }
        Item::parse(json).ok()
    }
}

/// The beginning of a body, with room for 25 small items: most tables have those.
fn room(table: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(BYTES_USUAL);
    bytes.extend_from_slice(head(table).as_bytes());
    bytes
}

/// The names of tables need no escapes.
fn head(table: &str) -> String {
    format!(r#"{{"RequestItems":{{"{table}":["#)
}

fn wrap(operation: &Operation) -> (&'static str, &'static str) {
    match operation.kind {
        Kind::Put | Kind::PutIf(_) => (PUT, PUT_END),
        Kind::Delete => (DELETE, DELETE_END),
    }
}
