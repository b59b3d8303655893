//! What a test sees and does behind the API's back: the truth for its assertions.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::Value;

use super::app::App;
use super::auth::{Rights, User};
use super::error::Refusal;
use super::file::Files;
use super::record::Records;
use super::state::{Hosted, State};
use super::{Options, route};
use crate::exchange::{Answer, Request};
use crate::server::{Service, lock};

/// The most requests that may be under way at one time.
const MOST_CONCURRENT: usize = 100;

/// Apps, records, people, files and cursors. Its methods do not go over the wire, take effect at
/// once, and check nothing: values are kept exactly as they are given.
///
#[derive(Debug)]
pub struct Domain {
    pub(super) options: Options,
    state: Mutex<State>,
}

impl Domain {
    pub(super) fn new(options: Options) -> Self {
        let mut state = State::default();
        state.directory.basic.clone_from(&options.basic_auth);
        Self {
            options,
            state: Mutex::new(state),
        }
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut lock(&self.state))
    }

    fn hosted<T>(&self, app: u64, act: impl FnOnce(&mut Hosted) -> T) -> T {
        let found = self.with(|state| state.apps.get_mut(&app).map(act));
        found.unwrap_or_else(|| panic!("app {app} was not added to this simulator"))
    }

    /// Adds an app with its first records, and gives its number.
    ///
    /// # Panics
    /// When the number that the app asks for is taken.
    pub fn add_app(&self, app: App) -> u64 {
        let records = app.records.clone();
        let id = self.with(|state| {
            let last = state.apps.keys().filter(|id| **id < LOOKUP_RANGE).max();
            let id = app.id.unwrap_or(last.copied().unwrap_or(0) + 1);
            assert!(!state.apps.contains_key(&id), "app {id} exists already");
            let records = Records::new(&app);
            let hosted = Hosted {
                app: Arc::new(app),
                records,
                revision: 1,
                last_row: FIRST_ROW,
            };
            state.apps.insert(id, hosted);
            state
                .directory
                .tokens
                .insert(self.token(id), (id, Rights::ALL));
            id
        });
        self.insert(id, &records);
        id
    }

    /// The numbers of all apps.
    pub fn apps(&self) -> Vec<u64> {
        self.with(|state| state.apps.keys().copied().collect())
    }

    /// Changes an app's definition, as a redeployed form does; its revision goes up.
    pub fn change_app(&self, app: u64, change: impl FnOnce(App) -> App) {
        self.hosted(app, |hosted| {
            hosted.app = Arc::new(change(App::clone(&hosted.app)));
            hosted.revision += 1;
        });
    }

    /// The token of an app that may do everything.
    pub fn token(&self, app: u64) -> String {
        format!("token-of-app-{app}")
    }

    /// Adds a token with some rights to an app.
    pub fn add_token(&self, app: u64, token: &str, rights: Rights) {
        self.with(|state| {
            state
                .directory
                .tokens
                .insert(token.to_owned(), (app, rights))
        });
    }

    /// Makes a token unknown, as when somebody deletes it or makes a new one.
    pub fn revoke_token(&self, token: &str) {
        self.with(|state| state.directory.tokens.remove(token));
    }

    /// Forgets somebody who was deleted; records still name them.
    pub fn remove_user(&self, code: &str) {
        self.with(|state| state.directory.users.remove(code));
    }

    /// Forgets an organisation that was deleted; records still name it.
    pub fn remove_organization(&self, code: &str) {
        self.with(|state| state.directory.organizations.remove(code));
    }

    /// Adds somebody; with a password they can log in, with these rights to every app.
    pub fn add_user(&self, code: &str, name: &str, password: Option<&str>, rights: Rights) {
        let password = password.map(str::to_owned);
        let user = User {
            name: name.to_owned(),
            password,
            rights,
        };
        self.with(|state| state.directory.users.insert(code.to_owned(), user));
    }

    /// Adds an organisation.
    pub fn add_organization(&self, code: &str, name: &str) {
        self.with(|state| {
            state
                .directory
                .organizations
                .insert(code.to_owned(), name.to_owned())
        });
    }

    /// Adds a group.
    pub fn add_group(&self, code: &str, name: &str) {
        self.with(|state| {
            state
                .directory
                .groups
                .insert(code.to_owned(), name.to_owned())
        });
    }

    /// Adds records, in the form of `records.json`: `{"text": {"value": "a"}}`. What is left out
    /// is filled in. Files are `{"name", "contentType", "content"}`, with the content as text.
    ///
    /// # Panics
    /// When there is no such app.
    pub fn insert<'a>(&self, app: u64, records: impl IntoIterator<Item = &'a Value>) -> Vec<u64> {
        let insert = |record| self.with(|state| state.seed(app, record));
        let ids = records.into_iter().map(insert);
        ids.map(|id| id.unwrap_or_else(|| panic!("app {app} was not added to this simulator")))
            .collect()
    }

    /// Changes the given fields of a record; its revision goes up, and it is updated now.
    ///
    /// # Panics
    /// When there is no such record.
    pub fn update(&self, app: u64, id: u64, record: &Value) {
        let revision = self.with(|state| state.edit(app, id, record));
        assert!(revision.is_some(), "app {app} has no record {id}");
    }

    /// Deletes records.
    ///
    /// # Panics
    /// When there is no such record.
    pub fn delete(&self, app: u64, ids: &[u64]) {
        self.hosted(app, |hosted| {
            for id in ids {
                assert!(hosted.records.exists(*id), "app {app} has no record {id}");
                hosted.records.remove(*id);
            }
            hosted.records.commit();
        });
    }

    /// All records by rising id, with every field, as `records.json` gives them.
    pub fn records(&self, app: u64) -> Vec<Value> {
        self.hosted(app, |hosted| {
            let ids = hosted.records.ids(1, u64::MAX);
            ids.filter_map(|id| hosted.record_json(id)).collect()
        })
    }

    /// One record.
    pub fn record(&self, app: u64, id: u64) -> Option<Value> {
        self.hosted(app, |hosted| hosted.record_json(id))
    }

    /// How many records there are.
    pub fn count(&self, app: u64) -> u64 {
        self.hosted(app, |hosted| hosted.records.count(1, u64::MAX))
    }

    /// The content of an attached file.
    pub fn content(&self, file_key: &str) -> Option<Bytes> {
        self.with(|state| state.files.content(file_key))
    }

    /// Every file that the records of an app hold, by rising id, field by field and row by row.
    pub fn attachments(&self, app: u64) -> Vec<Attached> {
        let records = self.records(app);
        self.with(|state| {
            let mut found = Vec::new();
            for record in &records {
                let id = record["$id"]["value"]
                    .as_str()
                    .and_then(|id| id.parse().ok());
                collect(record, "", id.unwrap_or(0), &state.files, &mut found);
            }
            found
        })
    }

    /// How many uploads wait to be attached.
    pub fn waiting_uploads(&self) -> usize {
        self.with(|state| state.files.waiting())
    }

    /// How many cursors are open.
    pub fn open_cursors(&self) -> usize {
        self.with(|state| {
            let now = state.clock.now();
            state.cursors.count(now)
        })
    }

    /// Stops the clock at `now`.
    pub fn set_now(&self, now: Timestamp) {
        self.with(|state| state.clock.set(now));
    }

    /// Moves the clock on.
    pub fn advance(&self, by: Duration) {
        self.with(|state| state.clock.advance(by));
    }
}

