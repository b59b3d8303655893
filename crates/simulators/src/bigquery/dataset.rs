//! Datasets of BigQuery.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::page;
use super::refusal::Refusal;
use super::route::Call;
use super::state::State;
use super::table::Table;

/// A dataset with its tables.
#[derive(Clone, Debug)]
pub(super) struct Dataset {
    /// As it was given, such as `US` or `asia-northeast1`.
    pub(super) location: String,
    pub(super) tables: BTreeMap<String, Table>,
    created: Timestamp,
    /// What else its maker said.
    more: Value,
}

impl Dataset {
    pub(super) fn new(location: &str, now: Timestamp) -> Self {
        let is_multi = ["us", "eu"].contains(&location.to_lowercase().as_str());
        Self {
            location: if is_multi {
                location.to_uppercase()
            } else {
                location.to_lowercase()
            },
            tables: BTreeMap::new(),
            created: now,
            more: json!({}),
        }
    }

    fn described(&self, project: &str, name: &str) -> Value {
        let mut dataset = self.listed(project, name);
        dataset["kind"] = "bigquery#dataset".into();
        dataset["etag"] = "simulator".into();
        for key in ["description", "labels", "defaultTableExpirationMs"] {
            if let Some(value) = self.more.get(key) {
                dataset[key] = value.clone();
            }
        }
        dataset["creationTime"] = self.created.as_millisecond().to_string().into();
        dataset["lastModifiedTime"] = self.created.as_millisecond().to_string().into();
        dataset["type"] = "DEFAULT".into();
        dataset
    }

    fn listed(&self, project: &str, name: &str) -> Value {
        json!({
            "kind": "bigquery#dataset",
            "id": format!("{project}:{name}"),
            "datasetReference": { "projectId": project, "datasetId": name },
            "location": self.location,
        })
    }
}

/// Tells one dataset.
pub(super) fn get(state: &State, call: &Call<'_>) -> Result<Value, Refusal> {
    let name = &call.name.dataset;
    Ok(find(state, call)?.described(&state.options.project, name))
}

/// Tells all datasets, page by page.
pub(super) fn list(state: &State, call: &Call<'_>) -> Result<Value, Refusal> {
    mine(state, call)?;
    let datasets = state.datasets.iter();
    let datasets = datasets.map(|(name, dataset)| dataset.listed(&state.options.project, name));
    let page = page::cut(
        call,
        "maxResults",
        state.options.most_on_page,
        datasets.collect(),
    )?;
    let mut body = page::answer("datasets", page.items, page.token);
    body["kind"] = "bigquery#datasetList".into();
    Ok(body)
}

/// Makes a dataset.
pub(super) fn insert(state: &mut State, call: &Call<'_>) -> Result<Value, Refusal> {
    mine(state, call)?;
    let project = state.options.project.clone();
    let name = call.body["datasetReference"]["datasetId"]
        .as_str()
        .unwrap_or_default();
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    if name.is_empty() || !name.chars().all(is_name) {
        return Err(Refusal::invalid(format!(
            "Invalid dataset ID \"{name}\". Dataset IDs must be alphanumeric (plus underscores) and must be at most 1024 characters long."
        )));
    }
    if state.datasets.contains_key(name) {
        return Err(Refusal::exists(format!(
            "Already Exists: Dataset {project}:{name}"
        )));
    }
    let location = call.body["location"].as_str().unwrap_or("US");
    let mut dataset = Dataset::new(location, state.now());
    dataset.more = call.body.clone();
    let described = dataset.described(&project, name);
    state.datasets.insert(name.to_owned(), dataset);
    Ok(described)
}

/// The dataset that the call names.
pub(super) fn find<'a>(state: &'a State, call: &Call<'_>) -> Result<&'a Dataset, Refusal> {
    mine(state, call)?;
    let name = &call.name.dataset;
    let found = state.datasets.get(name);
    found.ok_or_else(|| {
        Refusal::not_found(format!("Not found: Dataset {}:{name}", call.name.project))
    })
}

pub(super) fn mine(state: &State, call: &Call<'_>) -> Result<(), Refusal> {
    if state.is_mine(&call.name.project) {
        return Ok(());
    }
    Err(Refusal::not_found(format!(
        "Not found: Project {}",
        call.name.project
    )))
}
