//! The tags of tables.

use serde_json::{Value, json};

use super::Options;
use super::describe::{arn, name_of};
use super::parameters::Parameters;
use super::refusal::Refusal;
use super::rule::Rule;
use super::state::State;

/// The most tags on a page.
const PAGE: usize = 10;

/// The name of the table whose ARN is given.
fn resource(
    state: &State,
    options: &Options,
    parameters: &mut Parameters,
) -> Result<String, Refusal> {
    let given = parameters.required("ResourceArn", Rule::Filled)?;
    if !given.is_empty() && !given.starts_with("arn:") {
        let message = format!("Invalid ResourceArn: Invalid ResourceArn provided as input {given}");
        return Err(Refusal::invalid(message));
    }
    let name = name_of(&given).to_owned();
    if !given.is_empty() && (!state.tables.contains_key(&name) || arn(options, &name) != given) {
        let message = format!("Requested resource not found: ResourcArn: {given} not found");
        return Err(Refusal::new("ResourceNotFoundException", message));
    }
    Ok(name)
}

/// `ListTagsOfResource`.
pub(super) fn list(
    state: &State,
    options: &Options,
    mut parameters: Parameters,
) -> Result<Value, Refusal> {
    let token = parameters.text("NextToken", Rule::Filled)?;
    let name = resource(state, options, &mut parameters)?;
    parameters.finish()?;
    let tags = state.tables.get(&name).map(|hosted| &hosted.table.tags);
    let from = token.and_then(|token| token.parse().ok()).unwrap_or(0);
    let mut tags = tags
        .into_iter()
        .flatten()
        .skip(from)
        .map(|(key, value)| json!({ "Key": key, "Value": value }));
    let page: Vec<Value> = tags.by_ref().take(PAGE).collect();
    let mut answer = json!({ "Tags": page });
    if tags.next().is_some() {
        answer["NextToken"] = json!((from + PAGE).to_string());
    }
    Ok(answer)
}

/// `TagResource`: the last of several values of one key holds.
pub(super) fn tag(
    state: &mut State,
    options: &Options,
    mut parameters: Parameters,
) -> Result<Value, Refusal> {
    let wanted = parameters.list("Tags")?;
    match wanted.as_ref().map(Vec::len) {
        None => parameters.breaks("null", "Tags", "Member must not be null"),
        Some(0) => {
            let message = "Atleast one Tag needs to be provided as Input.";
            return Err(Refusal::invalid(message));
        }
        Some(_) => {}
    }
    let name = resource(state, options, &mut parameters)?;
    parameters.finish()?;
    let Some(hosted) = state.tables.get_mut(&name) else {
        return Err(Refusal::no_table());
    };
    for tag in wanted.unwrap_or_default() {
        let part = |name: &str| tag[name].as_str().unwrap_or_default().to_owned();
        let key = part("Key");
        hosted.table.tags.retain(|(other, _)| *other != key);
        hosted.table.tags.push((key, part("Value")));
    }
    Ok(json!({}))
}
