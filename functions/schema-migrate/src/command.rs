//! The command line.

mod article;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use function_core::Env;
use migration_folder::{Title, Version};
use schema_diff::{Backfill, ObjectPath, Rename};

/// What is to be done, and settings that come before the environment's.
#[derive(Debug, Parser)]
#[command(
    name = "schema-migrate",
    about = "Migrates the schema of a PostgreSQL database, and tells the truth about it",
    after_help = "Settings are environment variables: DATABASE_URL_FILE or DATABASE_URL names the database. Exit codes: 0 done, \
                  1 failed, 2 wrong command line or settings, 3 something is pending or differs, 4 refused, 5 left half-way, \
                  6 try again.",
    disable_help_subcommand = true
)]
pub(crate) struct CommandLine {
    /// Without a command: up
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    settings: Overrides,
}

/// Settings on the command line, each in place of the environment's.
#[derive(Debug, Default, Args)]
struct Overrides {
    /// The folder of the migrations [`MIGRATIONS_DIR`, else `migrations`]
    #[arg(long, global = true, value_name = "FOLDER")]
    dir: Option<String>,
    /// The table of the version [`MIGRATIONS_TABLE`, else `schema_migrations`]
    #[arg(long, global = true, value_name = "TABLE")]
    table: Option<String>,
    /// How long to wait for another migration to end [`JOB_LOCK_TIMEOUT`, else `5m`]
    #[arg(long, global = true, value_name = "DURATION")]
    job_lock_timeout: Option<String>,
    /// How long a statement may wait for a lock [`LOCK_TIMEOUT`, else `5s`]
    #[arg(long, global = true, value_name = "DURATION")]
    lock_timeout: Option<String>,
    /// How long a statement may take; 0 for ever [`STATEMENT_TIMEOUT`, else `15m`]
    #[arg(long, global = true, value_name = "DURATION")]
    statement_timeout: Option<String>,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub(crate) enum Command {
    /// Apply what is pending: all, the next N, or all up to a version
    Up {
        /// How many
        #[arg(value_name = "N")]
        count: Option<NonZeroUsize>,
        /// The last version to apply
        #[arg(long, value_name = "VERSION", conflicts_with = "count")]
        to: Option<Version>,
        /// Apply versions below the newest applied one, too [`OUT_OF_ORDER=on`]
        #[arg(long)]
        out_of_order: bool,
    },
    /// Revert the last N migrations by their down files. Data in what they drop is lost
    Down {
        /// How many
        #[arg(value_name = "N", required_unless_present = "all")]
        count: Option<NonZeroUsize>,
        /// All of them
        #[arg(long, conflicts_with = "count")]
        all: bool,
        /// Where a migration has no down file, do nothing for it, as golang-migrate does
        #[arg(long)]
        allow_empty_down: bool,
    },
    /// Bring the database to a version, up or down; 0 is before the first
    Goto {
        /// The version
        version: Version,
        /// Where a migration has no down file, do nothing for it, as golang-migrate does
        #[arg(long)]
        allow_empty_down: bool,
    },
    /// Say what is applied and what is pending; exit code 3 if anything is pending, 4 if `up` would refuse it
    Status {
        /// As one line of JSON
        #[arg(long)]
        json: bool,
    },
    /// Try what is pending without touching the database: locks, sizes, a scratch copy, the rows that would stop it
    Check {
        /// As one line of JSON
        #[arg(long)]
        json: bool,
    },
    /// Write the migration that leads from the folder to the declared schema, proven both ways
    Write(WriteArguments),
    /// Say what is dangerous in migrations: those named, or all of the folder
    Lint {
        /// SQL files
        files: Vec<PathBuf>,
    },
    /// Write atlas.sum anew, in the variant that is there
    Hash {
        /// Only say whether the folder and its atlas.sum are sound; no file is written
        #[arg(long)]
        check: bool,
    },
    /// Take a database that has a schema already as being at a version; nothing is run
    Baseline {
        /// The newest version whose changes the database has
        version: Version,
    },
    /// Say what a failed run left behind, and put it right
    Repair(RepairArguments),
    /// Say how the database differs from what its migrations make; exit code 3 if it does
    Drift,
    /// Say what a table looks like, as `\d` of psql does
    Describe {
        /// The table or view, with or without its schema
        table: String,
    },
}

/// What `write` is told.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub(crate) struct WriteArguments {
    /// What the migration is about: lower-case letters, digits and _
    pub(crate) name: Title,
    /// What was renamed, not dropped: table:new or table.column:new; may be repeated
    #[arg(long = "rename", value_name = "OLD:NEW")]
    pub(crate) renames: Vec<Rename>,
    /// What was dropped, not renamed: table or table.column; may be repeated
    #[arg(long = "drop", value_name = "OLD")]
    pub(crate) drops: Vec<ObjectPath>,
    /// What a new NOT NULL column holds in the rows that are there: table.column=EXPRESSION; may be repeated
    #[arg(long = "backfill", value_name = "COLUMN=SQL")]
    pub(crate) backfills: Vec<Backfill>,
    /// One plain statement instead of the steps that do not hold up whoever works on the table
    #[arg(long = "unsafe")]
    pub(crate) is_unsafe: bool,
}

