//! Which request does what.

use serde_json::Value;

use super::Options;
use super::parameters::Parameters;
use super::refusal::{Refusal, answer};
use super::state::State;
use super::{data, describe, list, start, tags};
use crate::exchange::{Answer, Request};

/// What `x-amz-target` begins with.
const TARGET: &str = "DynamoDB_20120810.";

/// Answers a request.
pub(super) fn route(state: &mut State, options: &Options, request: &Request) -> Answer {
    if data::is_too_large(request) {
        return Answer::new(413, "text/plain", "");
    }
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
    state.traffic.count(target);
    let parameters = || Parameters::parse(&request.body);
    match target {
        "BatchGetItem" => data::batch_get(state, options, parameters()?),
        "BatchWriteItem" => {
            let most = &mut state.traffic.tally.most_bytes;
            *most = (*most).max(request.body.len());
            data::batch_write(state, options, parameters()?)
        }
        "CreateTable" => data::create(state, options, parameters()?),
        "DeleteItem" => data::delete_item(state, options, parameters()?),
        "DeleteTable" => data::delete(state, options, parameters()?),
        "GetItem" => data::get(state, options, parameters()?),
        "ImportTable" => data::import(state, options, parameters()?),
        "DescribeImport" => data::describe_import(state, options, parameters()?),
        "PutItem" => data::put(state, options, parameters()?),
        "Scan" => data::scan(state, options, parameters()?),
        "DescribeTimeToLive" => describe::time_to_live(state, parameters()?),
        "TagResource" => tags::tag(state, options, parameters()?),
        "ExportTableToPointInTime" => start::start(state, options, parameters()?),
        "DescribeExport" => list::describe(state, options, parameters()?),
        "ListExports" => list::list(state, options, parameters()?),
        "DescribeTable" => describe::table(state, options, parameters()?),
        "ListTables" => describe::tables(state, parameters()?),
        "DescribeContinuousBackups" => describe::backups(state, parameters()?),
        "UpdateContinuousBackups" => describe::update_backups(state, parameters()?),
        "ListTagsOfResource" => tags::list(state, options, parameters()?),
        _ => Err(Refusal::new("UnknownOperationException", "")),
    }
}
