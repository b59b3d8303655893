//! The tables that an app becomes, and the cells that a record becomes.

use std::borrow::Cow;

use kintone_client::{
    Field, FieldType, FieldValue, Fields, FormFields, FormLayout, Record, Row, Value,
};
use kintone_format::Columns;
use serde_json::json;
use table_load::{Column, Kind, Table};

use crate::config::LoadConfig;
use crate::error::ExportError;

/// The tables of an app: its own, and one for each subtable.
#[derive(Clone, Debug)]
pub(crate) struct Tables {
    pub(crate) parent: AppTable,
    pub(crate) children: Vec<ChildTable>,
}

/// The table of the records.
#[derive(Clone, Debug)]
pub(crate) struct AppTable {
    pub(crate) table: Table,
    sources: Vec<Source>,
}

/// The table of a subtable's rows: `{table}__{code}`.
#[derive(Clone, Debug)]
pub(crate) struct ChildTable {
    pub(crate) table: Table,
    pub(crate) code: String,
    codes: Vec<String>,
}

/// Where a cell comes from.
#[derive(Clone, Debug)]
enum Source {
    Id,
    Revision,
    Field(String),
}

const ID: &str = "$id";
const REVISION: &str = "$revision";
/// A row's id, unique in the app.
const ROW_ID: &str = "$row_id";
/// A row's place in its subtable, from 0.
const ROW: &str = "$row";

impl Tables {
    /// The tables of the form, or the mapped columns of one table that exists.
    pub(crate) fn new(
        load: &LoadConfig,
        app: u64,
        form: &FormFields,
        layout: &FormLayout,
        selected: &[String],
    ) -> Result<Self, ExportError> {
        let name = load.table_of(app);
        if !load.columns.is_empty() {
            let parent = AppTable::mapped(name, app, form, &load.columns)?;
            return Ok(Self {
                parent,
                children: Vec::new(),
            });
        }
        let is_wanted = |field: &&Field| selected.is_empty() || selected.contains(&field.code);
        let mut fields: Vec<_> = form.properties.iter().filter(is_wanted).collect();
        // People read a table in the order of the form; what has no place there comes last.
        let order = Columns::of_form(form, layout).columns;
        let place = |field: &&Field| {
            let place = order.iter().position(|column| column.code() == field.code);
            place.unwrap_or(order.len())
        };
        fields.sort_by_key(place);
        let children = fields
            .iter()
            .filter(|field| field.kind == FieldType::Subtable)
            .map(|field| ChildTable::of(&name, field))
            .collect();
        Ok(Self {
            parent: AppTable::of(name, &fields),
            children,
        })
    }

    /// All tables, the parent first.
    pub(crate) fn all(&self) -> Vec<Table> {
        let children = self.children.iter().map(|child| child.table.clone());
        std::iter::once(self.parent.table.clone())
            .chain(children)
            .collect()
    }
}

impl AppTable {
    fn of(name: String, fields: &[&Field]) -> Self {
        let fields = fields
            .iter()
            .filter_map(|field| Some((field.code.clone(), kind_of(field)?)));
        let numbers = [(Source::Id, ID), (Source::Revision, REVISION)]
            .map(|(source, name)| (source, column(name, Kind::BigInt)));
        let columns = fields.map(|(code, kind)| (Source::Field(code.clone()), column(&code, kind)));
        let (sources, columns) = numbers.into_iter().chain(columns).unzip();
        let key = vec![ID.to_owned()];
        Self {
            table: Table {
                name,
                columns,
                key,
                parent: Vec::new(),
            },
            sources,
        }
    }

    fn mapped(
        name: String,
        app: u64,
        form: &FormFields,
        pairs: &[(String, String)],
    ) -> Result<Self, ExportError> {
        let mut sources = Vec::new();
        let mut columns = Vec::new();
        let mut key = Vec::new();
        for (code, target) in pairs {
            let (source, kind) = match code.as_str() {
                ID => (Source::Id, Kind::BigInt),
                REVISION => (Source::Revision, Kind::BigInt),
                _ => {
                    let kind = form.get(code).and_then(kind_of);
                    let missing = || ExportError::NoSuchField {
                        code: code.clone(),
                        app,
                    };
                    (Source::Field(code.clone()), kind.ok_or_else(missing)?)
                }
            };
            let names_record = code == ID
                || form
                    .get(code)
                    .is_some_and(|field| field.kind == FieldType::RecordNumber);
            if names_record && key.is_empty() {
                key.push(target.clone());
            }
            sources.push(source);
            columns.push(column(target, kind));
        }
        Ok(Self {
            table: Table {
                name,
                columns,
                key,
                parent: Vec::new(),
            },
            sources,
        })
    }

    /// The cells of `record`.
    pub(crate) fn row<'r>(&self, record: &'r Record<'_>) -> Vec<Option<Cow<'r, str>>> {
        let cells =
            self.sources
                .iter()
                .zip(&self.table.columns)
                .map(|(source, column)| match source {
                    Source::Id => Some(Cow::Owned(record.id.to_string())),
                    Source::Revision => Some(Cow::Owned(record.revision.to_string())),
                    Source::Field(code) => cell(record.get(code), column.kind),
                });
        cells.collect()
    }
}

