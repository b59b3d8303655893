//! All that a domain holds.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::app::App;
use super::auth::{Caller, Directory};
use super::cursor::Cursors;
use super::error::Refusal;
use super::file::Files;
use super::given::Given;
use super::record::Records;
use crate::clock::Clock;

/// An app with its records.
#[derive(Debug)]
pub(crate) struct Hosted {
    pub(crate) app: Arc<App>,
    pub(crate) records: Records,
    pub(crate) revision: u64,
    /// The last row number given; rows are numbered across all tables and records of an app.
    pub(crate) last_row: u64,
}

impl Hosted {
    /// The record as JSON, with every field.
    pub(crate) fn record_json(&self, id: u64) -> Option<Value> {
        if !self.records.exists(id) {
            return None;
        }
        let mut json = Vec::new();
        self.records.write(&self.app, id, None, &mut json);
        serde_json::from_slice(&json).ok()
    }
}

/// An instant as records carry it: in UTC, and never finer than a minute.
pub(crate) fn minute(instant: Timestamp) -> String {
    instant.strftime("%Y-%m-%dT%H:%M:00Z").to_string()
}

/// Who writes and when, as the records of one request keep it.
#[derive(Debug)]
pub(crate) struct Stamp {
    pub(crate) author: Arc<Value>,
    pub(crate) minute: Arc<Value>,
    people: RefCell<HashMap<String, Arc<Value>>>,
}

impl Stamp {
    pub(crate) fn new(caller: &Caller, now: Timestamp) -> Self {
        Self {
            author: Arc::new(caller.author()),
            minute: Arc::new(Value::from(minute(now))),
            people: RefCell::default(),
        }
    }

    /// Whoever is given as the author of a record: accepted once, and shared by all records that name them.
    pub(crate) fn person(
        &self,
        given: &Given<'_>,
        accept: impl FnOnce() -> Result<Value, Refusal>,
    ) -> Result<Arc<Value>, Refusal> {
        let code = given["code"].as_str().unwrap_or_default();
        let mut people = self.people.borrow_mut();
        if let Some(person) = people.get(code) {
            return Ok(Arc::clone(person));
        }
        let person = Arc::new(accept()?);
        people.insert(code.to_owned(), Arc::clone(&person));
        Ok(person)
    }
}

/// The state of a domain.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) apps: BTreeMap<u64, Hosted>,
    pub(crate) directory: Directory,
    pub(crate) files: Files,
    pub(crate) cursors: Cursors,
    pub(crate) clock: Clock,
    pub(crate) refusals: u64,
}

impl State {
    /// The app, reached by the right path for where it lives.
    pub(crate) fn app(&self, id: u64, space: Option<u64>) -> Result<&Hosted, Refusal> {
        let hosted = self.apps.get(&id).ok_or(Refusal::new("GAIA_AP01"))?;
        if hosted.app.guest_space == space {
            Ok(hosted)
        } else {
            Err(Refusal::new("GAIA_IL23"))
        }
    }
}
