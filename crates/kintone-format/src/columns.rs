//! Which columns a CSV has, in which order.

use kintone_client::{Field, FieldType, FormFields, FormLayout, Section};

/// One column of a CSV, or the group of columns of a subtable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Column {
    /// A field.
    Field {
        /// The field's code.
        code: String,
        /// The field's type.
        kind: FieldType,
    },
    /// A subtable: a column of row ids, then a column for each inner field.
    Table {
        /// The subtable's code.
        code: String,
        /// The inner fields: code and type.
        fields: Vec<(String, FieldType)>,
    },
}

impl Column {
    /// The code of the field or subtable.
    pub fn code(&self) -> &str {
        match self {
            Self::Field { code, .. } | Self::Table { code, .. } => code,
        }
    }
}

/// The columns of an app's CSV.
///
/// Without a selection the order is cli-kintone's: the layout from top to bottom with groups
/// flattened; the record number first when the layout lacks it; creator, created time, modifier
/// and updated time last, in that order, those that the layout lacks. A field of another type that the
/// layout lacks, which Kintone does not allow, would stand before these four.
/// **Source**: measured with cli-kintone 1.19.2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns {
    /// The columns in order.
    pub columns: Vec<Column>,
}

/// The types whose fields come last when the layout lacks them.
const LAST: [FieldType; 4] = [
    FieldType::Creator,
    FieldType::CreatedTime,
    FieldType::Modifier,
    FieldType::UpdatedTime,
];

impl Columns {
    /// The columns of the whole form.
    pub fn of_form<'f>(fields: &'f FormFields, layout: &'f FormLayout) -> Self {
        let mut placed = Vec::new();
        collect_codes(&layout.sections, &mut placed);
        let of_type = |kind| {
            fields
                .properties
                .iter()
                .filter(move |field| field.kind == kind)
        };
        let others = fields
            .properties
            .iter()
            .filter(|field| field.kind != FieldType::RecordNumber && !LAST.contains(&field.kind));
        let unplaced = |field: &&Field| !placed.contains(&field.code.as_str());
        let first = of_type(FieldType::RecordNumber).filter(unplaced);
        let last = others
            .chain(LAST.into_iter().flat_map(of_type))
            .filter(unplaced);
        let code = |field: &'f Field| field.code.as_str();
        let columns = first
            .map(code)
            .chain(placed.iter().copied())
            .chain(last.map(code))
            .filter_map(|code| column_of(fields, code))
            .collect();
        Self { columns }
    }

    /// The columns that `selected` names, in that order.
    ///
    /// # Errors
    /// A code is not of this form, is inside a subtable, or is of a type that has no column.
    pub fn selected(fields: &FormFields, selected: &[String]) -> Result<Self, ColumnError> {
        let columns = selected
            .iter()
            .map(|code| column_of(fields, code).ok_or_else(|| refusal(fields, code)))
            .collect::<Result<_, _>>()?;
        Ok(Self { columns })
    }

    /// True when a record may take several lines.
    pub fn has_tables(&self) -> bool {
        self.columns
            .iter()
            .any(|column| matches!(column, Column::Table { .. }))
    }
}

/// The codes from top to bottom, those in groups too, those in subtables not.
fn collect_codes<'l>(sections: &'l [Section], codes: &mut Vec<&'l str>) {
    for section in sections {
        match section {
            Section::Row(cells) => {
                codes.extend(cells.iter().filter_map(|cell| cell.code.as_deref()));
            }
            Section::Subtable { code, .. } => codes.push(code),
            Section::Group { sections, .. } => collect_codes(sections, codes),
        }
    }
}

fn column_of(fields: &FormFields, code: &str) -> Option<Column> {
    let field = fields.get(code)?;
    if field.kind == FieldType::Subtable {
        let inner = field.fields.iter().filter(|inner| has_column(&inner.kind));
        return Some(Column::Table {
            code: field.code.clone(),
            fields: inner
                .map(|inner| (inner.code.clone(), inner.kind.clone()))
                .collect(),
        });
    }
    has_column(&field.kind).then(|| Column::Field {
        code: field.code.clone(),
        kind: field.kind.clone(),
    })
}

/// Types that cli-kintone writes. Status, assignee and category are in the lossless lines only.
pub(crate) fn has_column(kind: &FieldType) -> bool {
    matches!(
        kind,
        FieldType::RecordNumber
            | FieldType::SingleLineText
            | FieldType::MultiLineText
            | FieldType::RichText
            | FieldType::Number
            | FieldType::Calc
            | FieldType::CheckBox
            | FieldType::RadioButton
            | FieldType::MultiSelect
            | FieldType::DropDown
            | FieldType::Date
            | FieldType::Time
            | FieldType::DateTime
            | FieldType::Link
            | FieldType::File
            | FieldType::UserSelect
            | FieldType::OrganizationSelect
            | FieldType::GroupSelect
            | FieldType::Creator
            | FieldType::CreatedTime
            | FieldType::Modifier
            | FieldType::UpdatedTime
    )
}

fn refusal(fields: &FormFields, code: &str) -> ColumnError {
    let code = code.to_owned();
    let inside = |table: &&Field| table.fields.iter().any(|inner| inner.code == code);
    if let Some(field) = fields.get(&code) {
        return ColumnError::NoColumn {
            kind: field.kind.to_string(),
            code,
        };
    }
    match fields
        .properties
        .iter()
        .find(inside)
        .map(|table| table.code.clone())
    {
        Some(table) => ColumnError::Inside { code, table },
        None => ColumnError::Unknown {
            known: fields
                .properties
                .iter()
                .map(|field| field.code.as_str())
                .collect::<Vec<_>>()
                .join(", "),
            code,
        },
    }
}

/// A selected field can't be a column.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ColumnError {
    /// The form has no such field.
    #[error("FIELDS names `{code}`, which the app does not have; it has {known}")]
    Unknown {
        /// The code.
        code: String,
        /// The codes that the form has.
        known: String,
    },
    /// The field is inside a subtable.
    #[error(
        "FIELDS names `{code}`, which is inside the subtable `{table}`; name `{table}` instead"
    )]
    Inside {
        /// The code.
        code: String,
        /// The subtable's code.
        table: String,
    },
    /// The field's type has no column.
    #[error("FIELDS names `{code}`, whose type {kind} has no column in a CSV; leave it out")]
    NoColumn {
        /// The code.
        code: String,
        /// The type, as the service calls it.
        kind: String,
    },
}

#[cfg(test)]
mod tests;
