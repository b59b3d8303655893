//! A page of records: checked when it arrives, decoded when it is used.

use std::borrow::Cow;
use std::ops::Range;

use memchr::memmem::Finder;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error};
use serde_json::value::RawValue;

use crate::decode::{self, NumberField};
use crate::error::ClientError;
use crate::record::Record;

/// Up to 500 records as the service answered them.
///
/// It is whole and in order: what came was checked to be JSON, each record to have its id and
/// revision, and the ids to be those that were asked for.
#[derive(Clone, Debug)]
pub struct Page {
    call: String,
    text: String,
    entries: Vec<Entry>,
    total_count: Option<u64>,
    has_next: bool,
}

/// A record's numbers, and where it lies in the text.
#[derive(Clone, Debug)]
struct Entry {
    id: u64,
    revision: u64,
    range: Range<usize>,
}

impl Page {
    /// Reads an answer to Get Records or Get Cursor; `call` says what was asked.
    pub(crate) fn parse(text: String, call: &str) -> Result<Self, serde_json::Error> {
        let envelope: Envelope<'_> = serde_json::from_str(&text)?;
        let numbers = Numbers::new();
        let mut entries = Vec::with_capacity(envelope.records.len());
        for record in envelope.records {
            let record = record.get();
            let (id, revision) = numbers.of(record)?;
            let start = record.as_ptr().addr() - text.as_ptr().addr();
            entries.push(Entry {
                id,
                revision,
                range: start..start + record.len(),
            });
        }
        let (total_count, has_next) = (envelope.total_count, envelope.next);
        Ok(Self {
            call: call.to_owned(),
            text,
            entries,
            total_count,
            has_next,
        })
    }

    /// The records, decoded.
    ///
    /// # Errors
    /// A record has a value that does not fit its type.
    pub fn records(&self) -> Result<Vec<Record<'_>>, ClientError> {
        self.iter().collect()
    }

    /// The records one by one, each decoded when it is asked for; an error as in
    /// [`records`](Self::records).
    pub fn iter(&self) -> impl Iterator<Item = Result<Record<'_>, ClientError>> {
        let mut capacity = 0;
        self.entries.iter().map(move |entry| {
            let record = self.decode(entry, capacity)?;
            capacity = record.fields.len();
            Ok(record)
        })
    }

    /// Each record's own JSON, untouched.
    ///
    /// # Errors
    /// None in practice: the text was checked when it arrived.
    pub fn raw_records(&self) -> Result<Vec<&RawValue>, ClientError> {
        let records = self.texts().map(serde_json::from_str);
        records
            .collect::<Result<_, _>>()
            .map_err(|error| self.bad(error))
    }

    /// Each record's own JSON on one line, as NDJSON wants it.
    ///
    /// Line breaks can stand only between the tokens of JSON; there they become spaces.
    pub fn lines(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.texts().map(|text| {
            if memchr::memchr2(b'\n', b'\r', text.as_bytes()).is_none() {
                return Cow::Borrowed(text);
            }
            Cow::Owned(text.replace(['\n', '\r'], " "))
        })
    }

    /// `$id` and `$revision` of each record.
    ///
    /// # Errors
    /// None in practice: the numbers were read when the page arrived.
    pub fn ids(&self) -> Result<Vec<(u64, u64)>, ClientError> {
        let numbers = self.entries.iter().map(|entry| (entry.id, entry.revision));
        Ok(numbers.collect())
    }

    /// How many records the page has.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// `$id` of the last record.
    pub fn last_id(&self) -> Option<u64> {
        self.entries.last().map(|entry| entry.id)
    }

    /// The answer's size in bytes.
    pub fn size_bytes(&self) -> usize {
        self.text.len()
    }

    /// How many records match in all; only for an answer to a question for it.
    pub(crate) fn counted(&self) -> Result<u64, ClientError> {
        self.total_count
            .ok_or_else(|| self.bad(serde_json::Error::missing_field("totalCount")))
    }

    /// Whether the cursor has more.
    pub(crate) fn has_next(&self) -> bool {
        self.has_next
    }

    /// An error when there are more records than were asked for.
    pub(crate) fn check_size(&self, limit: usize) -> Result<(), ClientError> {
        if self.len() <= limit {
            return Ok(());
        }
        let found = self.len();
        Err(self.not_as_asked(format!("{found} records, at most {limit} were asked for")))
    }

    /// An error when the ids do not rise, or lie outside of what was asked for.
    pub(crate) fn check_ids(&self, after: u64, up_to: Option<u64>) -> Result<(), ClientError> {
        let mut last = after;
        for Entry { id, .. } in &self.entries {
            if *id <= last {
                return Err(self.not_as_asked(format!("record {id} comes after {last}")));
            }
            if up_to.is_some_and(|up_to| *id > up_to) {
                return Err(self.not_as_asked(format!("record {id} was not asked for")));
            }
            last = *id;
        }
        Ok(())
    }

    fn bad(&self, source: serde_json::Error) -> ClientError {
        let call = self.call.clone();
        ClientError::Decode { call, source }
    }

    fn not_as_asked(&self, reason: String) -> ClientError {
        let call = self.call.clone();
        ClientError::NotAsAsked { call, reason }
    }

    fn decode(&self, entry: &Entry, capacity: usize) -> Result<Record<'_>, ClientError> {
        let text = &self.text[entry.range.clone()];
        let record = decode::record(text, capacity).map_err(|source| self.bad(source))?;
        if (record.id, record.revision) != (entry.id, entry.revision) {
            let Record { id, revision, .. } = record;
            let reason = format!("record {id}, revision {revision} was taken for another");
            return Err(self.not_as_asked(reason));
        }
        Ok(record)
    }

    fn texts(&self) -> impl Iterator<Item = &str> {
        let ranges = self.entries.iter().map(|entry| entry.range.clone());
        ranges.map(|range| &self.text[range])
    }
}

