//! What a plan needs to know: the size of the backup, its first items, and whether the target is empty.

use dynamodb_format::Item;
use dynamodb_table::{Description, KeyAttribute, KeyFault, KeySchema, Tables};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::error::RestoreError;
use crate::read::{Lane, Sink, Turn, bad_line};
use crate::segment::Segment;
use crate::source::Source;

/// How many objects are asked for at the same time.
const ASKED_AT_ONCE: usize = 16;

/// How many files the first items are read from, and how many of each.
const FILES: usize = 4;
const LINES: u64 = 25;

/// What there is.
#[derive(Clone, Debug)]
pub(crate) struct Observation {
    pub(crate) target: Option<Description>,
    /// Whether the target holds items.
    pub(crate) holds_items: bool,
    /// Bytes of all data files, as stored.
    pub(crate) bytes: u64,
    pub(crate) sample: Sample,
}

/// What the first items are like.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Sample {
    pub(crate) items: u64,
    /// Write units that they need.
    pub(crate) write_units: u64,
    /// What is wrong with the key of the first that does not fit the target.
    pub(crate) fault: Option<KeyFault>,
    /// Attributes that are the key of an index and are of the wrong type there.
    pub(crate) index_faults: Vec<String>,
}

/// Looks at the backup's data files and at the target.
///
/// # Errors
/// A data file is missing or damaged, or the table can't be looked at.
pub(crate) async fn observe(
    source: &Source,
    target: Option<Description>,
    tables: &Tables,
) -> Result<Observation, RestoreError> {
    let sizes = stream::iter(0..source.files.len()).map(|index| source.files[index].size());
    let bytes = sizes
        .buffered(ASKED_AT_ONCE)
        .try_fold(0, |sum, size| async move { Ok(sum + size) });
    let bytes = bytes.await?;
    let holds_items = match &target {
        Some(target) => tables.holds_items(target).await?,
        None => false,
    };
    let sample = sample(source, target.as_ref()).await?;
    Ok(Observation {
        target,
        holds_items,
        bytes,
        sample,
    })
}

/// The first items of the first files that have any.
async fn sample(source: &Source, target: Option<&Description>) -> Result<Sample, RestoreError> {
    let mut first = First {
        target,
        sample: Sample::default(),
    };
    let full = source.links.first().map_or(0..0, |link| link.files.clone());
    let files = full.filter(|file| source.files[*file].lines != Some(0));
    for file in files.take(FILES) {
        let segment = Segment {
            file,
            from: 1,
            to: Some(LINES),
        };
        // A file that ends earlier would be checked as a whole; that is for the restore itself.
        let segment = match source.files[file].lines {
            Some(lines) if lines <= LINES => Segment {
                to: None,
                ..segment
            },
            _ => segment,
        };
        let mut lane = Lane::open(&source.files[file], segment, 0).await?;
        while lane.turn(&mut first).await? == Turn::More {}
    }
    Ok(first.sample)
}

struct First<'a> {
    target: Option<&'a Description>,
    sample: Sample,
}

impl Sink for First<'_> {
    async fn line(&mut self, _number: u64, bytes: &[u8]) -> Result<(), RestoreError> {
        let item = Item::parse(bytes).map_err(bad_line)?;
        self.sample.items += 1;
        self.sample.write_units += item.stored_bytes().div_ceil(1024).max(1);
        let Some(target) = self.target else {
            return Ok(());
        };
        if self.sample.fault.is_none() {
            self.sample.fault = target.key.key_of(&item).err();
        }
        for index in &target.indexes {
            for attribute in &index.attributes {
                let Some(fault) = wrong_in_index(attribute, &item) else {
                    continue;
                };
                let words = format!("index {}: {fault}", index.name);
                if !self.sample.index_faults.contains(&words) {
                    self.sample.index_faults.push(words);
                }
            }
        }
        Ok(())
    }
}

/// Why an index would refuse the item. One that lacks an attribute of the index is only not in it.
fn wrong_in_index(attribute: &KeyAttribute, item: &Item) -> Option<KeyFault> {
    let key = KeySchema {
        partition: attribute.clone(),
        sort: None,
    };
    match key.key_of(item) {
        Ok(_) | Err(KeyFault::Missing { .. }) => None,
        Err(fault) => Some(fault),
    }
}
