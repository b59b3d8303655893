//! A cell as a value of its field's type.

use std::borrow::Cow;

use kintone_client::{FieldType, File, User, Value};

use super::cells::Cell;
use super::{Encoding, UNKNOWN_SIZE};

/// The value of `cell`. Only the strict dialect tells null, which is bare, from the empty text.
pub(super) fn value(kind: &FieldType, cell: Cell, is_strict: bool) -> Value<'static> {
    let text = cell.text.as_str();
    match kind {
        FieldType::CheckBox | FieldType::MultiSelect => {
            Value::Texts(parts(text).map(owned).collect())
        }
        FieldType::UserSelect | FieldType::OrganizationSelect | FieldType::GroupSelect => {
            Value::Users(parts(text).map(user).collect())
        }
        FieldType::File => Value::Files(parts(text).map(file).collect()),
        FieldType::Creator | FieldType::Modifier if text.is_empty() => Value::Null,
        FieldType::Creator | FieldType::Modifier => Value::User(user(text)),
        _ if text.is_empty() => empty(kind, &cell, is_strict),
        // Spreadsheets write dates so; cli-kintone takes them, too.
        FieldType::Date => Value::Text(Cow::Owned(text.replace('/', "-"))),
        _ => Value::Text(Cow::Owned(cell.text)),
    }
}

fn empty(kind: &FieldType, cell: &Cell, is_strict: bool) -> Value<'static> {
    let is_null = if is_strict {
        !cell.is_quoted
    } else {
        matches!(
            kind,
            FieldType::Date | FieldType::Time | FieldType::DropDown | FieldType::RadioButton
        )
    };
    if is_null {
        Value::Null
    } else {
        Value::Text(Cow::Borrowed(""))
    }
}

/// Whether a character of the cell may have been lost when the CSV was written.
pub(super) fn is_doubtful(cell: &Cell, encoding: Encoding) -> bool {
    match encoding {
        Encoding::Utf8 => cell.text.contains('\u{FFFD}'),
        Encoding::ShiftJis => cell.text.contains('?'),
    }
}

fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').filter(|part| !part.is_empty())
}

fn owned(text: &str) -> Cow<'static, str> {
    Cow::Owned(text.to_owned())
}

fn user(code: &str) -> User<'static> {
    User {
        code: owned(code),
        name: Cow::Borrowed(""),
    }
}

/// cli-kintone writes `FIELD-RECORD/NAME`, or the name alone where it saved no files.
fn file(path: &str) -> File<'static> {
    let name = path.rsplit('/').next().unwrap_or(path);
    File {
        file_key: owned(path),
        name: owned(name),
        content_type: Cow::Borrowed(""),
        size: UNKNOWN_SIZE,
    }
}
