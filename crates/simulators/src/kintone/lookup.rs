//! Lookups: a key that must be found in another app, and what is copied from there.

use serde_json::json;

use super::auth::{Caller, Rights};
use super::error::Refusal;
use super::field::{FieldType, Lookup};
use super::given::Given;
use super::record::Record;
use super::state::State;

/// Copies what the record's lookups find, for the keys that were just given.
pub(super) fn fill(
    state: &State,
    caller: &Caller,
    app: u64,
    record: &mut Record,
    given: &Given<'_>,
) -> Result<(), Refusal> {
    let Some(hosted) = state.apps.get(&app) else {
        return Ok(());
    };
    for field in &hosted.app.fields {
        let Some(lookup) = &field.lookup else {
            continue;
        };
        if given.get(&field.code).is_none() {
            continue;
        }
        let key = record
            .value(&field.code)
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let source = if key.is_empty() {
            None
        } else {
            Some(find(state, caller, lookup, &key)?)
        };
        for (here, there) in &lookup.copies {
            let value = source
                .as_ref()
                .map_or(json!(""), |source| source.value(there).clone());
            record.values.set(&here.as_str().into(), value);
        }
    }
    Ok(())
}

fn find(state: &State, caller: &Caller, lookup: &Lookup, key: &str) -> Result<Record, Refusal> {
    let refusal = || Refusal::new("GAIA_LO04");
    let source = state.apps.get(&lookup.app).ok_or_else(refusal)?;
    if !caller.may(lookup.app, Rights::VIEW) {
        return Err(refusal());
    }
    let number = source
        .app
        .fields
        .iter()
        .find(|field| *field.code == *lookup.key);
    if number.is_some_and(|field| field.kind == FieldType::RecordNumber) {
        let id = id_of(key, &source.app.code).ok_or_else(refusal)?;
        let record = source.records.get(&source.app, id).ok_or_else(refusal)?;
        return Ok(Record::clone(&record));
    }
    let mut ids = source.records.ids(1, u64::MAX);
    let found = ids.find_map(|id| {
        let record = source.records.get(&source.app, id)?;
        (record.value(&lookup.key) == key).then(|| Record::clone(&record))
    });
    found.ok_or_else(refusal)
}

/// The id that a record number names: `12`, or `CODE-12` in an app of that code.
fn id_of(number: &str, code: &str) -> Option<u64> {
    let digits = match number.rsplit_once('-') {
        Some((of, digits)) => Some(digits).filter(|_| of == code),
        None => Some(number),
    };
    digits?.parse().ok()
}
