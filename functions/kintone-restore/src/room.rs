//! How much goes into one bulk.

use kintone_client::limits::{BULK_REQUESTS, WRITE_RECORDS};

use crate::request::Mode;
use crate::source::Saved;

/// Bytes of saved records in a bulk, about; a larger record gets a bulk of its own.
const MOST_BYTES: usize = 8 * 1024 * 1024;
/// Bytes of files in a bulk, about: what is uploaded before a stop is uploaded again afterwards.
const MOST_FILE_BYTES: u64 = 64 * 1024 * 1024;
/// Files in a bulk, about.
const MOST_FILES: usize = 500;

/// Requests in a bulk where several are under way at the same time: each of them is held until it is answered.
const REQUESTS_AT_ONCE: usize = BULK_REQUESTS * 3 / 4;

/// How many records a bulk writes at most, where `at_once` bulks are under way at the same time.
pub(crate) fn most_records(mode: Mode, at_once: usize) -> usize {
    match mode {
        Mode::Insert if at_once > 1 => REQUESTS_AT_ONCE * WRITE_RECORDS,
        Mode::Insert => BULK_REQUESTS * WRITE_RECORDS,
        // Added and changed records go in requests of their own, so that one of each kind may be half full.
        Mode::Upsert | Mode::ReplaceChanged => (BULK_REQUESTS - 1) * WRITE_RECORDS,
    }
}

/// What a bulk has room for.
#[derive(Clone, Debug)]
pub(crate) struct Room {
    bytes: usize,
    file_bytes: u64,
    files: usize,
}

impl Default for Room {
    fn default() -> Self {
        Self {
            bytes: MOST_BYTES,
            file_bytes: MOST_FILE_BYTES,
            files: MOST_FILES,
        }
    }
}

impl Room {
    pub(crate) fn is_full(&self) -> bool {
        self.bytes == 0 || self.file_bytes == 0 || self.files == 0
    }

    pub(crate) fn take(&mut self, saved: &Saved) {
        self.bytes = self.bytes.saturating_sub(saved.size_bytes());
        self.files = self.files.saturating_sub(saved.files.len());
        for file in &saved.files {
            self.file_bytes = self.file_bytes.saturating_sub(file.bytes.unwrap_or(0));
        }
    }
}

/// Counts the bulks that records go into, as they are cut when all of them are written.
#[derive(Clone, Debug)]
pub(crate) struct BulkCount {
    most_records: usize,
    room: Room,
    /// Records in the last bulk.
    records: usize,
    pub(crate) bulks: u64,
}

impl BulkCount {
    pub(crate) fn new(most_records: usize) -> Self {
        Self {
            most_records,
            room: Room::default(),
            records: 0,
            bulks: 0,
        }
    }

    pub(crate) fn take(&mut self, saved: &Saved) {
        if self.records == 0 || self.records == self.most_records || self.room.is_full() {
            self.bulks += 1;
            self.records = 0;
            self.room = Room::default();
        }
        self.room.take(saved);
        self.records += 1;
    }
}
