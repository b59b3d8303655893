//! Cursors: a set of records fixed when it was made, read page by page.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::error::Refusal;

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
