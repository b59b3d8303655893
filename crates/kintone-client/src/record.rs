//! A record as the service answers it, borrowed from the answer wherever JSON allows.

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::decode;
use crate::field::FieldType;

/// One record: its id, its revision and the fields that the caller may see.
#[derive(Clone, Debug)]
pub struct Record<'a> {
    /// `$id`: assigned by the service in ascending order, never reused.
    pub id: u64,
    /// `$revision`: rises with every change of the record.
    pub revision: u64,
    /// The other fields.
    pub fields: Fields<'a>,
}

impl<'a> Record<'a> {
    /// Reads a record from its JSON, such as one line of NDJSON.
    ///
    /// # Errors
    /// The text is not a record: no JSON, no `$id` or `$revision`, or a value that does not fit
    /// its type.
    pub fn from_json(text: &'a str) -> Result<Self, serde_json::Error> {
        decode::record(text, 0)
    }

    /// The value of the field `code`, unless the field is hidden from the caller.
    pub fn get(&self, code: &str) -> Option<&FieldValue<'a>> {
        self.fields.get(code)
    }

    /// The fields in the order of the answer, without `$id` and `$revision`.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &FieldValue<'a>)> {
        self.fields.iter()
    }
}

/// Fields by their codes, in the order of the answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields<'a>(pub(crate) Vec<(Cow<'a, str>, FieldValue<'a>)>);

impl<'a> Fields<'a> {
    /// The value of the field `code`.
    pub fn get(&self, code: &str) -> Option<&FieldValue<'a>> {
        self.get_near(code, &mut 0)
    }

    /// The value of the field `code`, looked for from `hint` on; `hint` is then its position.
    ///
    /// All records of an app answer their fields in the same order, so a caller that keeps one
    /// hint a column finds each at once.
    pub fn get_near(&self, code: &str, hint: &mut usize) -> Option<&FieldValue<'a>> {
        if let Some((found, value)) = self.0.get(*hint)
            && found == code
        {
            return Some(value);
        }
        let position = self.0.iter().position(|(found, _)| found == code)?;
        *hint = position;
        Some(&self.0[position].1)
    }

    /// The fields in the order of the answer.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &FieldValue<'a>)> {
        self.0.iter().map(|(code, value)| (code.as_ref(), value))
    }

    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> FromIterator<(Cow<'a, str>, FieldValue<'a>)> for Fields<'a> {
    fn from_iter<I: IntoIterator<Item = (Cow<'a, str>, FieldValue<'a>)>>(fields: I) -> Self {
        Self(fields.into_iter().collect())
    }
}

/// A value with the type of its field.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldValue<'a> {
    /// The field's type.
    pub kind: FieldType,
    /// The value, of the shape that the type gives it.
    pub value: Value<'a>,
}

/// What a field holds.
#[derive(Clone, Debug)]
pub enum Value<'a> {
    /// JSON `null`: an unset date, time, drop-down or radio button.
    Null,
    /// Text, a number's literal, a date, a time, a link, a status. Unset text is `""`.
    Text(Cow<'a, str>),
    /// Check boxes, multiple choices, categories.
    Texts(Vec<Cow<'a, str>>),
    /// Creator or modifier.
    User(User<'a>),
    /// Users, organisations, groups or assignees.
    Users(Vec<User<'a>>),
    /// Attachments.
    Files(Vec<File<'a>>),
    /// The rows of a subtable.
    Table(Vec<Row<'a>>),
    /// The JSON of a type that this client does not know.
    Other(&'a RawValue),
}

impl PartialEq for Value<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::Texts(a), Self::Texts(b)) => a == b,
            (Self::User(a), Self::User(b)) => a == b,
            (Self::Users(a), Self::Users(b)) => a == b,
            (Self::Files(a), Self::Files(b)) => a == b,
            (Self::Table(a), Self::Table(b)) => a == b,
            (Self::Other(a), Self::Other(b)) => a.get() == b.get(),
            _ => false,
        }
    }
}

/// A user, an organisation or a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User<'a> {
    /// The login name or code; a guest's is `guest/` and the mail address.
    pub code: Cow<'a, str>,
    /// The display name.
    pub name: Cow<'a, str>,
}

/// An attachment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File<'a> {
    /// What [`Client::download`](crate::Client::download) takes. It changes from read to read.
    pub file_key: Cow<'a, str>,
    /// The name as uploaded; never safe as a path.
    pub name: Cow<'a, str>,
    /// The media type.
    pub content_type: Cow<'a, str>,
    /// The size in bytes.
    pub size: u64,
}

/// A row of a subtable.
#[derive(Clone, Debug, PartialEq)]
pub struct Row<'a> {
    /// The row's id, unique in the app.
    pub id: u64,
    /// The row's fields.
    pub fields: Fields<'a>,
}

#[cfg(test)]
mod tests;
