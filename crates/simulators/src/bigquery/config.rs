//! Transfer configs.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::data_source::{AMAZON_S3, PARAMETERS, SECRET};
use super::refusal::Refusal;
use super::route::Call;
use super::state::{State, text};
use super::{Options, data_path, mask, page, schedule};

/// What a client may say of a config; all else the service says.
const WRITABLE: [&str; 12] = [
    "dataRefreshWindowDays",
    "dataSourceId",
    "destinationDatasetId",
    "disabled",
    "displayName",
    "emailPreferences",
    "encryptionConfiguration",
    "notificationPubsubTopic",
    "paramConfig",
    "params",
    "schedule",
    "scheduleOptions",
];

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

    fn hide_secret(&mut self) {
        let parameters = self.fields.get_mut("params").and_then(Value::as_object_mut);
        if let Some(Value::String(secret)) =
            parameters.and_then(|parameters| parameters.remove(SECRET))
        {
            self.secret = Some(secret);
        }
    }

    /// What follows from a change: the time of it, and of the next run.
    fn changed(&mut self, now: Timestamp) {
        self.fields
            .insert("updateTime".to_owned(), text(now).into());
        self.due = schedule::of(&self.fields).and_then(|schedule| schedule::next(&schedule, now));
    }
}

/// Creates a config. The service makes another even where one of the same name or into the same table is there.
pub(super) fn create(state: &mut State, call: &Call<'_>) -> Result<Value, Refusal> {
    mine(state, call)?;
    let mut fields = Map::new();
    let given = call.body.as_object().into_iter().flatten();
    fields.extend(
        given
            .filter(|(key, value)| is_writable(key) && !value.is_null())
            .map(|(key, value)| (key.clone(), value.clone())),
    );
    let mut config = Config::by_hand(state, "", Value::Object(fields));
    check(state, &config)?;
    config.location = placed(state, call, &config)?;
    config
        .fields
        .insert("datasetRegion".to_owned(), config.location.clone().into());
    config
        .fields
        .insert("userId".to_owned(), "7654321098765432109".into());
    config.fields.insert("state".to_owned(), "PENDING".into());
    if schedule::is_unsaid(&config.fields) {
        config
            .fields
            .insert("schedule".to_owned(), schedule::DEFAULT.into());
        config.changed(state.now());
    }
    config.service_account = service_account(call);
    let described = config.described(&state.options);
    state.configs.push(config);
    Ok(described)
}

fn is_writable(key: &str) -> bool {
    WRITABLE.contains(&key)
        || matches!(
            key,
            "scheduleOptionsV2" | "managedTableType" | "metadataDestination"
        )
}

/// The service account that the call names; an empty name is none.
fn service_account(call: &Call<'_>) -> Option<String> {
    let account = call.parameter("serviceAccountName");
    account
        .filter(|account| !account.is_empty())
        .map(str::to_owned)
}

/// Where a new config goes: to its dataset, which a location that is not `-` must name.
fn placed(state: &State, call: &Call<'_>, config: &Config) -> Result<String, Refusal> {
    let dataset = config.word("destinationDatasetId");
    let Some(dataset) = state.datasets.get(dataset) else {
        let project = &state.options.project;
        return Err(Refusal::not_found(format!(
            "Not found: Dataset {project}:{dataset}"
        )));
    };
    let (asked, there) = (call.name.location(), dataset.location.to_lowercase());
    if asked != "-" && asked != there {
        let (asked, there) = (region(asked), region(&there));
        return Err(Refusal::invalid(format!(
            "Cannot create a transfer in {asked} when destination dataset is located in {there}"
        )));
    }
    Ok(there)
}

/// A location in the words of the service's messages.
fn region(location: &str) -> String {
    let name = location.to_uppercase().replace('-', "_");
    match location {
        "us" | "eu" => format!("JURISDICTION_{name}"),
        _ => format!("REGION_{name}"),
    }
}

/// Refuses a config whose members make no sense together.
fn check(state: &State, config: &Config) -> Result<(), Refusal> {
    if config.word("dataSourceId") != AMAZON_S3 {
        return Err(Refusal::not_found("Requested entity was not found."));
    }
    if config.word("displayName").is_empty() {
        return Err(Refusal::invalid(
            "Transfer config display name must not be empty.",
        ));
    }
    for (id, _, required, values) in PARAMETERS {
        let given = config.parameter(id).filter(|value| !value.is_empty());
        let is_given = given.is_some() || (id == SECRET && config.secret.is_some());
        if required && !is_given {
            return Err(Refusal::invalid(format!(
                "Missing argument in user input: {id}"
            )));
        }
        if let Some(value) =
            given.filter(|value| !values.is_empty() && !values.contains(&value.as_str()))
        {
            return Err(Refusal::invalid(format!(
                "Invalid value for parameter {id}: {value}"
            )));
        }
    }
    let parameters = config
        .fields
        .get("params")
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    for (id, _) in parameters {
        if !PARAMETERS.iter().any(|(known, ..)| known == id) {
            return Err(Refusal::invalid(format!("Unknown parameter: {id}")));
        }
    }
    check_path(state, &config.parameter("data_path").unwrap_or_default())?;
    match schedule::of(&config.fields) {
        Some(schedule) if !schedule::is_known(&schedule) => {
            Err(Refusal::invalid(format!("Invalid schedule: {schedule}")))
        }
        _ if config.fields.contains_key("scheduleOptionsV2")
            && ["schedule", "scheduleOptions"]
                .iter()
                .any(|key| config.fields.contains_key(*key)) =>
        {
            Err(Refusal::invalid(
                "Only one of schedule_options_v2 and schedule or schedule_options can be set.",
            ))
        }
        _ => Ok(()),
    }
}

