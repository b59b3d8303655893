//! From a request to what it does.

use http::Method;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::Options;
use super::auth::{Caller, Rights};
use super::bulk::{self, Bulk};
use super::error::{Language, Refusal, words};
use super::filter::Context;
use super::parameters::{Parameters, method};
use super::state::State;
use super::{query, read, status, write};
use crate::exchange::{Answer, Request};

/// The longest request target, in bytes.
const LONGEST_TARGET: usize = 8 * 1024;

/// Answers a request: does what it asks, or says why not.
pub(super) fn answer(state: &mut State, options: &Options, request: &Request) -> Answer {
    if request.path.len() + request.query.len() > LONGEST_TARGET {
        return Answer::new(
            414,
            "text/html",
            "<html><body>Request-URI Too Large</body></html>",
        );
    }
    if !state.directory.passes_gate(request) {
        return Answer::new(401, "text/html", "<html><body>Unauthorized</body></html>")
            .with_header("www-authenticate", "Basic");
    }
    let result = dispatch(state, request);
    let done = matches!(result, Ok(Reply::Answer(_)));
    for hosted in state.apps.values_mut() {
        if done {
            hosted.records.commit();
        } else {
            hosted.records.roll_back();
        }
    }
    state.refusals += u64::from(!done);
    let (language, older) = (language(options, request), options.older_statuses);
    match result {
        Ok(Reply::Answer(answer)) => answer,
        Ok(Reply::RefusedBulk {
            index,
            count,
            refusal,
        }) => {
            let error = refusal.body(language, state.refusals);
            Answer::json(refusal.status(older), &bulk::results(index, count, &error))
        }
        Err(refusal) => refusal.answer(language, older, state.refusals),
    }
}

/// What a request that was understood leads to.
enum Reply {
    Answer(Answer),
    RefusedBulk {
        index: usize,
        count: usize,
        refusal: Refusal,
    },
}

fn language(options: &Options, request: &Request) -> Language {
    match request.header("accept-language") {
        accepted if accepted.starts_with("ja") => Language::Japanese,
        accepted if accepted.starts_with("en") => Language::English,
        _ => options.language,
    }
}

/// A request that was understood: who wants what, from which space.
pub(super) struct Call<'a> {
    pub(super) caller: &'a Caller,
    pub(super) space: Option<u64>,
    pub(super) parameters: Parameters,
}

fn dispatch(state: &mut State, request: &Request) -> Result<Reply, Refusal> {
    let (space, name) = locate(&request.path).ok_or_else(unknown)?;
    let caller = state.directory.authenticate(request)?;
    let method = method(request);
    if (&method, name) == (&Method::POST, "file") {
        let now = state.clock.now();
        let body = state.files.upload(request, now)?;
        return Ok(Reply::Answer(Answer::json(200, &body)));
    }
    let call = Call {
        caller: &caller,
        space,
        parameters: Parameters::of(request)?,
    };
    Ok(Reply::Answer(match (method.as_str(), name) {
        ("GET", "records") => records(state, &call)?,
        ("GET", "file") => state.files.download(&call.parameters.text("fileKey")?)?,
        ("POST", "bulkRequest") => match bulk::run(state, &call)? {
            Bulk::Done(results) => Answer::json(200, &json!({ "results": results })),
            Bulk::Refused {
                index,
                count,
                refusal,
            } => {
                return Ok(Reply::RefusedBulk {
                    index,
                    count,
                    refusal,
                });
            }
        },
        (method, name) => Answer::json(200, &perform(state, &call, method, name)?),
    }))
}

fn unknown() -> Refusal {
    Refusal::new("CB_IL02")
}

/// The guest space and the name of the API: `(Some(3), "records")`.
pub(super) fn locate(path: &str) -> Option<(Option<u64>, &str)> {
    let rest = path.strip_prefix("/k/")?;
    let (space, rest) = match rest.strip_prefix("guest/") {
        Some(rest) => {
            let (space, rest) = rest.split_once('/')?;
            (Some(space.parse().ok()?), rest)
        }
        None => (None, rest),
    };
    Some((space, rest.strip_prefix("v1/")?.strip_suffix(".json")?))
}

