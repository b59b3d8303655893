//! What goes wrong in one export, scripted.

/// Something that goes wrong in an export; see [`Account::next_export`](super::Account::next_export).
///
/// A table is named `database.table`, or `database.schema.table` where there are schemas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It ends as FAILED.
    Fails {
        /// How far it comes, in percent; with 0 it fails out of STARTING.
        percent: u8,
        /// What `FailureCause` says.
        cause: String,
    },
    /// It stays in STARTING for ever.
    Hangs,
    /// It writes everything, and then has this status in place of COMPLETE.
    EndsAs(String),
    /// A table is left out, and `WarningMessage` says so; the status is COMPLETE all the same.
    Skips {
        /// The table.
        table: String,
        /// Such as `PERMISSIONS_DO_NOT_EXIST`.
        reason: String,
    },
    /// A table is left out, and nothing says so.
    Omits {
        /// The table.
        table: String,
    },
    /// The tables' info file gives a table this status in place of COMPLETE; its files are there.
    TableEndsAs {
        /// The table.
        table: String,
        /// Such as `FAILED`.
        status: String,
    },
    /// A batch folder of a table has no `_SUCCESS`.
    NoMarker {
        /// The table.
        table: String,
        /// The folder, counted from 1.
        batch: usize,
    },
    /// `WarningMessage` gives this reason under `general`.
    Warns {
        /// Such as `FAILED_TO_EXTRACT_TABLES_LIST_FOR_DATABASE`.
        reason: String,
    },
    /// `WarningMessage` is this text, whether it is JSON or not.
    WarningMessage(String),
    /// There is no `export_info_…` file.
    NoExportInfo,
    /// The `export_info_…` file ends in its middle.
    TruncatedExportInfo,
    /// There is no `export_tables_info_…` file.
    NoTablesInfo,
    /// The last `export_tables_info_…` file ends in its middle.
    TruncatedTablesInfo,
}

/// What somebody does to an object after the export has written it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tamper {
    /// It is removed.
    Delete,
    /// The second half of it is cut off.
    Truncate,
}

/// What stands in the way of every export, until [`Account::clear_obstacles`](super::Account::clear_obstacles).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The caller may not do this action.
    Denied(String),
    /// There is no role of this ARN.
    NoRole(String),
    /// The role of this ARN may not write to the bucket.
    WeakRole(String),
    /// The key, as the caller names it, is disabled, or may not be used.
    NoKey(String),
    /// There is no bucket of this name.
    NoBucket(String),
}
