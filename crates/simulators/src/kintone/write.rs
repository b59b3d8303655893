//! Adding, changing and deleting records.

use serde_json::{Value, json};

use super::auth::Rights;
use super::entry::{insert, update};
use super::error::{Refusal, words};
use super::field::FieldType;
use super::given::Given;
use super::number::Decimal;
use super::parameters::Parameters;
use super::record::Record;
use super::route::Call;
use super::state::State;
use super::value::{READ_ONLY, invalid};

/// The most records that one request may write.
const MOST_RECORDS: usize = 100;

/// `POST record.json`.
pub(super) fn add_one(state: &mut State, call: &Call<'_>) -> Result<Value, Refusal> {
    let app = reach(state, call, Rights::ADD)?;
    let (id, revision) = insert(state, call, app, call.parameters.get("record"), "record")?;
    Ok(json!({ "id": id.to_string(), "revision": revision.to_string() }))
}

/// `POST records.json`.
pub(super) fn add(state: &mut State, call: &Call<'_>) -> Result<Value, Refusal> {
    let app = reach(state, call, Rights::ADD)?;
    let (mut ids, mut revisions) = (Vec::new(), Vec::new());
    for (index, record) in call
        .parameters
        .list("records", MOST_RECORDS)?
        .iter()
        .enumerate()
    {
        let (id, revision) = insert(state, call, app, record, &format!("records[{index}]"))?;
        ids.push(id.to_string());
        revisions.push(revision.to_string());
    }
    Ok(json!({ "ids": ids, "revisions": revisions }))
}

/// `PUT record.json`.
pub(super) fn update_one(state: &mut State, call: &Call<'_>) -> Result<Value, Refusal> {
    let app = reach(state, call, Rights::EDIT)?;
    let id = target(state, app, &call.parameters)?.ok_or_else(|| missing(&call.parameters))?;
    let (_, revision) = update(state, call, app, id, &call.parameters, "record")?;
    Ok(json!({ "revision": revision.to_string() }))
}

/// `PUT records.json`, which adds what is not there when it is told to.
pub(super) fn update_many(state: &mut State, call: &Call<'_>) -> Result<Value, Refusal> {
    let upsert = call.parameters.flag("upsert");
    let rights = if upsert {
        Rights::EDIT | Rights::ADD
    } else {
        Rights::EDIT
    };
    let app = reach(state, call, rights)?;
    let mut written = Vec::new();
    for (index, item) in call
        .parameters
        .list("records", MOST_RECORDS)?
        .iter()
        .enumerate()
    {
        let (item, at) = (Parameters::from(item), format!("records[{index}]"));
        let ((id, revision), operation) = match target(state, app, &item)? {
            Some(id) => (update(state, call, app, id, &item, &at)?, "UPDATE"),
            None if upsert => (insert(state, call, app, &with_key(&item), &at)?, "INSERT"),
            None => return Err(missing(&item)),
        };
        let mut line = json!({ "id": id.to_string(), "revision": revision.to_string() });
        if upsert {
            line["operation"] = json!(operation);
        }
        written.push(line);
    }
    Ok(json!({ "records": written }))
}

/// `DELETE records.json`.
pub(super) fn delete(state: &mut State, call: &Call<'_>) -> Result<Value, Refusal> {
    let app = reach(state, call, Rights::DELETE)?;
    let revisions = call
        .parameters
        .get("revisions")
        .as_array()
        .unwrap_or_default();
    for (index, id) in call
        .parameters
        .list("ids", MOST_RECORDS)?
        .iter()
        .enumerate()
    {
        let id = integer(id).ok_or_else(|| invalid("ids", "value", &READ_ONLY))?;
        let revision = revisions.get(index).unwrap_or(&Given::Null);
        let hosted = state.apps.get_mut(&app).ok_or(Refusal::new("GAIA_AP01"))?;
        let record = hosted
            .records
            .get(&hosted.app, id)
            .ok_or(Refusal::new("GAIA_RE01"))?;
        demand_revision(&record, revision)?;
        hosted.records.remove(id);
    }
    Ok(json!({}))
}

fn reach(state: &State, call: &Call<'_>, rights: Rights) -> Result<u64, Refusal> {
    let app = call.parameters.required("app")?;
    state.app(app, call.space)?;
    call.caller.demand(app, rights)?;
    Ok(app)
}

fn integer(value: &Given<'_>) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

/// Which record an update means, by its id or by the value of a unique field.
fn target(state: &State, app: u64, item: &Parameters<'_>) -> Result<Option<u64>, Refusal> {
    let hosted = state.apps.get(&app).ok_or(Refusal::new("GAIA_AP01"))?;
    let key = item.get("updateKey");
    match (item.number("id")?, key.is_null()) {
        (Some(id), true) => Ok(Some(id).filter(|id| hosted.records.exists(*id))),
        (None, false) => {
            let code = key["field"].as_str().unwrap_or_default();
            let field = hosted.app.find(code).filter(|field| {
                field.unique && matches!(field.kind, FieldType::SingleLineText | FieldType::Number)
            });
            let field = field.ok_or_else(|| invalid("updateKey", "field", &READ_ONLY))?;
            let value = key["value"]
                .as_str()
                .map_or_else(|| key["value"].to_value().to_string(), str::to_owned);
            let number = match field.kind {
                FieldType::Number => Decimal::parse(&value).map(|number| number.to_string()),
                _ => None,
            };
            let value = number.unwrap_or(value);
            Ok(hosted.records.find_unique(code, &value))
        }
        _ => Err(Refusal::invalid(
            "id",
            words(
                "idかupdateKeyのどちらかを指定してください。",
                "Specify either id or updateKey.",
            ),
        )),
    }
}

fn missing(item: &Parameters<'_>) -> Refusal {
    Refusal::new(if item.get("updateKey").is_null() {
        "GAIA_RE01"
    } else {
        "GAIA_RE20"
    })
}

/// The record of an upsert that has to be added, with the value that it was looked for by.
fn with_key<'a>(item: &'a Parameters<'_>) -> Given<'a> {
    let (record, key) = (item.get("record").clone(), item.get("updateKey"));
    match key["field"].as_str() {
        Some(code) => {
            let value = Given::Object(vec![("value".into(), key["value"].clone())]);
            record.with(code, value)
        }
        None => record,
    }
}

/// Refuses a write that expects another revision; -1 and none expect nothing.
pub(super) fn demand_revision(record: &Record, expected: &Given<'_>) -> Result<(), Refusal> {
    let expected = expected
        .as_i64()
        .or_else(|| expected.as_str()?.parse().ok())
        .unwrap_or(-1);
    let stale = expected != -1 && u64::try_from(expected).ok() != Some(record.revision);
    if stale {
        Err(Refusal::new("GAIA_CO02"))
    } else {
        Ok(())
    }
}
