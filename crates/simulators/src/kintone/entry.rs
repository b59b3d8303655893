//! One record on its way in: what is sent, what is worked out, and what is checked.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::app::App;
use super::auth::{Caller, Rights};
use super::error::Refusal;
use super::field::{Field, FieldType};
use super::parameters::Parameters;
use super::record::Record;
use super::route::Call;
use super::state::{State, minute};
use super::value::{Desk, READ_ONLY, REQUIRED, UNIQUE, invalid, is_empty};
use super::write::demand_revision;
use super::{calc, lookup, status};

/// An id and the revision that a write led to.
type Written = (u64, u64);

/// Adds one record; `at` is the way to it, such as `records[3]`.
pub(super) fn insert(
    state: &mut State,
    call: &Call<'_>,
    app: u64,
    given: &Value,
    at: &str,
) -> Result<Written, Refusal> {
    let now = json!(minute(state.clock.now()));
    let hosted = state.apps.get_mut(&app).ok_or(Refusal::new("GAIA_AP01"))?;
    let form = Arc::clone(&hosted.app);
    let mut values = BTreeMap::new();
    for field in form.fields.iter().filter(|field| field.kind.has_value()) {
        let value = match field.kind {
            FieldType::Creator | FieldType::Modifier => call.caller.author(),
            FieldType::CreatedTime | FieldType::UpdatedTime => now.clone(),
            FieldType::Status if form.process => json!(status::FIRST),
            _ => field.default.clone().unwrap_or_else(|| field.kind.empty()),
        };
        values.insert(field.code.clone(), value);
    }
    let id = hosted.records.next_id();
    let record = Record {
        id,
        revision: 1,
        values,
    };
    finish(state, call.caller, app, record, given, true).map_err(|refusal| refusal.within(at))
}

/// Changes one record.
pub(super) fn update(
    state: &mut State,
    call: &Call<'_>,
    app: u64,
    id: u64,
    item: &Parameters,
    at: &str,
) -> Result<Written, Refusal> {
    let now = json!(minute(state.clock.now()));
    let hosted = state.apps.get(&app).ok_or(Refusal::new("GAIA_AP01"))?;
    let before = hosted
        .records
        .get(&hosted.app, id)
        .ok_or(Refusal::new("GAIA_RE01"))?;
    demand_revision(&before, item.get("revision"))?;
    let mut record = Record::clone(&before);
    record.revision += 1;
    for field in &hosted.app.fields {
        match field.kind {
            FieldType::Modifier => record
                .values
                .insert(field.code.clone(), call.caller.author()),
            FieldType::UpdatedTime => record.values.insert(field.code.clone(), now.clone()),
            _ => None,
        };
    }
    finish(state, call.caller, app, record, item.get("record"), false)
        .map_err(|refusal| refusal.within(at))
}

/// Takes over what was given, works out the rest, checks the whole, and keeps it.
fn finish(
    state: &mut State,
    caller: &Caller,
    app: u64,
    mut record: Record,
    given: &Value,
    new: bool,
) -> Result<Written, Refusal> {
    take_over(state, caller, app, &mut record, given, new)?;
    lookup::fill(state, caller, app, &mut record, given)?;
    let hosted = state.apps.get_mut(&app).ok_or(Refusal::new("GAIA_AP01"))?;
    for field in hosted
        .app
        .fields
        .iter()
        .filter(|field| field.expression.is_some())
    {
        let value = calc::evaluate(field, |code| record.values.get(code));
        record.values.insert(field.code.clone(), value);
    }
    let mut faults = hosted.app.fields.iter().filter_map(|field| {
        let value = record.value(&field.code);
        let other = value
            .as_str()
            .and_then(|text| hosted.records.find_unique(&field.code, text));
        let at = format!(".{}", field.code);
        if field.required && is_empty(value) {
            Some(invalid(&at, "value", &REQUIRED))
        } else if other.is_some_and(|other| other != record.id) {
            Some(invalid(&at, "value", &UNIQUE))
        } else {
            None
        }
    });
    if let Some(first) = faults.next() {
        return Err(faults.fold(first, Refusal::join));
    }
    drop(faults);
    let written = (record.id, record.revision);
    hosted.records.put(record);
    Ok(written)
}

fn take_over(
    state: &mut State,
    caller: &Caller,
    app: u64,
    record: &mut Record,
    given: &Value,
    new: bool,
) -> Result<(), Refusal> {
    let State {
        apps,
        directory,
        files,
        clock,
        ..
    } = state;
    let hosted = apps.get_mut(&app).ok_or(Refusal::new("GAIA_AP01"))?;
    let form = Arc::clone(&hosted.app);
    let mut desk = Desk {
        app: Arc::clone(&form),
        directory,
        files,
        last_row: &mut hosted.last_row,
        now: clock.now(),
    };
    for field in &form.fields {
        let Some(given) = given.get(&field.code) else {
            continue;
        };
        let at = format!(".{}", field.code);
        if !is_writable(&form, field, caller, app, new, &at)? {
            continue;
        }
        let value = desk.accept(field, &given["value"], record.value(&field.code), &at)?;
        record.values.insert(field.code.clone(), value);
    }
    Ok(())
}

/// Whether a value that was sent is looked at; refuses those that must not be sent.
fn is_writable(
    form: &App,
    field: &Field,
    caller: &Caller,
    app: u64,
    new: bool,
    at: &str,
) -> Result<bool, Refusal> {
    if field.kind == FieldType::RecordNumber || (field.kind.is_history() && !new) {
        return Err(invalid(at, "value", &READ_ONLY));
    }
    if field.kind.is_history() {
        caller.demand(app, Rights::MANAGE)?;
    }
    Ok(field.kind.has_value() && !field.is_computed() && !form.is_copied(&field.code))
}
