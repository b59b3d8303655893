//! The end of a run: what it found, what it loaded, and whom it tells.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::fault::Fault;
use super::object::{Object, is_moved, matches};
use super::publish::Finished;
use super::run::{Phase, Run};
use super::state::State;
use super::{data_path, start};

/// The canonical codes that runs end with.
const INVALID_ARGUMENT: i32 = 3;
const NOT_FOUND: i32 = 5;

/// What came of a run.
#[derive(Debug)]
enum Outcome {
    /// So many rows are in its table now.
    Loaded {
        table: String,
        rows: u64,
    },
    /// Nothing matched, and the table is as it was.
    Nothing,
    Cancelled,
    Failed {
        code: i32,
        message: String,
    },
}

/// Where a run reads and writes, once its parameters are filled in.
struct Place {
    path: String,
    table: String,
    /// The rows that the table has before the run.
    rows: u64,
}

/// Ends a run that has had its time.
pub(super) fn end(state: &mut State, index: usize) {
    let now = state.now();
    let mut log = Vec::new();
    let outcome = outcome(state, &state.runs[index], &mut log);
    let run = &mut state.runs[index];
    for line in log {
        run.log("INFO", line, now);
    }
    run.state = match &outcome {
        Outcome::Loaded { .. } | Outcome::Nothing => Phase::Succeeded,
        Outcome::Cancelled => Phase::Cancelled,
        Outcome::Failed { .. } => Phase::Failed,
    };
    match outcome {
        Outcome::Loaded { table, rows } => fill(state, index, &table, rows),
        Outcome::Failed { code, message } => {
            run.log("ERROR", message.clone(), now);
            run.error = Some((code, message));
        }
        Outcome::Nothing | Outcome::Cancelled => {}
    }
    note(state, index);
    tell(state, index);
}

fn outcome(state: &State, run: &Run, log: &mut Vec<String>) -> Outcome {
    for fault in &run.faults {
        match fault {
            Fault::Failed { code, message } => {
                let (code, message) = (*code, message.clone());
                return Outcome::Failed { code, message };
            }
            Fault::Cancelled => return Outcome::Cancelled,
            _ => {}
        }
    }
    match place(state, run) {
        Ok(place) => load(state, run, place, log),
        Err((code, message)) => Outcome::Failed { code, message },
    }
}

fn place(state: &State, run: &Run) -> Result<Place, (i32, String)> {
    let expand = |id| data_path::expanded(run.parameter(id), run.time);
    let invalid = |words| (INVALID_ARGUMENT, words);
    let path = expand("data_path").map_err(invalid)?;
    let table = expand("destination_table_name_template").map_err(invalid)?;
    let dataset = run.word("destinationDatasetId");
    let tables = state.datasets.get(dataset).map(|dataset| &dataset.tables);
    let Some(there) = tables.and_then(|tables| tables.get(&table)) else {
        let project = &state.options.project;
        let words = format!("Not found: Table {project}:{dataset}.{table}");
        return Err((NOT_FOUND, words));
    };
    let rows = there.rows;
    Ok(Place { path, table, rows })
}

fn load(state: &State, run: &Run, place: Place, log: &mut Vec<String>) -> Outcome {
    let Place { path, table, rows } = place;
    let (moved, files) = files(state, run, &path);
    log.push(format!(
        "Moving data from Amazon S3 to Google Cloud complete: Moved {moved} object(s)."
    ));
    if files.is_empty() {
        log.push(format!("No new files found matching {path}."));
        return Outcome::Nothing;
    }
    log.push("Summary: succeeded 1 jobs, failed 0 jobs.".to_owned());
    let found: u64 = files.iter().map(|file| file.rows).sum();
    let loaded = found.saturating_sub(run.faults.iter().map(withheld).sum());
    let before = if appends(run) { rows } else { 0 };
    let rows = before + loaded;
    Outcome::Loaded { table, rows }
}

/// The rows that a fault keeps back.
fn withheld(fault: &Fault) -> u64 {
    match fault {
        Fault::Fewer(rows) => *rows,
        _ => 0,
    }
}

fn appends(run: &Run) -> bool {
    run.parameter("write_disposition") != "WRITE_TRUNCATE"
}

/// How many objects a run moves, and those that it loads: all that match, or when it appends those that are newer
/// than the last success.
fn files(state: &State, run: &Run, path: &str) -> (usize, Vec<Object>) {
    let place = path.strip_prefix("s3://").unwrap_or(path);
    let (bucket, pattern) = place.split_once('/').unwrap_or((place, ""));
    let config = state.configs.iter().find(|config| config.id == run.config);
    let since = config.and_then(|config| config.loaded);
    let since = since.filter(|_| appends(run));
    let is_blind = run.faults.contains(&Fault::Blind);
    let is_seen = |object: &Object| {
        let is_new = since.is_none_or(|since| object.modified > since);
        is_new && !is_blind && is_visible(state, object.modified)
    };
    let seen: Vec<_> = state
        .objects
        .iter()
        .filter(|((of, key), object)| of == bucket && is_moved(pattern, key) && is_seen(object))
        .collect();
    let loaded = seen.iter().filter(|((_, key), _)| matches(pattern, key));
    (seen.len(), loaded.map(|(_, object)| **object).collect())
}

fn is_visible(state: &State, modified: Timestamp) -> bool {
    let age = state.now().duration_since(modified);
    age >= SignedDuration::try_from(state.options.visible_after).unwrap_or_default()
}

fn fill(state: &mut State, index: usize, table: &str, rows: u64) {
    let now = state.now();
    let dataset = state.runs[index].word("destinationDatasetId");
    let tables = state
        .datasets
        .get_mut(dataset)
        .map(|dataset| &mut dataset.tables);
    if let Some(table) = tables.and_then(|tables| tables.get_mut(table)) {
        (table.rows, table.modified) = (rows, now);
    }
}

/// What a config remembers of its latest run, and of the latest that went well, which need not have loaded anything.
fn note(state: &mut State, index: usize) {
    let run = &state.runs[index];
    let mut configs = state.configs.iter_mut();
    if let Some(config) = configs.find(|config| config.id == run.config) {
        config.say("state", run.state.name());
        if run.state == Phase::Succeeded {
            config.loaded = run.started;
        }
    }
}

/// Tells the topic of the run, if it has one.
fn tell(state: &mut State, index: usize) {
    let run = &state.runs[index];
    let topic = run.word("notificationPubsubTopic");
    if topic.is_empty() {
        return;
    }
    let times = run.faults.iter().fold(1, |times, fault| match fault {
        Fault::Untold => 0,
        Fault::ToldTwice => 2,
        _ => times,
    });
    let message = Finished::new(topic, &payload(state, run));
    state.finished.extend(std::iter::repeat_n(message, times));
}

/// The run as its message tells it.
fn payload(state: &State, run: &Run) -> Value {
    let mut payload = run.described(&state.options);
    let secret = start::secret_parameters(state, run).filter(|_| state.options.tells_secret);
    if let Some(parameters) = secret {
        payload["params"] = parameters;
    }
    payload
}
