//! How saved records become those of the app, and what tells them apart afterwards.

use std::collections::{BTreeMap, HashMap};

use kintone_client::{FieldType, File, Record, RecordBody};
use kintone_format::{
    BodyError, BodyWriter, Comparer, Difference, DifferenceCause, Expected, FilePlace, FileSpot,
    Substitutes,
};

use crate::error::RestoreError;
use crate::leave_out::{LeaveOut, without};
use crate::references::References;
use crate::rules::Rules;
use crate::source::{Saved, SavedFile};
use crate::upload::FileKeys;

/// All that it takes to write a record, and to compare it. It waits for nothing, so that other threads can do both.
#[derive(Debug)]
pub(crate) struct Conversion {
    pub(crate) rules: Rules,
    pub(crate) writer: BodyWriter,
    pub(crate) comparer: Comparer,
    pub(crate) references: References,
    pub(crate) leave_out: LeaveOut,
    /// Why fields are not written, by their codes.
    pub(crate) announced: BTreeMap<String, String>,
    /// The files that the source's store really has, with their sizes.
    pub(crate) stored: HashMap<String, u64>,
}

impl Conversion {
    /// Whether the source has the content of `file`, as far as that is known without opening it.
    pub(crate) fn has(&self, file: &SavedFile) -> bool {
        file.is_in(&self.stored)
    }

    /// What is sent for `saved`, whose files were uploaded under `keys`.
    pub(crate) fn body(&self, saved: &Saved, keys: &FileKeys) -> Result<RecordBody, RestoreError> {
        let record = saved.record()?;
        let left = without(&self.leave_out, &record);
        let record = left.as_ref().map_or(record.as_ref(), |(record, _)| record);
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
        let file_bytes = |spot: &FileSpot<'_>, file: &File<'_>| {
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
        let left = without(&self.leave_out, saved).map(|(saved, _)| {
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
        rules.any(|(_, rule)| rule.code == code && rule.kind == FieldType::RichText)
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
