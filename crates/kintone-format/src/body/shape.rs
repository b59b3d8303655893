//! What values look like when they are written.

use kintone_client::{FieldType, Value};

/// What the JSON of a value that is written looks like.
pub(super) enum Shape {
    Text,
    Person,
    List,
}

impl Shape {
    pub(super) fn of(kind: &FieldType) -> Self {
        match kind {
            FieldType::Creator | FieldType::Modifier => Self::Person,
            FieldType::Subtable
            | FieldType::File
            | FieldType::UserSelect
            | FieldType::OrganizationSelect
            | FieldType::GroupSelect => Self::List,
            kind if is_choice(kind) => Self::List,
            _ => Self::Text,
        }
    }
}

pub(super) fn is_choice(kind: &FieldType) -> bool {
    matches!(kind, FieldType::CheckBox | FieldType::MultiSelect)
}

/// Nobody is no creator; a time that is not there is none.
pub(super) fn is_unset_person(value: &Value<'_>, kind: &FieldType) -> bool {
    let is_history = matches!(
        kind,
        FieldType::Creator | FieldType::Modifier | FieldType::CreatedTime | FieldType::UpdatedTime
    );
    is_history
        && match value {
            Value::Null => true,
            Value::Text(text) => text.is_empty(),
            Value::User(user) => user.code.is_empty(),
            _ => false,
        }
}