pub(super) fn perform(
    state: &mut State,
    call: &Call<'_>,
    method: &str,
    name: &str,
) -> Result<Value, Refusal> {
    match (method, name) {
        ("GET", "record") => record(state, call),
        ("POST", "record") => write::add_one(state, call),
        ("PUT", "record") => write::update_one(state, call),
        ("POST", "records") => write::add(state, call),
        ("PUT", "records") => write::update_many(state, call),
        ("DELETE", "records") => write::delete(state, call),
        ("PUT", "record/status") => status::act_on_one(state, call),
        ("PUT", "records/status") => status::act_on_many(state, call),
        ("POST", "records/cursor") => open_cursor(state, call),
        ("GET", "records/cursor") => next_page(state, call),
        ("DELETE", "records/cursor") => close_cursor(state, call),
        ("GET", "app") => {
            let app = call.parameters.required("id")?;
            let hosted = state.app(app, call.space)?;
            demand_any(call, app, &[Rights::VIEW, Rights::ADD])?;
            Ok(hosted.app.app_json(app))
        }
        ("GET", "app/form/fields" | "app/form/layout" | "app/settings") => form(state, call, name),
        _ => Err(unknown()),
    }
}

fn demand_any(call: &Call<'_>, app: u64, rights: &[Rights]) -> Result<(), Refusal> {
    let mut results = rights.iter().map(|right| call.caller.demand(app, *right));
    results
        .find(Result::is_ok)
        .unwrap_or_else(|| call.caller.demand(app, rights[0]))
}

fn form(state: &State, call: &Call<'_>, name: &str) -> Result<Value, Refusal> {
    let app = call.parameters.required("app")?;
    let hosted = state.app(app, call.space)?;
    if name == "app/settings" {
        call.caller.demand(app, Rights::MANAGE)?;
        return Ok(hosted.app.settings_json(hosted.revision));
    }
    demand_any(call, app, &[Rights::VIEW, Rights::ADD])?;
    Ok(match name {
        "app/form/fields" => hosted.app.fields_json(hosted.revision),
        _ => hosted.app.layout_json(hosted.revision),
    })
}

fn record(state: &State, call: &Call<'_>) -> Result<Value, Refusal> {
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

fn context<'a>(state: &'a State, call: &Call<'_>) -> Context<'a> {
    let author = call.caller.author();
    Context {
        now: state.clock.now(),
        zone: TimeZone::get("Asia/Tokyo").unwrap_or(TimeZone::UTC),
        login: author["code"].as_str().unwrap_or_default().to_owned(),
        directory: &state.directory,
    }
}

fn records(state: &State, call: &Call<'_>) -> Result<Answer, Refusal> {
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
    Ok(Answer::new(200, "application/json;charset=utf-8", body))
}

/// `{"records":[…]` without its end; ids whose records are gone are passed over.
fn list(
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

fn open_cursor(state: &mut State, call: &Call<'_>) -> Result<Value, Refusal> {
    let app = call.parameters.required("app")?;
    let hosted = state.app(app, call.space)?;
    call.caller.demand(app, Rights::VIEW)?;
    let size = call.parameters.number("size")?.unwrap_or(100);
    let query = query::parse(call.parameters.get("query").as_str().unwrap_or_default())?;
    if !(1..=500).contains(&size) || query.limit.is_some() || query.offset.is_some() {
        let words = words(
            "sizeは1から500で指定し、queryにlimitとoffsetは指定できません。",
            "The size must be 1 to 500, and the query must have no limit and no offset.",
        );
        return Err(Refusal::invalid("query", words));
    }
    let context = context(state, call);
    super::filter::check(&query, &hosted.app, &context)?;
    let ids = read::all(&hosted.app, &hosted.records, &query, &context);
    let (total, now) = (ids.len().to_string(), state.clock.now());
    let fields = call
        .parameters
        .texts("fields")
        .filter(|fields| !fields.is_empty());
    let size = usize::try_from(size).unwrap_or(500);
    let id = state.cursors.open(app, fields, ids, size, now)?;
    Ok(json!({ "id": id, "totalCount": total }))
}

fn next_page(state: &mut State, call: &Call<'_>) -> Result<Value, Refusal> {
    let (id, now) = (call.parameters.text("id")?, state.clock.now());
    if let Some(app) = state.cursors.app(&id) {
        call.caller.demand(app, Rights::VIEW)?;
    }
    let page = state.cursors.next(&id, now)?;
    let mut body = list(state, page.app, page.fields.as_deref(), &page.ids)?;
    body.extend(format!(r#","next":{}}}"#, page.next).bytes());
    Ok(serde_json::from_slice(&body).unwrap_or_default())
}

fn close_cursor(state: &mut State, call: &Call<'_>) -> Result<Value, Refusal> {
    let (id, now) = (call.parameters.text("id")?, state.clock.now());
    if let Some(app) = state.cursors.app(&id) {
        call.caller.demand(app, Rights::VIEW)?;
    }
    state.cursors.close(&id, now)?;
    Ok(json!({}))
}
