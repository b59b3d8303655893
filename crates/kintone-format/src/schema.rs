//! The form that the records were read with.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The app, its form fields and layout, as the service told them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Schema {
    /// The answer to `app.json`; absent when the token may not ask.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub app: Option<Value>,
    /// The answer to `app/form/fields.json`.
    pub fields: Value,
    /// The answer to `app/form/layout.json`.
    pub layout: Value,
}

impl Schema {
    /// What changed between an older form and this one, in the order of the field codes.
    pub fn changes_since(&self, older: &Self) -> Vec<SchemaChange> {
        let (old, new) = (older.types(), self.types());
        let mut changes = Vec::new();
        for (code, kind) in &old {
            match new.get(code) {
                None => changes.push(SchemaChange::Removed { code: code.clone() }),
                Some(now) if now != kind => changes.push(SchemaChange::Retyped {
                    code: code.clone(),
                    before: kind.clone(),
                    now: now.clone(),
                }),
                Some(_) => {}
            }
        }
        let added = new.into_keys().filter(|code| !old.contains_key(code));
        changes.extend(added.map(|code| SchemaChange::Added { code }));
        changes
    }

    /// The type of each field, inner ones as `{table}.{code}`.
    fn types(&self) -> BTreeMap<String, String> {
        let mut types = BTreeMap::new();
        collect_types(&self.fields["properties"], "", &mut types);
        types
    }
}

fn collect_types(properties: &Value, prefix: &str, types: &mut BTreeMap<String, String>) {
    for (code, property) in properties.as_object().into_iter().flatten() {
        let kind = property["type"].as_str().unwrap_or_default();
        types.insert(format!("{prefix}{code}"), kind.to_owned());
        collect_types(&property["fields"], &format!("{prefix}{code}."), types);
    }
}

/// A change of the form that a person should know of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SchemaChange {
    /// A field is new.
    Added {
        /// Its code.
        code: String,
    },
    /// A field is gone; older generations still have it.
    Removed {
        /// Its code.
        code: String,
    },
    /// A field of this code has another type.
    Retyped {
        /// Its code.
        code: String,
        /// The type before.
        before: String,
        /// The type now.
        now: String,
    },
}

impl fmt::Display for SchemaChange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Added { code } => write!(formatter, "the form has a new field {code}"),
            Self::Removed { code } => write!(formatter, "the form no longer has the field {code}"),
            Self::Retyped { code, before, now } => {
                write!(formatter, "the field {code} was {before} and is now {now}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema(properties: &Value) -> Schema {
        Schema {
            app: None,
            fields: json!({ "properties": properties }),
            layout: Value::Null,
        }
    }

    #[test]
    fn names_each_change() {
        let old = schema(&json!({
            "a": {"type": "NUMBER"}, "b": {"type": "DATE"},
            "t": {"type": "SUBTABLE", "fields": {"x": {"type": "NUMBER"}}},
        }));
        let new = schema(&json!({
            "a": {"type": "SINGLE_LINE_TEXT"}, "c": {"type": "DATE"},
            "t": {"type": "SUBTABLE", "fields": {}},
        }));
        let words: Vec<_> = new
            .changes_since(&old)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            words,
            [
                "the field a was NUMBER and is now SINGLE_LINE_TEXT",
                "the form no longer has the field b",
                "the form no longer has the field t.x",
                "the form has a new field c",
            ]
        );
    }
}
