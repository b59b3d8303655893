//! Items that can never be written, for a person to look at.

use dynamodb_table::Poison;
use serde::Serialize;

/// One of them. It holds the item's key, so it goes to the store, never to the log.
#[derive(Debug, Serialize)]
struct Entry<'a> {
    file: &'a str,
    line: u64,
    /// The key, as a canonical line.
    key: &'a str,
    reason: &'a str,
}

/// Those that are not stored yet, as lines.
#[derive(Debug, Default)]
pub(crate) struct Held {
    lines: Vec<u8>,
    count: usize,
}

impl Held {
    /// Adds `poison`; `object` gives the address of a writer's file.
    pub(crate) fn take(&mut self, poison: Vec<Poison>, object: impl Fn(u32) -> String) {
        for Poison { place, key, reason } in poison {
            let file = object(place.file);
            tracing::warn!(file, line = place.line, reason, "item can't be written");
            let entry = Entry {
                file: &file,
                line: place.line,
                key: &key,
                reason: &reason,
            };
            let line = serde_json::to_vec(&entry).unwrap_or_default();
            self.lines.extend(line);
            self.lines.push(b'\n');
            self.count += 1;
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// What is to be stored, if anything.
    pub(crate) fn take_content(&mut self) -> Option<Vec<u8>> {
        self.count = 0;
        Some(std::mem::take(&mut self.lines)).filter(|lines| !lines.is_empty())
    }
}
