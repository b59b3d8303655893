//! `GetItem`, and what all reads have in common.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::Options;
use super::super::parameters::Parameters;
use super::super::refusal::Refusal;
use super::super::rule::Rule;
use super::super::state::State;
use super::attribute::attributes;
use super::capacity::{Told, read_units};
use super::items::Kept;
use super::key::{Place, check_key};
use super::projection::Projection;
use super::write::reached;

/// Which writes a read sees.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sight {
    pub(super) consistent: bool,
    now: Timestamp,
    lag: Duration,
}

impl Sight {
    pub(super) fn parse(
        parameters: &Parameters,
        state: &State,
        options: &Options,
    ) -> Result<Self, Refusal> {
        Ok(Self {
            consistent: parameters.flag("ConsistentRead")?.unwrap_or(false),
            now: state.now(),
            lag: options.read_lag,
        })
    }

    /// Whether an item is seen: one that was only just written is not, if reads are not consistent.
    pub(super) fn sees(self, kept: &Kept) -> bool {
        self.consistent || self.lag.is_zero() || kept.written + self.lag <= self.now
    }
}

/// Reads one item.
pub(in crate::dynamodb) fn get(
    state: &mut State,
    options: &Options,
    mut parameters: Parameters,
) -> Result<Value, Refusal> {
    let table = parameters.required("TableName", Rule::Filled)?;
    let key = parameters.required_map("Key")?;
    let told = Told::parse(&mut parameters)?;
    let sight = Sight::parse(&parameters, state, options)?;
    let projection = Projection::parse(&mut parameters)?;
    parameters.finish()?;
    let key = attributes(&key)?;
    let hosted = reached(state, options, &table)?;
    check_key(&hosted.table, &key)?;
    let place = Place::of(&hosted.table, &Value::Object(key));
    let found = hosted.items.get(&place).filter(|kept| sight.sees(kept));
    let mut answer = json!({});
    if let Some(kept) = found {
        answer["Item"] = projection.of(&kept.item);
    }
    let units = read_units(found.map_or(0, |kept| kept.bytes), sight.consistent);
    if let Some(capacity) = told.capacity(&hosted.table.name, units, units) {
        answer["ConsumedCapacity"] = capacity;
    }
    Ok(answer)
}
