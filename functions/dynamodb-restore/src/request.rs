//! What an event asks for.

use dynamodb_format::KeySchema;
use dynamodb_table::Mode;
use function_core::{Event, PayloadError};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;

use crate::config::{Config, Verify};
use crate::error::RestoreError;

/// What an event says, key by key. Unknown keys are refused.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a key of its own in the event"
)]
pub struct Request {
    /// The address of the backup, or the addresses of a chain's exports.
    pub manifest: Option<Addresses>,
    /// The table whose newest verified backup is meant.
    pub source: Option<String>,
    /// That day's backup instead of the newest.
    pub date: Option<Date>,
    /// The newest state that is not after this moment.
    pub as_of: Option<Timestamp>,
    /// The table that is written.
    pub table: Option<String>,
    /// What becomes of items that are there already.
    pub mode: WriteMode,
    /// With `only-newer`: the attribute that tells which item is newer.
    pub newer_by: Option<String>,
    /// With `overwrite`: delete what the backup does not have.
    pub delete_extras: bool,
    /// The target's name again, where it holds items.
    pub confirm: Option<String>,
    /// Let DynamoDB import into a new table.
    pub import: bool,
    /// The keys of the table that was exported, where neither the manifest nor the table tells them.
    pub keys: Option<KeySchema>,
    /// How the table is read back.
    pub verify: Option<Verify>,
    /// How many workers share the work.
    pub parts: Option<u32>,
    /// Only this step.
    pub step: Option<StepName>,
    /// With `write`: which share, from 0.
    pub part: Option<u32>,
    /// Begin a restore that has ended, or was begun, anew.
    pub force: bool,
    /// The attempt that `force` is of: it begins the restore anew once, however often it is sent.
    pub execution: Option<String>,
    /// Only say what would be done.
    pub dry_run: bool,
    /// Prove that backups come back: into a scratch table, compared, deleted.
    pub drill: bool,
    /// The schedule's time, which means nothing here.
    pub scheduled_time: Option<String>,
}

/// One address or some.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Addresses {
    /// `manifest-summary.json` and others.
    One(String),
    /// Those of the exports of one chain, in any order.
    Many(Vec<String>),
}

/// What becomes of items that are there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WriteMode {
    /// There must be none.
    #[default]
    EmptyOnly,
    /// They stay as they are.
    SkipExisting,
    /// They are replaced.
    Overwrite,
    /// They are replaced where theirs is older.
    OnlyNewer,
}

impl WriteMode {
    /// The word in events.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::EmptyOnly => "empty-only",
            Self::SkipExisting => "skip-existing",
            Self::Overwrite => "overwrite",
            Self::OnlyNewer => "only-newer",
        }
    }
}

/// A step of a restore that is shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StepName {
    /// Plan and claim.
    Open,
    /// Write one share.
    Write,
    /// Read back and end.
    Close,
}

impl Request {
    /// Reads the request in `event`. Who waits for the end forces once.
    ///
    /// # Errors
    /// The payload is not a JSON object of known keys.
    pub fn of(event: &Event) -> Result<Self, PayloadError> {
        let mut request: Self = event.json()?;
        request.force &= !event.is_repeated();
        Ok(request)
    }
}

/// A restore that is asked for, whole and without contradictions.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a key of its own in the event"
)]
pub(crate) struct Ask {
    pub(crate) origin: Origin,
    pub(crate) as_of: Option<Timestamp>,
    pub(crate) table: String,
    pub(crate) mode: WriteMode,
    pub(crate) newer_by: Option<String>,
    pub(crate) delete_extras: bool,
    pub(crate) confirm: Option<String>,
    pub(crate) import: bool,
    pub(crate) keys: Option<KeySchema>,
    pub(crate) verify: Verify,
    pub(crate) parts: u32,
    pub(crate) step: Step,
    pub(crate) force: bool,
    pub(crate) execution: Option<String>,
    pub(crate) dry_run: bool,
}

/// Where the backup is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// By addresses; the backup must be of the table `source`, if that is told, too.
    Manifests {
        addresses: Vec<String>,
        source: Option<String>,
    },
    /// By a table of dynamodb-export.
    Source { source: String, date: Option<Date> },
}

/// What this invocation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// All, as far as its time allows.
    All,
    Open,
    Write {
        part: u32,
    },
    Close,
}

