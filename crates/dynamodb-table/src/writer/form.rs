//! What a table takes: a write is checked before it is sent.

use std::borrow::Cow;

use dynamodb_format::{AttributeValue, Item};
use serde_json::json;

use super::batch::{Batch, Kind, Operation};
use super::{Mode, Place, Poison, Write};
use crate::{Description, Index, KeyFault, KeySchema};

/// The bytes of an item that one write unit pays for.
///
/// **Source**: Amazon DynamoDB Developer Guide, "Provisioned capacity mode", "Write capacity units".
const WRU_BYTES: u64 = 1024;

/// The part of the second's write units that one request may consume, unless a single operation consumes more.
const WRU_SHARE: f64 = 0.025;

/// The code of what the service was not asked for, because the table can't take it.
const UNFIT: &str = "Unfit";

/// What a table takes, and how it is asked.
#[derive(Debug)]
pub(super) struct Form {
    table: String,
    key: KeySchema,
    indexes: Vec<Index>,
    mode: Mode,
    wru_max: f64,
}

impl Form {
    pub(super) fn new(table: &Description, mode: Mode, max_wru: f64) -> Self {
        Self {
            table: table.name.clone(),
            key: table.key.clone(),
            indexes: table.indexes.clone(),
            mode,
            wru_max: max_wru * WRU_SHARE,
        }
    }

    pub(super) fn batch(&self) -> Batch {
        Batch::new(&self.table)
    }

    /// The operation that `write` is, and its JSON.
    ///
    /// # Errors
    /// The table can't take it.
    pub(super) fn operation<'a>(
        &self,
        place: Place,
        write: &'a Write<'_>,
    ) -> Result<(Operation, Cow<'a, [u8]>), Poison> {
        match write {
            Write::Put(line) => {
                let operation = self.put(place, line.item());
                Ok((operation?, Cow::Borrowed(line.json())))
            }
            Write::Delete(key) => self.delete(place, key),
        }
    }

    fn put(&self, place: Place, item: &Item) -> Result<Operation, Poison> {
        let poison = |reason| self.poison(place, item, reason);
        let key = self.key.identity(item);
        let key = key.map_err(|fault| poison(fault.to_string()))?;
        self.check_indexes(item).map_err(poison)?;
        let bytes = item.storable();
        let bytes = bytes.map_err(|fault| poison(fault.to_string()))?;
        Ok(Operation {
            place,
            key,
            wru: self.wru(bytes),
            kind: self.kind(item),
        })
    }

    fn delete(&self, place: Place, item: &Item) -> Result<(Operation, Cow<'static, [u8]>), Poison> {
        let poison = |fault: KeyFault| Poison {
            item: None,
            ..self.poison(place, item, fault.to_string())
        };
        let operation = Operation {
            place,
            key: self.key.identity(item).map_err(poison)?,
            wru: self.wru(0),
            kind: Kind::Delete,
        };
        let key = self.key.key_of(item).map_err(poison)?;
        Ok((operation, Cow::Owned(json!(key).to_string().into_bytes())))
    }

    pub(super) fn has_room(&self, batch: &Batch, operation: &Operation, json: &[u8]) -> bool {
        batch.has_room(operation, json.len(), self.wru_max)
    }

    /// The poison that `item` at `place` is.
    pub(super) fn poison(&self, place: Place, item: &Item, reason: String) -> Poison {
        let parts = self.key.attributes().filter_map(|attribute| {
            let value = item.0.get(&attribute.name)?;
            Some((attribute.name.clone(), value.clone()))
        });
        Poison {
            place,
            key: Item(parts.collect()).canonical_line(),
            item: Some(item.clone()),
            code: UNFIT.to_owned(),
            reason,
        }
    }

    /// A unit for each KiB begun, for the table and, at most as much, for each index.
    #[expect(
        clippy::cast_precision_loss,
        reason = "an item has at most 400 of them, and a table some dozens of indexes"
    )]
    fn wru(&self, bytes: u64) -> f64 {
        bytes.div_ceil(WRU_BYTES).max(1) as f64 * (1 + self.indexes.len()) as f64
    }

    fn check_indexes(&self, item: &Item) -> Result<(), String> {
        for index in &self.indexes {
            for attribute in &index.attributes {
                if let Some(value) = item.0.get(&attribute.name) {
                    let fault = |fault| format!("index {}: {fault}", index.name);
                    attribute.check(value, usize::MAX).map_err(fault)?;
                }
            }
        }
        Ok(())
    }

    fn kind(&self, item: &Item) -> Kind {
        let partition = &self.key.partition.name;
        match &self.mode {
            Mode::Put => Kind::Put,
            Mode::PutAbsent => Kind::PutIf(absent(partition)),
            Mode::PutNewer { attribute } => Kind::PutIf(match item.0.get(attribute) {
                Some(value) if is_ordered(value) => newer(partition, attribute, value),
                _ => absent(partition),
            }),
        }
    }
}

/// Whether a condition may compare it by order.
fn is_ordered(value: &AttributeValue) -> bool {
    matches!(
        value,
        AttributeValue::S(_) | AttributeValue::N(_) | AttributeValue::B(_)
    )
}

fn absent(partition: &str) -> Box<str> {
    let names = json!({ "#k": partition });
    let condition = "attribute_not_exists(#k)";
    format!(r#""ConditionExpression":"{condition}","ExpressionAttributeNames":{names}"#).into()
}

/// A comparison with a missing attribute, or with one of another type, is false.
fn newer(partition: &str, attribute: &str, value: &AttributeValue) -> Box<str> {
    let names = json!({ "#k": partition, "#n": attribute });
    let values = json!({ ":n": value });
    let condition = "attribute_not_exists(#k) OR #n < :n";
    format!(
        r#""ConditionExpression":"{condition}","ExpressionAttributeNames":{names},"ExpressionAttributeValues":{values}"#
    )
    .into()
}
