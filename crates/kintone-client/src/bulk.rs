//! Bulks of writes, all of which happen or none.

mod request;

use std::fmt;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

pub use self::request::BulkRequest;
use self::request::{Kind, Part};
use crate::client::Client;
use crate::error::ClientError;
use crate::write::{Operation, Updated, Write, Written};

/// Why a bulk has no answer that can be used.
#[derive(Debug, thiserror::Error)]
pub enum BulkError {
    /// Kintone surely wrote nothing, not even a part.
    ///
    /// What passes by itself, locks and throttles, was tried again already. Ids of records that
    /// were to be added may be used up all the same.
    #[error("nothing was written{}", Places(faults))]
    NotDone {
        /// The values at fault, where Kintone named them.
        faults: Vec<WriteFault>,
        /// What came between.
        source: Box<ClientError>,
    },
    /// The answer was lost: all was written, or nothing. Sending it again could write it twice.
    #[error(
        "whether the records were written is not known; look into the app before anything is sent again"
    )]
    Unknown {
        /// What came between.
        source: Box<ClientError>,
    },
}

impl BulkError {
    /// What came between.
    pub fn client_error(&self) -> &ClientError {
        match self {
            Self::NotDone { source, .. } | Self::Unknown { source } => source,
        }
    }
}

/// A value that Kintone refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteFault {
    /// Which request of the bulk, counted from 0.
    pub request: usize,
    /// The app that it writes to.
    pub app: u64,
    /// Which record of the request, counted from 0, where Kintone says it.
    pub record: Option<usize>,
    /// The way to the value inside the record, such as `text.value`.
    pub path: String,
    /// Kintone's words, in the language of the domain.
    pub message: String,
}

/// The first faults, for a message.
struct Places<'a>(&'a [WriteFault]);

impl fmt::Display for Places<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for fault in self.0.iter().take(3) {
            let WriteFault {
                request,
                app,
                record,
                path,
                message,
            } = fault;
            write!(formatter, "; request {request} for app {app}")?;
            if let Some(record) = record {
                write!(formatter, ", record {record}")?;
            }
            write!(formatter, ", {path}: {message}")?;
        }
        match self.0.len().saturating_sub(3) {
            0 => Ok(()),
            more => write!(formatter, "; and {more} more"),
        }
    }
}

impl Client {
    /// Writes `writes`, all of them or none: up to 20 requests of up to 100 records each.
    ///
    /// A bulk whose answer is lost is not sent again, because it may have happened: that is
    /// [`BulkError::Unknown`]. It is the same when this future is dropped before its end.
    ///
    /// # Errors
    /// See [`BulkError`].
    pub async fn bulk(&self, writes: &[Write<'_>]) -> Result<Vec<Written>, BulkError> {
        let request = self.bulk_request(writes);
        let request = request.map_err(|error| BulkError::of(&[], error))?;
        self.send_bulk(&request).await
    }

    /// The same for one that was made before.
    ///
    /// # Errors
    /// See [`BulkError`].
    pub async fn send_bulk(&self, request: &BulkRequest) -> Result<Vec<Written>, BulkError> {
        let read = |text: String| {
            let results: Results<'_> = serde_json::from_str(&text)?;
            written(&request.parts, &results.results)
        };
        let sent = self.transport.send(&request.call, read).await;
        sent.map_err(|error| BulkError::of(&request.parts, error))
    }
}

impl BulkError {
    fn of(parts: &[Part], error: ClientError) -> Self {
        if !error.proves_nothing_written() {
            return Self::Unknown {
                source: Box::new(error),
            };
        }
        let faults = match &error {
            ClientError::Refused { refusal, .. } => {
                let errors = refusal.errors.iter();
                let request = refusal.request.unwrap_or_default();
                let app = parts.get(request).map_or(0, |part| part.app);
                errors
                    .map(|(path, message)| {
                        let (record, path) = place(path);
                        WriteFault {
                            request,
                            app,
                            record,
                            path: path.to_owned(),
                            message: message.clone(),
                        }
                    })
                    .collect()
            }
            _ => Vec::new(),
        };
        Self::NotDone {
            faults,
            source: Box::new(error),
        }
    }
}

/// `records[3].text.value` as the record's index and `text.value`.
fn place(path: &str) -> (Option<usize>, &str) {
    let inside = path.strip_prefix("records[").and_then(|rest| {
        let (index, rest) = rest.split_once(']')?;
        Some((index.parse().ok()?, rest))
    });
    let Some((index, rest)) = inside else {
        return (None, path);
    };
    let rest = rest.strip_prefix('.').unwrap_or(rest);
    (Some(index), rest.strip_prefix("record.").unwrap_or(rest))
}

#[derive(Deserialize)]
struct Results<'a> {
    #[serde(borrow)]
    results: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Inserted {
    ids: Vec<Number>,
    revisions: Vec<Number>,
}

#[derive(Deserialize)]
struct Changed {
    records: Vec<ChangedRecord>,
}

#[derive(Deserialize)]
struct ChangedRecord {
    id: Number,
    revision: Number,
    operation: Option<Operation>,
}

/// A whole number, which the service writes as text.
struct Number(u64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_any(crate::decode::Number).map(Self)
    }
}

fn written(parts: &[Part], results: &[&RawValue]) -> Result<Vec<Written>, serde_json::Error> {
    check_count("requests", parts.len(), results.len())?;
    let pairs = parts.iter().zip(results);
    pairs
        .map(|(part, result)| match part.kind {
            Kind::Insert => inserted(part.records, result.get()),
            Kind::Update => updated(part.records, result.get()),
            Kind::Delete => Ok(Written::Deleted),
        })
        .collect()
}

fn inserted(sent: usize, text: &str) -> Result<Written, serde_json::Error> {
    let Inserted { ids, revisions } = serde_json::from_str(text)?;
    check_count("ids", sent, ids.len())?;
    check_count("revisions", sent, revisions.len())?;
    let numbers = |numbers: Vec<Number>| numbers.into_iter().map(|number| number.0).collect();
    Ok(Written::Inserted {
        ids: numbers(ids),
        revisions: numbers(revisions),
    })
}

fn updated(sent: usize, text: &str) -> Result<Written, serde_json::Error> {
    let Changed { records } = serde_json::from_str(text)?;
    check_count("records", sent, records.len())?;
    let records = records.into_iter().map(|record| Updated {
        id: record.id.0,
        revision: record.revision.0,
        operation: record.operation.unwrap_or(Operation::Update),
    });
    Ok(Written::Updated(records.collect()))
}

fn check_count(what: &str, sent: usize, answered: usize) -> Result<(), serde_json::Error> {
    if sent == answered {
        return Ok(());
    }
    Err(serde::de::Error::custom(format_args!(
        "{answered} {what} are answered, {sent} were sent"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_record_at_fault_is_found_in_every_form_of_a_path() {
        assert_eq!(place("records[3].text.value"), (Some(3), "text.value"));
        assert_eq!(
            place("records[0].record.text.value"),
            (Some(0), "text.value")
        );
        assert_eq!(place("records[12][num].value"), (Some(12), "[num].value"));
        assert_eq!(place("ids.value"), (None, "ids.value"));
    }
}