impl Ask {
    /// What `request` means under `config`.
    ///
    /// # Errors
    /// Something is missing, or contradicts something else.
    pub(crate) fn of(request: Request, config: &Config) -> Result<Self, RestoreError> {
        let step = step(&request)?;
        let Some(table) = request.table.clone().or_else(|| config.table.clone()) else {
            return Err(wrong(
                "no table is named to restore into; name it in `table` or TABLE_NAME",
            ));
        };
        check_mode(&request)?;
        if request.import && (step != Step::All || request.parts.is_some_and(|parts| parts > 1)) {
            return Err(wrong(
                "`import` is DynamoDB's own work; leave `step` and `parts` out",
            ));
        }
        let parts = request.parts.unwrap_or(1);
        if !(1..=1000).contains(&parts) {
            return Err(wrong(format!("`parts` is {parts}; it must be 1 to 1000")));
        }
        if f64::from(parts) > config.max_wru {
            return Err(wrong(format!(
                "`parts` is {parts}, and MAX_WRU is {}; each part needs a write unit a second, so send fewer",
                config.max_wru
            )));
        }
        if step == Step::All && parts != 1 {
            return Err(wrong(format!(
                "`parts` is {parts} without `step`; one invocation is one part"
            )));
        }
        if let Step::Write { part } = step
            && part >= parts
        {
            return Err(wrong(format!(
                "`part` is {part}; with {parts} parts it is 0 to {}",
                parts - 1
            )));
        }
        Ok(Self {
            origin: origin(&request)?,
            as_of: request.as_of,
            table,
            mode: request.mode,
            newer_by: request.newer_by,
            delete_extras: request.delete_extras,
            confirm: request.confirm,
            import: request.import,
            keys: request.keys,
            verify: request.verify.unwrap_or(config.verify),
            parts,
            step,
            force: request.force,
            execution: request.execution,
            dry_run: request.dry_run,
        })
    }

    /// How items are written.
    pub(crate) fn write_mode(&self) -> Mode {
        match (self.mode, &self.newer_by) {
            (WriteMode::SkipExisting, _) => Mode::PutAbsent,
            (WriteMode::OnlyNewer, Some(attribute)) => Mode::PutNewer {
                attribute: attribute.clone(),
            },
            _ => Mode::Put,
        }
    }

    /// Whether the table is to hold what the backup holds and nothing else.
    pub(crate) fn is_exact(&self) -> bool {
        self.import || self.mode == WriteMode::EmptyOnly || self.delete_extras
    }
}

fn step(request: &Request) -> Result<Step, RestoreError> {
    match (request.step, request.part) {
        (None, None) => Ok(Step::All),
        (Some(StepName::Open), None) => Ok(Step::Open),
        (Some(StepName::Close), None) => Ok(Step::Close),
        (Some(StepName::Write), Some(part)) => Ok(Step::Write { part }),
        (Some(StepName::Write), None) => Err(wrong("the step `write` needs `part`, from 0")),
        (_, Some(_)) => Err(wrong("`part` belongs to the step `write` only")),
    }
}

fn check_mode(request: &Request) -> Result<(), RestoreError> {
    let is_newer = request.mode == WriteMode::OnlyNewer;
    if is_newer && request.newer_by.is_none() {
        return Err(wrong(
            "`only-newer` needs `newerBy`, the attribute that tells which item is newer",
        ));
    }
    if !is_newer && request.newer_by.is_some() {
        return Err(wrong("`newerBy` belongs to the mode `only-newer`"));
    }
    if request.delete_extras && request.mode != WriteMode::Overwrite {
        return Err(wrong("`deleteExtras` belongs to the mode `overwrite`"));
    }
    if request.import && request.mode != WriteMode::EmptyOnly {
        return Err(wrong("`import` makes a new table; leave `mode` out"));
    }
    Ok(())
}

fn origin(request: &Request) -> Result<Origin, RestoreError> {
    let addresses = match &request.manifest {
        None => Vec::new(),
        Some(Addresses::One(address)) => vec![address.clone()],
        Some(Addresses::Many(addresses)) => addresses.clone(),
    };
    match (addresses.is_empty(), &request.source) {
        (false, _) if request.date.is_some() => Err(wrong(
            "`date` belongs to `source`; an address says which backup is meant",
        )),
        (false, source) => Ok(Origin::Manifests {
            addresses,
            source: source.clone(),
        }),
        (true, Some(source)) => Ok(Origin::Source {
            source: source.clone(),
            date: request.date,
        }),
        (true, None) => Err(wrong(
            "no backup is named; give its address in `manifest`, or its table in `source`",
        )),
    }
}

fn wrong(words: impl Into<String>) -> RestoreError {
    RestoreError::Request(words.into())
}