/// Reads `$id` and `$revision` of records. Made once a page: to prepare the search costs as much as
/// to search a record.
struct Numbers {
    id: Finder<'static>,
    revision: Finder<'static>,
}

impl Numbers {
    fn new() -> Self {
        Self {
            id: Finder::new("\"$id\""),
            revision: Finder::new("\"$revision\""),
        }
    }

    fn of(&self, record: &str) -> Result<(u64, u64), serde_json::Error> {
        match (sole(record, &self.id), sole(record, &self.revision)) {
            (Some(id), Some(revision)) => Ok((id, revision)),
            _ => decode::record(record, 0).map(|record| (record.id, record.revision)),
        }
    }
}

/// The number of the field whose quoted code is `key`, when those bytes stand in `record` once.
///
/// Skipping through the whole record costs as much as all other checks together, so this looks
/// for the bytes. Where they stand more than once (a text may hold them too), the caller decodes.
fn sole(record: &str, key: &Finder<'_>) -> Option<u64> {
    let mut places = key.find_iter(record.as_bytes());
    let place = places.next()?;
    if places.next().is_some() {
        return None;
    }
    let field = &record[place + key.needle().len()..];
    let field = field.trim_start().strip_prefix(':')?;
    let mut json = serde_json::Deserializer::from_str(field);
    NumberField.deserialize(&mut json).ok()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    #[serde(borrow)]
    records: Vec<&'a RawValue>,
    #[serde(default, deserialize_with = "count")]
    total_count: Option<u64>,
    #[serde(default)]
    next: bool,
}

/// `null`, or a number as text.
fn count<'de, D: Deserializer<'de>>(json: D) -> Result<Option<u64>, D::Error> {
    let text: Option<Cow<'de, str>> = Option::deserialize(json)?;
    text.map(|text| text.parse().map_err(D::Error::custom))
        .transpose()
}

#[cfg(test)]
mod tests;
