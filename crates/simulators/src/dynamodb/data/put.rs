//! `PutItem` and `DeleteItem`, with their conditions.

use serde_json::{Map, Value, json};

use super::super::Options;
use super::super::describe;
use super::super::parameters::Parameters;
use super::super::refusal::Refusal;
use super::super::rule::Rule;
use super::super::state::State;
use super::capacity::Told;
use super::condition::{self, Condition};
use super::token::Substitutes;
use super::trouble::nothing_done;
use super::write::{Wanted, reached};

/// What `ReturnValues` may be, though not all of it here.
const RETURNED: Rule = Rule::OneOf(&["ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW"]);

/// Puts one item.
pub(in crate::dynamodb) fn put(
    state: &mut State,
    options: &Options,
    parameters: Parameters,
) -> Result<Value, Refusal> {
    one(state, options, parameters, "Item", Wanted::put)
}

/// Deletes one item; one that is not there is deleted already.
pub(in crate::dynamodb) fn delete_item(
    state: &mut State,
    options: &Options,
    parameters: Parameters,
) -> Result<Value, Refusal> {
    one(state, options, parameters, "Key", Wanted::delete)
}

/// What a request wants beside its write.
struct Around {
    told: Told,
    returns_old: bool,
    returns_failed: bool,
    condition: Option<Condition>,
}

impl Around {
    fn parse(parameters: &mut Parameters) -> Result<Self, Refusal> {
        let told = Told::parse(parameters)?;
        let returned = parameters.text("ReturnValues", RETURNED)?;
        let failed = Rule::OneOf(&["ALL_OLD", "NONE"]);
        let failed = parameters.text("ReturnValuesOnConditionCheckFailure", failed)?;
        if !matches!(returned.as_deref(), None | Some("ALL_OLD" | "NONE")) {
            return Err(Refusal::invalid("ReturnValues can only be ALL_OLD or NONE"));
        }
        Ok(Self {
            told,
            returns_old: returned.as_deref() == Some("ALL_OLD"),
            returns_failed: failed.as_deref() == Some("ALL_OLD"),
            condition: condition(parameters)?,
        })
    }
}

/// The condition, with its names and values put in.
fn condition(parameters: &mut Parameters) -> Result<Option<Condition>, Refusal> {
    if parameters.is_given("Expected") {
        let message = "The simulator knows no Expected, only ConditionExpression";
        return Err(Refusal::invalid(message));
    }
    let expression = parameters.text("ConditionExpression", Rule::Any)?;
    let mut substitutes = Substitutes::parse(parameters)?;
    let parsed = expression.as_ref().map(|expression| {
        let tokens = substitutes.tokens(expression);
        let parsed = tokens.and_then(|tokens| condition::parse(&tokens));
        parsed.map_err(|words| Refusal::invalid(format!("Invalid ConditionExpression: {words}")))
    });
    let parsed = parsed.transpose()?;
    substitutes.finish(expression.is_some())?;
    Ok(parsed)
}

fn one(
    state: &mut State,
    options: &Options,
    mut parameters: Parameters,
    member: &str,
    wanted: fn(&Map<String, Value>) -> Result<Wanted, Refusal>,
) -> Result<Value, Refusal> {
    let table = parameters.required("TableName", Rule::Filled)?;
    let members = parameters.required_map(member)?;
    let around = Around::parse(&mut parameters)?;
    parameters.finish()?;
    let wanted = wanted(&members)?;
    let hosted = reached(state, options, &table)?;
    let operation = wanted.on(hosted, false)?;
    let old = hosted.items.get(&operation.place);
    let old = old.map(|kept| kept.item.as_ref().clone());
    let cost = operation.cost(hosted);
    let now = state.now();
    let troubles = state.traffic.troubles_of(&operation.table);
    troubles.check_key(&operation.keys)?;
    if !troubles.lets_write(&operation.keys, cost.total(), now) {
        let arn = describe::arn(options, &operation.table);
        return Err(nothing_done(&arn));
    }
    let empty = json!({});
    let holds = |condition: &Condition| condition.holds(old.as_ref().unwrap_or(&empty));
    if !around.condition.as_ref().is_none_or(holds) {
        // A condition that does not hold costs a write all the same.
        state.traffic.tally.conditions_failed += 1;
        state.traffic.tally.write_units += cost.total();
        let refusal = Refusal::new(
            "ConditionalCheckFailedException",
            "The conditional request failed",
        );
        return Err(match old.filter(|_| around.returns_failed) {
            Some(old) => refusal.with("Item", old),
            None => refusal,
        });
    }
    let name = operation.table.clone();
    operation.apply(state, &cost);
    let mut answer = json!({});
    if let Some(old) = old.filter(|_| around.returns_old) {
        answer["Attributes"] = old;
    }
    if let Some(capacity) = around.told.written(&name, &cost) {
        answer["ConsumedCapacity"] = capacity;
    }
    Ok(answer)
}