/// What `repair` is told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub(crate) struct RepairArguments {
    /// The file of this version was changed or is gone, and the database is as it should be; may be repeated
    #[arg(long, value_name = "VERSION")]
    pub(crate) accept: Vec<Version>,
    /// The statement at which a file stopped was done by hand, or is not wanted: go on after it
    #[arg(long, conflicts_with = "accept")]
    pub(crate) skip: bool,
    /// The database was looked at and put right by hand: it is at this version now; 0 is before the first
    #[arg(long, value_name = "VERSION", conflicts_with_all = ["accept", "skip"])]
    pub(crate) to: Option<Version>,
}

impl CommandLine {
    /// Reads the arguments, of which the first is the program's name.
    ///
    /// # Errors
    /// What clap has to say instead: a fault, or the help that was asked for.
    pub(crate) fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        Self::try_parse_from(article::translated(arguments.into_iter().collect()))
    }

    /// The command, which is `up` if none is named.
    pub(crate) fn command(&self) -> Command {
        let up = Command::Up {
            count: None,
            to: None,
            out_of_order: false,
        };
        self.command.clone().unwrap_or(up)
    }

    /// The settings of `env`, with those of the command line in their places.
    pub(crate) fn settings(&self, env: &Env) -> Env {
        let Overrides {
            dir,
            table,
            job_lock_timeout,
            lock_timeout,
            statement_timeout,
        } = &self.settings;
        let out_of_order = matches!(
            self.command,
            Some(Command::Up {
                out_of_order: true,
                ..
            })
        );
        let given = [
            ("MIGRATIONS_DIR", dir.as_deref()),
            ("MIGRATIONS_TABLE", table.as_deref()),
            ("JOB_LOCK_TIMEOUT", job_lock_timeout.as_deref()),
            ("LOCK_TIMEOUT", lock_timeout.as_deref()),
            ("STATEMENT_TIMEOUT", statement_timeout.as_deref()),
            ("OUT_OF_ORDER", out_of_order.then_some("on")),
        ];
        let given = given
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        given.fold(env.clone(), |env, (name, value)| env.with(name, value))
    }
}

impl Command {
    /// Whether it works on a database.
    pub(crate) fn needs_database(&self) -> bool {
        !matches!(self, Self::Write(_) | Self::Lint { .. } | Self::Hash { .. })
    }

    /// Whether it writes to that database.
    pub(crate) fn changes_database(&self) -> bool {
        matches!(
            self,
            Self::Up { .. }
                | Self::Down { .. }
                | Self::Goto { .. }
                | Self::Baseline { .. }
                | Self::Repair(_)
        )
    }
}
