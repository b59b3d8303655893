//! How an app's form is laid out.

use serde::Deserialize;
use serde_json::Value;

use crate::field::FieldType;

/// The layout of an app's form.
///
/// Source: Get Form Layout, `GET /k/v1/app/form/layout.json`.
#[derive(Clone, Debug)]
pub struct FormLayout {
    /// The revision of the app's settings.
    pub revision: String,
    /// The sections from top to bottom.
    pub sections: Vec<Section>,
    /// The whole answer.
    pub raw: Value,
}

/// A part of the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Section {
    /// Fields side by side.
    Row(Vec<Cell>),
    /// A subtable: its code and its columns.
    Subtable {
        /// The code of the subtable.
        code: String,
        /// The columns from left to right.
        cells: Vec<Cell>,
    },
    /// A group, which people can fold.
    Group {
        /// The code of the group.
        code: String,
        /// What it holds, from top to bottom.
        sections: Vec<Section>,
    },
}

/// A place in a row: a field, or a label, spacer or line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The field's type, or what else is there.
    pub kind: FieldType,
    /// The field's code; labels and spacers have none.
    pub code: Option<String>,
}

impl FormLayout {
    /// Reads an answer of the service, also one that was saved.
    ///
    /// # Errors
    /// It is not the JSON of a form's layout.
    pub fn from_json(body: &[u8]) -> Result<Self, serde_json::Error> {
        let answer: Answer = serde_json::from_slice(body)?;
        Ok(Self {
            revision: answer.revision,
            sections: answer.layout,
            raw: serde_json::from_slice(body)?,
        })
    }
}

#[derive(Deserialize)]
struct Answer {
    layout: Vec<Section>,
    revision: String,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "UPPERCASE")]
enum SectionAnswer {
    Row { fields: Vec<Cell> },
    Subtable { code: String, fields: Vec<Cell> },
    Group { code: String, layout: Vec<Section> },
}

impl<'de> Deserialize<'de> for Section {
    fn deserialize<D: serde::Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        Ok(match Deserialize::deserialize(json)? {
            SectionAnswer::Row { fields } => Self::Row(fields),
            SectionAnswer::Subtable { code, fields } => Self::Subtable {
                code,
                cells: fields,
            },
            SectionAnswer::Group { code, layout } => Self::Group {
                code,
                sections: layout,
            },
        })
    }
}

#[derive(Deserialize)]
struct CellAnswer {
    #[serde(rename = "type")]
    kind: String,
    code: Option<String>,
}

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: serde::Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        let cell = CellAnswer::deserialize(json)?;
        Ok(Self {
            kind: FieldType::from_name(&cell.kind),
            code: cell.code.filter(|code| !code.is_empty()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(kind: FieldType, code: Option<&str>) -> Cell {
        Cell {
            kind,
            code: code.map(str::to_owned),
        }
    }

    #[test]
    fn sections_nest_as_they_are_answered() {
        let body = r#"{"revision":"7","layout":[
            {"type":"ROW","fields":[
                {"type":"NUMBER","code":"n","size":{"width":"200"}},
                {"type":"LABEL","label":"<b>x</b>","size":{}},
                {"type":"SPACER","elementId":"","size":{}}]},
            {"type":"GROUP","code":"g","layout":[
                {"type":"ROW","fields":[{"type":"LINK","code":"l","size":{}}]}]},
            {"type":"SUBTABLE","code":"t","fields":[{"type":"FILE","code":"f","size":{}}]}]}"#;
        let layout = FormLayout::from_json(body.as_bytes()).unwrap();
        assert_eq!(layout.revision, "7");
        let expected = [
            Section::Row(vec![
                cell(FieldType::Number, Some("n")),
                cell(FieldType::Label, None),
                cell(FieldType::Spacer, None),
            ]),
            Section::Group {
                code: "g".to_owned(),
                sections: vec![Section::Row(vec![cell(FieldType::Link, Some("l"))])],
            },
            Section::Subtable {
                code: "t".to_owned(),
                cells: vec![cell(FieldType::File, Some("f"))],
            },
        ];
        assert_eq!(layout.sections, expected);
    }
}
