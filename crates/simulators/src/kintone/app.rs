//! An app: its form, its settings, and the records it starts with.

use serde_json::Value;

use super::field::{Field, FieldType};
use super::number::Rounding;

/// Writes the JSON of one value of a generated record: id, field code, output.
pub(crate) type Generate = fn(u64, &str, &mut Vec<u8>);

/// What an app is before it is added to a [`Kintone`](super::Kintone).
#[derive(Clone, Debug)]
pub struct App {
    pub(crate) id: Option<u64>,
    pub(crate) name: String,
    pub(crate) code: String,
    pub(crate) guest_space: Option<u64>,
    pub(crate) process: bool,
    pub(crate) digits: usize,
    pub(crate) decimal_places: usize,
    pub(crate) rounding: Rounding,
    pub(crate) fields: Vec<Field>,
    pub(crate) layout: Option<Value>,
    pub(crate) records: Vec<Value>,
    pub(crate) generated: u64,
    pub(crate) generate: Option<Generate>,
}

impl App {
    /// An app with nothing but the fields that every app has, under their Japanese codes.
    pub fn new(name: &str) -> Self {
        Self {
            id: None,
            name: name.to_owned(),
            code: String::new(),
            guest_space: None,
            process: false,
            digits: 16,
            decimal_places: 4,
            rounding: Rounding::HalfEven,
            fields: vec![
                Field::new("レコード番号", FieldType::RecordNumber),
                Field::new("作成者", FieldType::Creator),
                Field::new("作成日時", FieldType::CreatedTime),
                Field::new("更新者", FieldType::Modifier),
                Field::new("更新日時", FieldType::UpdatedTime),
                Field::new("ステータス", FieldType::Status),
                Field::new("作業者", FieldType::StatusAssignee),
                Field::new("カテゴリー", FieldType::Category),
            ],
            layout: None,
            records: Vec::new(),
            generated: 0,
            generate: None,
        }
    }

    /// Asks for this app number; else the next free one is given.
    #[must_use]
    pub fn id(self, id: u64) -> Self {
        Self {
            id: Some(id),
            ..self
        }
    }

    /// Gives it another name.
    #[must_use]
    pub fn named(self, name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..self
        }
    }

    /// Sets the app code, which then stands before every record number: `CODE-12`.
    #[must_use]
    pub fn code(self, code: &str) -> Self {
        Self {
            code: code.to_owned(),
            ..self
        }
    }

    /// Puts the app into a guest space.
    #[must_use]
    pub fn guest_space(self, space: u64) -> Self {
        Self {
            guest_space: Some(space),
            ..self
        }
    }

    /// Turns process management on, so that records carry a status and assignees.
    #[must_use]
    pub fn process_management(self) -> Self {
        Self {
            process: true,
            ..self
        }
    }

    /// Sets how many digits a number has in all, and how many of them after the point.
    #[must_use]
    pub fn number_precision(self, digits: usize, decimal_places: usize) -> Self {
        Self {
            digits,
            decimal_places,
            ..self
        }
    }

    /// Sets how digits are rounded away.
    #[must_use]
    pub fn rounding(self, rounding: Rounding) -> Self {
        Self { rounding, ..self }
    }

    /// Takes the field of that code away; what records hold for it is shown no more.
    #[must_use]
    pub fn without_field(mut self, code: &str) -> Self {
        self.fields.retain(|field| *field.code != *code);
        self
    }

    /// Adds a field, or replaces the one of that code. A system field of another code takes the
    /// place of the one that every app has.
    #[must_use]
    pub fn field(mut self, field: Field) -> Self {
        let system = field.kind == FieldType::RecordNumber || field.kind.is_history();
        self.fields
            .retain(|other| other.code != field.code && !(system && other.kind == field.kind));
        self.fields.push(field);
        self
    }

    /// Sets the layout, as the `layout` array of `layout.json`. Without one every field that a
    /// form can show stands in a row of its own.
    #[must_use]
    pub fn layout(self, layout: Value) -> Self {
        Self {
            layout: Some(layout),
            ..self
        }
    }

    /// Adds a record, in the form of a record of `records.json`; types may be left out.
    #[must_use]
    pub fn record(mut self, record: Value) -> Self {
        self.records.push(record);
        self
    }

    /// Takes the records away that a fixture begins with.
    #[must_use]
    pub fn without_records(self) -> Self {
        Self {
            records: Vec::new(),
            generated: 0,
            ..self
        }
    }

    pub(crate) fn find(&self, code: &str) -> Option<&Field> {
        self.fields.iter().find(|field| *field.code == *code)
    }

    pub(crate) fn of_kind(&self, kind: FieldType) -> Option<&Field> {
        self.fields.iter().find(|field| field.kind == kind)
    }

    /// Whether records carry this field.
    pub(crate) fn shows(&self, field: &Field) -> bool {
        match field.kind {
            FieldType::Status | FieldType::StatusAssignee => self.process,
            FieldType::Category => false,
            kind => kind.has_value() && !field.hidden,
        }
    }

    /// A record number as the API gives it.
    pub(crate) fn record_number(&self, id: u64) -> String {
        if self.code.is_empty() {
            id.to_string()
        } else {
            format!("{}-{id}", self.code)
        }
    }

    /// The codes that lookups fill, which a caller's values cannot.
    pub(crate) fn is_copied(&self, code: &str) -> bool {
        let lookups = self.fields.iter().filter_map(|field| field.lookup.as_ref());
        lookups
            .flat_map(|lookup| &lookup.copies)
            .any(|(here, _)| here == code)
    }
}
