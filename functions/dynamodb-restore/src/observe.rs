//! What a plan needs to know: the size of the backup, its first items, and whether the target is empty.

use std::collections::HashSet;

use dynamodb_format::{Change, Item, KeyAttribute, KeyFault, KeySchema};
use dynamodb_table::{Description, Index, Tables};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::error::RestoreError;
use crate::read::{Lane, Sink, Turn, bad_line};
use crate::segment::Segment;
use crate::source::{Link, Source};
use crate::walk::{item_hash, key_hash};

/// How many objects are asked for at the same time.
const ASKED_AT_ONCE: usize = 16;

/// How many files the first items are read from, and how many of each.
const FILES: usize = 4;
const LINES: u64 = 25;

/// How many stored bytes of each where no manifest tells how many items there are: enough for packing to have settled.
const STORED_BYTES: u64 = 64 * 1024;

/// What there is.
#[derive(Clone, Debug)]
pub(crate) struct Observation {
    pub(crate) target: Option<Description>,
    /// Whether the target holds items.
    pub(crate) holds_items: bool,
    /// Whether this restore was begun: what the target holds is its own then.
    pub(crate) is_begun: bool,
    /// The attribute by which the target's items expire.
    pub(crate) ttl_attribute: Option<String>,
    /// Bytes of all data files, as stored.
    pub(crate) bytes: u64,
    pub(crate) sample: Sample,
    /// The keys of the table that was exported, where they are known.
    pub(crate) exported_keys: Option<KeySchema>,
}

/// What the first items are like.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Sample {
    pub(crate) items: u64,
    /// Write units that they need.
    pub(crate) write_units: u64,
    /// Bytes of their lines, unpacked.
    pub(crate) line_bytes: u64,
    /// Bytes that were read for them, as stored.
    pub(crate) stored_bytes: u64,
    /// What is wrong with the key of the first that does not fit the target.
    pub(crate) fault: Option<KeyFault>,
    /// Items whose key in the target is that of another one.
    pub(crate) alike: u64,
    /// The first line that holds another item than an earlier one of its key, where no manifest says that keys are there once.
    pub(crate) doubled: Option<String>,
    /// Whether a change tells keys of other attributes than the target's.
    pub(crate) has_other_keys: bool,
    /// Attributes that are the key of an index and are of the wrong type there.
    pub(crate) index_faults: Vec<String>,
}

/// Looks at the backup's data files and at the target. `exported_keys` are those of the table that was exported.
///
/// # Errors
/// A data file is missing or damaged, or the table can't be looked at.
pub(crate) async fn observe(
    source: &Source,
    target: Option<Description>,
    exported_keys: Option<KeySchema>,
    tables: &Tables,
) -> Result<Observation, RestoreError> {
    let sizes = stream::iter(0..source.files.len()).map(|index| source.files[index].size());
    let bytes = sizes
        .buffered(ASKED_AT_ONCE)
        .try_fold(0, |sum, size| async move { Ok(sum + size) });
    let bytes = bytes.await?;
    let (holds_items, ttl_attribute) = match &target {
        Some(target) => (
            tables.holds_items(target).await?,
            tables.ttl_attribute(target).await?,
        ),
        None => (false, None),
    };
    // A table that is to be made gets the keys of the exported one.
    let (keys, indexes) = match &target {
        Some(target) => (Some(&target.key), target.indexes.as_slice()),
        None => (exported_keys.as_ref(), [].as_slice()),
    };
    let sample = sample(source, keys, indexes).await?;
    Ok(Observation {
        target,
        holds_items,
        is_begun: false,
        ttl_attribute,
        bytes,
        sample,
        exported_keys,
    })
}

/// The first items of the first files that have any.
async fn sample(
    source: &Source,
    keys: Option<&KeySchema>,
    indexes: &[Index],
) -> Result<Sample, RestoreError> {
    let mut first = First {
        schema: keys,
        indexes,
        is_full: true,
        is_listed: source.is_listed(),
        object: String::new(),
        hashes: HashSet::new(),
        sample: Sample::default(),
    };
    for (number, link) in source.links.iter().enumerate() {
        first.is_full = number == 0;
        // Changes are only looked at for their keys, and each tells them.
        let files = if first.is_full { FILES } else { 1 };
        sample_link(source, link, files, &mut first).await?;
    }
    Ok(first.sample)
}

async fn sample_link(
    source: &Source,
    link: &Link,
    count: usize,
    first: &mut First<'_>,
) -> Result<(), RestoreError> {
    let files = link.files.clone();
    let files = files.filter(|file| source.files[*file].lines != Some(0));
    for file in files.take(count) {
        let (to, most) = match source.files[file].lines {
            Some(lines) if lines > LINES => (Some(LINES), u64::MAX),
            Some(_) => (None, u64::MAX),
            None => (None, STORED_BYTES),
        };
        let segment = Segment {
            to,
            ..Segment::whole(file)
        };
        let mut lane = Lane::open(&source.files[file], segment, 0).await?;
        lane.object().clone_into(&mut first.object);
        while lane.turn(first).await? == Turn::More && lane.taken() < most {}
        first.sample.stored_bytes += lane.taken();
    }
    Ok(())
}

struct First<'a> {
    /// The target's keys.
    schema: Option<&'a KeySchema>,
    /// The target's indexes.
    indexes: &'a [Index],
    /// Whether lines are items, not changes.
    is_full: bool,
    /// Whether manifests tell the lines of the files.
    is_listed: bool,
    /// The address of the file that is read.
    object: String,
    /// Hashes of the keys so far, in the target, and of the items.
    hashes: HashSet<u128>,
    sample: Sample,
}

impl Sink for First<'_> {
    async fn line(&mut self, number: u64, bytes: &[u8]) -> Result<(), RestoreError> {
        if !self.is_full {
            let change = Change::parse(bytes).map_err(bad_line)?;
            self.sample.has_other_keys |= self.schema.is_some_and(|schema| {
                let fits = schema.key_of(&change.keys);
                fits.is_err() || schema.attributes().count() != change.keys.0.len()
            });
            return Ok(());
        }
        let item = Item::parse(bytes).map_err(bad_line)?;
        self.sample.items += 1;
        self.sample.line_bytes += bytes.len() as u64 + 1;
        self.sample.write_units += item.stored_bytes().div_ceil(1024).max(1);
        let Some(schema) = self.schema else {
            return Ok(());
        };
        match schema.key_of(&item) {
            Ok(key) => self.key(number, key_hash(&key), item_hash(&item)),
            Err(fault) => {
                self.sample.fault.get_or_insert(fault);
            }
        }
        for index in self.indexes {
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

impl First<'_> {
    /// Takes an item by the hashes of its key and of itself. Of one export each key is there once; loose files may hold the same
    /// item again, which harms nothing.
    fn key(&mut self, number: u64, key: u128, item: u128) {
        let is_new = self.hashes.insert(key);
        let is_new_item = self.hashes.insert(item);
        if is_new {
            return;
        }
        if self.is_listed {
            self.sample.alike += 1;
        } else if is_new_item {
            let place = || format!("{} line {number}", self.object);
            self.sample.doubled.get_or_insert_with(place);
        }
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