fn check_path(state: &State, path: &str) -> Result<(), Refusal> {
    let bucket = path
        .strip_prefix("s3://")
        .map(|rest| rest.split('/').next().unwrap_or_default());
    let Some(bucket) = bucket.filter(|bucket| !bucket.is_empty()) else {
        return Err(Refusal::invalid(format!(
            "Invalid data path: {path}. It must begin with s3:// and a bucket."
        )));
    };
    if bucket.contains(['{', '*']) {
        return Err(Refusal::invalid(format!(
            "The bucket of the data path cannot be parameterized: {path}"
        )));
    }
    data_path::expanded(path, state.now())
        .map(drop)
        .map_err(|words| Refusal::invalid(format!("Invalid data path: {words}")))
}

/// Tells one config, with who owns it.
pub(super) fn get(state: &State, call: &Call<'_>) -> Result<Value, Refusal> {
    let config = &state.configs[find(state, call)?];
    let mut described = config.described(&state.options);
    let owner = config
        .service_account
        .as_deref()
        .unwrap_or("owner@example.com");
    described["ownerInfo"] = json!({ "email": owner });
    Ok(described)
}

/// Tells the configs of one location, page by page.
pub(super) fn list(state: &State, call: &Call<'_>) -> Result<Value, Refusal> {
    mine(state, call)?;
    let sources: Vec<&str> = call.all("dataSourceIds").collect();
    let location = call.name.location();
    let configs = state.configs.iter();
    let configs = configs.filter(|config| location == "-" || config.location == location);
    let configs = configs
        .filter(|config| sources.is_empty() || sources.contains(&config.word("dataSourceId")));
    let page = page::cut(
        call,
        "pageSize",
        state.options.most_on_page,
        configs.collect(),
    )?;
    let configs = page
        .items
        .iter()
        .map(|config| config.described(&state.options));
    Ok(page::answer(
        "transferConfigs",
        configs.collect(),
        page.token,
    ))
}

/// Changes what the mask names.
pub(super) fn patch(state: &mut State, call: &Call<'_>) -> Result<Value, Refusal> {
    let found = find(state, call)?;
    let mut config = state.configs[found].clone();
    let mask = mask::read(call.parameter("updateMask").unwrap_or_default())?;
    for path in &mask {
        match path[0].as_str() {
            "serviceAccountName" => config.service_account = service_account(call),
            "dataSourceId" => return Err(Refusal::invalid("data_source_id cannot be changed.")),
            key if !is_writable(key) => {
                return Err(Refusal::invalid(format!(
                    "Invalid field in update_mask: {key}"
                )));
            }
            _ => mask::apply(path, &call.body, &mut config.fields),
        }
    }
    if mask.iter().any(|path| path[..] == ["params"]) {
        // The parameters go as a whole, with the secret among them.
        config.secret = None;
    }
    config.hide_secret();
    check(state, &config)?;
    config.changed(state.now());
    let described = config.described(&state.options);
    state.configs[found] = config;
    Ok(described)
}

/// Removes a config; its runs go with it.
pub(super) fn delete(state: &mut State, call: &Call<'_>) -> Result<Value, Refusal> {
    let found = find(state, call)?;
    let config = state.configs.remove(found);
    state.runs.retain(|run| run.config != config.id);
    Ok(json!({}))
}

/// The index of the config that the call names. One in another location is not found.
pub(super) fn find(state: &State, call: &Call<'_>) -> Result<usize, Refusal> {
    mine(state, call)?;
    let location = call.name.location();
    let mut configs = state.configs.iter();
    let found =
        configs.position(|config| config.id == call.name.config && config.location == location);
    found.ok_or_else(|| Refusal::not_found("Requested entity was not found."))
}

fn mine(state: &State, call: &Call<'_>) -> Result<(), Refusal> {
    if state.is_mine(&call.name.project) {
        return Ok(());
    }
    let project = &call.name.project;
    Err(Refusal::not_found(format!(
        "Requested project {project} was not found."
    )))
}
