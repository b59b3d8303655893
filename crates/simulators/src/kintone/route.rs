//! From a request to what it does.

use http::Method;
use serde_json::{Value, json};

use super::Options;
use super::auth::{Caller, Rights};
use super::bulk::{self, Bulk};
use super::error::{Language, Refusal};
use super::form::acl_json;
use super::parameters::{Parameters, method};
use super::state::{Stamp, State};
use super::{cursor, page, status, write};
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
    if done {
        state.files.commit();
    } else {
        state.files.roll_back();
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
    pub(super) stamp: &'a Stamp,
    pub(super) space: Option<u64>,
    pub(super) parameters: Parameters<'a>,
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
    let stamp = Stamp::new(&caller, state.clock.now());
    let call = Call {
        caller: &caller,
        stamp: &stamp,
        space,
        parameters: Parameters::of(request)?,
    };
    Ok(Reply::Answer(match (method.as_str(), name) {
        ("GET", "records") => page::many(state, &call)?,
        ("GET", "records/cursor") => cursor::next(state, &call)?,
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
        ("GET", "record") => page::one(state, call),
        ("POST", "record") => write::add_one(state, call),
        ("PUT", "record") => write::update_one(state, call),
        ("POST", "records") => write::add(state, call),
        ("PUT", "records") => write::update_many(state, call),
        ("DELETE", "records") => write::delete(state, call),
        ("PUT", "record/status") => status::act_on_one(state, call),
        ("PUT", "records/status") => status::act_on_many(state, call),
        ("POST", "records/cursor") => cursor::open(state, call),
        ("DELETE", "records/cursor") => cursor::close(state, call),
        ("GET", "app") => {
            let app = call.parameters.required("id")?;
            let hosted = state.app(app, call.space)?;
            demand_any(call, app, &[Rights::VIEW, Rights::ADD])?;
            Ok(hosted.app.app_json(app))
        }
        ("GET", "app/form/fields" | "app/form/layout" | "app/settings" | "app/acl") => {
            form(state, call, name)
        }
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
    if matches!(name, "app/settings" | "app/acl") {
        call.caller.demand(app, Rights::MANAGE)?;
        return Ok(match name {
            "app/acl" => acl_json(hosted.revision),
            _ => hosted.app.settings_json(hosted.revision),
        });
    }
    demand_any(call, app, &[Rights::VIEW, Rights::ADD])?;
    Ok(match name {
        "app/form/fields" => hosted.app.fields_json(hosted.revision),
        _ => hosted.app.layout_json(hosted.revision),
    })
}
