//! Which request does what.

use serde_json::Value;

use super::Options;
use super::parameters::Parameters;
use super::refusal::{Refusal, answer};
use super::state::State;
use super::{describe, list, start};
use crate::exchange::{Answer, Request};

/// What `x-amz-target` begins with.
const TARGET: &str = "DynamoDB_20120810.";

/// Answers a request.
pub(super) fn route(state: &mut State, options: &Options, request: &Request) -> Answer {
    match act(state, options, request) {
        Ok(body) => answer(200, &body),
        Err(refusal) => refusal.answer(),
    }
}

fn act(state: &mut State, options: &Options, request: &Request) -> Result<Value, Refusal> {
    if request.header("authorization").is_empty() {
        return Err(Refusal::new(
            "MissingAuthenticationTokenException",
            "Request is missing Authentication Token",
        ));
    }
    let target = request.header("x-amz-target").strip_prefix(TARGET);
    let target = target
        .filter(|_| request.method == "POST")
        .unwrap_or_default();
    let parameters = || Parameters::parse(&request.body);
    match target {
        "ExportTableToPointInTime" => start::start(state, options, parameters()?),
        "DescribeExport" => list::describe(state, options, parameters()?),
        "ListExports" => list::list(state, options, parameters()?),
        "DescribeTable" => describe::table(state, options, parameters()?),
        "ListTables" => describe::tables(state, parameters()?),
        "DescribeContinuousBackups" => describe::backups(state, parameters()?),
        "UpdateContinuousBackups" => describe::update_backups(state, parameters()?),
        "ListTagsOfResource" => describe::tags(state, options, parameters()?),
        _ => Err(Refusal::new("UnknownOperationException", "")),
    }
}