/// A file in a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attached {
    /// The record's id.
    pub record: u64,
    /// The field's code; in a table `table[row].code`, rows counted from 0.
    pub field: String,
    /// The file's name.
    pub name: String,
    /// The file's media type.
    pub content_type: String,
    /// What is in it.
    pub content: Bytes,
}

fn collect(fields: &Value, prefix: &str, record: u64, files: &Files, found: &mut Vec<Attached>) {
    for (code, field) in fields.as_object().into_iter().flatten() {
        let items = field["value"].as_array().into_iter().flatten();
        for (index, item) in items.enumerate() {
            if field["type"] == "SUBTABLE" {
                let prefix = format!("{prefix}{code}[{index}].");
                collect(&item["value"], &prefix, record, files, found);
            } else if field["type"] == "FILE" {
                let text = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
                found.push(Attached {
                    record,
                    field: format!("{prefix}{code}"),
                    name: text("name"),
                    content_type: text("contentType"),
                    content: files.content(&text("fileKey")).unwrap_or_default(),
                });
            }
        }
    }
}

/// Rows of tables that are given no number are counted from here.
const FIRST_ROW: u64 = 1000;

/// App numbers from here on are fixed ones of fixtures, which new apps do not continue.
const LOOKUP_RANGE: u64 = 900;

impl Service for Domain {
    fn answer(&self, request: &Request, running: usize) -> Answer {
        if running > MOST_CONCURRENT {
            return Refusal::new("GAIA_TO04").answer(self.options.language, false, 0);
        }
        self.with(|state| route::answer(state, &self.options, request))
    }

    fn sign(&self, answer: Answer, running: usize) -> Answer {
        answer
            .with_header("x-concurrencylimit-limit", MOST_CONCURRENT.to_string())
            .with_header("x-concurrencylimit-running", running.to_string())
    }
}
