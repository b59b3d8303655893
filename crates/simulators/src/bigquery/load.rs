//! The end of a run: what it found, what it loaded, and whom it tells.

use jiff::{SignedDuration, Timestamp};

use super::data_path;
use super::fault::Fault;
use super::object::{Object, is_moved, matches};
use super::publish::Finished;
use super::run::{Message, Phase};
use super::state::State;

/// The canonical codes that runs end with.
const INVALID_ARGUMENT: i32 = 3;
const NOT_FOUND: i32 = 5;

/// What a run leaves: lines of its log, and rows in its table or a failure.
type Outcome = Result<Option<(String, u64)>, (i32, String)>;

/// Ends a run that has had its time.
pub(super) fn end(state: &mut State, index: usize) {
    let now = state.now();
    let mut messages = Vec::new();
    let outcome = outcome(state, index, &mut messages);
    let run = &mut state.runs[index];
    for (severity, text) in messages {
        run.messages.push(Message {
            time: now,
            severity,
            text,
        });
    }
    run.state = match &outcome {
        _ if run.faults.contains(&Fault::Cancelled) => Phase::Cancelled,
        Err((code, message)) => {
            run.messages.push(Message {
                time: now,
                severity: "ERROR",
                text: message.clone(),
            });
            run.error = Some((*code, message.clone()));
            Phase::Failed
        }
        Ok(_) => Phase::Succeeded,
    };
    if run.state == Phase::Succeeded {
        loaded(state, index, outcome.ok().flatten());
    }
    tell(state, index);
}

fn outcome(state: &State, index: usize, messages: &mut Vec<(&'static str, String)>) -> Outcome {
    let run = &state.runs[index];
    for fault in &run.faults {
        match fault {
            Fault::Failed { code, message } => return Err((*code, message.clone())),
            Fault::Cancelled => return Ok(None),
            _ => {}
        }
    }
    let expand = |id| data_path::expanded(run.parameter(id), run.time);
    let invalid = |words| (INVALID_ARGUMENT, words);
    let path = expand("data_path").map_err(invalid)?;
    let table = expand("destination_table_name_template").map_err(invalid)?;
    let (project, dataset) = (
        &state.options.project,
        run.fields["destinationDatasetId"]
            .as_str()
            .unwrap_or_default(),
    );
    let there = state
        .datasets
        .get(dataset)
        .and_then(|dataset| dataset.tables.get(&table));
    let Some(there) = there else {
        return Err((
            NOT_FOUND,
            format!("Not found: Table {project}:{dataset}.{table}"),
        ));
    };
    let (moved, files) = files(state, index, &path);
    let mut say = |text| messages.push(("INFO", text));
    say(format!(
        "Moving data from Amazon S3 to Google Cloud complete: Moved {moved} object(s)."
    ));
    if files.is_empty() {
        say(format!("No new files found matching {path}."));
        return Ok(None);
    }
    let rows = files.iter().map(|file| file.rows).sum::<u64>();
    let rows = rows.saturating_sub(run.faults.iter().map(withheld).sum());
    say("Summary: succeeded 1 jobs, failed 0 jobs.".to_owned());
    let before = if appends(run.parameter("write_disposition")) {
        there.rows
    } else {
        0
    };
    Ok(Some((table, before + rows)))
}

/// The rows that a fault keeps back.
fn withheld(fault: &Fault) -> u64 {
    match fault {
        Fault::Fewer(rows) => *rows,
        _ => 0,
    }
}

fn appends(disposition: &str) -> bool {
    disposition != "WRITE_TRUNCATE"
}

/// How many objects a run moves, and those that it loads: all that match, or when it appends those that are newer
/// than the last success.
fn files(state: &State, index: usize, path: &str) -> (usize, Vec<Object>) {
    let run = &state.runs[index];
    let place = path.strip_prefix("s3://").unwrap_or(path);
    let (bucket, pattern) = place.split_once('/').unwrap_or((place, ""));
    let config = state.configs.iter().find(|config| config.id == run.config);
    let appends = appends(run.parameter("write_disposition"));
    let since = config.and_then(|config| config.loaded).filter(|_| appends);
    let is_blind = run.faults.contains(&Fault::Blind);
    let is_seen = |object: &Object| {
        let is_new = since.is_none_or(|since| object.modified > since);
        is_new && !is_blind && is_visible(state, object.modified)
    };
    let objects = state.objects.iter();
    let seen = objects
        .filter(|((of, key), object)| of == bucket && is_moved(pattern, key) && is_seen(object));
    let seen: Vec<_> = seen.collect();
    let loaded = seen.iter().filter(|((_, key), _)| matches(pattern, key));
    (seen.len(), loaded.map(|(_, object)| **object).collect())
}

fn is_visible(state: &State, modified: Timestamp) -> bool {
    let age = state.now().duration_since(modified);
    age >= SignedDuration::try_from(state.options.visible_after).unwrap_or_default()
}

fn loaded(state: &mut State, index: usize, table: Option<(String, u64)>) {
    let now = state.now();
    let run = &state.runs[index];
    let (config, dataset) = (
        run.config.clone(),
        run.fields["destinationDatasetId"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
    );
    let started = run.started;
    if let Some(config) = state.configs.iter_mut().find(|known| known.id == config) {
        config.loaded = started;
        config.fields.insert("state".to_owned(), "SUCCEEDED".into());
    }
    let Some((table, rows)) = table else { return };
    let tables = state
        .datasets
        .get_mut(&dataset)
        .map(|dataset| &mut dataset.tables);
    if let Some(table) = tables.and_then(|tables| tables.get_mut(&table)) {
        table.rows = rows;
        table.modified = now;
    }
}

/// Tells the topic of the run, if it has one.
fn tell(state: &mut State, index: usize) {
    let run = &state.runs[index];
    let topic = run
        .fields
        .get("notificationPubsubTopic")
        .and_then(|topic| topic.as_str())
        .unwrap_or_default();
    let times = run.faults.iter().fold(1, |times, fault| match fault {
        Fault::Untold => 0,
        Fault::ToldTwice => 2,
        _ => times,
    });
    if topic.is_empty() {
        return;
    }
    let mut body = run.described(&state.options);
    if state.options.tells_secret
        && let Some(parameters) = super::start::secret_parameters(state, run)
    {
        body["params"] = parameters;
    }
    let message = Finished::new(topic, &body);
    state.finished.extend(std::iter::repeat_n(message, times));
}
