//! One record against another.

use std::collections::HashMap;

use kintone_client::{FieldType, FieldValue, Fields, File, NumberPrecision, Row, User, Value};

use super::value::{clock, is_empty, is_same_set, minute, words};
use super::{Difference, DifferenceCause, Expected, FileSpot, Rule};
use crate::decimal::Decimal;
use crate::uncsv::UNKNOWN_SIZE;

/// A comparison under way.
pub(super) struct Comparison<'a> {
    pub(super) precision: NumberPrecision,
    pub(super) expected: Expected<'a>,
    pub(super) found: Vec<Difference>,
}

/// A row of a subtable.
#[derive(Clone, Copy)]
pub(super) struct RowSpot<'a> {
    table: &'a str,
    index: usize,
    /// Its id in what was saved.
    id: u64,
}

/// How two values relate.
enum Relation {
    Same,
    Differs(DifferenceCause),
    /// As the field's rule says.
    Other,
}

impl Relation {
    fn of(is_same: bool) -> Self {
        if is_same { Self::Same } else { Self::Other }
    }
}

impl Comparison<'_> {
    pub(super) fn fields(
        &mut self,
        rules: &HashMap<String, Rule>,
        row: Option<RowSpot<'_>>,
        saved: &Fields<'_>,
        read: &Fields<'_>,
    ) {
        let mut hint = 0;
        for (code, was) in saved.iter() {
            let Some(rule) = rules.get(code) else {
                continue;
            };
            let found = read.get_near(code, &mut hint);
            hint += 1;
            let Some(is) = found else {
                self.tell(path(row, code), &was.value, None, DifferenceCause::Hidden);
                continue;
            };
            if let (Value::Table(was), Value::Table(is)) = (&was.value, &is.value) {
                self.rows(rule, code, was, is);
                continue;
            }
            let cause = match self.relation(rule, row, code, was, is) {
                Relation::Same => continue,
                Relation::Differs(cause) => cause,
                Relation::Other => rule.cause,
            };
            let text = self.text(code, &was.value);
            let was = text.as_ref().unwrap_or(&was.value);
            self.tell(path(row, code), was, Some(&is.value), cause);
        }
    }

    fn rows(&mut self, rule: &Rule, table: &str, was: &[Row<'_>], is: &[Row<'_>]) {
        if was.len() != is.len() {
            self.found.push(Difference {
                path: table.to_owned(),
                saved: format!("{} rows", was.len()),
                read: format!("{} rows", is.len()),
                cause: rule.cause,
            });
        }
        for (index, (was, is)) in was.iter().zip(is).enumerate() {
            let id = was.id;
            let row = RowSpot { table, index, id };
            self.fields(&rule.inner, Some(row), &was.fields, &is.fields);
        }
    }

    fn relation(
        &self,
        rule: &Rule,
        row: Option<RowSpot<'_>>,
        code: &str,
        was: &FieldValue<'_>,
        is: &FieldValue<'_>,
    ) -> Relation {
        let text = self.text(code, &was.value);
        let is_same = match (text.as_ref().unwrap_or(&was.value), &is.value) {
            (was, is) if is_empty(was) && is_empty(is) => true,
            (was, _) if is_empty(was) && rule.kind == FieldType::RadioButton => {
                return Relation::Differs(DifferenceCause::Defaulted);
            }
            (Value::Text(was), Value::Text(is)) => return self.texts(&rule.kind, was, is),
            (Value::User(was), Value::User(is)) => was.code == is.code,
            (Value::Texts(was), Value::Texts(is)) => is_same_set(was, is),
            (Value::Users(was), Value::Users(is)) => is_same_set(&codes(was), &codes(is)),
            (Value::Files(was), is) => return self.files(row, code, was, is),
            (was, is) => was == is,
        };
        Relation::of(is_same)
    }

    /// The text that was written in place of `was`, where it is another.
    fn text(&self, code: &str, was: &Value<'_>) -> Option<Value<'static>> {
        match was {
            Value::Text(text) => {
                (self.expected.text)(code, text).map(|text| Value::Text(text.into()))
            }
            _ => None,
        }
    }

    fn texts(&self, kind: &FieldType, was: &str, is: &str) -> Relation {
        if was == is {
            return Relation::Same;
        }
        match kind {
            FieldType::Number | FieldType::Calc => self.numbers(was, is),
            FieldType::DateTime | FieldType::CreatedTime | FieldType::UpdatedTime => {
                Relation::of(minute(was).is_some() && minute(was) == minute(is))
            }
            FieldType::Time => Relation::of(clock(was).is_some() && clock(was) == clock(is)),
            _ => Relation::Other,
        }
    }

    fn numbers(&self, was: &str, is: &str) -> Relation {
        let (Some(was), Some(is)) = (Decimal::parse(was), Decimal::parse(is)) else {
            return Relation::of(was.trim().is_empty() && is.is_empty());
        };
        if was == is {
            Relation::Same
        } else if was.rounded(self.precision) == is {
            Relation::Differs(DifferenceCause::Rounded)
        } else {
            Relation::Other
        }
    }

    fn files(
        &self,
        row: Option<RowSpot<'_>>,
        field: &str,
        was: &[File<'_>],
        is: &Value<'_>,
    ) -> Relation {
        let none = Vec::new();
        let is = match is {
            Value::Files(is) => is,
            value if is_empty(value) => &none,
            _ => return Relation::Other,
        };
        let row = row.map(|row| (row.table, row.id));
        let written = was.iter().enumerate().map(|(index, file)| {
            let spot = FileSpot { row, field, index };
            (file, (self.expected.file_bytes)(&spot, file))
        });
        let written: Vec<_> = written.collect();
        if are_same_files(written.iter().copied(), is) {
            return Relation::Same;
        }
        let there = written.iter().copied().filter(|(_, bytes)| bytes.is_some());
        if are_same_files(there, is) {
            return Relation::Differs(DifferenceCause::LeftOut);
        }
        Relation::Other
    }

    fn tell(
        &mut self,
        path: String,
        was: &Value<'_>,
        is: Option<&Value<'_>>,
        cause: DifferenceCause,
    ) {
        self.found.push(Difference {
            path,
            saved: words(was),
            read: is.map_or_else(|| "(not shown)".to_owned(), words),
            cause,
        });
    }
}

fn path(row: Option<RowSpot<'_>>, code: &str) -> String {
    match row {
        Some(RowSpot { table, index, .. }) => format!("{table}[{index}].{code}"),
        None => code.to_owned(),
    }
}

fn codes(users: &[User<'_>]) -> Vec<String> {
    users.iter().map(|user| user.code.to_string()).collect()
}

/// Whether the saved files, each with its size where that is known, are those in `is`.
fn are_same_files<'a>(
    was: impl Iterator<Item = (&'a File<'a>, Option<u64>)>,
    is: &[File<'_>],
) -> bool {
    let mut is = is.iter();
    for (file, bytes) in was {
        let bytes = bytes.unwrap_or(file.size);
        let is_same = is
            .next()
            .is_some_and(|is| file.name == is.name && (bytes == is.size || bytes == UNKNOWN_SIZE));
        if !is_same {
            return false;
        }
    }
    is.next().is_none()
}
