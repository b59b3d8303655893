//! One record on its way in: what is sent, what is worked out, and what is checked.

use std::sync::Arc;

use serde_json::json;

use super::app::App;
use super::auth::{Caller, Rights};
use super::error::Refusal;
use super::field::{Field, FieldType};
use super::given::Given;
use super::parameters::Parameters;
use super::record::Record;
use super::route::Call;
use super::state::{Stamp, State};
use super::value::{Desk, READ_ONLY, REQUIRED, UNIQUE, invalid, is_empty};
use super::values::Values;
use super::write::demand_revision;
use super::{calc, lookup, status};

/// An id and the revision that a write led to.
type Written = (u64, u64);

/// Adds one record; `at` is the way to it, such as `records[3]`.
pub(super) fn insert(
    state: &mut State,
    call: &Call<'_>,
    app: u64,
    given: &Given<'_>,
    at: &str,
) -> Result<Written, Refusal> {
    let hosted = state.apps.get_mut(&app).ok_or(Refusal::new("GAIA_AP01"))?;
    let record = Record {
        id: hosted.records.next_id(),
        revision: 1,
        values: Values::with_capacity(hosted.app.fields.len()),
    };
    finish(state, call, app, record, given, true).map_err(|refusal| refusal.within(at))
}

/// Fills a new record in where nothing was given.
fn fill_in(form: &App, stamp: &Stamp, values: &mut Values) {
    for field in form.fields.iter().filter(|field| field.kind.has_value()) {
        if values.get(&field.code).is_some() {
            continue;
        }
        let value = match field.kind {
            FieldType::Creator | FieldType::Modifier => (&stamp.author).into(),
            FieldType::CreatedTime | FieldType::UpdatedTime => (&stamp.minute).into(),
            FieldType::Status if form.process => json!(status::FIRST).into(),
            _ => field
                .default
                .clone()
                .unwrap_or_else(|| field.kind.empty())
                .into(),
        };
        values.add(&field.code, value);
    }
}

/// Changes one record.
pub(super) fn update(
    state: &mut State,
    call: &Call<'_>,
    app: u64,
    id: u64,
    item: &Parameters<'_>,
    at: &str,
) -> Result<Written, Refusal> {
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
            FieldType::Modifier => record.values.set(&field.code, &call.stamp.author),
            FieldType::UpdatedTime => record.values.set(&field.code, &call.stamp.minute),
            _ => {}
        }
    }
    finish(state, call, app, record, item.get("record"), false)
        .map_err(|refusal| refusal.within(at))
}

/// Takes over what was given, works out the rest, checks the whole, and keeps it.
fn finish(
    state: &mut State,
    call: &Call<'_>,
    app: u64,
    mut record: Record,
    given: &Given<'_>,
    new: bool,
) -> Result<Written, Refusal> {
    take_over(state, call, app, &mut record, given, new)?;
    lookup::fill(state, call.caller, app, &mut record, given)?;
    let hosted = state.apps.get_mut(&app).ok_or(Refusal::new("GAIA_AP01"))?;
    for field in hosted
        .app
        .fields
        .iter()
        .filter(|field| field.expression.is_some())
    {
        let value = calc::evaluate(field, |code| record.values.get(code));
        record.values.set(&field.code, value);
    }
    let mut faults = hosted.app.fields.iter().filter_map(|field| {
        let value = record.value(&field.code);
        let other = value
            .as_str()
            .and_then(|text| hosted.records.find_unique(&field.code, text));
        let fault = if field.required && is_empty(value) {
            &REQUIRED
        } else if other.is_some_and(|other| other != record.id) {
            &UNIQUE
        } else {
            return None;
        };
        Some(invalid(&format!(".{}", field.code), "value", fault))
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
    call: &Call<'_>,
    app: u64,
    record: &mut Record,
    given: &Given<'_>,
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
    let mut at = String::new();
    for field in &form.fields {
        let Some(given) = given.get(&field.code) else {
            continue;
        };
        at.clear();
        at.push('.');
        at.push_str(&field.code);
        if !is_writable(&form, field, call.caller, app, new, &at)? {
            continue;
        }
        let (given, before) = (&given["value"], record.value(&field.code));
        if field.kind.is_person() {
            let person = call
                .stamp
                .person(given, || desk.accept(field, given, before, &at))?;
            record.values.set(&field.code, &person);
        } else {
            let value = desk.accept(field, given, before, &at)?;
            record.values.set(&field.code, value);
        }
    }
    if new {
        fill_in(&form, call.stamp, &mut record.values);
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
