//! One put or delete that nothing speaks against.

use serde_json::{Map, Value};

use super::super::Options;
use super::super::describe;
use super::super::hosted::Hosted;
use super::super::refusal::Refusal;
use super::super::state::State;
use super::attribute::attributes;
use super::capacity::Cost;
use super::key::{Place, check_item, check_key};
use super::size::item_bytes;
use super::traffic::Write;

/// The most bytes of an item as it is stored.
const ITEM_BYTES: usize = 400 * 1024;

/// What is to be written, as the service keeps it.
#[derive(Clone, Debug)]
pub(super) enum Wanted {
    Put(Map<String, Value>),
    Delete(Map<String, Value>),
}

impl Wanted {
    /// Takes an item, or refuses it whatever its table is.
    pub(super) fn put(item: &Map<String, Value>) -> Result<Self, Refusal> {
        let item = attributes(item)?;
        if item_bytes(&item) > ITEM_BYTES {
            let message = "Item size has exceeded the maximum allowed size";
            return Err(Refusal::invalid(message));
        }
        Ok(Self::Put(item))
    }

    /// Takes a key, or refuses it whatever its table is.
    pub(super) fn delete(key: &Map<String, Value>) -> Result<Self, Refusal> {
        Ok(Self::Delete(attributes(key)?))
    }

    /// Gives it its place in a table; `batch` chooses between the words for one item and for many.
    pub(super) fn on(self, hosted: &Hosted, batch: bool) -> Result<Operation, Refusal> {
        let (keys, image) = match self {
            Self::Put(item) => {
                check_item(&hosted.table, &item, batch)?;
                let item = Value::Object(item);
                (hosted.keys(&item), Some(item))
            }
            Self::Delete(key) => {
                check_key(&hosted.table, &key)?;
                (hosted.keys(&Value::Object(key)), None)
            }
        };
        Ok(Operation {
            table: hosted.table.name.clone(),
            place: Place::of(&hosted.table, &keys),
            keys,
            image,
        })
    }
}

/// A put or a delete at its place.
#[derive(Clone, Debug)]
pub(super) struct Operation {
    pub(super) table: String,
    pub(super) place: Place,
    pub(super) keys: Value,
    /// The new item; nothing where one is deleted.
    pub(super) image: Option<Value>,
}

impl Operation {
    /// What it would cost now.
    pub(super) fn cost(&self, hosted: &Hosted) -> Cost {
        let old = hosted.items.get(&self.place);
        Cost::of(&hosted.table, old, self.image.as_ref())
    }

    /// Does it.
    pub(super) fn apply(self, state: &mut State, cost: &Cost) {
        let at = state.now();
        let write = Write {
            table: self.table.clone(),
            key: self.keys.clone(),
            at,
            deleted: self.image.is_none(),
        };
        if let Some(hosted) = state.tables.get_mut(&self.table) {
            hosted.write(at, self.image, &self.keys);
        }
        state.traffic.done(write, cost.total());
    }
}

/// The table that is meant by a name or an ARN, if its items can be reached and it is not throttled.
pub(super) fn reached<'state>(
    state: &'state mut State,
    options: &Options,
    given: &str,
) -> Result<&'state Hosted, Refusal> {
    let name = describe::name_of(given);
    let now = state.now();
    if !state.tables.get(name).is_some_and(Hosted::has_items) {
        return Err(Refusal::no_table());
    }
    let arn = describe::arn(options, name);
    state.traffic.troubles_of(name).check_time(now, &arn)?;
    state.tables.get(name).ok_or_else(Refusal::no_table)
}
