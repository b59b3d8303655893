//! What can't be written into a field, and why.

use std::fmt;

use kintone_client::{Field, FieldType, FormFields};

/// Why a field does not take what a backup holds for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The service numbers the records itself.
    RecordNumber,
    /// Who made or changed a record, and when: taken only when it is added, from whoever manages the app.
    History,
    /// The service works it out.
    Computed,
    /// A lookup fills it.
    Copied {
        /// The lookup's field.
        lookup: String,
    },
    /// Status, assignee or category, which follow processes of their own.
    Process,
    /// Related records are shown, not held.
    Related,
    /// A type of the layout, or one that is not known.
    NoValue {
        /// The type, as the service calls it.
        kind: String,
    },
}

impl fmt::Display for Obstacle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RecordNumber => formatter.write_str("Kintone numbers the records itself"),
            Self::History => formatter
                .write_str("it can be set only when a record is added, by whoever manages the app"),
            Self::Computed => formatter.write_str("Kintone computes it"),
            Self::Copied { lookup } => write!(formatter, "the lookup {lookup} fills it"),
            Self::Process => formatter.write_str("Kintone lets no value be set for it"),
            Self::Related => formatter.write_str("it shows records of another app"),
            Self::NoValue { kind } => write!(formatter, "the type {kind} takes no value"),
        }
    }
}

/// Why `field` of `form`, or of a subtable of it, does not take a value; `None` where it does.
///
/// **Source**: kintone developer network, "Add Record" and "Field types".
pub fn obstacle(field: &Field, form: &FormFields) -> Option<Obstacle> {
    match &field.kind {
        FieldType::RecordNumber | FieldType::Id | FieldType::Revision => {
            Some(Obstacle::RecordNumber)
        }
        FieldType::Creator
        | FieldType::CreatedTime
        | FieldType::Modifier
        | FieldType::UpdatedTime => Some(Obstacle::History),
        FieldType::Calc => Some(Obstacle::Computed),
        FieldType::Status | FieldType::StatusAssignee | FieldType::Category => {
            Some(Obstacle::Process)
        }
        FieldType::ReferenceTable => Some(Obstacle::Related),
        FieldType::Group
        | FieldType::Label
        | FieldType::Spacer
        | FieldType::Hr
        | FieldType::Other(_) => Some(Obstacle::NoValue {
            kind: field.kind.to_string(),
        }),
        _ if field.expression.is_some() => Some(Obstacle::Computed),
        _ => copied(&field.code, form).map(|lookup| Obstacle::Copied {
            lookup: lookup.to_owned(),
        }),
    }
}

/// The lookup that fills the field `code`.
fn copied<'f>(code: &str, form: &'f FormFields) -> Option<&'f str> {
    let inner = form.properties.iter().flat_map(|field| &field.fields);
    let mut all = form.properties.iter().chain(inner);
    let fills = |field: &&Field| {
        let mappings = field
            .lookup
            .iter()
            .flat_map(|lookup| &lookup.field_mappings);
        mappings.into_iter().any(|mapping| mapping.field == code)
    };
    all.find(fills).map(|field| field.code.as_str())
}