impl ChildTable {
    fn of(parent: &str, subtable: &Field) -> Self {
        let inner: Vec<_> = subtable
            .fields
            .iter()
            .filter_map(|field| Some((field.code.clone(), kind_of(field)?)))
            .collect();
        let numbers = [ROW_ID, ID, ROW].map(|name| column(name, Kind::BigInt));
        let columns = inner.iter().map(|(code, kind)| column(code, *kind));
        Self {
            table: Table {
                name: format!("{parent}__{}", subtable.code),
                columns: numbers.into_iter().chain(columns).collect(),
                key: vec![ROW_ID.to_owned()],
                parent: vec![ID.to_owned()],
            },
            code: subtable.code.clone(),
            codes: inner.into_iter().map(|(code, _)| code).collect(),
        }
    }

    /// The rows that `record` has in this subtable.
    pub(crate) fn rows_of<'r>(&self, record: &'r Record<'r>) -> &'r [Row<'r>] {
        match record.get(&self.code).map(|field| &field.value) {
            Some(Value::Table(rows)) => rows,
            _ => &[],
        }
    }

    /// The cells of the `index`-th row of record `id`.
    pub(crate) fn row<'r>(
        &self,
        id: u64,
        index: usize,
        row: &'r Row<'_>,
    ) -> Vec<Option<Cow<'r, str>>> {
        let numbers = [row.id.to_string(), id.to_string(), index.to_string()];
        let kinds = self.table.columns[numbers.len()..]
            .iter()
            .map(|column| column.kind);
        let fields: &Fields<'_> = &row.fields;
        let cells = self
            .codes
            .iter()
            .zip(kinds)
            .map(|(code, kind)| cell(fields.get(code), kind));
        numbers
            .into_iter()
            .map(|number| Some(Cow::Owned(number)))
            .chain(cells)
            .collect()
    }
}

fn column(name: &str, kind: Kind) -> Column {
    Column {
        name: name.to_owned(),
        kind,
    }
}

/// The kind of column that a field becomes; `None` for fields without a value of their own.
fn kind_of(field: &Field) -> Option<Kind> {
    Some(match &field.kind {
        FieldType::RecordNumber
        | FieldType::SingleLineText
        | FieldType::MultiLineText
        | FieldType::RichText
        | FieldType::RadioButton
        | FieldType::DropDown
        | FieldType::Link
        | FieldType::Creator
        | FieldType::Modifier
        | FieldType::Status => Kind::Text,
        FieldType::Number => Kind::Numeric,
        FieldType::Calc => calc_kind(field.format.as_deref()),
        FieldType::CheckBox
        | FieldType::MultiSelect
        | FieldType::UserSelect
        | FieldType::OrganizationSelect
        | FieldType::GroupSelect
        | FieldType::StatusAssignee
        | FieldType::Category => Kind::TextArray,
        FieldType::Date => Kind::Date,
        FieldType::Time => Kind::Time,
        FieldType::DateTime | FieldType::CreatedTime | FieldType::UpdatedTime => Kind::Timestamptz,
        FieldType::File | FieldType::Other(_) => Kind::Json,
        FieldType::Id
        | FieldType::Revision
        | FieldType::Subtable
        | FieldType::ReferenceTable
        | FieldType::Group
        | FieldType::Label
        | FieldType::Spacer
        | FieldType::Hr => return None,
    })
}

/// **Source**: kintone developer network, "Get Form Fields": `format` of a calculated field. Hours and
/// minutes may pass 24 hours (`49:30`), so they are text.
fn calc_kind(format: Option<&str>) -> Kind {
    match format {
        Some("DATETIME") => Kind::Timestamptz,
        Some("DATE") => Kind::Date,
        Some("TIME") => Kind::Time,
        Some("HOUR_MINUTE" | "DAY_HOUR_MINUTE") => Kind::Text,
        _ => Kind::Numeric,
    }
}

fn cell<'v>(field: Option<&'v FieldValue<'_>>, kind: Kind) -> Option<Cow<'v, str>> {
    match &field?.value {
        Value::Null | Value::Table(_) => None,
        // An unset number, date or time is the empty text, which only a text column can hold.
        Value::Text(text) if text.is_empty() && kind != Kind::Text => None,
        Value::Text(text) => Some(Cow::Borrowed(text)),
        Value::User(user) => Some(Cow::Borrowed(&user.code)),
        Value::Texts(texts) => Some(Cow::Owned(json!(texts).to_string())),
        Value::Users(users) => {
            let codes: Vec<_> = users.iter().map(|user| user.code.as_ref()).collect();
            Some(Cow::Owned(json!(codes).to_string()))
        }
        Value::Files(files) => {
            let files: Vec<_> = files
                .iter()
                .map(|file| json!({ "name": file.name, "contentType": file.content_type, "size": file.size }))
                .collect();
            Some(Cow::Owned(json!(files).to_string()))
        }
        Value::Other(raw) => Some(Cow::Borrowed(raw.get())),
    }
}
