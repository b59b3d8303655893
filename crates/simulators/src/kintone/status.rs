//! Process management: three statuses, and the actions between them.

use serde_json::{Value, json};

use super::auth::Rights;
use super::error::{Refusal, words};
use super::field::FieldType;
use super::parameters::Parameters;
use super::record::Record;
use super::route::Call;
use super::state::State;

/// The status of a new record.
pub(super) const FIRST: &str = "未処理";

/// The name of an action, the status it starts from, and the one it leads to.
const ACTIONS: [(&str, &str, &str); 2] = [
    ("処理開始", FIRST, "処理中"),
    ("完了する", "処理中", "完了"),
];

/// The most records whose status one request may move.
const MOST_RECORDS: usize = 100;

/// `PUT record/status.json`.
pub(super) fn act_on_one(state: &mut State, call: &Call<'_>) -> Result<Value, Refusal> {
    let revision = act(state, call, &call.parameters)?;
    Ok(json!({ "revision": revision.to_string() }))
}

/// `PUT records/status.json`.
pub(super) fn act_on_many(state: &mut State, call: &Call<'_>) -> Result<Value, Refusal> {
    let mut moved = Vec::new();
    for item in call.parameters.list("records", MOST_RECORDS)? {
        let revision = act(state, call, &Parameters::from(item))?;
        moved.push(json!({ "id": item["id"].to_value(), "revision": revision.to_string() }));
    }
    Ok(json!({ "records": moved }))
}

/// Takes one action; the revision rises by two.
fn act(state: &mut State, call: &Call<'_>, item: &Parameters<'_>) -> Result<u64, Refusal> {
    let app = call.parameters.required("app")?;
    state.app(app, call.space)?;
    call.caller.demand(app, Rights::EDIT)?;
    let hosted = state.apps.get_mut(&app).ok_or(Refusal::new("GAIA_AP01"))?;
    let found = hosted.records.get(&hosted.app, item.required("id")?);
    let mut record = Record::clone(&*found.ok_or(Refusal::new("GAIA_RE01"))?);
    let code = hosted
        .app
        .of_kind(FieldType::Status)
        .map(|field| field.code.clone());
    let code = code
        .filter(|_| hosted.app.process)
        .ok_or_else(not_possible)?;
    let action = item.text("action")?;
    let current = record
        .value(&code)
        .as_str()
        .filter(|text| !text.is_empty())
        .unwrap_or(FIRST);
    let mut actions = ACTIONS
        .iter()
        .filter(|(name, from, _)| *name == action && *from == current);
    let (_, _, to) = actions.next().ok_or_else(not_possible)?;
    record.values.set(&code, json!(to));
    for field in &hosted.app.fields {
        match field.kind {
            FieldType::Modifier => record.values.set(&field.code, &call.stamp.author),
            FieldType::UpdatedTime => record.values.set(&field.code, &call.stamp.minute),
            _ => {}
        }
    }
    record.revision += 2;
    let revision = record.revision;
    hosted.records.put(record);
    Ok(revision)
}

fn not_possible() -> Refusal {
    let words = words(
        "アクションを実行できません。",
        "The action cannot be taken.",
    );
    Refusal::invalid("action", words)
}
