//! Jobs of BigQuery, of which there is one kind here: `TRUNCATE TABLE`.

use serde_json::{Value, json};

use super::refusal::Refusal;
use super::route::Call;
use super::state::State;
use super::{dataset, name::Name};

/// A job, which is done as soon as it is there.
#[derive(Clone, Debug)]
pub(super) struct Job {
    id: String,
    location: String,
    query: String,
    made: i64,
    /// The reason and the message of its failure.
    error: Option<(&'static str, String)>,
}

impl Job {
    fn reference(&self, project: &str) -> Value {
        json!({ "projectId": project, "jobId": self.id, "location": self.location })
    }

    fn described(&self, project: &str) -> Value {
        let mut status = json!({ "state": "DONE" });
        if let Some((reason, message)) = &self.error {
            let error = json!({ "reason": reason, "message": message });
            status["errorResult"] = error.clone();
            status["errors"] = json!([error]);
        }
        let made = self.made.to_string();
        json!({
            "kind": "bigquery#job",
            "etag": "simulator",
            "id": format!("{project}:{}.{}", self.location, self.id),
            "jobReference": self.reference(project),
            "configuration": {
                "jobType": "QUERY",
                "query": { "query": self.query, "useLegacySql": false },
            },
            "status": status,
            "statistics": {
                "creationTime": made, "startTime": made, "endTime": made,
                "query": { "statementType": "TRUNCATE_TABLE" },
            },
        })
    }

    /// What a query answers that has no rows.
    fn answered(&self, project: &str, kind: &str) -> Result<Value, Refusal> {
        if let Some((_, message)) = &self.error {
            return Err(Refusal::invalid(message.clone()));
        }
        Ok(json!({
            "kind": kind,
            "jobReference": self.reference(project),
            "jobComplete": true,
            "totalRows": "0",
        }))
    }
}

/// `jobs.insert` with a query.
pub(super) fn insert(state: &mut State, call: &Call<'_>) -> Result<Value, Refusal> {
    let job = run(
        state,
        call,
        &call.body["configuration"]["query"],
        &call.body["jobReference"],
    )?;
    Ok(job.described(&state.options.project))
}

/// `jobs.query`, which waits for the end.
pub(super) fn query(state: &mut State, call: &Call<'_>) -> Result<Value, Refusal> {
    let reference = json!({ "location": call.body["location"] });
    let job = run(state, call, &call.body, &reference)?;
    job.answered(&state.options.project, "bigquery#queryResponse")
}

/// Tells one job.
pub(super) fn get(state: &State, call: &Call<'_>) -> Result<Value, Refusal> {
    Ok(find(state, call)?.described(&state.options.project))
}

/// Tells what a job answered.
pub(super) fn results(state: &State, call: &Call<'_>) -> Result<Value, Refusal> {
    find(state, call)?.answered(&state.options.project, "bigquery#getQueryResultsResponse")
}

/// The job that the call names. Outside the US and the EU the location must be said.
fn find<'a>(state: &'a State, call: &Call<'_>) -> Result<&'a Job, Refusal> {
    dataset::mine(state, call)?;
    let Name {
        project, job: id, ..
    } = &call.name;
    let location = call
        .parameter("location")
        .filter(|location| !location.is_empty());
    let mut jobs = state.jobs.iter();
    let found = jobs.find(|job| {
        let is_there = match location {
            Some(location) => job.location.eq_ignore_ascii_case(location),
            None => matches!(job.location.as_str(), "US" | "EU"),
        };
        job.id == *id && is_there
    });
    found.ok_or_else(|| Refusal::not_found(format!("Not found: Job {project}:{id}")))
}

fn run(
    state: &mut State,
    call: &Call<'_>,
    query: &Value,
    reference: &Value,
) -> Result<Job, Refusal> {
    dataset::mine(state, call)?;
    let project = state.options.project.clone();
    let text = query["query"]
        .as_str()
        .unwrap_or_default()
        .trim()
        .to_owned();
    if query["useLegacySql"] != Value::Bool(false) {
        let words =
            "Encountered \" <ID> \"TRUNCATE \"\" at line 1, column 1. [Try using standard SQL]";
        return Err(Refusal::invalid(words));
    }
    let target = target(&text, &project, &query["defaultDataset"]["datasetId"]);
    let Some((dataset, table)) = target else {
        return Err(Refusal::unimplemented(
            "the simulator knows no query but TRUNCATE TABLE",
        ));
    };
    let known = state.datasets.get(&dataset);
    let there = known.map(|dataset| dataset.location.clone());
    let said = reference["location"]
        .as_str()
        .filter(|location| !location.is_empty());
    let location = said
        .map(str::to_owned)
        .or_else(|| there.clone())
        .unwrap_or_else(|| "US".to_owned());
    let id = match reference["jobId"].as_str() {
        Some(id) if !id.is_empty() => id.to_owned(),
        _ => format!("job_{}", state.identity()),
    };
    if state
        .jobs
        .iter()
        .any(|job| job.id == id && job.location.eq_ignore_ascii_case(&location))
    {
        return Err(Refusal::exists(format!(
            "Already Exists: Job {project}:{location}.{id}"
        )));
    }
    let is_near = there.is_some_and(|there| there.eq_ignore_ascii_case(&location));
    let now = state.now();
    let tables = state
        .datasets
        .get_mut(&dataset)
        .filter(|_| is_near)
        .map(|dataset| &mut dataset.tables);
    let error = match (
        tables.is_some(),
        tables.and_then(|tables| tables.get_mut(&table)),
    ) {
        (_, Some(table)) => {
            (table.rows, table.modified) = (0, now);
            None
        }
        (true, None) => Some((
            "notFound",
            format!(
                "Not found: Table {project}:{dataset}.{table} was not found in location {location}"
            ),
        )),
        (false, None) => Some((
            "notFound",
            format!("Not found: Dataset {project}:{dataset} was not found in location {location}"),
        )),
    };
    let job = Job {
        id,
        location,
        query: text,
        made: now.as_millisecond(),
        error,
    };
    state.jobs.push(job.clone());
    Ok(job)
}

/// The dataset and the table of ``TRUNCATE TABLE `project.dataset.table` ``, quoted as a whole, in parts, or not at all.
fn target(query: &str, project: &str, usual: &Value) -> Option<(String, String)> {
    let query = query.trim_end_matches(';').trim_end();
    let mut words = query.splitn(3, char::is_whitespace);
    let is_truncate = ["TRUNCATE", "TABLE"].iter().all(|wanted| {
        words
            .next()
            .is_some_and(|word| word.eq_ignore_ascii_case(wanted))
    });
    let path = words
        .next()
        .filter(|_| is_truncate)?
        .trim()
        .replace('`', "");
    let path = path.strip_prefix(&format!("{project}.")).unwrap_or(&path);
    match path.split_once('.') {
        Some((dataset, table)) => Some((dataset.to_owned(), table.to_owned())),
        None => Some((usual.as_str()?.to_owned(), path.to_owned())),
    }
}
