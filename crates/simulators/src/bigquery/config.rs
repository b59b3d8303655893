//! Transfer configs.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::data_source::SECRET;
use super::state::{State, text};
use super::{Options, schedule};

/// A transfer config.
#[derive(Clone, Debug)]
pub(super) struct Config {
    pub(super) id: String,
    pub(super) location: String,
    /// As clients see it, but for its name.
    pub(super) fields: Map<String, Value>,
    /// The one parameter that no client sees.
    pub(super) secret: Option<String>,
    pub(super) service_account: Option<String>,
    /// When its last successful run was started.
    pub(super) loaded: Option<Timestamp>,
    /// When it runs next by its schedule.
    pub(super) due: Option<Timestamp>,
}

impl Config {
    /// A config that somebody made elsewhere.
    pub(super) fn by_hand(state: &mut State, location: &str, fields: Value) -> Self {
        let mut config = Self {
            id: state.identity(),
            location: location.to_lowercase(),
            fields: match fields {
                Value::Object(fields) => fields,
                _ => Map::new(),
            },
            secret: None,
            service_account: None,
            loaded: None,
            due: None,
        };
        config.hide_secret();
        config.changed(state.now());
        config
    }

    pub(super) fn name(&self, options: &Options) -> String {
        let (project, location) = (&options.project_number, &self.location);
        format!(
            "projects/{project}/locations/{location}/transferConfigs/{}",
            self.id
        )
    }

    /// The config as clients see it.
    pub(super) fn described(&self, options: &Options) -> Value {
        let mut described = Map::new();
        described.insert("name".to_owned(), self.name(options).into());
        described.extend(self.fields.clone());
        if let Some(due) = self.due {
            described.insert("nextRunTime".to_owned(), text(due).into());
        }
        Value::Object(described)
    }

    /// A member that is a text, or an empty one.
    pub(super) fn word(&self, key: &str) -> &str {
        self.fields
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// A parameter as text; a number or a boolean is written as JSON does.
    pub(super) fn parameter(&self, id: &str) -> Option<String> {
        match self.fields.get("params")?.get(id)? {
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        }
    }

    /// Says something of the config that its maker did not.
    pub(super) fn say(&mut self, key: &str, value: impl Into<Value>) {
        self.fields.insert(key.to_owned(), value.into());
    }

    /// Keeps the secret apart from the parameters.
    pub(super) fn hide_secret(&mut self) {
        let parameters = self.fields.get_mut("params").and_then(Value::as_object_mut);
        if let Some(Value::String(secret)) =
            parameters.and_then(|parameters| parameters.shift_remove(SECRET))
        {
            self.secret = Some(secret);
        }
    }

    /// What follows from a change: the time of it, and of the next run.
    pub(super) fn changed(&mut self, now: Timestamp) {
        self.say("updateTime", text(now));
        self.due = schedule::of(&self.fields).and_then(|schedule| schedule::next(&schedule, now));
    }
}
