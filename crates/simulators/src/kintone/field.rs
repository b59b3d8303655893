//! The fields of a form: their types and their settings.

use std::sync::Arc;

use serde_json::{Value, json};

/// A field type, with the names of the REST API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the service's own names")]
pub enum FieldType {
    RecordNumber,
    Creator,
    CreatedTime,
    Modifier,
    UpdatedTime,
    SingleLineText,
    MultiLineText,
    RichText,
    Number,
    Calc,
    CheckBox,
    RadioButton,
    MultiSelect,
    DropDown,
    Date,
    Time,
    Datetime,
    Link,
    File,
    UserSelect,
    OrganizationSelect,
    GroupSelect,
    Subtable,
    Group,
    ReferenceTable,
    Status,
    StatusAssignee,
    Category,
}

use FieldType as T;

impl FieldType {
    /// The name in JSON, such as `SINGLE_LINE_TEXT`.
    pub fn name(self) -> &'static str {
        match self {
            T::RecordNumber => "RECORD_NUMBER",
            T::Creator => "CREATOR",
            T::CreatedTime => "CREATED_TIME",
            T::Modifier => "MODIFIER",
            T::UpdatedTime => "UPDATED_TIME",
            T::SingleLineText => "SINGLE_LINE_TEXT",
            T::MultiLineText => "MULTI_LINE_TEXT",
            T::RichText => "RICH_TEXT",
            T::Number => "NUMBER",
            T::Calc => "CALC",
            T::CheckBox => "CHECK_BOX",
            T::RadioButton => "RADIO_BUTTON",
            T::MultiSelect => "MULTI_SELECT",
            T::DropDown => "DROP_DOWN",
            T::Date => "DATE",
            T::Time => "TIME",
            T::Datetime => "DATETIME",
            T::Link => "LINK",
            T::File => "FILE",
            T::UserSelect => "USER_SELECT",
            T::OrganizationSelect => "ORGANIZATION_SELECT",
            T::GroupSelect => "GROUP_SELECT",
            T::Subtable => "SUBTABLE",
            T::Group => "GROUP",
            T::ReferenceTable => "REFERENCE_TABLE",
            T::Status => "STATUS",
            T::StatusAssignee => "STATUS_ASSIGNEE",
            T::Category => "CATEGORY",
        }
    }

    /// What a record holds where nothing was entered.
    pub fn empty(self) -> Value {
        match self {
            T::Date | T::Time | T::DropDown | T::RadioButton | T::Creator | T::Modifier => {
                Value::Null
            }
            T::CheckBox
            | T::MultiSelect
            | T::File
            | T::UserSelect
            | T::OrganizationSelect
            | T::GroupSelect
            | T::Subtable
            | T::StatusAssignee
            | T::Category => json!([]),
            _ => json!(""),
        }
    }

    /// Whether records carry it at all: groups and related records are only on the form.
    pub(crate) fn has_value(self) -> bool {
        !matches!(self, T::Group | T::ReferenceTable)
    }

    /// Whether the service alone sets it; a value sent for it is passed over.
    pub(crate) fn is_computed(self) -> bool {
        matches!(
            self,
            T::Calc | T::Status | T::StatusAssignee | T::Category | T::ReferenceTable
        )
    }

    /// Whether it may be set when a record is added, by whoever manages the app.
    pub(crate) fn is_history(self) -> bool {
        matches!(
            self,
            T::Creator | T::Modifier | T::CreatedTime | T::UpdatedTime
        )
    }

    /// Whether it names who wrote a record.
    pub(crate) fn is_person(self) -> bool {
        matches!(self, T::Creator | T::Modifier)
    }

    pub(crate) fn has_options(self) -> bool {
        matches!(
            self,
            T::CheckBox | T::RadioButton | T::MultiSelect | T::DropDown
        )
    }
}

/// A lookup: which record is looked up, and what is copied from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// The app that is looked up.
    pub app: u64,
    /// The field there that must equal the key.
    pub key: String,
    /// Pairs of a field here and the field there that it is copied from.
    pub copies: Vec<(String, String)>,
}

/// A field of an app.
#[derive(Clone, Debug)]
pub struct Field {
    pub(crate) code: Arc<str>,
    pub(crate) label: String,
    pub(crate) kind: FieldType,
    pub(crate) required: bool,
    pub(crate) unique: bool,
    pub(crate) hidden: bool,
    pub(crate) default: Option<Value>,
    pub(crate) options: Vec<String>,
    pub(crate) expression: Option<String>,
    pub(crate) lookup: Option<Lookup>,
    pub(crate) inner: Vec<Field>,
}

impl Field {
    /// A field that asks for nothing.
    pub fn new(code: &str, kind: FieldType) -> Self {
        Self {
            code: code.into(),
            label: code.to_owned(),
            kind,
            required: false,
            unique: false,
            hidden: false,
            default: None,
            options: Vec::new(),
            expression: None,
            lookup: None,
            inner: Vec::new(),
        }
    }

    /// A table with these fields in each row.
    pub fn table(code: &str, inner: impl Into<Vec<Field>>) -> Self {
        Self {
            inner: inner.into(),
            ..Self::new(code, T::Subtable)
        }
    }

    /// The name that people see.
    #[must_use]
    pub fn label(self, label: &str) -> Self {
        Self {
            label: label.to_owned(),
            ..self
        }
    }

    /// A value must be entered.
    #[must_use]
    pub fn required(self) -> Self {
        Self {
            required: true,
            ..self
        }
    }

    /// No two records may have the same value.
    #[must_use]
    pub fn unique(self) -> Self {
        Self {
            unique: true,
            ..self
        }
    }

    /// The callers may not view it: the form lists it, records lack it.
    #[must_use]
    pub fn hidden(self) -> Self {
        Self {
            hidden: true,
            ..self
        }
    }

    /// What a new record gets where nothing is sent.
    #[must_use]
    pub fn default_value(self, value: Value) -> Self {
        Self {
            default: Some(value),
            ..self
        }
    }

    /// The choices.
    #[must_use]
    pub fn options(self, options: &[&str]) -> Self {
        Self {
            options: options.iter().map(|&option| option.to_owned()).collect(),
            ..self
        }
    }

    /// The formula; a text field that has one is computed.
    #[must_use]
    pub fn expression(self, expression: &str) -> Self {
        Self {
            expression: Some(expression.to_owned()),
            ..self
        }
    }

    /// Makes it the key of a lookup.
    #[must_use]
    pub fn lookup(self, lookup: Lookup) -> Self {
        Self {
            lookup: Some(lookup),
            ..self
        }
    }

    /// Whether a value that a caller sends is passed over.
    pub(crate) fn is_computed(&self) -> bool {
        self.kind.is_computed() || self.expression.is_some()
    }
}
