//! `BatchWriteItem`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::super::Options;
use super::super::describe;
use super::super::parameters::Parameters;
use super::super::refusal::Refusal;
use super::super::state::State;
use super::capacity::{Cost, Told};
use super::trouble::nothing_done;
use super::write::{Operation, Wanted, reached};

/// The most operations in a batch.
const OPERATIONS: usize = 25;

/// An operation with the request that it came in, which goes back if it is not done.
struct Asked {
    table: String,
    request: Value,
    wanted: Wanted,
}

/// Puts and deletes up to 25 items, each for itself.
pub(in crate::dynamodb) fn batch_write(
    state: &mut State,
    options: &Options,
    mut parameters: Parameters,
) -> Result<Value, Refusal> {
    let told = Told::parse(&mut parameters)?;
    let tables = parameters.required_map("RequestItems")?;
    check_lengths(&mut parameters, &tables);
    let requests = requests(&mut parameters, &tables)?;
    parameters.finish()?;
    let tally = &mut state.traffic.tally;
    tally.most_operations = tally.most_operations.max(requests.len());
    if requests.len() > OPERATIONS {
        let message = "Too many items requested for the BatchWriteItem call";
        return Err(Refusal::invalid(message));
    }
    let asked = requests
        .into_iter()
        .map(|(table, request)| asked(table, request));
    let asked = asked.collect::<Result<Vec<_>, _>>()?;
    let operations = placed(state, options, asked)?;
    let (costs, left) = write(state, operations);
    if costs.is_empty() {
        let table = left.keys().next().map(String::as_str).unwrap_or_default();
        return Err(nothing_done(&describe::arn(options, table)));
    }
    let mut answer = json!({ "UnprocessedItems": left });
    let capacity = costs
        .iter()
        .filter_map(|(name, cost)| told.written(name, cost));
    let capacity: Vec<Value> = capacity.collect();
    if !capacity.is_empty() {
        answer["ConsumedCapacity"] = json!(capacity);
    }
    Ok(answer)
}

fn check_lengths(parameters: &mut Parameters, tables: &Map<String, Value>) {
    let shown = |tables: &Map<String, Value>| {
        let names: Vec<String> = tables.keys().map(|name| format!("{name}=[...]")).collect();
        format!("'{{{}}}'", names.join(", "))
    };
    if parameters.is_given("RequestItems") && tables.is_empty() {
        let constraint = "Member must have length greater than or equal to 1";
        parameters.breaks("'{}'", "RequestItems", constraint);
    }
    let fits = |requests: &Value| {
        let requests = requests.as_array();
        requests.is_none_or(|requests| (1..=OPERATIONS).contains(&requests.len()))
    };
    if !tables.values().all(fits) {
        let constraint = "Map value must satisfy constraint: [Member must have length less than or equal to 25, \
                          Member must have length greater than or equal to 1]";
        parameters.breaks(&shown(tables), "RequestItems", constraint);
    }
}

/// All requests with the names of their tables, in order.
fn requests(
    parameters: &mut Parameters,
    tables: &Map<String, Value>,
) -> Result<Vec<(String, Value)>, Refusal> {
    let unexpected = || Refusal::new("SerializationException", "Unexpected field type");
    let mut all = Vec::new();
    for (table, requests) in tables {
        let requests = requests.as_array().ok_or_else(unexpected)?;
        for (place, request) in requests.iter().enumerate() {
            for (kind, member) in [("PutRequest", "Item"), ("DeleteRequest", "Key")] {
                let Some(inner) = request.get(kind) else {
                    continue;
                };
                if inner
                    .as_object()
                    .ok_or_else(unexpected)?
                    .get(member)
                    .is_none()
                {
                    let (first, rest) = kind.split_at(1);
                    let first = first.to_lowercase();
                    let place = place + 1;
                    let path = format!(
                        "requestItems.{table}.member.{place}.member.{first}{rest}.{}",
                        member.to_lowercase()
                    );
                    parameters.breaks("null", &path, "Member must not be null");
                }
            }
            all.push((table.clone(), request.clone()));
        }
    }
    Ok(all)
}

fn asked(table: String, request: Value) -> Result<Asked, Refusal> {
    let members = |kind: &str, member: &str| {
        let found = request.get(kind).and_then(|inner| inner.get(member));
        let unexpected = || Refusal::new("SerializationException", "Unexpected field type");
        let found = found.map(|found| found.as_object().ok_or_else(unexpected));
        found.transpose()
    };
    let wanted = match (
        members("PutRequest", "Item")?,
        members("DeleteRequest", "Key")?,
    ) {
        (Some(item), None) => Wanted::put(item)?,
        (None, Some(key)) => Wanted::delete(key)?,
        _ => {
            return Err(Refusal::invalid(
                "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported \
                 datatypes",
            ));
        }
    };
    Ok(Asked {
        table,
        request,
        wanted,
    })
}

/// Gives all operations their places, or refuses them all.
fn placed(
    state: &mut State,
    options: &Options,
    asked: Vec<Asked>,
) -> Result<Vec<(Asked, Operation)>, Refusal> {
    // All tables must be there before keys are looked at.
    for one in &asked {
        reached(state, options, &one.table)?;
    }
    let mut operations = Vec::new();
    let mut places = BTreeSet::new();
    for one in asked {
        let hosted = reached(state, options, &one.table)?;
        let operation = one.wanted.clone().on(hosted, true)?;
        if !places.insert((operation.table.clone(), operation.place.clone())) {
            let message = "Provided list of item keys contains duplicates";
            return Err(Refusal::invalid(message));
        }
        operations.push((one, operation));
    }
    for (_, operation) in &operations {
        let troubles = state.traffic.troubles_of(&operation.table);
        troubles.check_key(&operation.keys)?;
    }
    Ok(operations)
}

/// Does what is let through, and gives its cost by table, and the requests that are left.
fn write(
    state: &mut State,
    operations: Vec<(Asked, Operation)>,
) -> (BTreeMap<String, Cost>, Map<String, Value>) {
    let now = state.now();
    let mut costs = BTreeMap::new();
    let mut left = Map::new();
    for (asked, operation) in operations {
        let Some(hosted) = state.tables.get(&operation.table) else {
            continue;
        };
        let cost = operation.cost(hosted);
        let troubles = state.traffic.troubles_of(&operation.table);
        if troubles.lets_write(&operation.keys, cost.total(), now) {
            operation.apply(state, &cost);
            let sum: &mut Cost = costs.entry(asked.table).or_default();
            sum.add(&cost);
        } else {
            state.traffic.tally.unprocessed += 1;
            let requests = left.entry(asked.table).or_insert_with(|| json!([]));
            if let Some(requests) = requests.as_array_mut() {
                requests.push(asked.request);
            }
        }
    }
    (costs, left)
}
