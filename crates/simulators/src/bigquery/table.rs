//! Tables of BigQuery.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::dataset::{self, Dataset};
use super::page;
use super::refusal::Refusal;
use super::route::Call;
use super::state::State;

/// A table, of which the rows are only counted.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) rows: u64,
    pub(super) modified: Timestamp,
    created: Timestamp,
    /// What its maker said of it.
    more: Value,
}

/// What a client may say of a table.
const WRITABLE: [&str; 7] = [
    "schema",
    "description",
    "friendlyName",
    "labels",
    "expirationTime",
    "timePartitioning",
    "clustering",
];

impl Table {
    pub(super) fn new(rows: u64, now: Timestamp) -> Self {
        Self {
            rows,
            modified: now,
            created: now,
            more: json!({}),
        }
    }

    fn described(&self, project: &str, dataset: &str, location: &str, name: &str) -> Value {
        let mut table = json!({
            "kind": "bigquery#table",
            "etag": format!("{}", self.modified.as_nanosecond()),
            "id": format!("{project}:{dataset}.{name}"),
            "tableReference": { "projectId": project, "datasetId": dataset, "tableId": name },
            "type": "TABLE",
            "location": location,
            "numRows": self.rows.to_string(),
            "numBytes": (self.rows * 64).to_string(),
            "creationTime": self.created.as_millisecond().to_string(),
            "lastModifiedTime": self.modified.as_millisecond().to_string(),
        });
        for key in WRITABLE {
            if let Some(value) = self.more.get(key) {
                table[key] = value.clone();
            }
        }
        table
    }

    fn change(&mut self, given: &Value, now: Timestamp) {
        for key in WRITABLE {
            match given.get(key) {
                None => {}
                Some(value) => self.more[key] = value.clone(),
            }
        }
        self.modified = now;
    }
}

/// Tells one table.
pub(super) fn get(state: &State, call: &Call<'_>) -> Result<Value, Refusal> {
    let dataset = dataset::find(state, call)?;
    let table = dataset
        .tables
        .get(&call.name.table)
        .ok_or_else(|| absent(call))?;
    Ok(described(state, call, dataset, table, &call.name.table))
}

fn described(
    state: &State,
    call: &Call<'_>,
    dataset: &Dataset,
    table: &Table,
    name: &str,
) -> Value {
    table.described(
        &state.options.project,
        &call.name.dataset,
        &dataset.location,
        name,
    )
}

fn absent(call: &Call<'_>) -> Refusal {
    let name = &call.name;
    Refusal::not_found(format!(
        "Not found: Table {}:{}.{}",
        name.project, name.dataset, name.table
    ))
}

/// Tells the tables of a dataset, page by page, without their rows.
pub(super) fn list(state: &State, call: &Call<'_>) -> Result<Value, Refusal> {
    let dataset = dataset::find(state, call)?;
    let tables = dataset.tables.iter().map(|(name, table)| {
        let mut table = described(state, call, dataset, table, name);
        if let Some(members) = table.as_object_mut() {
            let listed = [
                "kind",
                "id",
                "tableReference",
                "type",
                "creationTime",
                "labels",
            ];
            members.retain(|key, _| listed.contains(&key.as_str()));
        }
        table
    });
    let tables: Vec<Value> = tables.collect();
    let total = tables.len();
    let page = page::cut(call, "maxResults", state.options.most_on_page, tables)?;
    let mut body = page::answer("tables", page.items, page.token);
    body["kind"] = "bigquery#tableList".into();
    body["totalItems"] = total.into();
    Ok(body)
}

/// Makes an empty table, with or without a schema.
pub(super) fn insert(state: &mut State, call: &Call<'_>) -> Result<Value, Refusal> {
    let dataset = dataset::find(state, call)?;
    let reference = &call.body["tableReference"];
    let (project, owner) = (&state.options.project, &call.name.dataset);
    let name = reference["tableId"].as_str().unwrap_or_default().to_owned();
    if !is_name(&name) {
        return Err(Refusal::invalid(format!("Invalid table ID \"{name}\".")));
    }
    if reference["datasetId"]
        .as_str()
        .is_some_and(|given| given != owner)
    {
        return Err(Refusal::invalid(
            "The dataset of the table reference is not that of the address.",
        ));
    }
    if dataset.tables.contains_key(&name) {
        return Err(Refusal::exists(format!(
            "Already Exists: Table {project}:{owner}.{name}"
        )));
    }
    let now = state.now();
    let mut table = Table::new(0, now);
    table.change(&call.body, now);
    let told = described(state, call, dataset, &table, &name);
    if let Some(dataset) = state.datasets.get_mut(&call.name.dataset) {
        dataset.tables.insert(name, table);
    }
    Ok(told)
}

/// Whether BigQuery takes the name: letters, marks, numbers, connectors, dashes and blanks, 1024 bytes at most.
///
/// Source: "Table naming" of the BigQuery guide "Create and use tables".
fn is_name(name: &str) -> bool {
    let is_good = |letter: char| {
        letter.is_alphanumeric() || matches!(letter, '_' | '-' | ' ') || !letter.is_ascii()
    };
    !name.is_empty() && name.len() <= 1024 && name.chars().all(is_good)
}

/// Changes what is given.
pub(super) fn patch(state: &mut State, call: &Call<'_>) -> Result<Value, Refusal> {
    let now = state.now();
    dataset::find(state, call)?;
    let tables = state
        .datasets
        .get_mut(&call.name.dataset)
        .map(|dataset| &mut dataset.tables);
    let table = tables.and_then(|tables| tables.get_mut(&call.name.table));
    table.ok_or_else(|| absent(call))?.change(&call.body, now);
    get(state, call)
}

/// Removes a table.
pub(super) fn delete(state: &mut State, call: &Call<'_>) -> Result<Value, Refusal> {
    dataset::find(state, call)?;
    let tables = state
        .datasets
        .get_mut(&call.name.dataset)
        .map(|dataset| &mut dataset.tables);
    match tables.and_then(|tables| tables.remove(&call.name.table)) {
        Some(_) => Ok(json!({})),
        None => Err(absent(call)),
    }
}
