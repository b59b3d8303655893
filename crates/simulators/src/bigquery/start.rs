//! Starting runs, by hand and by schedule.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::data_source::SECRET;
use super::refusal::Refusal;
use super::route::Call;
use super::run::Run;
use super::state::State;
use super::{configs, schedule};

/// The most runs that one request starts.
const MOST: usize = 100;

/// What a run takes over from its config.
const TAKEN: [&str; 6] = [
    "dataSourceId",
    "destinationDatasetId",
    "emailPreferences",
    "notificationPubsubTopic",
    "params",
    "userId",
];

/// Starts a run for a time, or one for each day of a range. A second run for the same time is another run.
pub(super) fn manual(state: &mut State, call: &Call<'_>) -> Result<Value, Refusal> {
    let found = configs::find(state, call)?;
    let times = times(&call.body)?;
    let now = state.now();
    if let Some(future) = times.iter().find(|time| **time > now) {
        return Err(Refusal::invalid(format!(
            "Requested run time {future} must be in the past."
        )));
    }
    let runs = times.into_iter().map(|time| {
        let run = start(state, found, time, "");
        state.runs[run].described(&state.options)
    });
    Ok(json!({ "runs": runs.collect::<Vec<_>>() }))
}

fn times(body: &Value) -> Result<Vec<Timestamp>, Refusal> {
    if let Some(time) = body.get("requestedRunTime") {
        return Ok(vec![time_of(time)?]);
    }
    let range = &body["requestedTimeRange"];
    let (start, end) = (time_of(&range["startTime"])?, time_of(&range["endTime"])?);
    let days = (0..).map(|day| start + SignedDuration::from_hours(24 * day));
    let days: Vec<Timestamp> = days.take_while(|time| *time < end).take(MOST).collect();
    if days.is_empty() {
        return Err(Refusal::invalid(
            "The end of the requested time range must be after its start.",
        ));
    }
    Ok(days)
}

fn time_of(value: &Value) -> Result<Timestamp, Refusal> {
    let time = value.as_str().and_then(|text| text.parse().ok());
    time.ok_or_else(|| {
        Refusal::invalid("Either requested_run_time or requested_time_range must be set.")
    })
}

/// Starts the runs that are due by their schedules.
pub(super) fn due(state: &mut State) {
    let now = state.now();
    for index in 0..state.configs.len() {
        while let Some(time) = state.configs[index].due.filter(|due| *due <= now) {
            let schedule = schedule::of(&state.configs[index].fields).unwrap_or_default();
            start(state, index, time, &schedule);
            state.configs[index].due = schedule::next(&schedule, time);
        }
    }
}

fn start(state: &mut State, config: usize, time: Timestamp, schedule: &str) -> usize {
    let now = state.now();
    let id = state.identity();
    let config = &state.configs[config];
    let mut run = Run::new(id, &config.id, &config.location, time, now);
    for key in TAKEN {
        if let Some(value) = config.fields.get(key) {
            run.fields.insert(key.to_owned(), value.clone());
        }
    }
    if !schedule.is_empty() {
        run.fields.insert("schedule".to_owned(), schedule.into());
    }
    let table = config
        .parameter("destination_table_name_template")
        .unwrap_or_default();
    let faults = std::mem::take(&mut state.faults).into_iter();
    let (mine, others): (Vec<_>, Vec<_>) = faults.partition(|(of, _)| *of == table);
    state.faults = others;
    run.faults = mine.into_iter().map(|(_, fault)| fault).collect();
    let first = format!("Dispatched run to data source with id {}", run.id);
    run.log("INFO", first, now);
    state.runs.push(run);
    state.runs.len() - 1
}

/// The parameters of a run with the secret among them, where a config has one.
pub(super) fn secret_parameters(state: &State, run: &Run) -> Option<Value> {
    let config = state
        .configs
        .iter()
        .find(|config| config.id == run.config)?;
    let mut parameters = run.fields.get("params")?.clone();
    parameters[SECRET] = config.secret.clone()?.into();
    Some(parameters)
}
