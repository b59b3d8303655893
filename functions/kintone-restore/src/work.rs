//! What the steps of one restore have in common.

use std::collections::{BTreeMap, HashMap};

use cloud_store::Store;
use jiff::Timestamp;
use kintone_client::{Client, FormFields, Record, RecordBody};
use kintone_format::{
    BodyError, BodyWriter, Comparer, Difference, DifferenceCause, Expected, FilePlace, FileSpot,
    Substitutes,
};
use run_record::Hold;

use crate::error::RestoreError;
use crate::function::KintoneRestore;
use crate::identity::IdMap;
use crate::journal::Journal;
use crate::leave_out::{LeaveOut, without};
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
    /// The form of the app that is written to.
    pub(crate) form: &'a FormFields,
    pub(crate) rules: &'a Rules,
    pub(crate) writer: BodyWriter,
    pub(crate) comparer: Comparer,
    pub(crate) references: &'a References,
    pub(crate) leave_out: &'a LeaveOut,
    /// What former restores of the same app have added, for a restore by number.
    pub(crate) former: &'a IdMap,
    /// Why fields are not written, by their codes.
    pub(crate) announced: &'a BTreeMap<String, String>,
    /// The files that the source's store really has, with their sizes.
    pub(crate) stored: HashMap<String, u64>,
    pub(crate) journal: Journal,
    /// The folder of the run record.
    pub(crate) day: &'a Store,
    pub(crate) run: &'a str,
    /// What the objects of this round of the run begin with.
    pub(crate) stem: &'a str,
    /// Whether the run is still this process's.
    pub(crate) hold: Hold,
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

    /// How many bulks are under way at the same time.
    pub(crate) fn bulks_at_once(&self) -> usize {
        self.function.bulks_at_once(self.mode())
    }

    /// Whether this invocation has no time for more.
    pub(crate) fn is_late(&self) -> bool {
        self.function.clock.now() >= self.deadline
    }

    /// Whether the source has the content of `file`, as far as that is known without opening it.
    pub(crate) fn has(&self, file: &SavedFile) -> bool {
        file.is_in(&self.stored)
    }

    /// What is sent for `saved`, whose files were uploaded under `keys`.
    pub(crate) fn body(&self, saved: &Saved, keys: &FileKeys) -> Result<RecordBody, RestoreError> {
        let record = saved.record()?;
        let record = match without(self.leave_out, &record) {
            Some((record, _)) => record,
            None => record,
        };
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

    /// Every difference between what was saved, which is `of`'s record, and what was read back, each with
    /// the reason why it was to be expected, where it was.
    pub(crate) fn differences(
        &self,
        of: &Saved,
        saved: &Record<'_>,
        read: &Record<'_>,
    ) -> Vec<(Difference, Option<String>)> {
        let file_bytes = |spot: &FileSpot<'_>, file: &kintone_client::File<'_>| {
            let place = FilePlace {
                record: of.old,
                row: spot.row.map(|(table, id)| (table.to_owned(), id)),
                field: spot.field.to_owned(),
                index: spot.index,
            };
            let slot = of.slot(place, &file.file_key);
            let file = of.files.iter().find(|file| file.slot == slot)?;
            let bytes = self.stored.get(&file.content).copied();
            bytes.filter(|_| self.has(file))
        };
        let expected = Expected {
            text: &|code, text| self.references.text(code, text),
            file_bytes: &file_bytes,
        };
        let compare = |saved: &Record<'_>| {
            let differences = self
                .comparer
                .differences(&saved.fields, &read.fields, expected);
            differences.into_iter()
        };
        // What would not differ if the left out values had never been there differs because they were left out.
        let left = without(self.leave_out, saved).map(|(saved, _)| {
            let paths = compare(&saved).map(|difference| difference.path);
            paths.collect::<Vec<_>>()
        });
        let found = compare(saved).map(|difference| {
            let is_left = left
                .as_ref()
                .is_some_and(|left| !left.contains(&difference.path));
            let why = if is_left {
                Some("the message leaves the value out".to_owned())
            } else {
                self.why(&difference)
            };
            (difference, why)
        });
        found.collect()
    }

    /// Whether writing `saved` would leave `read` as it is.
    pub(crate) fn is_equal(&self, of: &Saved, saved: &Record<'_>, read: &Record<'_>) -> bool {
        use DifferenceCause::{Defaulted, Rounded};
        let found = self.differences(of, saved, read);
        found.iter().all(|(difference, why)| {
            why.is_some() && !matches!(difference.cause, Defaulted | Rounded)
        })
    }

    /// Whether `read` is what writing `saved` leads to, as far as that is sure.
    pub(crate) fn is_same(&self, of: &Saved, saved: &Record<'_>, read: &Record<'_>) -> bool {
        let found = self.differences(of, saved, read);
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
        if let Some(why) = announced {
            return Some(why.clone());
        }
        // Only this very difference is excused: another one of the same field is no less wrong for it.
        let why = match difference.cause {
            DifferenceCause::Computed => "Kintone computes it",
            DifferenceCause::Copied => "a lookup fills it",
            DifferenceCause::Rounded => "Kintone rounds to the app's decimal places",
            DifferenceCause::Defaulted => "a radio button without choice gets the form's default",
            DifferenceCause::LeftOut => "a file is not in the backup",
            DifferenceCause::Changed | DifferenceCause::Hidden => return None,
        };
        Some(why.to_owned())
    }
}

/// The code of the field that a difference is in: of the inner one, in a subtable.
fn inner_code(path: &str) -> &str {
    match path.split_once("].") {
        Some((_, code)) => code,
        None => path,
    }
}
