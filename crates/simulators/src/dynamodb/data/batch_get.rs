//! `BatchGetItem`.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::super::Options;
use super::super::parameters::Parameters;
use super::super::refusal::Refusal;
use super::super::state::State;
use super::attribute::attributes;
use super::capacity::{Told, read_units};
use super::get::Sight;
use super::items::Kept;
use super::key::{Place, check_key};
use super::projection::Projection;
use super::trouble::nothing_done;
use super::write::reached;

/// The most keys in a request.
const KEYS: usize = 100;

/// The most bytes of items in an answer.
const BYTES: usize = 16 * 1024 * 1024;

/// What is wanted of a table.
struct Asked {
    table: String,
    /// The request, which goes back with the keys that were not read.
    request: Map<String, Value>,
    keys: Vec<Value>,
    projection: Projection,
    sight: Sight,
}

/// Reads up to 100 items by their keys. They come in the order of their places, not in that of the request.
pub(in crate::dynamodb) fn batch_get(
    state: &mut State,
    options: &Options,
    mut parameters: Parameters,
) -> Result<Value, Refusal> {
    let told = Told::parse(&mut parameters)?;
    let tables = parameters.required_map("RequestItems")?;
    if parameters.is_given("RequestItems") && tables.is_empty() {
        let constraint = "Member must have length greater than or equal to 1";
        parameters.breaks("'{}'", "RequestItems", constraint);
    }
    let asked = tables.into_iter().map(|(table, request)| {
        let asked = Asked::parse(&mut parameters, table, request, state, options)?;
        Ok(asked)
    });
    let asked = asked.collect::<Result<Vec<_>, _>>()?;
    parameters.finish()?;
    if asked.iter().map(|one| one.keys.len()).sum::<usize>() > KEYS {
        let message = "Too many items requested for the BatchGetItem call";
        return Err(Refusal::invalid(message));
    }
    for one in &asked {
        reached(state, options, &one.table)?;
    }
    let (mut found, mut left, mut consumed) = (Map::new(), Map::new(), Vec::new());
    let mut room = BYTES;
    let mut done = 0;
    for one in asked {
        let read = one.read(state, options, &mut room)?;
        done += read.done;
        consumed.extend(told.capacity(&one.table, read.units, read.units));
        found.insert(one.table.clone(), Value::Array(read.items));
        if !read.left.is_empty() {
            let mut request = one.request;
            request.insert("Keys".to_owned(), Value::Array(read.left));
            left.insert(one.table, Value::Object(request));
        }
    }
    if done == 0 {
        return Err(nothing_done(""));
    }
    let mut answer = json!({ "Responses": found, "UnprocessedKeys": left });
    if !consumed.is_empty() {
        answer["ConsumedCapacity"] = Value::Array(consumed);
    }
    Ok(answer)
}

/// What was read of a table.
#[derive(Default)]
struct Read {
    items: Vec<Value>,
    left: Vec<Value>,
    done: usize,
    units: f64,
}

impl Asked {
    fn parse(
        outer: &mut Parameters,
        table: String,
        request: Value,
        state: &State,
        options: &Options,
    ) -> Result<Self, Refusal> {
        let Value::Object(request) = request else {
            let words = "Unexpected value type in payload";
            return Err(Refusal::new("SerializationException", words));
        };
        let path = format!("requestItems.{table}.member.");
        let mut inner = Parameters::within(request.clone(), path);
        let keys = inner.list("Keys")?;
        match keys.as_ref().map(Vec::len) {
            None => inner.breaks("null", "Keys", "Member must not be null"),
            Some(0) => inner.breaks(
                "'[]'",
                "Keys",
                "Member must have length greater than or equal to 1",
            ),
            Some(count) if count > KEYS => inner.breaks(
                "'[...]'",
                "Keys",
                "Member must have length less than or equal to 100",
            ),
            Some(_) => {}
        }
        let asked = Self {
            table,
            request,
            keys: keys.unwrap_or_default(),
            projection: Projection::parse(&mut inner)?,
            sight: Sight::parse(&inner, state, options)?,
        };
        outer.absorb(inner);
        Ok(asked)
    }

    fn read(
        &self,
        state: &mut State,
        options: &Options,
        room: &mut usize,
    ) -> Result<Read, Refusal> {
        let places = self.places(state, options)?;
        let mut read = Read::default();
        for (place, key) in places {
            let Some(hosted) = state
                .tables
                .get(super::super::describe::name_of(&self.table))
            else {
                return Err(Refusal::no_table());
            };
            let kept = hosted.items.get(&place).cloned();
            let kept = kept.filter(|kept: &Kept| self.sight.sees(kept));
            let bytes = kept.as_ref().map_or(0, |kept| kept.bytes);
            let keys = hosted.keys(&key);
            let name = hosted.table.name.clone();
            let troubles = state.traffic.troubles_of(&name);
            if bytes > *room || !troubles.lets_read(&keys) {
                read.left.push(key);
                continue;
            }
            *room -= bytes;
            read.done += 1;
            read.units += read_units(bytes, self.sight.consistent);
            read.items
                .extend(kept.map(|kept| self.projection.of(&kept.item)));
        }
        Ok(read)
    }

    /// The keys in the order of their places.
    fn places(&self, state: &mut State, options: &Options) -> Result<Vec<(Place, Value)>, Refusal> {
        let hosted = reached(state, options, &self.table)?;
        let mut places = Vec::new();
        let mut known = BTreeSet::new();
        for key in &self.keys {
            let members = key.as_object().ok_or_else(|| {
                Refusal::new("SerializationException", "Unexpected value type in payload")
            })?;
            let key = attributes(members)?;
            check_key(&hosted.table, &key)?;
            let key = Value::Object(key);
            let place = Place::of(&hosted.table, &key);
            if !known.insert(place.clone()) {
                let message = "Provided list of item keys contains duplicates";
                return Err(Refusal::invalid(message));
            }
            places.push((place, key));
        }
        places.sort_by(|one, other| one.0.cmp(&other.0));
        Ok(places)
    }
}
