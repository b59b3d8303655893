//! What a plan needs to know: the size of the backup, its first items, and whether the target is empty.

use std::collections::HashSet;

use dynamodb_format::{Change, Item};
use dynamodb_table::{Description, KeyAttribute, KeyFault, KeySchema, Tables};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::error::RestoreError;
use crate::read::{Lane, Sink, Turn, bad_line};
use crate::segment::Segment;
use crate::source::{Link, Source};
use crate::walk::key_hash;

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
    /// The attribute by which the target's items expire.
    pub(crate) ttl_attribute: Option<String>,
    /// Bytes of all data files, as stored.
    pub(crate) bytes: u64,
    pub(crate) sample: Sample,
    /// The key of the table that was exported, where it is there still.
    pub(crate) exported_key: Option<KeySchema>,
}

/// What the first items are like.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Sample {
    pub(crate) items: u64,
    /// Write units that they need.
    pub(crate) write_units: u64,
    /// What is wrong with the key of the first that does not fit the target.
    pub(crate) fault: Option<KeyFault>,
    /// Items whose key in the target is that of another one.
    pub(crate) alike: u64,
    /// Whether a change tells keys of other attributes than the target's.
    pub(crate) has_other_keys: bool,
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
    let (holds_items, ttl_attribute) = match &target {
        Some(target) => (
            tables.holds_items(target).await?,
            tables.ttl_attribute(target).await?,
        ),
        None => (false, None),
    };
    let sample = sample(source, target.as_ref()).await?;
    let exported_key = match &target {
        Some(target) => exported_key(source, target, tables).await?,
        None => None,
    };
    Ok(Observation {
        target,
        holds_items,
        ttl_attribute,
        bytes,
        sample,
        exported_key,
    })
}

/// The key of the table that was exported, where it is in the target's account and Region, and may be looked at.
async fn exported_key(
    source: &Source,
    target: &Description,
    tables: &Tables,
) -> Result<Option<KeySchema>, RestoreError> {
    let Some(exported) = &source.table else {
        return Ok(None);
    };
    if exported.arn.rsplit_once('/').map(|(place, _)| place)
        != target.arn.rsplit_once('/').map(|(place, _)| place)
    {
        return Ok(None);
    }
    match tables.describe(&exported.name).await {
        // One that was made anew under the same name may have other keys.
        Ok(found) => Ok(found
            .filter(|found| found.id == exported.id)
            .map(|found| found.key)),
        Err(error) if error.is_denied() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The first items of the first files that have any.
async fn sample(source: &Source, target: Option<&Description>) -> Result<Sample, RestoreError> {
    let mut first = First {
        target,
        is_full: true,
        keys: HashSet::new(),
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
        while lane.turn(first).await? == Turn::More {}
    }
    Ok(())
}

struct First<'a> {
    target: Option<&'a Description>,
    /// Whether lines are items, not changes.
    is_full: bool,
    /// The keys so far, in the target.
    keys: HashSet<u128>,
    sample: Sample,
}

impl Sink for First<'_> {
    async fn line(&mut self, _number: u64, bytes: &[u8]) -> Result<(), RestoreError> {
        if !self.is_full {
            let change = Change::parse(bytes).map_err(bad_line)?;
            self.sample.has_other_keys |= self.target.is_some_and(|target| {
                let fits = target.key.key_of(&change.keys);
                fits.is_err() || target.key.attributes().count() != change.keys.0.len()
            });
            return Ok(());
        }
        let item = Item::parse(bytes).map_err(bad_line)?;
        self.sample.items += 1;
        self.sample.write_units += item.stored_bytes().div_ceil(1024).max(1);
        let Some(target) = self.target else {
            return Ok(());
        };
        match target.key.key_of(&item) {
            Ok(key) => self.sample.alike += u64::from(!self.keys.insert(key_hash(&key))),
            Err(fault) => {
                self.sample.fault.get_or_insert(fault);
            }
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
