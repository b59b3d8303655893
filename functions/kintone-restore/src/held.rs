//! What the app holds already, beside the records of the backup: read once, in bounded memory.

use std::collections::{BTreeMap, HashMap, HashSet};

use futures_util::TryStreamExt as _;
use kintone_client::{Client, ReadRequest, Record, Value};

use crate::error::RestoreError;
use crate::find::key_of;
use crate::identity::IdMap;
use crate::observe::Target;
use crate::request::{Mode, Restore};
use crate::rules::Rules;
use crate::survey::{Survey, unique_key};

/// What the app holds of the records that are restored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Held {
    /// Records that were read to find it out.
    pub(crate) read: u64,
    /// Records of the backup that are there, under their key or their own number.
    pub(crate) there: u64,
    /// Others, which an earlier restore has added under new numbers.
    pub(crate) moved: u64,
    /// Records that are told apart by their numbers and are not there.
    pub(crate) gone: u64,
    /// How many records that are not overwritten have a value of the backup in a field that prohibits duplicates, by its code.
    pub(crate) clashes: BTreeMap<String, u64>,
}

/// Which app is looked through, and what for.
#[derive(Clone, Copy)]
pub(crate) struct Looking<'a> {
    pub(crate) client: &'a Client,
    pub(crate) target: &'a Target,
    pub(crate) restore: &'a Restore,
    pub(crate) rules: &'a Rules,
    pub(crate) survey: &'a Survey,
    /// What former restores of the same app have added, for a restore by number.
    pub(crate) former: &'a IdMap,
    /// Pages that are asked for at the same time.
    pub(crate) windows: usize,
}

impl Looking<'_> {
    /// Reads the unique values of all records that the app has now, and what tells them apart.
    ///
    /// # Errors
    /// The app can't be read.
    pub(crate) async fn held(&self) -> Result<Held, RestoreError> {
        let unique = self.unique();
        let mut held = Held::default();
        let mut gone = self.survey.ids.clone();
        let moved = self.moved();
        let mut seen = Vec::new();
        let is_needed = !unique.is_empty() || self.restore.mode() != Mode::Insert;
        if is_needed && self.target.bounds.count > 0 {
            let request = self.request(&unique);
            let mut pages = self.client.pages(&request);
            while let Some(page) = pages.try_next().await? {
                for record in page.iter() {
                    let record = record?;
                    held.read += 1;
                    let is_own = gone.remove(&record.id);
                    let old = moved.get(&record.id);
                    seen.extend(old);
                    if is_own || self.has_key(&record) {
                        held.there += 1;
                    } else if old.is_none() {
                        self.note_clashes(&unique, &record, &mut held);
                    }
                }
            }
        }
        held.moved = seen.iter().filter(|old| gone.remove(old)).count() as u64;
        held.gone = gone.len() as u64;
        Ok(held)
    }

    /// The codes of the fields that are written and prohibit duplicates.
    fn unique(&self) -> Vec<&str> {
        let rules = self.rules.0.iter().filter(|rule| {
            let is_unique = rule.target.as_ref().is_some_and(|target| target.unique);
            is_unique && rule.loss.is_none()
        });
        rules.map(|rule| rule.code.as_str()).collect()
    }

    /// The new numbers of records of the backup, each with the old one.
    fn moved(&self) -> HashMap<u64, u64> {
        let ids: &HashSet<u64> = &self.survey.ids;
        let moved = self.former.pairs().filter(|(old, _)| ids.contains(old));
        moved.map(|(old, new)| (new, old)).collect()
    }

    fn request(&self, unique: &[&str]) -> ReadRequest {
        let key = self.restore.key.iter().map(String::as_str);
        let key = key.filter(|key| !unique.contains(key));
        let fields = std::iter::once("$id")
            .chain(unique.iter().copied())
            .chain(key);
        ReadRequest {
            app: self.target.app,
            fields: fields.map(str::to_owned).collect(),
            up_to: Some(self.target.bounds.highest_id),
            count: Some(self.target.bounds.count),
            windows: self.windows,
            ..ReadRequest::default()
        }
    }

    /// Whether `record` has a key of the backup.
    fn has_key(&self, record: &Record<'_>) -> bool {
        let key = self.restore.key.as_ref();
        let value = key.and_then(|key| Some((key, key_of(record, key)?)));
        value.is_some_and(|(key, text)| self.survey.unique.contains(&unique_key(key, &text)))
    }

    fn note_clashes(&self, unique: &[&str], record: &Record<'_>, held: &mut Held) {
        for code in unique {
            if let Some(field) = record.get(code)
                && let Value::Text(text) = &field.value
                && !text.is_empty()
                && self.survey.unique.contains(&unique_key(code, text))
            {
                *held.clashes.entry((*code).to_owned()).or_default() += 1;
            }
        }
    }
}
