//! Items of the backup held against those of the table, one by one.

use std::cmp::Ordering;
use std::collections::HashMap;

use dynamodb_format::{AttributeValue, Item, number_order};
use dynamodb_table::{Description, Tables};
use futures_util::future::try_join_all;
use serde::{Deserialize, Serialize};

use super::{Late, NAMED};
use crate::error::RestoreError;
use crate::progress::Progress;
use crate::walk::{Finals, key_hash};

/// Keys of one request, and requests at the same time.
const KEYS: usize = 100;
const REQUESTS: usize = 4;

/// How many bytes of items are held at most, give or take one item.
const BYTES_MAX: u64 = 4 * 1024 * 1024;

/// About how many items a sample has.
const SAMPLE: u64 = 1000;

/// What must hold of an item in the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Policy {
    /// It is the backup's.
    Same,
    /// It is there: what was there before stayed.
    There,
    /// It is the backup's, or its attribute is not less.
    NotOlder(String),
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Compared {
    pub(crate) pass: u32,
    /// Files that are compared.
    pub(crate) next: u64,
    /// Lines of the next file that are compared, too.
    #[serde(default)]
    pub(crate) line: u64,
    pub(crate) is_done: bool,
    /// Items compared.
    pub(crate) items: u64,
    pub(crate) missing: u64,
    pub(crate) different: u64,
    /// Items that differ, as the mode allows.
    pub(crate) kept: u64,
    /// The first differences.
    pub(crate) named: Vec<Difference>,
}

/// One item that is not as it should be. It holds the item's key, so it goes to the store, never to the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Difference {
    /// The key, as a canonical line.
    pub(crate) key: String,
    /// `missing` or `different`.
    pub(crate) what: String,
}

/// Every how many-th item is compared, so that about a thousand are.
pub(super) fn sample_step(items: Option<u64>) -> u64 {
    (items.unwrap_or(0) / SAMPLE).max(1)
}

/// Compares items in batches.
pub(super) struct Comparing<'a> {
    pub(super) tables: &'a Tables,
    pub(super) target: &'a Description,
    pub(super) policy: &'a Policy,
    /// Every how many-th item is compared, by its key.
    pub(super) step: u64,
    pub(super) compared: Compared,
    /// Keys and items.
    pub(super) batch: Vec<(Item, Item)>,
    pub(super) batch_bytes: u64,
    pub(super) progress: &'a Progress,
    pub(super) late: Late<'a>,
}

impl Finals for Comparing<'_> {
    async fn item(&mut self, item: Item) -> Result<(), RestoreError> {
        self.progress.more(1);
        let Ok(key) = self.target.key.key_of(&item) else {
            self.compared.items += 1;
            self.differs(&item, "missing");
            return Ok(());
        };
        if self.step > 1 && !key_hash(&key).is_multiple_of(u128::from(self.step)) {
            return Ok(());
        }
        self.batch_bytes += item.stored_bytes();
        self.batch.push((key, item));
        if self.batch.len() >= KEYS * REQUESTS || self.batch_bytes >= BYTES_MAX {
            self.flush().await?;
        }
        Ok(())
    }

    fn is_late(&self) -> bool {
        self.late.is_late()
    }
}

impl Comparing<'_> {
    /// Compares what is gathered.
    pub(super) async fn flush(&mut self) -> Result<(), RestoreError> {
        let batch = std::mem::take(&mut self.batch);
        self.batch_bytes = 0;
        // Whatever the backup has twice, no request may.
        let mut wanted: HashMap<String, (Item, Item)> = HashMap::new();
        for (key, item) in batch {
            wanted.insert(key.canonical_line(), (key, item));
        }
        let keys: Vec<Item> = wanted.values().map(|(key, _)| key.clone()).collect();
        let requests = keys
            .chunks(KEYS)
            .map(|keys| self.tables.get(self.target, keys));
        let found = try_join_all(requests).await?;
        let mut table: HashMap<String, Item> = HashMap::new();
        for item in found.into_iter().flatten() {
            if let Ok(key) = self.target.key.key_of(&item) {
                table.insert(key.canonical_line(), item);
            }
        }
        for (line, (key, item)) in wanted {
            self.compared.items += 1;
            match table.get(&line) {
                None => self.differs(&key, "missing"),
                Some(found) if found.canonical_line() == item.canonical_line() => {}
                Some(found) if self.policy.allows(&item, found) => self.compared.kept += 1,
                Some(_) => self.differs(&key, "different"),
            }
        }
        Ok(())
    }

    fn differs(&mut self, key: &Item, what: &str) {
        match what {
            "missing" => self.compared.missing += 1,
            _ => self.compared.different += 1,
        }
        if self.compared.named.len() < NAMED {
            self.compared.named.push(Difference {
                key: key.canonical_line(),
                what: what.to_owned(),
            });
        }
    }
}

impl Policy {
    /// Whether `found` may be there instead of `item`.
    fn allows(&self, item: &Item, found: &Item) -> bool {
        match self {
            Self::Same => false,
            Self::There => true,
            Self::NotOlder(attribute) => match (item.0.get(attribute), found.0.get(attribute)) {
                (Some(ours), Some(theirs)) => order(theirs, ours).is_none_or(Ordering::is_ge),
                // Without the attribute on either side it is left alone.
                _ => true,
            },
        }
    }
}

/// How two values compare, as DynamoDB compares them; `None` where their types differ.
fn order(one: &AttributeValue, other: &AttributeValue) -> Option<Ordering> {
    match (one, other) {
        (AttributeValue::S(one), AttributeValue::S(other)) => {
            Some(one.as_bytes().cmp(other.as_bytes()))
        }
        (AttributeValue::B(one), AttributeValue::B(other)) => Some(one.cmp(other)),
        (AttributeValue::N(one), AttributeValue::N(other)) => Some(number_order(one, other)),
        _ => None,
    }
}
