//! Cursors: a set of records fixed when it was made, read page by page.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::auth::Rights;
use super::error::{Refusal, words};
use super::page::{context, list};
use super::route::Call;
use super::state::State;
use super::{filter, query, read};
use crate::exchange::{Answer, JSON};

/// How many cursors a domain can have at one time.
pub(crate) const MOST_CURSORS: usize = 10;

/// How long a cursor lives after it was made, and again after each page that leaves records.
const LIFETIME: Duration = Duration::from_mins(10);

/// A set of records that is being read.
#[derive(Debug)]
pub(crate) struct Cursor {
    pub(crate) app: u64,
    pub(crate) fields: Option<Vec<String>>,
    pub(crate) ids: Vec<u64>,
    pub(crate) read: usize,
    pub(crate) size: usize,
    pub(crate) expires: Timestamp,
}

/// The cursors of a domain.
#[derive(Debug, Default)]
pub(crate) struct Cursors {
    open: BTreeMap<String, Cursor>,
    last: u64,
}

/// A page of a cursor: the ids, and whether there are more.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) app: u64,
    pub(crate) fields: Option<Vec<String>>,
    pub(crate) ids: Vec<u64>,
    pub(crate) next: bool,
}

impl Cursors {
    fn expire(&mut self, now: Timestamp) {
        self.open.retain(|_, cursor| now < cursor.expires);
    }

    pub(crate) fn count(&mut self, now: Timestamp) -> usize {
        self.expire(now);
        self.open.len()
    }

    pub(crate) fn app(&self, id: &str) -> Option<u64> {
        self.open.get(id).map(|cursor| cursor.app)
    }

    /// Opens a cursor, where there is room for one.
    pub(crate) fn open(
        &mut self,
        app: u64,
        fields: Option<Vec<String>>,
        ids: Vec<u64>,
        size: usize,
        now: Timestamp,
    ) -> Result<String, Refusal> {
        if self.count(now) >= MOST_CURSORS {
            return Err(Refusal::new("GAIA_TM12"));
        }
        self.last += 1;
        let id = format!("9a9716fe-1394-4677-a1c7-{:012x}", self.last);
        let cursor = Cursor {
            app,
            fields,
            ids,
            read: 0,
            size,
            expires: now + LIFETIME,
        };
        self.open.insert(id.clone(), cursor);
        Ok(id)
    }

    /// Reads on. The cursor closes itself with its last page.
    pub(crate) fn next(&mut self, id: &str, now: Timestamp) -> Result<Page, Refusal> {
        self.expire(now);
        let cursor = self.open.get_mut(id).ok_or(Refusal::new("GAIA_CN01"))?;
        let end = cursor.ids.len().min(cursor.read + cursor.size);
        let page = Page {
            app: cursor.app,
            fields: cursor.fields.clone(),
            ids: cursor.ids[cursor.read..end].to_vec(),
            next: end < cursor.ids.len(),
        };
        cursor.read = end;
        cursor.expires = now + LIFETIME;
        if !page.next {
            self.open.remove(id);
        }
        Ok(page)
    }

    pub(crate) fn close(&mut self, id: &str, now: Timestamp) -> Result<(), Refusal> {
        self.expire(now);
        self.open
            .remove(id)
            .map(|_| ())
            .ok_or(Refusal::new("GAIA_CN01"))
    }
}

/// `POST records/cursor.json`.
pub(super) fn open(state: &mut State, call: &Call<'_>) -> Result<Value, Refusal> {
    let app = call.parameters.required("app")?;
    let hosted = state.app(app, call.space)?;
    call.caller.demand(app, Rights::VIEW)?;
    let size = call.parameters.number("size")?.unwrap_or(100);
    let query = query::parse(call.parameters.get("query").as_str().unwrap_or_default())?;
    if !(1..=500).contains(&size) || query.limit.is_some() || query.offset.is_some() {
        let words = words(
            "sizeは1から500で指定し、queryにlimitとoffsetは指定できません。",
            "The size must be 1 to 500, and the query must have no limit and no offset.",
        );
        return Err(Refusal::invalid("query", words));
    }
    let context = context(state, call);
    filter::check(&query, &hosted.app, &context)?;
    let ids = read::all(&hosted.app, &hosted.records, &query, &context);
    let (total, now) = (ids.len().to_string(), state.clock.now());
    let fields = call
        .parameters
        .texts("fields")
        .filter(|fields| !fields.is_empty());
    let size = usize::try_from(size).unwrap_or(500);
    let id = state.cursors.open(app, fields, ids, size, now)?;
    Ok(json!({ "id": id, "totalCount": total }))
}

/// `GET records/cursor.json`.
pub(super) fn next(state: &mut State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (id, now) = (call.parameters.text("id")?, state.clock.now());
    if let Some(app) = state.cursors.app(&id) {
        call.caller.demand(app, Rights::VIEW)?;
    }
    let page = state.cursors.next(&id, now)?;
    let mut body = list(state, page.app, page.fields.as_deref(), &page.ids)?;
    body.extend(format!(r#","next":{}}}"#, page.next).bytes());
    Ok(Answer::new(200, JSON, body))
}

/// `DELETE records/cursor.json`.
pub(super) fn close(state: &mut State, call: &Call<'_>) -> Result<Value, Refusal> {
    let (id, now) = (call.parameters.text("id")?, state.clock.now());
    if let Some(app) = state.cursors.app(&id) {
        call.caller.demand(app, Rights::VIEW)?;
    }
    state.cursors.close(&id, now)?;
    Ok(json!({}))
}
