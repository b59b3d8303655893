//! Looking at runs and at what they said.

use serde_json::{Value, json};

use super::refusal::Refusal;
use super::route::Call;
use super::state::{State, text};
use super::{configs, load, page};

/// Tells one run, which is a look at it.
pub(super) fn get(state: &mut State, call: &Call<'_>) -> Result<Value, Refusal> {
    let found = find(state, call)?;
    look(state, found);
    Ok(state.runs[found].described(&state.options))
}

/// Tells the runs of a config, the newest first, page by page; each that is told is looked at.
pub(super) fn list(state: &mut State, call: &Call<'_>) -> Result<Value, Refusal> {
    let config = state.configs[configs::find(state, call)?].id.clone();
    let states: Vec<&str> = call.all("states").collect();
    let runs = state.runs.iter().enumerate().rev();
    let runs = runs.filter(|(_, run)| run.config == config);
    let runs = runs.filter(|(_, run)| states.is_empty() || states.contains(&run.state.name()));
    let latest_only = call.parameter("runAttempt") == Some("LATEST");
    let mut days = Vec::new();
    let runs = runs.filter(|(_, run)| {
        let day = run.time.to_zoned(jiff::tz::TimeZone::UTC).date();
        let is_new = !days.contains(&day);
        days.push(day);
        is_new || !latest_only
    });
    let runs = runs.map(|(index, _)| index).collect();
    let page = page::cut(call, "pageSize", state.options.most_on_page, runs)?;
    page.items.iter().for_each(|index| look(state, *index));
    let runs = page
        .items
        .iter()
        .map(|index| state.runs[*index].described(&state.options));
    Ok(page::answer("transferRuns", runs.collect(), page.token))
}

/// Removes a run.
pub(super) fn delete(state: &mut State, call: &Call<'_>) -> Result<Value, Refusal> {
    let found = find(state, call)?;
    state.runs.remove(found);
    Ok(json!({}))
}

/// Tells what a run said, the newest last, page by page.
pub(super) fn logs(state: &State, call: &Call<'_>) -> Result<Value, Refusal> {
    let run = &state.runs[find(state, call)?];
    let wanted: Vec<&str> = call.all("messageTypes").collect();
    let messages = run.messages.iter();
    let messages =
        messages.filter(|message| wanted.is_empty() || wanted.contains(&message.severity));
    let page = page::cut(
        call,
        "pageSize",
        state.options.most_on_page,
        messages.collect(),
    )?;
    let messages = page.items.iter().map(|message| {
        json!({ "messageTime": text(message.time), "severity": message.severity, "messageText": message.text })
    });
    Ok(page::answer(
        "transferMessages",
        messages.collect(),
        page.token,
    ))
}

fn look(state: &mut State, index: usize) {
    let now = state.now();
    state.runs[index].look();
    if state.runs[index].advance(state.options.pace, now) {
        load::end(state, index);
    }
}

fn find(state: &State, call: &Call<'_>) -> Result<usize, Refusal> {
    let config = &state.configs[configs::find(state, call)?].id;
    let mut runs = state.runs.iter();
    let found = runs.position(|run| run.id == call.name.run && run.config == *config);
    found.ok_or_else(|| Refusal::not_found("Requested entity was not found."))
}
