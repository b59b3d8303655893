//! Which request does what, once it is known to be of the documented form.

use serde_json::{Value, json};

use super::discovery::Found;
use super::name::Name;
use super::refusal::{Refusal, answer};
use super::schema::{Reader, camel};
use super::state::State;
use super::{configs, credential, data_source, dataset, hosted, job, runs, start, table};
use crate::exchange::{Answer, Request};

/// Parameters that every Google API takes, spelled as generated clients do where it differs from the documents.
const SYSTEM: [(&str, &str); 2] = [("x__xgafv", "$.xgafv"), ("f__xgafv", "$.xgafv")];

/// A request that asks for something the API has.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) name: Name,
    /// The path as it came.
    pub(super) path: String,
    parameters: &'a [(String, String)],
    /// The body; an empty object without one.
    pub(super) body: Value,
}

impl Call<'_> {
    /// The first parameter of that name.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// All parameters of that name.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let named = self
            .parameters
            .iter()
            .filter(move |(known, _)| known == name);
        named.map(|(_, value)| value.as_str())
    }
}

/// Answers a request.
pub(super) fn route(state: &mut State, request: &Request) -> Answer {
    if let Some(document) = hosted::document(state, request) {
        return answer(200, &document);
    }
    let apis = std::sync::Arc::clone(&state.apis);
    let mut known = apis.iter();
    let Some(found) = known.find_map(|api| api.find(&request.method, &request.path)) else {
        let line = format!("{} {}: no such method", request.method, request.path);
        state.violations.push(line);
        return Refusal::not_found("Requested entity was not found.").answer();
    };
    let (body, mut faults) = body(found, request);
    let (parameters, wrong) = parameters(found, request);
    faults.extend(wrong);
    if let Some(first) = faults.first() {
        let refusal = Refusal::invalid(format!(
            "Invalid JSON payload or parameter received. {first}"
        ));
        let id = &found.method.id;
        state
            .violations
            .extend(faults.iter().map(|fault| format!("{id}: {fault}")));
        return refusal.answer();
    }
    let numbers = parameters
        .iter()
        .any(|(name, value)| name == "$alt" && value.contains("enum-encoding=int"));
    let call = Call {
        name: Name::parse(&request.path),
        path: request.path.clone(),
        parameters: &parameters,
        body,
    };
    match act(state, found.method.short_id(), &call) {
        Ok(body) => answer(200, &spoken(found, body, numbers)),
        Err(refusal) => refusal.answer(),
    }
}

/// The body as the schema of the method's request reads it, and what is wrong with it.
fn body(found: Found<'_>, request: &Request) -> (Value, Vec<String>) {
    let empty = json!({});
    let Some(of) = &found.method.request else {
        // Clients send an empty object, or none, where nothing is asked for.
        let faults = match request.body.as_ref() {
            b"" | b"{}" => Vec::new(),
            _ => vec!["a body where none is taken".to_owned()],
        };
        return (empty, faults);
    };
    if request.body.is_empty() {
        return (empty, Vec::new());
    }
    match serde_json::from_slice(&request.body) {
        Ok(body) => Reader::names(&found.api.schemas).read(&of.name, &body),
        Err(error) => (empty, vec![format!("the body is no JSON: {error}")]),
    }
}

/// The parameters of the address in camel case, with enumerations by name, and what is wrong with them.
fn parameters(found: Found<'_>, request: &Request) -> (Vec<(String, String)>, Vec<String>) {
    let (mut read, mut faults) = (Vec::new(), Vec::new());
    for (name, value) in request.parameters() {
        let generated = SYSTEM.iter().find(|(generated, _)| *generated == name);
        let name = generated.map_or(name, |(_, name)| (*name).to_owned());
        // `$alt` is the newer spelling of `alt`, with encodings that no document tells.
        if name == "$alt" {
            read.push((name, value));
            continue;
        }
        let Some((name, schema)) = parameter(found, &name) else {
            faults.push(format!("unknown parameter {name}"));
            continue;
        };
        let typed = typed(schema, &value);
        let (typed, wrong) = Reader::names(&found.api.schemas).read_inline(schema, &typed, &name);
        faults.extend(wrong);
        let value = typed.as_str().map_or(value, str::to_owned);
        read.push((name, value));
    }
    (read, faults)
}

