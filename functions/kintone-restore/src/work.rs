//! What the steps of one restore have in common.

use std::collections::{BTreeMap, HashMap};

use cloud_store::Store;
use jiff::Timestamp;
use kintone_client::{Client, Record, RecordBody};
use kintone_format::{BodyError, BodyWriter, Comparer, Difference, DifferenceCause, Substitutes};

use crate::error::RestoreError;
use crate::function::KintoneRestore;
use crate::journal::Journal;
use crate::references::References;
use crate::request::{Mode, Restore};
use crate::rules::Rules;
use crate::source::{Origin, Saved, SavedFile, Source};
use crate::upload::FileKeys;

/// One restore under way.
pub(crate) struct Work<'a> {
    pub(crate) function: &'a KintoneRestore,
    pub(crate) client: &'a Client,
    pub(crate) restore: &'a Restore,
    pub(crate) source: &'a Source,
    pub(crate) origin: &'a Origin,
    pub(crate) rules: &'a Rules,
    pub(crate) writer: BodyWriter,
    pub(crate) comparer: Comparer,
    pub(crate) references: &'a References,
    /// Why values of fields may become others, by field code.
    pub(crate) announced: &'a BTreeMap<String, String>,
    /// The files that the source's store really has, with their sizes, where that is known.
    pub(crate) stored: Option<HashMap<String, u64>>,
    pub(crate) journal: Journal,
    /// The folder of the run record.
    pub(crate) day: &'a Store,
    pub(crate) run: &'a str,
    /// When the rest is left to the next invocation.
    pub(crate) deadline: Timestamp,
}

impl Work<'_> {
    pub(crate) fn app(&self) -> u64 {
        self.restore.target()
    }

    pub(crate) fn mode(&self) -> Mode {
        self.restore.mode()
    }

    /// Whether this invocation has no time for more.
    pub(crate) fn is_late(&self) -> bool {
        self.function.clock.now() >= self.deadline
    }

    /// Whether the source has the content of `file`, as far as that is known without opening it.
    pub(crate) fn has(&self, file: &SavedFile) -> bool {
        let stored = self.stored.as_ref();
        stored.is_none_or(|stored| stored.get(&file.content).copied() == file.bytes)
    }

    /// What is sent for `saved`, whose files were uploaded under `keys`.
    pub(crate) fn body(&self, saved: &Saved, keys: &FileKeys) -> Result<RecordBody, RestoreError> {
        let record = saved.record()?;
        let substitutes = Substitutes {
            file: &|place, file| {
                let slot = saved.slot(place.clone(), &file.file_key);
                // A file that the backup lacks is left out; the plan has said so.
                Some(keys.get(&slot).cloned().unwrap_or_default())
            },
            text: &|code, text| self.references.text(code, text),
        };
        self.writer
            .body(saved.old, &record.fields, substitutes)
            .map_err(|source: BodyError| RestoreError::Body {
                name: saved.name.clone(),
                source,
            })
    }

    /// Every difference between what was saved and what was read back, each with the reason why it was
    /// to be expected, where it was.
    pub(crate) fn differences(
        &self,
        saved: &Record<'_>,
        read: &Record<'_>,
    ) -> Vec<(Difference, Option<String>)> {
        let text = |code: &str, text: &str| self.references.text(code, text);
        let found = self
            .comparer
            .differences(&saved.fields, &read.fields, &text);
        let found = found.into_iter().map(|difference| {
            let why = self.why(&difference);
            (difference, why)
        });
        found.collect()
    }

    /// Whether `read` is what writing `saved` leads to, as far as that is sure.
    pub(crate) fn is_same(&self, saved: &Record<'_>, read: &Record<'_>) -> bool {
        let found = self.differences(saved, read);
        found
            .iter()
            .all(|(difference, why)| why.is_some() || self.is_rich(&difference.path))
    }

    /// Rich text, which Kintone may clean, proves nothing.
    fn is_rich(&self, path: &str) -> bool {
        let code = inner_code(path);
        let mut rules = self.rules.all();
        rules.any(|(_, rule)| rule.code == code && rule.kind == kintone_client::FieldType::RichText)
    }

    fn why(&self, difference: &Difference) -> Option<String> {
        let code = inner_code(&difference.path);
        let announced = self.announced.get(code);
        let table = difference.path.split('[').next().unwrap_or_default();
        let announced = announced.or_else(|| self.announced.get(table));
        match (announced, difference.cause) {
            (Some(why), _) => Some(why.clone()),
            (None, DifferenceCause::Computed) => Some("Kintone computes it".to_owned()),
            (None, DifferenceCause::Copied) => Some("a lookup fills it".to_owned()),
            (None, _) => None,
        }
    }
}

/// The code of the field that a difference is in: of the inner one, in a subtable.
fn inner_code(path: &str) -> &str {
    match path.split_once("].") {
        Some((_, code)) => code,
        None => path,
    }
}
