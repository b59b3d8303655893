//! Items that can never be written, for a person to repair.

use dynamodb_format::Item;
use dynamodb_table::Poison;
use serde::Serialize;

/// One of them. It holds the item, so it goes to the store, never to the log.
#[derive(Debug, Serialize)]
struct Entry<'a> {
    file: &'a str,
    line: u64,
    /// The key, as a canonical line.
    key: &'a str,
    reason: &'a str,
    /// The item in DynamoDB's JSON; missing where its key was to be deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<&'a Item>,
}

/// Those that are not stored yet, as lines.
#[derive(Debug, Default)]
pub(crate) struct Held {
    lines: Vec<u8>,
    /// The code of the last one.
    code: String,
}

impl Held {
    /// Adds `poison`; `object` gives the address of a writer's file.
    pub(crate) fn take(&mut self, poison: Vec<Poison>, object: impl Fn(u32) -> String) {
        for poison in poison {
            let file = object(poison.place.file);
            let line = poison.place.line;
            tracing::warn!(file, line, code = poison.code, "item can't be written");
            let entry = Entry {
                file: &file,
                line,
                key: &poison.key,
                reason: &poison.reason,
                item: poison.item.as_ref(),
            };
            self.lines
                .extend(serde_json::to_vec(&entry).unwrap_or_default());
            self.lines.push(b'\n');
            self.code = poison.code;
        }
    }

    /// Bytes that are to be stored.
    pub(crate) fn bytes(&self) -> usize {
        self.lines.len()
    }

    /// The code of the last one that was taken.
    pub(crate) fn code(&self) -> &str {
        &self.code
    }

    /// What is to be stored, if anything.
    pub(crate) fn take_content(&mut self) -> Option<Vec<u8>> {
        Some(std::mem::take(&mut self.lines)).filter(|lines| !lines.is_empty())
    }
}
