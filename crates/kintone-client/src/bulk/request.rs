//! A bulk as it is sent.

use bytes::Bytes;
use reqwest::Method;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::call::{Call, Repetition};
use crate::client::Client;
use crate::error::ClientError;
use crate::limits;
use crate::write::{self, Write};

/// A bulk that is ready to be sent. It holds all of it once, as text: what it was made of need not be kept meanwhile.
#[derive(Debug)]
pub struct BulkRequest {
    pub(super) call: Call,
    pub(super) parts: Vec<Part>,
    content: Bytes,
}

/// One request of a bulk, without its records.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) app: u64,
    /// How many records it writes.
    pub(super) records: usize,
    pub(super) kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Insert,
    Update,
    Delete,
}

impl Part {
    fn of(write: &Write<'_>) -> Self {
        Self {
            app: write.app(),
            records: write.len(),
            kind: match write {
                Write::Insert { .. } => Kind::Insert,
                Write::Update { .. } => Kind::Update,
                Write::Delete { .. } => Kind::Delete,
            },
        }
    }
}

impl Client {
    /// Makes a bulk of `writes`: up to 20 requests of up to 100 records each. Nothing is sent yet.
    ///
    /// # Errors
    /// There are more, or none.
    pub fn bulk_request(&self, writes: &[Write<'_>]) -> Result<BulkRequest, ClientError> {
        let api = format!("{}records.json", self.transport.root_path());
        let content = Bytes::from(write::body(&api, writes)?);
        let parts: Vec<Part> = writes.iter().map(Part::of).collect();
        let records: usize = parts.iter().map(|part| part.records).sum();
        let app = parts.first().map_or(0, |part| part.app);
        let what = format!("write of {records} records to app {app}");
        let mut call = Call::new(Method::POST, what, "bulkRequest.json");
        call.content = Some(content.clone());
        call.repetition = Repetition::Write;
        call.timeout = Some(limits::BULK_TIMEOUT);
        Ok(BulkRequest {
            call,
            parts,
            content,
        })
    }
}

impl BulkRequest {
    /// The fields of each record, as JSON, by request; a deletion has none.
    ///
    /// # Errors
    /// None in practice: what is read was written here.
    pub fn bodies(&self) -> Result<Vec<Vec<&str>>, serde_json::Error> {
        let body: Body<'_> = serde_json::from_slice(&self.content)?;
        let requests = self.parts.iter().zip(body.requests);
        let bodies = requests.map(|(part, request)| {
            let records = request.payload.records.into_iter();
            records.map(|record| part.body(record)).collect()
        });
        bodies.collect()
    }
}

impl Part {
    fn body<'a>(&self, record: &'a RawValue) -> Result<&'a str, serde_json::Error> {
        if self.kind != Kind::Update {
            return Ok(record.get());
        }
        let change: Change<'a> = serde_json::from_str(record.get())?;
        Ok(change.record.get())
    }
}

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    requests: Vec<Request<'a>>,
}

#[derive(Deserialize)]
struct Request<'a> {
    #[serde(borrow)]
    payload: Payload<'a>,
}

#[derive(Deserialize)]
struct Payload<'a> {
    #[serde(borrow, default)]
    records: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Change<'a> {
    #[serde(borrow)]
    record: &'a RawValue,
}
