//! What is written, and what becomes of it.

use std::borrow::Cow;

use dynamodb_format::{FormatError, Item};

/// Where a write comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// A sequence of lines: a file, or a segment of one, as the caller numbers them.
    pub file: u32,
    /// The line's number, from 1. The lines of a file are sent in ascending order; some may be left out.
    pub line: u64,
}

/// An item together with the line that it was read from, of which the request is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    bytes: Cow<'a, [u8]>,
    item: Item,
}

impl<'a> Line<'a> {
    /// Reads a line of a full export: `{"Item": {"id": {"S": "a"}, …}}`.
    ///
    /// # Errors
    /// It is no such line. The error names the attribute, never its value.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, FormatError> {
        let (item, is_request) = Item::parse_request(bytes)?;
        if is_request {
            let bytes = Cow::Borrowed(bytes);
            return Ok(Self { bytes, item });
        }
        Ok(item.into())
    }

    /// The item.
    pub fn item(&self) -> &Item {
        &self.item
    }

    /// JSON of one member, `Item`.
    pub(super) fn json(&self) -> &[u8] {
        &self.bytes
    }
}

impl From<Item> for Line<'_> {
    fn from(item: Item) -> Self {
        let bytes = Cow::Owned(item.to_line().into_bytes());
        Self { bytes, item }
    }
}

/// One write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write<'a> {
    /// Puts an item, as the mode allows.
    Put(Line<'a>),
    /// Deletes the item of a key, in every mode. One that is not there is no fault.
    Delete(Item),
}

/// A write that can never succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Poison {
    /// Where it comes from.
    pub place: Place,
    /// The item's key attributes, as far as it has them, as a canonical line.
    pub key: String,
    /// The item that was to be put; `None` where its key was to be deleted.
    pub item: Option<Item>,
    /// The service's code, or `Unfit` where it was not asked. It tells no value.
    pub code: String,
    /// Why, where it was refused in the service's own words, which may tell values.
    pub reason: String,
}

/// What became of the writes so far.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Totals {
    /// Items put. One that a later item of the same key in the same batch replaced counts.
    pub written: u64,
    /// Items that the mode left alone.
    pub left_alone: u64,
    /// Keys deleted, there or not.
    pub deleted: u64,
    /// Writes that can never succeed.
    pub poisoned: u64,
    /// Write units consumed, as the service told, else as estimated.
    pub wru: f64,
    /// Operations that came back unprocessed.
    pub unprocessed: u64,
    /// Requests that were refused as too many.
    pub throttled: u64,
    /// Requests sent.
    pub requests: u64,
}

impl Totals {
    pub(super) fn add(&mut self, other: &Self) {
        self.written += other.written;
        self.left_alone += other.left_alone;
        self.deleted += other.deleted;
        self.poisoned += other.poisoned;
        self.wru += other.wru;
        self.unprocessed += other.unprocessed;
        self.throttled += other.throttled;
        self.requests += other.requests;
    }
}
