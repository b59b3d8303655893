//! Answers with records in them.

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::auth::Rights;
use super::error::Refusal;
use super::filter::Context;
use super::route::Call;
use super::state::State;
use super::{query, read};
use crate::exchange::{Answer, JSON};

/// `GET record.json`.
pub(super) fn one(state: &State, call: &Call<'_>) -> Result<Value, Refusal> {
    let app = call.parameters.required("app")?;
    let hosted = state.app(app, call.space)?;
    call.caller.demand(app, Rights::VIEW)?;
    let record = hosted.record_json(call.parameters.required("id")?);
    Ok(json!({ "record": record.ok_or(Refusal::new("GAIA_RE01"))? }))
}

fn select(state: &State, call: &Call<'_>) -> Result<(u64, read::Selection), Refusal> {
    let app = call.parameters.required("app")?;
    let hosted = state.app(app, call.space)?;
    call.caller.demand(app, Rights::VIEW)?;
    let query = query::parse(call.parameters.get("query").as_str().unwrap_or_default())?;
    let counted = call.parameters.flag("totalCount");
    let context = context(state, call);
    Ok((
        app,
        read::page(&hosted.app, &hosted.records, &query, counted, &context)?,
    ))
}

/// What the query of this call is understood by.
pub(super) fn context<'a>(state: &'a State, call: &Call<'_>) -> Context<'a> {
    let author = call.caller.author();
    Context {
        now: state.clock.now(),
        zone: TimeZone::get("Asia/Tokyo").unwrap_or(TimeZone::UTC),
        login: author["code"].as_str().unwrap_or_default().to_owned(),
        directory: &state.directory,
    }
}

/// `GET records.json`.
pub(super) fn many(state: &State, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (app, selection) = select(state, call)?;
    let fields = call
        .parameters
        .texts("fields")
        .filter(|fields| !fields.is_empty());
    let mut body = list(state, app, fields.as_deref(), &selection.ids)?;
    match selection.total {
        Some(total) => body.extend(format!(r#","totalCount":"{total}"}}"#).bytes()),
        None => body.extend(br#","totalCount":null}"#),
    }
    Ok(Answer::new(200, JSON, body))
}

/// `{"records":[…]` without its end; ids whose records are gone are passed over.
pub(super) fn list(
    state: &State,
    app: u64,
    fields: Option<&[String]>,
    ids: &[u64],
) -> Result<Vec<u8>, Refusal> {
    let hosted = state.apps.get(&app).ok_or(Refusal::new("GAIA_AP01"))?;
    let mut body = Vec::with_capacity(ids.len() * 1024 + 64);
    body.extend(br#"{"records":["#);
    for id in ids.iter().filter(|id| hosted.records.exists(**id)) {
        hosted.records.write(&hosted.app, *id, fields, &mut body);
        body.push(b',');
    }
    if body.last() == Some(&b',') {
        body.pop();
    }
    body.push(b']');
    Ok(body)
}
