//! The objects of an import, and the items in their lines.

use std::collections::BTreeSet;
use std::io::{self, Read as _};

use flate2::read::MultiGzDecoder;
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::super::super::hosted::Hosted;
use super::super::super::output::md5;
use super::super::key::Place;
use super::super::write::Wanted;
use super::ImportFault;
use crate::objects::Objects;

/// A code with its words.
type Failure = (String, String);

/// What the objects under a prefix hold.
#[derive(Debug, Default)]
pub(super) struct Source {
    /// Each object unpacked, as far as it can be; and whether it ends in something that can't.
    objects: Vec<(String, bool)>,
}

/// What became of it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Filled {
    pub(super) bytes: usize,
    pub(super) imported: usize,
    pub(super) errors: usize,
}

pub(super) fn no_such_bucket() -> Failure {
    let words = "The specified bucket does not exist (Service: Amazon S3; Status Code: 404; Error Code: NoSuchBucket; \
                 Request ID: SIMULATOR; S3 Extended Request ID: SIMULATOR)";
    ("S3NoSuchBucket".to_owned(), words.to_owned())
}

pub(super) fn invalid_items() -> Failure {
    let words = "Some of the items failed validation checks and were not imported. Please check CloudWatch error logs \
                 for more details.";
    ("ItemValidationError".to_owned(), words.to_owned())
}

impl Source {
    /// Reads all objects whose keys begin with the prefix.
    pub(super) fn read(
        objects: &Objects,
        bucket: &str,
        prefix: &str,
        compression: &str,
    ) -> Result<Self, Failure> {
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => no_such_bucket(),
            _ => ("S3InternalError".to_owned(), error.to_string()),
        };
        let mut source = Self::default();
        for key in objects.list(bucket, prefix).map_err(failed)? {
            let content = objects.get(bucket, &key).map_err(failed)?;
            source.objects.push(unpacked(&content, compression));
        }
        Ok(source)
    }

    /// Puts all items into the table.
    ///
    /// The first line that is no item ends its object; an item that the table refuses is only left out.
    pub(super) fn fill(
        &self,
        hosted: &mut Hosted,
        at: Timestamp,
        fault: Option<&ImportFault>,
    ) -> Filled {
        let mut filled = Filled::default();
        let mut items = Vec::new();
        for (text, broken) in &self.objects {
            filled.bytes += text.len();
            filled.errors += usize::from(*broken);
            for line in text.lines().filter(|line| !line.trim().is_empty()) {
                let Some(item) = item(line) else {
                    filled.errors += usize::from(!*broken);
                    break;
                };
                match wanted(&item, hosted) {
                    Some(image) => items.push(image),
                    None => filled.errors += 1,
                }
            }
        }
        match fault {
            Some(ImportFault::Missing(count)) => {
                filled.imported = items.len();
                items.truncate(items.len().saturating_sub(*count));
            }
            Some(ImportFault::Failed { .. } | ImportFault::Cancelled) => {
                items.truncate(items.len() / 2);
                filled.imported = items.len();
            }
            _ => filled.imported = items.len(),
        }
        put(items, hosted, at);
        filled
    }
}

fn unpacked(content: &[u8], compression: &str) -> (String, bool) {
    let mut bytes = Vec::new();
    let broken = if compression == "GZIP" && !content.is_empty() {
        MultiGzDecoder::new(content)
            .read_to_end(&mut bytes)
            .is_err()
    } else {
        bytes.extend_from_slice(content);
        false
    };
    (String::from_utf8_lossy(&bytes).into_owned(), broken)
}

/// The item of a line; nothing where the line is none.
fn item(line: &str) -> Option<Map<String, Value>> {
    let line: Value = serde_json::from_str(line).ok()?;
    line.get("Item")?.as_object().cloned()
}

/// The item as the table keeps it; nothing where it can't.
fn wanted(item: &Map<String, Value>, hosted: &Hosted) -> Option<Value> {
    let operation = Wanted::put(item).ok()?.on(hosted, true).ok()?;
    operation.image
}

/// Of several items of one key one remains, whichever.
fn put(items: Vec<Value>, hosted: &mut Hosted, at: Timestamp) {
    let mut places = BTreeSet::new();
    for item in items {
        let again = !places.insert(Place::of(&hosted.table, &item));
        let drawn = md5(item.to_string().as_bytes());
        if !again || drawn[0].is_multiple_of(2) {
            hosted.write(at, Some(item), &Value::Null);
        }
    }
}
