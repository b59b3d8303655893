//! Whether a record came back as it was saved.

mod comparison;
mod value;

use std::collections::HashMap;

use kintone_client::{Field, FieldType, Fields, File, FormFields, NumberPrecision};

use self::comparison::Comparison;
use crate::obstacle::{Obstacle, obstacle};

/// A value that did not come back as it was saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The field's code; in a subtable `table[row].code`, rows counted from 0.
    pub path: String,
    /// The value that was saved, in words. It is a record's content: keep it out of logs.
    pub saved: String,
    /// The value that was read back, in words.
    pub read: String,
    /// What it comes down to.
    pub cause: DifferenceCause,
}

/// What a difference comes down to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DifferenceCause {
    /// The value is another: the restore did not do what it should.
    Changed,
    /// The number lost digits, because the app keeps fewer.
    Rounded,
    /// Kintone computed another value.
    Computed,
    /// A lookup filled in another value.
    Copied,
    /// Nothing was chosen, and the radio button shows the form's default.
    Defaulted,
    /// The files that were left out are not there; the others are.
    LeftOut,
    /// The field is missing from what was read: the caller may not view it.
    Hidden,
}

/// Compares saved records with what was read back from `form`, after Kintone's own normalisation.
///
/// | type | is equal by |
/// |---|---|
/// | number, calculation | value, after the app's rounding |
/// | date-time and times of the record | minute |
/// | time | hour and minute |
/// | check boxes, choices, users | what is in it, in any order; users by code |
/// | files | name and size, in order; the content is the caller's to compare |
/// | radio button | choice; what shows where none was saved is [`Defaulted`](DifferenceCause::Defaulted) |
/// | subtable | rows in order, their ids not |
/// | nothing | null, empty text and empty list alike |
///
/// Fields that are never written back, as record numbers, are not compared; those that Kintone fills
/// itself are, so that a lookup that found something else is told.
#[derive(Clone, Debug)]
pub struct Comparer {
    fields: HashMap<String, Rule>,
    precision: NumberPrecision,
}

#[derive(Clone, Debug)]
struct Rule {
    kind: FieldType,
    /// What a difference comes down to.
    cause: DifferenceCause,
    inner: HashMap<String, Rule>,
}

/// What was written for a saved value.
#[derive(Clone, Copy)]
pub struct Expected<'a> {
    /// What was written for a text of the field of this code, as in [`Substitutes`](crate::Substitutes).
    pub text: &'a (dyn Fn(&str, &str) -> Option<String> + Send + Sync),
    /// How many bytes were written for a saved file; `None` where it was left out.
    pub file_bytes: &'a (dyn Fn(&FileSpot<'_>, &File<'_>) -> Option<u64> + Send + Sync),
}

impl std::fmt::Debug for Expected<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Expected")
    }
}

/// Where in a record a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileSpot<'a> {
    /// The subtable and the row's id in what was saved.
    pub row: Option<(&'a str, u64)>,
    /// The field's code.
    pub field: &'a str,
    /// The place in the field's list, from 0.
    pub index: usize,
}

impl Comparer {
    /// Compares records of `form`, whose numbers have `precision`. `history` says whether who made and
    /// changed a record, and when, was written too.
    pub fn new(form: &FormFields, precision: NumberPrecision, history: bool) -> Self {
        Self {
            fields: rules(&form.properties, form, history),
            precision,
        }
    }

    /// What differs from what was `expected` of the saved values, in the order of the saved fields.
    pub fn differences(
        &self,
        saved: &Fields<'_>,
        read: &Fields<'_>,
        expected: Expected<'_>,
    ) -> Vec<Difference> {
        let mut comparison = Comparison {
            precision: self.precision,
            expected,
            found: Vec::new(),
        };
        comparison.fields(&self.fields, None, saved, read);
        comparison.found
    }
}

fn rules(fields: &[Field], form: &FormFields, history: bool) -> HashMap<String, Rule> {
    let rule = |field: &Field| {
        let cause = match obstacle(field, form) {
            None => DifferenceCause::Changed,
            Some(Obstacle::History) if history => DifferenceCause::Changed,
            Some(Obstacle::Computed) => DifferenceCause::Computed,
            Some(Obstacle::Copied { .. }) => DifferenceCause::Copied,
            Some(_) => return None,
        };
        Some(Rule {
            kind: field.kind.clone(),
            cause,
            inner: rules(&field.fields, form, history),
        })
    };
    let rules = fields
        .iter()
        .map(|field| Some((field.code.clone(), rule(field)?)));
    rules.flatten().collect()
}

#[cfg(test)]
mod tests;
