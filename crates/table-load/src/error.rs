//! Why a load did not happen. In every case the tables are as they were.

use std::error::Error;
use std::time::Duration;

use function_core::Retryable;

/// Why a load did not happen. In every case the tables are as they were. No message holds a password.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The database's address can't be used.
    #[error("the database's address can't be used: {rule}")]
    Url {
        /// What a right address looks like.
        rule: String,
    },
    /// The plan can't be carried out by any database of its kind.
    #[error("the load of {load} can't be planned: {}", faults.join("; "))]
    Plan {
        /// The plan's source.
        load: String,
        /// What is wrong, with its repair.
        faults: Vec<String>,
    },
    /// The database could not be reached, or did not let us in.
    #[error("connecting to {database}")]
    Connect {
        /// The database, without its password.
        database: String,
        /// Whether it may go better later.
        passing: bool,
        /// The words of the database or of the network.
        source: Box<dyn Error + Send + Sync>,
    },
    /// Another load of the same table did not end in time.
    #[error("table {table} is being loaded by {holder}; waited {} s", waited.as_secs())]
    Locked {
        /// The table.
        table: String,
        /// The process and its name.
        holder: String,
        /// How long it was waited for.
        waited: Duration,
    },
    /// The table that is there is not the wanted one; it was not touched.
    #[error("table {table} does not fit and was not touched: {}", differences.join("; "))]
    Structure {
        /// The table.
        table: String,
        /// Each difference, and what to do about it.
        differences: Vec<String>,
    },
    /// Somebody altered the table while its rows were on the way.
    #[error("table {table} was altered while it was being loaded")]
    Changed {
        /// The table.
        table: String,
    },
    /// A cell can't be stored.
    #[error("table {table}, row {row}, column {column}: {reason}")]
    Cell {
        /// The table.
        table: String,
        /// The row's key, or its number.
        row: String,
        /// The column.
        column: String,
        /// What is wrong with it, and the repair.
        reason: String,
    },
    /// A row has more or fewer cells than its table has columns.
    #[error("row {row} of table {table} has {cells} cells for {columns} columns")]
    Width {
        /// The table.
        table: String,
        /// The row's key, or its number.
        row: String,
        /// The cells of the row.
        cells: usize,
        /// The columns of the table.
        columns: usize,
    },
    /// The database does not hold as many rows as were meant.
    #[error("table {table}: {counted} rows were {step}, {expected} are right")]
    Count {
        /// The table.
        table: String,
        /// `staged` or `inserted`.
        step: &'static str,
        /// What the database counted.
        counted: u64,
        /// What the caller expects.
        expected: u64,
    },
    /// `append` met keys that are there already.
    #[error(
        "table {table} has {count} of the rows to append already, first {key}: append only new rows, or load with upsert"
    )]
    Clash {
        /// The table.
        table: String,
        /// The first key that is there, in the order of keys.
        key: String,
        /// How many there are.
        count: u64,
    },
    /// The database stopped a statement, or the line to it was cut.
    #[error("{step}")]
    Database {
        /// What was being done, with the table's name.
        step: String,
        /// Whether it may go better later.
        passing: bool,
        /// The database's own words.
        source: Box<dyn Error + Send + Sync>,
    },
    /// Cloud SQL did not take the import.
    #[error("starting an import into Cloud SQL instance {instance}")]
    Api {
        /// Project and instance.
        instance: String,
        /// Whether it may go better later.
        passing: bool,
        /// The service's own words.
        source: Box<dyn Error + Send + Sync>,
    },
    /// Cloud SQL ended the import with errors.
    #[error("the import of {uri} into table {table} ended with errors: {}", errors.join("; "))]
    Import {
        /// The object that was to be imported.
        uri: String,
        /// The table.
        table: String,
        /// Cloud SQL's codes and messages.
        errors: Vec<String>,
    },
    /// The import may be running still, so its object must stay.
    #[error(
        "the import of {uri} may be running still: {reason}; \
         look at operation {operation} of {instance} before you delete the object or load again"
    )]
    Unfinished {
        /// The object that is being imported.
        uri: String,
        /// Project and instance.
        instance: String,
        /// The operation's name; `unknown` if the answer that tells it was lost.
        operation: String,
        /// Why its end is not known.
        reason: String,
    },
}

impl Retryable for LoadError {
    fn is_retryable(&self) -> bool {
        match self {
            Self::Connect { passing, .. }
            | Self::Database { passing, .. }
            | Self::Api { passing, .. } => *passing,
            Self::Locked { .. } | Self::Changed { .. } => true,
            Self::Url { .. }
            | Self::Plan { .. }
            | Self::Structure { .. }
            | Self::Cell { .. }
            | Self::Width { .. }
            | Self::Count { .. }
            | Self::Clash { .. }
            | Self::Import { .. }
            | Self::Unfinished { .. } => false,
        }
    }
}
