//! `DescribeExport` and `ListExports`.

use std::time::Duration;

use serde_json::{Value, json};

use super::Options;
use super::export::Export;
use super::parameters::Parameters;
use super::refusal::Refusal;
use super::rule::Rule;
use super::state::State;

/// The most exports on a page.
const PAGE: usize = 25;

/// How long exports are listed.
const LISTED: Duration = Duration::from_hours(90 * 24);

/// Describes one export.
pub(super) fn describe(
    state: &State,
    options: &Options,
    mut parameters: Parameters,
) -> Result<Value, Refusal> {
    let arn = parameters.required("ExportArn", Rule::Filled)?;
    parameters.finish()?;
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", partition, service, region, account, resource] = parts[..] else {
        return Err(Refusal::invalid("Invalid Export ARN"));
    };
    if (partition, service, account) != ("aws", "dynamodb", options.account.as_str()) {
        return Err(Refusal::denied());
    }
    let names: Vec<&str> = resource.split('/').collect();
    if !matches!(names[..], ["table", _, "export", _]) {
        return Err(Refusal::invalid("Invalid Export ARN"));
    }
    if region != options.region {
        return Err(not_found("Invalid export arn"));
    }
    if !state.exports.contains_key(&arn) {
        return Err(not_found(&format!("Export not found: {arn}")));
    }
    Ok(state.description(options, &arn))
}

fn not_found(message: &str) -> Refusal {
    let message = format!("Export not found: {message}");
    Refusal::new("ExportNotFoundException", message)
}

/// Lists exports by ARN, the greatest first.
pub(super) fn list(
    state: &mut State,
    options: &Options,
    mut parameters: Parameters,
) -> Result<Value, Refusal> {
    let table = parameters.text("TableArn", Rule::Filled)?;
    let most = parameters.count("MaxResults", PAGE)?.unwrap_or(PAGE);
    let token = parameters.text("NextToken", Rule::Filled)?;
    parameters.finish()?;
    let below = token
        .map(|token| position(state, options, &token))
        .transpose()?;
    let since = state.now() - LISTED;
    let mut listed = state.exports.values().rev().filter(|export| {
        let of_table = table.as_deref().is_none_or(|arn| is_of(state, export, arn));
        let is_next = below.as_ref().is_none_or(|below| export.arn < *below);
        of_table && is_next && export.started > since
    });
    let page: Vec<&Export> = listed.by_ref().take(most).collect();
    let more = listed.next().is_some();
    let last = page.last().map(|export| export.arn.clone());
    let summaries: Vec<Value> = page.iter().map(|export| summary(export)).collect();
    let mut answer = json!({ "ExportSummaries": summaries });
    if let Some(last) = last.filter(|_| more) {
        let token = state.unique() + &state.unique();
        state.tokens.insert(token.clone(), (last, state.now()));
        answer["NextToken"] = json!(token);
    }
    Ok(answer)
}

fn summary(export: &Export) -> Value {
    json!({
        "ExportArn": export.arn,
        "ExportStatus": export.status(),
        "ExportType": export.scope.kind(),
    })
}

/// Whether the export is of the table that has the ARN now; exports of one that was deleted are of no table.
fn is_of(state: &State, export: &Export, table_arn: &str) -> bool {
    let name = table_arn.rsplit('/').next().unwrap_or_default();
    let hosted = state.tables.get(name);
    export.wanted.table_arn == table_arn
        && hosted.is_some_and(|hosted| hosted.id == export.table_id)
}

/// The ARN below which the token's page begins.
fn position(state: &State, options: &Options, token: &str) -> Result<String, Refusal> {
    let since = state.now() - options.token_life;
    let known = state.tokens.get(token).filter(|(_, given)| *given > since);
    known.map(|(arn, _)| arn.clone()).ok_or_else(|| {
        Refusal::invalid(format!(
            "Invalid Request: Provided nextToken is invalid: {token}"
        ))
    })
}
