//! What ran, who ran it, when, and how it ended: a table of our own beside golang-migrate's.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use migration_folder::{Direction, File, Folder, Version};
use tokio_postgres::SimpleQueryRow;

use crate::Options;
use crate::wire::{literal, literal_or_null};

/// How a row came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Applied,
    Reverted,
    /// Rolled back, or stopped half-way where the version is dirty.
    Failed,
    /// A file without a transaction that is under way, or was when its job was killed.
    Begun,
    Baseline,
    Repaired,
    Adopted,
}

const OUTCOMES: [(Outcome, &str); 7] = [
    (Outcome::Applied, "applied"),
    (Outcome::Reverted, "reverted"),
    (Outcome::Failed, "failed"),
    (Outcome::Begun, "begun"),
    (Outcome::Baseline, "baseline"),
    (Outcome::Repaired, "repaired"),
    (Outcome::Adopted, "adopted"),
];

impl Outcome {
    pub(crate) fn as_str(self) -> &'static str {
        let found = OUTCOMES.iter().find(|(outcome, _)| *outcome == self);
        found.map_or("", |(_, text)| text)
    }

    fn parse(text: &str) -> Option<Self> {
        let found = OUTCOMES.iter().find(|(_, known)| *known == text);
        found.map(|(outcome, _)| *outcome)
    }
}

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) id: i64,
    pub(crate) version: Version,
    pub(crate) title: String,
    pub(crate) direction: Direction,
    pub(crate) outcome: Outcome,
    pub(crate) checksum: Option<String>,
    pub(crate) down_checksum: Option<String>,
    pub(crate) applied_by: String,
    pub(crate) execution: Option<String>,
    pub(crate) started_at: Option<Timestamp>,
    pub(crate) took: Duration,
    pub(crate) statement: Option<usize>,
    pub(crate) line: Option<usize>,
    pub(crate) error: Option<String>,
}

/// The rows that count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct History {
    /// The last row of each version that tells whether it is applied.
    pub(crate) settled: BTreeMap<Version, Entry>,
    /// The last row of all.
    pub(crate) last: Option<Entry>,
}

const COLUMNS: &str = "id, version, title, direction, outcome, checksum, down_checksum, applied_by, execution, \
    to_char(started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), took_ms, statement, line, error";

impl Entry {
    /// Whether it says that its version is applied.
    pub(crate) fn is_applied(&self) -> bool {
        self.direction == Direction::Up && !matches!(self.outcome, Outcome::Failed | Outcome::Begun)
    }

    /// `None` for a row that a newer program wrote, in a way that this one does not know.
    fn read(row: &SimpleQueryRow) -> Option<Self> {
        let text = |index| row.get(index).map(ToOwned::to_owned);
        Some(Self {
            id: row.get(0)?.parse().ok()?,
            version: Version::from_bigint(row.get(1)?.parse().ok()?)?,
            title: text(2)?,
            direction: if row.get(3)? == "down" {
                Direction::Down
            } else {
                Direction::Up
            },
            outcome: Outcome::parse(row.get(4)?)?,
            checksum: text(5),
            down_checksum: text(6),
            applied_by: text(7)?,
            execution: text(8),
            started_at: row.get(9)?.parse().ok(),
            took: Duration::from_millis(row.get(10)?.parse().ok()?),
            statement: row.get(11).and_then(|text| text.parse().ok()),
            line: row.get(12).and_then(|text| text.parse().ok()),
            error: text(13),
        })
    }
}

impl History {
    /// The versions that it says are applied, in order.
    pub(crate) fn applied(&self) -> Vec<Version> {
        let applied = self.settled.values().filter(|entry| entry.is_applied());
        applied.map(|entry| entry.version).collect()
    }

    /// What reads the history in the table `name`: two statements.
    pub(crate) fn select(name: &str) -> String {
        format!(
            "SELECT DISTINCT ON (version) {COLUMNS} FROM {name} WHERE outcome NOT IN ('failed', 'begun') ORDER BY version, id DESC; \
             SELECT {COLUMNS} FROM {name} ORDER BY id DESC LIMIT 1"
        )
    }

    /// What the two statements answered.
    pub(crate) fn read(settled: &[SimpleQueryRow], last: &[SimpleQueryRow]) -> Self {
        let settled = settled.iter().filter_map(Entry::read);
        Self {
            settled: settled.map(|entry| (entry.version, entry)).collect(),
            last: last.first().and_then(Entry::read),
        }
    }
}

/// What makes the table `name`.
pub(crate) fn create(name: &str) -> String {
    format!(
        "CREATE TABLE {name} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, version bigint NOT NULL, title text NOT NULL, \
         direction text NOT NULL, outcome text NOT NULL, checksum text, down_checksum text, \
         applied_by text NOT NULL DEFAULT session_user, tool text NOT NULL, execution text, \
         started_at timestamptz NOT NULL DEFAULT transaction_timestamp(), took_ms bigint NOT NULL DEFAULT 0, \
         statement int, line int, error text)"
    )
}

/// A row to be written.
#[derive(Clone, Debug)]
pub(crate) struct NewEntry<'a> {
    pub(crate) version: Version,
    pub(crate) title: &'a str,
    pub(crate) direction: Direction,
    pub(crate) outcome: Outcome,
    pub(crate) checksum: Option<&'a str>,
    pub(crate) down_checksum: Option<&'a str>,
    pub(crate) statement: Option<usize>,
    pub(crate) line: Option<usize>,
    pub(crate) error: Option<&'a str>,
}

impl<'a> NewEntry<'a> {
    /// A row about `version`, with the checksums that its files in `folder` have.
    pub(crate) fn of(
        folder: &'a Folder,
        version: Version,
        direction: Direction,
        outcome: Outcome,
    ) -> Self {
        let migration = folder.migration(version);
        let checksum = |file: Option<&'a File>| file.map(|file| file.checksum().as_str());
        Self {
            version,
            title: migration.map_or("", |migration| &migration.title),
            direction,
            outcome,
            checksum: checksum(migration.and_then(|migration| migration.up.as_ref())),
            down_checksum: checksum(migration.and_then(|migration| migration.down.as_ref())),
            statement: None,
            line: None,
            error: None,
        }
    }

    /// What writes it into the table `name`. It took as long as the transaction that writes it.
    pub(crate) fn insert(&self, name: &str, options: &Options) -> String {
        let number =
            |number: Option<usize>| number.map_or("NULL".to_owned(), |number| number.to_string());
        format!(
            "INSERT INTO {name} (version, title, direction, outcome, checksum, down_checksum, tool, execution, took_ms, statement, line, error) \
             VALUES ({version}, {title}, '{direction}', '{outcome}', {checksum}, {down_checksum}, {tool}, {execution}, \
             {TOOK_MS}, {statement}, {line}, {error})",
            version = self.version,
            title = literal(self.title),
            direction = self.direction,
            outcome = self.outcome.as_str(),
            checksum = literal_or_null(self.checksum),
            down_checksum = literal_or_null(self.down_checksum),
            tool = literal(function_core::TOOL),
            execution = literal_or_null(options.execution_id()),
            statement = number(self.statement),
            line = number(self.line),
            error = literal_or_null(self.error),
        )
    }
}

/// How long the transaction has been open.
const TOOK_MS: &str =
    "(extract(epoch FROM clock_timestamp() - transaction_timestamp()) * 1000)::bigint";
