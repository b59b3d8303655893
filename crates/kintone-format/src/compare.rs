//! Whether a record came back as it was saved.

mod value;

use std::collections::HashMap;

use kintone_client::{
    Field, FieldType, FieldValue, Fields, FormFields, NumberPrecision, Row, Value,
};

use self::value::{clock, is_empty, is_same_file, is_same_set, minute, words};
use crate::decimal::Decimal;
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

/// What stands for a saved text: code and text to the new text.
type Text<'a> = &'a (dyn Fn(&str, &str) -> Option<String> + Send + Sync);

impl Comparer {
    /// Compares records of `form`, whose numbers have `precision`. `history` says whether who made and
    /// changed a record, and when, was written too.
    pub fn new(form: &FormFields, precision: NumberPrecision, history: bool) -> Self {
        Self {
            fields: rules(&form.properties, form, history),
            precision,
        }
    }

    /// What differs, in the order of the saved fields. `text` is as in
    /// [`Substitutes`](crate::Substitutes).
    pub fn differences(
        &self,
        saved: &Fields<'_>,
        read: &Fields<'_>,
        text: Text<'_>,
    ) -> Vec<Difference> {
        let mut comparison = Comparison {
            precision: self.precision,
            text,
            found: Vec::new(),
        };
        comparison.fields(&self.fields, "", saved, read);
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

struct Comparison<'a> {
    precision: NumberPrecision,
    text: Text<'a>,
    found: Vec<Difference>,
}

impl Comparison<'_> {
    fn fields(
        &mut self,
        rules: &HashMap<String, Rule>,
        prefix: &str,
        saved: &Fields<'_>,
        read: &Fields<'_>,
    ) {
        let mut hint = 0;
        for (code, was) in saved.iter() {
            let Some(rule) = rules.get(code) else {
                continue;
            };
            let path = || format!("{prefix}{code}");
            let found = read.get_near(code, &mut hint);
            hint += 1;
            match found {
                None => self.tell(path(), &was.value, None, DifferenceCause::Hidden),
                Some(is) => match (&was.value, &is.value) {
                    (Value::Table(was), Value::Table(is)) => self.rows(rule, &path(), was, is),
                    _ => self.values(rule, code, path, was, is),
                },
            }
        }
    }

    fn rows(&mut self, rule: &Rule, path: &str, was: &[Row<'_>], is: &[Row<'_>]) {
        if was.len() != is.len() {
            self.found.push(Difference {
                path: path.to_owned(),
                saved: format!("{} rows", was.len()),
                read: format!("{} rows", is.len()),
                cause: rule.cause,
            });
        }
        for (index, (was, is)) in was.iter().zip(is).enumerate() {
            let prefix = format!("{path}[{index}].");
            self.fields(&rule.inner, &prefix, &was.fields, &is.fields);
        }
    }

    fn values(
        &mut self,
        rule: &Rule,
        code: &str,
        path: impl Fn() -> String,
        was: &FieldValue<'_>,
        is: &FieldValue<'_>,
    ) {
        let substitute = match &was.value {
            Value::Text(text) => (self.text)(code, text),
            _ => None,
        };
        let is_same = match (&was.value, &is.value) {
            (Value::Text(was), Value::Text(is)) => {
                let was = substitute.as_deref().unwrap_or(was);
                match self.texts(&rule.kind, was, is) {
                    Same::Yes => true,
                    Same::Rounded => {
                        self.tell(
                            path(),
                            &Value::Text(was.into()),
                            Some(&Value::Text(is.as_ref().into())),
                            DifferenceCause::Rounded,
                        );
                        return;
                    }
                    Same::No => false,
                }
            }
            (was, is) if is_empty(was) && is_empty(is) => true,
            (Value::User(was), Value::User(is)) => was.code == is.code,
            (Value::Texts(was), Value::Texts(is)) => is_same_set(was, is),
            (Value::Users(was), Value::Users(is)) => {
                let codes = |users: &[kintone_client::User<'_>]| {
                    users
                        .iter()
                        .map(|user| user.code.to_string())
                        .collect::<Vec<_>>()
                };
                is_same_set(&codes(was), &codes(is))
            }
            (Value::Files(was), Value::Files(is)) => {
                was.len() == is.len() && was.iter().zip(is).all(|(was, is)| is_same_file(was, is))
            }
            (was, is) => was == is,
        };
        if !is_same {
            self.tell(path(), &was.value, Some(&is.value), rule.cause);
        }
    }

    fn texts(&self, kind: &FieldType, was: &str, is: &str) -> Same {
        if was == is {
            return Same::Yes;
        }
        match kind {
            FieldType::Number | FieldType::Calc => self.numbers(was, is),
            FieldType::DateTime | FieldType::CreatedTime | FieldType::UpdatedTime => {
                Same::of(minute(was).is_some() && minute(was) == minute(is))
            }
            FieldType::Time => Same::of(clock(was).is_some() && clock(was) == clock(is)),
            _ => Same::No,
        }
    }

    fn numbers(&self, was: &str, is: &str) -> Same {
        let (Some(was), Some(is)) = (Decimal::parse(was), Decimal::parse(is)) else {
            return Same::of(was.trim().is_empty() && is.is_empty());
        };
        if was == is {
            Same::Yes
        } else if was.rounded(self.precision) == is {
            Same::Rounded
        } else {
            Same::No
        }
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

enum Same {
    Yes,
    Rounded,
    No,
}

impl Same {
    fn of(is_same: bool) -> Self {
        if is_same { Self::Yes } else { Self::No }
    }
}

#[cfg(test)]
mod tests;
