//! Bulk requests: up to 20 writes that all happen or none.

use serde_json::{Value, json};

use super::error::Refusal;
use super::given::Given;
use super::parameters::Parameters;
use super::route::{Call, locate, perform};
use super::state::State;

/// The most requests that one bulk request may carry.
const MOST_REQUESTS: usize = 20;

/// What a bulk request came to.
pub(super) enum Bulk {
    /// The answer to each.
    Done(Vec<Value>),
    /// Which one was refused, of how many, and why.
    Refused {
        index: usize,
        count: usize,
        refusal: Refusal,
    },
}

/// `POST bulkRequest.json`.
pub(super) fn run(state: &mut State, call: &Call<'_>) -> Result<Bulk, Refusal> {
    let requests = call.parameters.list("requests", MOST_REQUESTS)?;
    let mut results = Vec::new();
    for (index, request) in requests.iter().enumerate() {
        match step(state, call, request) {
            Ok(result) => results.push(result),
            Err(refusal) => {
                return Ok(Bulk::Refused {
                    index,
                    count: requests.len(),
                    refusal,
                });
            }
        }
    }
    Ok(Bulk::Done(results))
}

fn step(state: &mut State, call: &Call<'_>, request: &Given<'_>) -> Result<Value, Refusal> {
    let (method, api) = (request["method"].as_str(), request["api"].as_str());
    let (space, name) = api.and_then(locate).ok_or(Refusal::new("CB_IL02"))?;
    match (method.unwrap_or_default(), name) {
        (method @ ("POST" | "PUT" | "DELETE"), name @ ("record" | "records"))
        | (method @ "PUT", name @ ("record/status" | "records/status")) => {
            let parameters = Parameters::from(&request["payload"]);
            perform(
                state,
                &Call {
                    caller: call.caller,
                    stamp: call.stamp,
                    space,
                    parameters,
                },
                method,
                name,
            )
        }
        _ => Err(Refusal::new("CB_IL02")),
    }
}

/// The results of a refused bulk request: nothing for each but the one that was refused.
pub(super) fn results(index: usize, count: usize, error: &Value) -> Value {
    let results = (0..count).map(|at| {
        if at == index {
            error.clone()
        } else {
            json!({})
        }
    });
    json!({ "results": results.collect::<Vec<_>>() })
}
