//! Capacity units: what reads and writes cost, and how answers tell it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::parameters::Parameters;
use super::super::refusal::Refusal;
use super::super::rule::Rule;
use super::super::table::Table;
use super::items::Kept;
use super::size::item_bytes;

/// The bytes of a write unit.
const WRITE: usize = 1024;

/// The bytes of a read unit.
const READ: usize = 4096;

/// The write units of an item of so many bytes; a write that finds nothing costs one, too.
fn units(bytes: usize) -> u64 {
    u64::try_from(bytes.div_ceil(WRITE).max(1)).unwrap_or(u64::MAX)
}

/// The read units of so many bytes that were read: half of it for reads that need not be consistent.
pub(super) fn read_units(bytes: usize, consistent: bool) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "no page has so many bytes")]
    let whole = bytes.div_ceil(READ).max(1) as f64;
    if consistent { whole } else { whole / 2.0 }
}

/// What a write costs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cost {
    pub(super) table: u64,
    /// By index: whether it is local, and its name.
    indexes: BTreeMap<(bool, String), u64>,
}

impl Cost {
    /// The cost of replacing `old` by `new`: that of the larger one, and the same for each index that has one of both.
    pub(super) fn of(table: &Table, old: Option<&Kept>, new: Option<&Value>) -> Self {
        let old_bytes = old.map_or(0, |kept| kept.bytes);
        let new_bytes = new.and_then(Value::as_object).map_or(0, item_bytes);
        let all = units(old_bytes.max(new_bytes));
        let mut indexes = BTreeMap::new();
        for index in &table.indexes {
            let keys_of = |item: &Value| -> Option<Vec<Value>> {
                index
                    .keys
                    .iter()
                    .map(|(key, _)| item.get(key).cloned())
                    .collect()
            };
            let old_keys = old.and_then(|kept| keys_of(&kept.item));
            let new_keys = new.and_then(keys_of);
            let moved = old_keys.is_some() && new_keys.is_some() && old_keys != new_keys;
            let cost = match (old_keys.or(new_keys), moved) {
                (None, _) => continue,
                (Some(_), false) => all,
                // The old entry is deleted, a new one put.
                (Some(_), true) => units(old_bytes) + units(new_bytes),
            };
            indexes.insert((index.local, index.name.clone()), cost);
        }
        Self {
            table: all,
            indexes,
        }
    }

    pub(super) fn total(&self) -> u64 {
        self.table + self.indexes.values().sum::<u64>()
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.table += other.table;
        for (index, units) in &other.indexes {
            *self.indexes.entry(index.clone()).or_default() += units;
        }
    }
}

/// How much of its cost an answer tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    Nothing,
    Total,
    Indexes,
}

impl Told {
    pub(super) fn parse(parameters: &mut Parameters) -> Result<Self, Refusal> {
        let names = Rule::OneOf(&["INDEXES", "TOTAL", "NONE"]);
        let given = parameters.text("ReturnConsumedCapacity", names)?;
        Ok(match given.as_deref() {
            Some("TOTAL") => Self::Total,
            Some("INDEXES") => Self::Indexes,
            _ => Self::Nothing,
        })
    }

    /// The `ConsumedCapacity` of a table; `table` is its own part of the `total`.
    pub(super) fn capacity(self, name: &str, total: f64, table: f64) -> Option<Value> {
        let mut capacity = json!({ "TableName": name, "CapacityUnits": total });
        match self {
            Self::Nothing => return None,
            Self::Total => {}
            Self::Indexes => capacity["Table"] = json!({ "CapacityUnits": table }),
        }
        Some(capacity)
    }

    /// The `ConsumedCapacity` of writes to a table.
    pub(super) fn written(self, name: &str, cost: &Cost) -> Option<Value> {
        let mut capacity = self.capacity(name, float(cost.total()), float(cost.table))?;
        for (kind, name) in [
            (false, "GlobalSecondaryIndexes"),
            (true, "LocalSecondaryIndexes"),
        ] {
            let indexes = cost.indexes.iter().filter(|((local, _), _)| *local == kind);
            let units = indexes.map(|((_, name), units)| {
                (name.clone(), json!({ "CapacityUnits": float(*units) }))
            });
            let units: Map<String, Value> = units.collect();
            if self == Self::Indexes && !units.is_empty() {
                capacity[name] = Value::Object(units);
            }
        }
        Some(capacity)
    }
}

fn float(units: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "no request costs so much")]
    let units = units as f64;
    units
}
