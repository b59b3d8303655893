//! What a client wishes a transfer config to be, and whether that makes sense.

use serde_json::Value;

use super::config::Config;
use super::data_source::{AMAZON_S3, PARAMETERS, SECRET};
use super::refusal::Refusal;
use super::state::State;
use super::{data_path, schedule};

/// What a client may say of a config; all else the service says.
const WRITABLE: [&str; 15] = [
    "dataRefreshWindowDays",
    "dataSourceId",
    "destinationDatasetId",
    "disabled",
    "displayName",
    "emailPreferences",
    "encryptionConfiguration",
    "managedTableType",
    "metadataDestination",
    "notificationPubsubTopic",
    "paramConfig",
    "params",
    "schedule",
    "scheduleOptions",
    "scheduleOptionsV2",
];

/// Whether a client may say this of a config.
pub(super) fn is_writable(key: &str) -> bool {
    WRITABLE.contains(&key)
}

/// Refuses a config whose members make no sense, each or together.
pub(super) fn check(state: &State, config: &Config) -> Result<(), Refusal> {
    if config.word("dataSourceId") != AMAZON_S3 {
        return Err(Refusal::not_found("Requested entity was not found."));
    }
    if config.word("displayName").is_empty() {
        return Err(Refusal::invalid(
            "Transfer config display name must not be empty.",
        ));
    }
    check_parameters(config)?;
    check_secret(state, config)?;
    check_path(state, &config.parameter("data_path").unwrap_or_default())?;
    check_schedule(config)
}

fn check_parameters(config: &Config) -> Result<(), Refusal> {
    for (id, _, required, values) in PARAMETERS {
        let given = config.parameter(id).filter(|value| !value.is_empty());
        let is_given = given.is_some() || (id == SECRET && config.secret.is_some());
        if required && !is_given {
            return Err(Refusal::invalid(format!(
                "Missing argument in user input: {id}"
            )));
        }
        let unknown = given.filter(|value| !values.is_empty() && !values.contains(&value.as_str()));
        if let Some(value) = unknown {
            return Err(Refusal::invalid(format!(
                "Invalid value for parameter {id}: {value}"
            )));
        }
    }
    let given = config.fields.get("params").and_then(Value::as_object);
    let mut ids = given.into_iter().flat_map(|parameters| parameters.keys());
    match ids.find(|id| PARAMETERS.iter().all(|(known, ..)| known != id)) {
        Some(id) => Err(Refusal::invalid(format!("Unknown parameter: {id}"))),
        None => Ok(()),
    }
}

/// Refuses to look a parameter up in Secret Manager that its data source does not allow there.
fn check_secret(state: &State, config: &Config) -> Result<(), Refusal> {
    let managed = config
        .fields
        .get("paramConfig")
        .and_then(|config| config["secretManagerManagedParams"].as_array());
    let mut managed = managed.into_iter().flatten();
    let is_allowed = |id: &&Value| *id == SECRET && state.options.secret_manager_allowed;
    match managed.find(|id| !is_allowed(id)) {
        Some(id) => Err(Refusal::invalid(format!(
            "Parameter {id} cannot be managed by Secret Manager."
        ))),
        None => Ok(()),
    }
}

fn check_path(state: &State, path: &str) -> Result<(), Refusal> {
    let place = path.strip_prefix("s3://").unwrap_or_default();
    let bucket = place.split('/').next().unwrap_or_default();
    if bucket.is_empty() {
        let rule = "It must begin with s3:// and a bucket.";
        return Err(Refusal::invalid(format!(
            "Invalid data path: {path}. {rule}"
        )));
    }
    if bucket.contains(['{', '*']) {
        let rule = "The bucket of the data path cannot be parameterized";
        return Err(Refusal::invalid(format!("{rule}: {path}")));
    }
    data_path::expanded(path, state.now())
        .map(drop)
        .map_err(|words| Refusal::invalid(format!("Invalid data path: {words}")))
}

fn check_schedule(config: &Config) -> Result<(), Refusal> {
    let has = |key: &&str| config.fields.contains_key(*key);
    if has(&"scheduleOptionsV2") && ["schedule", "scheduleOptions"].iter().any(has) {
        let rule = "Only one of schedule_options_v2 and schedule or schedule_options can be set.";
        return Err(Refusal::invalid(rule));
    }
    match schedule::of(&config.fields) {
        Some(schedule) if !schedule::is_known(&schedule) => {
            Err(Refusal::invalid(format!("Invalid schedule: {schedule}")))
        }
        _ => Ok(()),
    }
}

/// Where a new config goes: to its dataset, which a location that is not `-` must name.
pub(super) fn placed(state: &State, asked: &str, config: &Config) -> Result<String, Refusal> {
    let dataset = config.word("destinationDatasetId");
    let Some(dataset) = state.datasets.get(dataset) else {
        let project = &state.options.project;
        return Err(Refusal::not_found(format!(
            "Not found: Dataset {project}:{dataset}"
        )));
    };
    let there = dataset.location.to_lowercase();
    if asked != "-" && asked != there {
        let (asked, there) = (region(asked), region(&there));
        return Err(Refusal::invalid(format!(
            "Cannot create a transfer in {asked} when destination dataset is located in {there}"
        )));
    }
    Ok(there)
}

/// A location in the words of the service's messages, such as `JURISDICTION_US` and `REGION_US_EAST_4`.
fn region(location: &str) -> String {
    let place = location.to_uppercase().replace('-', "_");
    let letters = place.trim_end_matches(|letter: char| letter.is_ascii_digit());
    match (location, place.strip_prefix(letters).unwrap_or_default()) {
        ("us" | "eu", _) => format!("JURISDICTION_{place}"),
        (_, "") => format!("REGION_{place}"),
        (_, number) => format!("REGION_{letters}_{number}"),
    }
}
