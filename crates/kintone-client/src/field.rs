//! Field types, and the shape that each gives its values.

use std::fmt;

/// The type of a field, of a cell of a layout, or of a value in a record.
///
/// Source: kintone developer network, "Field types".
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum FieldType {
    /// `RECORD_NUMBER`: `12`, or `CODE-12` where the app has a code.
    RecordNumber,
    /// `__ID__`: `$id` of a record.
    Id,
    /// `__REVISION__`: `$revision` of a record.
    Revision,
    /// `SINGLE_LINE_TEXT`.
    SingleLineText,
    /// `MULTI_LINE_TEXT`.
    MultiLineText,
    /// `RICH_TEXT`: HTML.
    RichText,
    /// `NUMBER`: the decimal literal as text.
    Number,
    /// `CALC`: the result as text; the field's format says of which kind.
    Calc,
    /// `CHECK_BOX`.
    CheckBox,
    /// `RADIO_BUTTON`.
    RadioButton,
    /// `MULTI_SELECT`.
    MultiSelect,
    /// `DROP_DOWN`.
    DropDown,
    /// `DATE`: `2024-03-04`.
    Date,
    /// `TIME`: `09:30`.
    Time,
    /// `DATETIME`: `2024-03-04T00:30:00Z`, seconds always 00.
    DateTime,
    /// `LINK`.
    Link,
    /// `FILE`: attachments.
    File,
    /// `USER_SELECT`.
    UserSelect,
    /// `ORGANIZATION_SELECT`.
    OrganizationSelect,
    /// `GROUP_SELECT`.
    GroupSelect,
    /// `SUBTABLE`: rows with fields of their own.
    Subtable,
    /// `CREATOR`.
    Creator,
    /// `CREATED_TIME`.
    CreatedTime,
    /// `MODIFIER`.
    Modifier,
    /// `UPDATED_TIME`.
    UpdatedTime,
    /// `STATUS`: of the process management.
    Status,
    /// `STATUS_ASSIGNEE`.
    StatusAssignee,
    /// `CATEGORY`.
    Category,
    /// `REFERENCE_TABLE`: related records; never in a record.
    ReferenceTable,
    /// `GROUP`: of a layout only.
    Group,
    /// `LABEL`: of a layout only.
    Label,
    /// `SPACER`: of a layout only.
    Spacer,
    /// `HR`: of a layout only.
    Hr,
    /// A type that this client does not know yet.
    Other(String),
}

/// What the JSON of a value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Text,
    Texts,
    User,
    Users,
    Files,
    Table,
    Unknown,
}

/// Every known type with the name that the service gives it.
const NAMES: [(FieldType, &str); 33] = [
    (FieldType::SingleLineText, "SINGLE_LINE_TEXT"),
    (FieldType::Number, "NUMBER"),
    (FieldType::RecordNumber, "RECORD_NUMBER"),
    (FieldType::Id, "__ID__"),
    (FieldType::Revision, "__REVISION__"),
    (FieldType::MultiLineText, "MULTI_LINE_TEXT"),
    (FieldType::RichText, "RICH_TEXT"),
    (FieldType::Calc, "CALC"),
    (FieldType::CheckBox, "CHECK_BOX"),
    (FieldType::RadioButton, "RADIO_BUTTON"),
    (FieldType::MultiSelect, "MULTI_SELECT"),
    (FieldType::DropDown, "DROP_DOWN"),
    (FieldType::Date, "DATE"),
    (FieldType::Time, "TIME"),
    (FieldType::DateTime, "DATETIME"),
    (FieldType::Link, "LINK"),
    (FieldType::File, "FILE"),
    (FieldType::UserSelect, "USER_SELECT"),
    (FieldType::OrganizationSelect, "ORGANIZATION_SELECT"),
    (FieldType::GroupSelect, "GROUP_SELECT"),
    (FieldType::Subtable, "SUBTABLE"),
    (FieldType::Creator, "CREATOR"),
    (FieldType::CreatedTime, "CREATED_TIME"),
    (FieldType::Modifier, "MODIFIER"),
    (FieldType::UpdatedTime, "UPDATED_TIME"),
    (FieldType::Status, "STATUS"),
    (FieldType::StatusAssignee, "STATUS_ASSIGNEE"),
    (FieldType::Category, "CATEGORY"),
    (FieldType::ReferenceTable, "REFERENCE_TABLE"),
    (FieldType::Group, "GROUP"),
    (FieldType::Label, "LABEL"),
    (FieldType::Spacer, "SPACER"),
    (FieldType::Hr, "HR"),
];

impl FieldType {
    /// The type that the service calls `name`.
    pub fn from_name(name: &str) -> Self {
        NAMES
            .iter()
            .find(|(_, known)| *known == name)
            .map_or_else(|| Self::Other(name.to_owned()), |(kind, _)| kind.clone())
    }

    /// The service's name of the type, such as `SINGLE_LINE_TEXT`.
    pub fn name(&self) -> &str {
        if let Self::Other(name) = self {
            return name;
        }
        NAMES
            .iter()
            .find(|(kind, _)| kind == self)
            .map_or("", |(_, name)| name)
    }

    pub(crate) fn shape(&self) -> Shape {
        match self {
            Self::RecordNumber
            | Self::Id
            | Self::Revision
            | Self::SingleLineText
            | Self::MultiLineText
            | Self::RichText
            | Self::Number
            | Self::Calc
            | Self::RadioButton
            | Self::DropDown
            | Self::Date
            | Self::Time
            | Self::DateTime
            | Self::Link
            | Self::CreatedTime
            | Self::UpdatedTime
            | Self::Status => Shape::Text,
            Self::CheckBox | Self::MultiSelect | Self::Category => Shape::Texts,
            Self::Creator | Self::Modifier => Shape::User,
            Self::UserSelect
            | Self::OrganizationSelect
            | Self::GroupSelect
            | Self::StatusAssignee => Shape::Users,
            Self::File => Shape::Files,
            Self::Subtable => Shape::Table,
            Self::ReferenceTable
            | Self::Group
            | Self::Label
            | Self::Spacer
            | Self::Hr
            | Self::Other(_) => Shape::Unknown,
        }
    }
}

impl fmt::Display for FieldType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back_as_its_type() {
        for (kind, name) in &NAMES {
            assert_eq!(FieldType::from_name(name), *kind);
            assert_eq!(kind.name(), *name);
        }
    }

    #[test]
    fn an_unknown_type_keeps_its_name() {
        let kind = FieldType::from_name("HOLOGRAM");
        assert_eq!(kind, FieldType::Other("HOLOGRAM".to_owned()));
        assert_eq!(kind.to_string(), "HOLOGRAM");
    }
}
