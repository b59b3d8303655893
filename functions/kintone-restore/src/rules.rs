//! What becomes of each field of the backup.

use std::fmt;

use kintone_client::{Field, FieldType, FormFields};
use kintone_format::{Obstacle, obstacle};

/// The fields of the backup, and what becomes of each.
#[derive(Clone, Debug)]
pub(crate) struct Rules(pub(crate) Vec<Rule>);

/// One field of the backup.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) code: String,
    /// The type in the backup.
    pub(crate) kind: FieldType,
    /// Why its values are not written; nothing where they are.
    pub(crate) loss: Option<Loss>,
    /// The field of the app that is written to, where there is one.
    pub(crate) target: Option<Field>,
    /// The fields of a subtable.
    pub(crate) inner: Vec<Rule>,
}

/// Why a field is not written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    /// Kintone takes no value for it.
    Obstacle(Obstacle),
    /// The app has no such field.
    Absent,
    /// The app's field of that code has a type that does not take the values.
    Retyped(FieldType),
    /// The files are not in the backup.
    FilesNotSaved,
}

impl Rules {
    /// The rules for the fields `saved` of a backup and the form of the app that is written to.
    /// `history` says whether who and when can be set, `files` whether the backup has the files.
    pub(crate) fn new(saved: &[Field], form: &FormFields, history: bool, files: bool) -> Self {
        let circumstances = Circumstances {
            form,
            history,
            files,
        };
        let saved = saved.iter().filter(|field| has_value(&field.kind));
        let rules = saved.map(|field| circumstances.rule(field, form.get(&field.code)));
        Self(rules.collect())
    }

    /// All rules, each with the subtable that it is in.
    pub(crate) fn all(&self) -> impl Iterator<Item = (Option<&Rule>, &Rule)> {
        self.0.iter().flat_map(|rule| {
            let inner = rule.inner.iter().map(move |inner| (Some(rule), inner));
            std::iter::once((None, rule)).chain(inner)
        })
    }

    /// The fields that the app would take a value for, but not the one that was saved.
    pub(crate) fn left_out(&self) -> Vec<String> {
        let left_out = self
            .all()
            .filter(|(_, rule)| matches!(rule.loss, Some(Loss::Retyped(_) | Loss::FilesNotSaved)));
        left_out.map(|(_, rule)| rule.code.clone()).collect()
    }
}

struct Circumstances<'a> {
    form: &'a FormFields,
    history: bool,
    files: bool,
}

impl Circumstances<'_> {
    fn rule(&self, saved: &Field, target: Option<&Field>) -> Rule {
        let inner = saved.fields.iter().filter(|field| has_value(&field.kind));
        let inner = inner.map(|field| {
            let columns = target.map(|table| table.fields.as_slice());
            let mut columns = columns.unwrap_or_default().iter();
            self.rule(field, columns.find(|column| column.code == field.code))
        });
        Rule {
            code: saved.code.clone(),
            kind: saved.kind.clone(),
            loss: self.loss(saved, target),
            inner: inner.collect(),
            target: target.cloned(),
        }
    }

    fn loss(&self, saved: &Field, target: Option<&Field>) -> Option<Loss> {
        let Some(target) = target else {
            return Some(Loss::Absent);
        };
        match obstacle(target, self.form) {
            Some(Obstacle::History) if self.history => {}
            Some(obstacle) if target.kind == saved.kind || obstacle != Obstacle::RecordNumber => {
                return Some(Loss::Obstacle(obstacle));
            }
            _ => {}
        }
        if !takes(&target.kind, &saved.kind) {
            return Some(Loss::Retyped(target.kind.clone()));
        }
        (saved.kind == FieldType::File && !self.files).then_some(Loss::FilesNotSaved)
    }
}

/// Whether a field of the type `now` takes values of the type `saved` without guessing.
fn takes(now: &FieldType, saved: &FieldType) -> bool {
    use FieldType as T;
    now == saved
        || matches!(
            (now, saved),
            (
                T::MultiLineText | T::RichText | T::SingleLineText,
                T::SingleLineText | T::Number | T::Link | T::DropDown | T::RadioButton
            ) | (T::MultiLineText, T::RichText)
                | (T::DropDown, T::RadioButton)
                | (T::RadioButton, T::DropDown)
                | (T::CheckBox, T::MultiSelect)
                | (T::MultiSelect, T::CheckBox)
        )
}

/// Whether records hold a value for fields of this type.
fn has_value(kind: &FieldType) -> bool {
    !matches!(
        kind,
        FieldType::ReferenceTable
            | FieldType::Group
            | FieldType::Label
            | FieldType::Spacer
            | FieldType::Hr
    )
}

impl fmt::Display for Loss {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Obstacle(obstacle) => obstacle.fmt(formatter),
            Self::Absent => formatter.write_str("the app has no such field"),
            Self::Retyped(now) => {
                write!(
                    formatter,
                    "the app's field of that code is {now}, which takes other values"
                )
            }
            Self::FilesNotSaved => formatter.write_str("the files are not in the backup"),
        }
    }
}