/// The parameter that a name means, of the method or of every method; of the latter `$` is part of a newer spelling.
fn parameter<'a>(found: Found<'a>, name: &str) -> Option<(String, &'a Value)> {
    let system = name.strip_prefix('$').filter(|rest| !rest.starts_with('.'));
    let own = [name.to_owned(), camel(name)].into_iter();
    let mut own = own.filter_map(|name| {
        let schema = found.method.parameters.get(&name)?;
        (schema["location"] == "query").then_some((name, schema))
    });
    let everywhere = found.api.parameters.get(system.unwrap_or(name));
    own.next()
        .or_else(|| everywhere.map(|schema| (name.to_owned(), schema)))
}

/// A text of the address as a value of its type.
fn typed(schema: &Value, value: &str) -> Value {
    let text = Value::from(value);
    let is_number = || match (schema["type"].as_str(), schema["enum"].as_array()) {
        (Some("integer" | "boolean" | "number"), _) => true,
        // Some enumerations have numbers for names.
        (_, Some(names)) => !names.contains(&text),
        _ => false,
    };
    if is_number()
        && let Ok(typed) = serde_json::from_str(value)
    {
        return typed;
    }
    text
}

/// An answer of the documented form, with enumerations as the client wants them.
fn spoken(found: Found<'_>, body: Value, numbers: bool) -> Value {
    let Some(of) = &found.method.response else {
        return body;
    };
    let schemas = &found.api.schemas;
    let reader = if numbers {
        Reader::numbers(schemas)
    } else {
        Reader::names(schemas)
    };
    let (body, faults) = reader.read(&of.name, &body);
    debug_assert!(
        faults.is_empty(),
        "{}: the simulator's answer: {faults:?}",
        found.method.id
    );
    body
}

fn act(state: &mut State, method: &str, call: &Call<'_>) -> Result<Value, Refusal> {
    // The methods with and without a location are the same, but for the location.
    match method.replace("projects.locations.", "projects.").as_str() {
        "projects.dataSources.get" => data_source::get(state, call),
        "projects.dataSources.list" => data_source::list(state, call),
        "projects.dataSources.checkValidCreds" => credential::check(state, call),
        "projects.transferConfigs.create" => configs::create(state, call),
        "projects.transferConfigs.get" => configs::get(state, call),
        "projects.transferConfigs.list" => configs::list(state, call),
        "projects.transferConfigs.patch" => configs::patch(state, call),
        "projects.transferConfigs.delete" => configs::delete(state, call),
        "projects.transferConfigs.startManualRuns" => start::manual(state, call),
        "projects.transferConfigs.runs.get" => runs::get(state, call),
        "projects.transferConfigs.runs.list" => runs::list(state, call),
        "projects.transferConfigs.runs.delete" => runs::delete(state, call),
        "projects.transferConfigs.runs.transferLogs.list" => runs::logs(state, call),
        "datasets.get" => dataset::get(state, call),
        "datasets.list" => dataset::list(state, call),
        "datasets.insert" => dataset::insert(state, call),
        "tables.get" => table::get(state, call),
        "tables.list" => table::list(state, call),
        "tables.insert" => table::insert(state, call),
        "tables.patch" => table::patch(state, call),
        "tables.delete" => table::delete(state, call),
        "jobs.insert" => job::insert(state, call),
        "jobs.query" => job::query(state, call),
        "jobs.get" => job::get(state, call),
        "jobs.getQueryResults" => job::results(state, call),
        other => Err(Refusal::unimplemented(format!(
            "the simulator has no {other}"
        ))),
    }
}
