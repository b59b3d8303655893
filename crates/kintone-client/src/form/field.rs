//! The fields of an app and their settings.

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error, MapAccess, Visitor};
use serde_json::Value;

use crate::field::FieldType;

/// The fields of an app.
///
/// Source: Get Form Fields, `GET /k/v1/app/form/fields.json`.
#[derive(Clone, Debug)]
pub struct FormFields {
    /// The revision of the app's settings; it rises with every change of the form.
    pub revision: String,
    /// The fields in the order of the answer; those of a subtable are inside it.
    pub properties: Vec<Field>,
    /// The whole answer.
    pub raw: Value,
}

impl FormFields {
    /// The field `code`; not one inside a subtable.
    pub fn get(&self, code: &str) -> Option<&Field> {
        self.properties.iter().find(|field| field.code == code)
    }

    /// Reads an answer of the service, also one that was saved.
    ///
    /// # Errors
    /// It is not the JSON of a form's fields.
    pub fn from_json(body: &[u8]) -> Result<Self, serde_json::Error> {
        let answer: Answer = serde_json::from_slice(body)?;
        Ok(Self {
            revision: answer.revision,
            properties: answer.properties.0,
            raw: serde_json::from_slice(body)?,
        })
    }
}

/// One field and the settings of it that decide what its values mean.
#[derive(Clone, Debug)]
pub struct Field {
    /// The code, unique in the app, subtables included.
    pub code: String,
    /// The name that people see.
    pub label: String,
    /// The type.
    pub kind: FieldType,
    /// Whether a value must be given.
    pub required: bool,
    /// Whether a value may occur once only.
    pub unique: bool,
    /// Whether the field is in use. False for status, assignee and category where the feature is
    /// off; their values are then missing from records.
    pub enabled: bool,
    /// The choices of a check box, radio button, drop-down or multiple choice, in their order.
    pub options: Vec<String>,
    /// What a calculated field shows: `NUMBER`, `NUMBER_DIGIT`, `DATETIME`, `DATE`, `TIME`,
    /// `HOUR_MINUTE` or `DAY_HOUR_MINUTE`.
    pub format: Option<String>,
    /// The formula of a calculated number or text.
    pub expression: Option<String>,
    /// Of a lookup: where the value comes from and what is copied with it.
    pub lookup: Option<Lookup>,
    /// The fields of a subtable, in the order of the answer.
    pub fields: Vec<Field>,
}

/// A lookup's source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// The app that is looked up.
    pub related_app: u64,
    /// The field there whose value is the key.
    pub related_key_field: String,
    /// The fields that are copied; their values can't be written.
    pub field_mappings: Vec<FieldMapping>,
}

/// One copied field of a lookup.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldMapping {
    /// The field of this app that receives the value.
    pub field: String,
    /// The field of the other app that gives it.
    pub related_field: String,
}

#[derive(Deserialize)]
struct Answer {
    properties: Properties,
    revision: String,
}

#[derive(Default)]
struct Properties(Vec<Field>);

impl<'de> Deserialize<'de> for Properties {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        let pairs: Ordered<Settings> = Deserialize::deserialize(json)?;
        let fields = pairs.0.into_iter().map(|(code, field)| field.named(code));
        fields
            .collect::<Result<_, _>>()
            .map(Self)
            .map_err(D::Error::custom)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Settings {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    label: String,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    unique: bool,
    #[serde(default = "yes")]
    enabled: bool,
    #[serde(default)]
    options: Ordered<Choice>,
    format: Option<String>,
    expression: Option<String>,
    lookup: Option<LookupSettings>,
    #[serde(default)]
    fields: Properties,
}

#[derive(Deserialize)]
struct Choice {
    index: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LookupSettings {
    related_app: RelatedApp,
    related_key_field: String,
    field_mappings: Vec<FieldMapping>,
}

#[derive(Deserialize)]
struct RelatedApp {
    app: String,
}

fn yes() -> bool {
    true
}

impl Settings {
    fn named(self, code: String) -> Result<Field, String> {
        Ok(Field {
            code,
            label: self.label,
            kind: FieldType::from_name(&self.kind),
            required: self.required,
            unique: self.unique,
            enabled: self.enabled,
            options: choices(self.options)?,
            format: self.format,
            expression: self.expression.filter(|formula| !formula.is_empty()),
            lookup: self.lookup.map(LookupSettings::resolved).transpose()?,
            fields: self.fields.0,
        })
    }
}

impl LookupSettings {
    fn resolved(self) -> Result<Lookup, String> {
        Ok(Lookup {
            related_app: number(&self.related_app.app)?,
            related_key_field: self.related_key_field,
            field_mappings: self.field_mappings,
        })
    }
}

/// The names of the choices in the order that people see.
fn choices(options: Ordered<Choice>) -> Result<Vec<String>, String> {
    let mut choices = Vec::with_capacity(options.0.len());
    for (name, choice) in options.0 {
        choices.push((number(&choice.index)?, name));
    }
    choices.sort_by_key(|(index, _)| *index);
    Ok(choices.into_iter().map(|(_, name)| name).collect())
}

fn number(text: &str) -> Result<u64, String> {
    text.parse()
        .map_err(|_| format!("`{text}` where a whole number belongs"))
}

/// The pairs of a JSON object in the order of the answer.
struct Ordered<T>(Vec<(String, T)>);

impl<T> Default for Ordered<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Ordered<T> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_map(OrderedVisitor(std::marker::PhantomData))
    }
}

struct OrderedVisitor<T>(std::marker::PhantomData<T>);

impl<'de, T: DeserializeOwned> Visitor<'de> for OrderedVisitor<T> {
    type Value = Ordered<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Ordered<T>, M::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(Ordered(pairs))
    }
}

#[cfg(test)]
mod tests;
