//! What may go wrong with the reads and writes of a table, until it is calm again.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::output::md5;
use super::super::refusal::Refusal;
use super::attribute::canonical;

/// What goes wrong with a table's reads and writes.
#[derive(Clone, Debug, PartialEq)]
pub enum Trouble {
    /// So many of 100 items come back as `UnprocessedItems`, whichever requests they come in.
    ///
    /// Which ones follows from the seed, the item's key, and how often the item came before. A batch, or a single put,
    /// of which nothing is done, is refused with `ProvisionedThroughputExceededException`: with 100, all are.
    Unprocessed {
        /// The share, from 0 to 100.
        percent: u8,
        /// Another seed chooses other items.
        seed: u64,
    },
    /// The same for the keys of `BatchGetItem`, as `UnprocessedKeys`.
    Unread {
        /// The share, from 0 to 100.
        percent: u8,
        /// Another seed chooses other keys.
        seed: u64,
    },
    /// No more than this is written in a second, on the simulator's clock; the rest is unprocessed or throttled.
    WriteLimit {
        /// Write units a second.
        per_second: u32,
        /// Write units that may be saved up and spent at once; they are there at first.
        burst: u32,
    },
    /// Every read and write is a `ThrottlingException` until then, on the simulator's clock.
    ThrottledUntil(Timestamp),
    /// Requests that write this key are refused as a whole.
    Refused {
        /// The key attributes.
        key: Value,
        /// The code, such as `ItemCollectionSizeLimitExceededException`.
        code: String,
        /// The words.
        message: String,
    },
}

/// The troubles of a table.
#[derive(Debug, Default)]
pub(super) struct Troubles {
    all: Vec<Trouble>,
    /// How often each key came, for reads and for writes.
    tries: BTreeMap<(bool, String), u64>,
    bucket: Option<Bucket>,
}

/// Units that may be spent.
#[derive(Debug)]
struct Bucket {
    units: f64,
    filled: Timestamp,
}

impl Troubles {
    pub(super) fn add(&mut self, trouble: Trouble, now: Timestamp) {
        if let Trouble::WriteLimit { burst, .. } = trouble {
            self.bucket = Some(Bucket {
                units: f64::from(burst),
                filled: now,
            });
        }
        self.all.push(trouble);
    }

    /// Refuses everything while it is throttled.
    pub(super) fn check_time(&self, now: Timestamp, arn: &str) -> Result<(), Refusal> {
        let throttled =
            |trouble: &Trouble| matches!(trouble, Trouble::ThrottledUntil(until) if now < *until);
        if self.all.iter().any(throttled) {
            return Err(throttled_on_demand(arn));
        }
        Ok(())
    }

    /// Refuses a key that can't be written.
    pub(super) fn check_key(&self, keys: &Value) -> Result<(), Refusal> {
        for trouble in &self.all {
            if let Trouble::Refused { key, code, message } = trouble
                && canonical(key) == canonical(keys)
            {
                return Err(Refusal::new(code, message.clone()));
            }
        }
        Ok(())
    }

    /// Whether a write of this key is done now.
    pub(super) fn lets_write(&mut self, keys: &Value, units: u64, now: Timestamp) -> bool {
        self.lets_pass(false, keys) && self.spend(units, now)
    }

    /// Whether a read of this key is done now.
    pub(super) fn lets_read(&mut self, keys: &Value) -> bool {
        self.lets_pass(true, keys)
    }

    fn lets_pass(&mut self, reads: bool, keys: &Value) -> bool {
        let share = self.all.iter().rev().find_map(|trouble| match trouble {
            Trouble::Unread { percent, seed } if reads => Some((*percent, *seed)),
            Trouble::Unprocessed { percent, seed } if !reads => Some((*percent, *seed)),
            _ => None,
        });
        let Some((percent, seed)) = share else {
            return true;
        };
        let key = keys.to_string();
        let tries = self.tries.entry((reads, key.clone())).or_default();
        *tries += 1;
        let drawn = md5(format!("{seed} {tries} {key}").as_bytes());
        let drawn = u16::from_be_bytes([drawn[0], drawn[1]]) % 100;
        drawn >= u16::from(percent)
    }

    /// Spends units if there are any; the last ones may be more than there are, and are then owed.
    fn spend(&mut self, units: u64, now: Timestamp) -> bool {
        let limit = self.all.iter().rev().find_map(|trouble| match trouble {
            Trouble::WriteLimit { per_second, burst } => Some((*per_second, *burst)),
            _ => None,
        });
        let (Some((per_second, burst)), Some(bucket)) = (limit, &mut self.bucket) else {
            return true;
        };
        let since = now.duration_since(bucket.filled);
        let since = Duration::try_from(since).unwrap_or_default();
        let filled = bucket.units + since.as_secs_f64() * f64::from(per_second);
        bucket.units = filled.min(f64::from(burst.max(1)));
        bucket.filled = now;
        if bucket.units <= 0.0 {
            return false;
        }
        bucket.units -= f64::from(u32::try_from(units).unwrap_or(u32::MAX));
        true
    }
}

/// The words for a table on demand that is asked for too much.
pub(super) fn throttled_on_demand(arn: &str) -> Refusal {
    let words = "Throughput exceeds the current capacity of your table or index. DynamoDB is automatically scaling \
                 your table or index so please try again shortly. If exceptions persist, check if you have a hot key: \
                 https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html";
    let reason = "TableWriteKeyRangeThroughputExceeded";
    let reasons = json!([{ "reason": reason, "resource": arn }]);
    Refusal::new("ThrottlingException", words).with("throttlingReasons", reasons)
}

/// The words for a request of which nothing was done.
pub(super) fn nothing_done(arn: &str) -> Refusal {
    let words = "The level of configured provisioned throughput for the table was exceeded. Consider increasing your \
                 provisioning level with the UpdateTable API.";
    let reason = "TableWriteProvisionedThroughputExceeded";
    let reasons = json!([{ "reason": reason, "resource": arn }]);
    Refusal::new("ProvisionedThroughputExceededException", words).with("ThrottlingReasons", reasons)
}
