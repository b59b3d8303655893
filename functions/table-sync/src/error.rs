//! Why something could not be done, and whether trying again helps.

use cloud_store::StoreError;
use function_core::{Exit, PayloadError, Retryable, first_few};
use jiff::Timestamp;
use run_record::LedgerError;
use table_diff::plan::PlanError;
use table_diff::{
    ClassCounts, DatabaseError, ForeignKey, Language, SelectionError, StaleRow, TableName,
};

use crate::order::OrderError;

/// How many tables are named.
const TABLES_MAX: usize = 10;

/// Why something could not be done. Whatever it is: nothing was written, unless the words say so.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// The event can't be understood.
    #[error(transparent)]
    Payload(#[from] PayloadError),
    /// The event is JSON, but its keys do not go together.
    #[error("the event can't be carried out: {rule}")]
    Request {
        /// What is wrong, and what is right.
        rule: String,
    },
    /// Both addresses lead to one database.
    #[error(
        "{source_name} and {target_name} are the same database {database}, or one is a copy of the other's disk; see SOURCE_URL and TARGET_URL, and load a copy by a dump"
    )]
    SameDatabase {
        /// What people call the source.
        source_name: String,
        /// What people call the target.
        target_name: String,
        /// The database.
        database: String,
    },
    /// One side is PostgreSQL, and the other is not.
    #[error(
        "{source_name} and {target_name} are of two engines; rows go between databases of one engine only"
    )]
    Engines {
        /// What people call the source.
        source_name: String,
        /// What people call the target.
        target_name: String,
    },
    /// Tables of one side are called with their database, those of the other are not.
    #[error(
        "one of the addresses of {source_name} and {target_name} names a database, and the other does not; name one in both, or in neither"
    )]
    Addresses {
        /// What people call the source.
        source_name: String,
        /// What people call the target.
        target_name: String,
    },
    /// A pattern of tables matches nothing.
    #[error("no table of either side is called {}; see TABLES, and the rights of the roles that read", .patterns.join(", "))]
    NoTable {
        /// The patterns.
        patterns: Vec<String>,
    },
    /// A setting names a table that is not compared, which is surely a slip.
    #[error("{setting} names {}, which TABLES does not; correct one of the two", .tables.join(", "))]
    Setting {
        /// The setting.
        setting: &'static str,
        /// The tables.
        tables: Vec<String>,
    },
    /// The servers make no hash alike.
    #[error(
        "the two servers make no row hash of {table} that is the same on both; leave out columns of unusual types by LEAVE_OUT, or set COMPARE=time"
    )]
    NoHash {
        /// The table.
        table: TableName,
    },
    /// A comparison ended without a word, which is a defect of the program.
    #[error("the comparison of {table} was given up; compare again")]
    Interrupted {
        /// The table.
        table: TableName,
    },
    /// There is no such plan.
    #[error("there is no plan {id}")]
    NotFound {
        /// What was asked for.
        id: String,
    },
    /// An object is not what this function keeps there.
    #[error(
        "{object} is not what this function keeps there; it was edited, cut or replaced: make a new plan"
    )]
    Unreadable {
        /// Where it is.
        object: String,
        /// Where and why reading stopped.
        source: serde_json::Error,
    },
    /// The plan is not what the person saw.
    #[error(
        "the plan {id} is not the one that was approved: its digest is {is}, and {approved} was approved; look at it again"
    )]
    Digest {
        /// The plan.
        id: String,
        /// What was approved.
        approved: String,
        /// What is there.
        is: String,
    },
    /// The plan's bytes are not those that its digest is of, or those of another plan's undo file.
    #[error(
        "{object} was edited, cut or replaced: its digest is {is}, and {recorded} was recorded; make a new plan"
    )]
    Edited {
        /// The object.
        object: String,
        /// What was recorded.
        recorded: String,
        /// What is there.
        is: String,
    },
    /// The plan is too old.
    #[error(
        "the plan {id} was made at {created}, longer ago than PLAN_MAX_AGE={age}; make a new one"
    )]
    TooOld {
        /// The plan.
        id: String,
        /// When it was made.
        created: Timestamp,
        /// How old it may be.
        age: String,
    },
    /// Nobody gave an address to write to.
    #[error(
        "{setting} is not set, so that nothing can be written to {name}; set it to the address with the role that writes"
    )]
    ReadOnly {
        /// The setting.
        setting: &'static str,
        /// What people call the database.
        name: String,
    },
    /// Somebody else decided about the plan already.
    #[error("the plan {id} was approved by {by} at {when} already; make a new one to decide anew")]
    Approved {
        /// The plan.
        id: String,
        /// Who decided.
        by: String,
        /// When.
        when: Timestamp,
    },
    /// There is nothing to undo.
    #[error("the plan {id} was not applied, so that there is nothing to undo")]
    NotApplied {
        /// The plan.
        id: String,
    },
    /// It was undone already.
    #[error("the plan {id} was undone by {by} at {when}")]
    Undone {
        /// The plan.
        id: String,
        /// Who undid it.
        by: String,
        /// When.
        when: Timestamp,
    },
    /// Another process is at work on it.
    #[error("another process is at work on {run}, until {until} at the latest unless it goes on")]
    Busy {
        /// The run.
        run: String,
        /// When its lease ends unless it is renewed.
        until: Timestamp,
    },
    /// The address leads to another database than the one that was compared.
    #[error(
        "{name} is {now} and the plan was made of {planned}; see its address, or make a new plan"
    )]
    OtherDatabase {
        /// What people call the database.
        name: String,
        /// Which it was.
        planned: String,
        /// Which it is.
        now: String,
    },
    /// The selection can't be applied.
    #[error("what is ticked can't be applied")]
    Selection(#[from] SelectionError),
    /// The structure is not as it was.
    #[error("the structure of {table} changed since the plan was made; make a new one")]
    StructureChanged {
        /// The table.
        table: TableName,
    },
    /// Rows are not as they were seen.
    #[error("{count} rows of {table} in {name} are not as the plan saw them, first the one with the key {}; make a new plan", first_key(.rows))]
    Stale {
        /// What people call the database.
        name: String,
        /// The table.
        table: TableName,
        /// How many rows.
        count: u64,
        /// The first of them.
        rows: Vec<StaleRow>,
    },
    /// A deletion would take more along than the plan told of.
    #[error(
        "{now} rows of {} in {name} hang below the rows of {} that are to be deleted (foreign key {}), and the plan told of {planned}; make a new plan", .key.table, .key.references, .key.name
    )]
    MoreBelow {
        /// What people call the database.
        name: String,
        /// The foreign key through which.
        key: Box<ForeignKey>,
        /// How many rows the plan told of.
        planned: u64,
        /// How many there are.
        now: u64,
    },
    /// An undo would take rows along that were made since.
    #[error(
        "{rows} rows of {} in {name} hang below the rows of {} that the undo would delete (foreign key {}), and nothing would bring them back; delete them or point them elsewhere first", .key.table, .key.references, .key.name
    )]
    Below {
        /// What people call the database.
        name: String,
        /// The foreign key through which.
        key: Box<ForeignKey>,
        /// How many rows.
        rows: u64,
    },
    /// Rows are to be deleted below which there may be others that nobody sees.
    #[error(
        "rows of {table} can't be deleted: foreign keys of {name} are hidden from the role that reads, so that nobody knows what would be taken along; run {grant}"
    )]
    KeysHidden {
        /// What people call the database.
        name: String,
        /// The table.
        table: TableName,
        /// The statement that shows them.
        grant: String,
    },
    /// The undo is not the one that was looked at.
    #[error(
        "undoing the plan {id} brings back rows with the digest {is}, and {seen} was looked at; look at it again"
    )]
    UndoDigest {
        /// The plan.
        id: String,
        /// What was looked at.
        seen: String,
        /// What is there.
        is: String,
    },
    /// Many deletions of an undo were not confirmed.
    #[error(
        "undoing the plan {id} deletes {rows} rows of {table}, which is so many that its name is asked for: give it as `confirm` if that is meant"
    )]
    UndoDeletes {
        /// The plan.
        id: String,
        /// The table.
        table: TableName,
        /// How many rows.
        rows: u64,
    },
    /// Rows of a table with columns that take part in nothing are to be deleted.
    #[error(
        "rows of {table} can't be deleted: an undo could not bring back {}, which LEAVE_OUT names; untick the deletions, or correct LEAVE_OUT and make a new plan", .columns.join(", ")
    )]
    LeftOut {
        /// The table.
        table: TableName,
        /// The columns.
        columns: Vec<String>,
    },
    /// After they were written, rows are not as they were wanted.
    #[error("{count} rows of {table} are not as wanted after they were written, first the one with the key {}; {}, and all was rolled back", first_key(.rows), trigger_words(.triggers))]
    NotAsWanted {
        /// The table.
        table: TableName,
        /// How many rows.
        count: u64,
        /// The first of them.
        rows: Vec<StaleRow>,
        /// The table's triggers.
        triggers: Vec<String>,
    },
    /// The role lacks rights.
    #[error("the role of {setting} lacks {}; grant it", .rights.join(", "))]
    Lacking {
        /// The setting with the address.
        setting: &'static str,
        /// What is lacking, such as `UPDATE on public.item`.
        rights: Vec<String>,
    },
    /// Foreign keys point in a circle.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// The answer to the commit was lost, and nothing of it is there.
    #[error("the line broke at the commit, and the server rolled all back; apply it again")]
    RolledBack,
    /// The answer to the commit was lost, and nothing tells how it ended yet.
    #[error(
        "the line broke at the commit of {transaction}, and the server does not tell yet how it ended; apply it again to find out"
    )]
    Unsettled {
        /// The transaction.
        transaction: String,
    },
    /// What was committed is not recorded.
    #[error(
        "all of it is written, but {object} could not be: see why, and do the same again, which writes the record and no row twice"
    )]
    Unrecorded {
        /// The record.
        object: String,
        /// Why not.
        source: Box<SyncError>,
    },
    /// Something failed while a commit was under way, or before its end was found out.
    #[error(
        "it may be written or not: what became of the commit is not known yet; do the same again, which finds out and writes no row twice"
    )]
    Undecided {
        /// What failed.
        source: Box<SyncError>,
    },
    /// A comparison found differences: not a fault, and yet an exit code of its own.
    #[error("{} rows differ in {} tables ({}): {}; {look}", .classes.total(), .tables.len(), .classes.words(Language::En), rows_of(.tables))]
    Differences {
        /// How many rows of each class.
        classes: ClassCounts,
        /// In which tables, and how many in each.
        tables: Vec<(String, u64)>,
        /// Where they are seen.
        look: String,
    },
    /// Some tables could not be compared, because their structures differ or forbid it.
    #[error("{} can't be compared; {look}{}", first_few(.tables, TABLES_MAX, ", "), beside(.others.as_deref()))]
    Blocked {
        /// The tables.
        tables: Vec<String>,
        /// What was found in the others: [`SyncError::Differences`].
        others: Option<Box<SyncError>>,
        /// Where it is seen why.
        look: String,
    },
    /// A database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The plan file.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// What is kept in the store.
    #[error("what is kept below PLANS_URL can't be read or written")]
    Store(#[from] StoreError),
    /// The run record.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl SyncError {
    /// The exit code of a lasting fault.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Payload(_)
            | Self::Request { .. }
            | Self::NoTable { .. }
            | Self::Setting { .. }
            | Self::NotFound { .. } => Exit::Usage,
            Self::Differences { .. } => Exit::Differences,
            Self::SameDatabase { .. }
            | Self::NoHash { .. }
            | Self::Engines { .. }
            | Self::Addresses { .. }
            | Self::Unreadable { .. }
            | Self::Digest { .. }
            | Self::Edited { .. }
            | Self::TooOld { .. }
            | Self::ReadOnly { .. }
            | Self::Approved { .. }
            | Self::NotApplied { .. }
            | Self::Undone { .. }
            | Self::OtherDatabase { .. }
            | Self::Selection(_)
            | Self::StructureChanged { .. }
            | Self::Stale { .. }
            | Self::MoreBelow { .. }
            | Self::Below { .. }
            | Self::KeysHidden { .. }
            | Self::UndoDigest { .. }
            | Self::UndoDeletes { .. }
            | Self::LeftOut { .. }
            | Self::NotAsWanted { .. }
            | Self::Lacking { .. }
            | Self::Order(_)
            | Self::Blocked { .. }
            | Self::Plan(_)
            | Self::Database(DatabaseError::Refused { .. } | DatabaseError::Stale { .. }) => {
                Exit::Refused
            }
            Self::Interrupted { .. }
            | Self::Busy { .. }
            | Self::RolledBack
            | Self::Unsettled { .. }
            | Self::Unrecorded { .. }
            | Self::Undecided { .. }
            | Self::Database(_)
            | Self::Store(_)
            | Self::Ledger(_) => Exit::Failed,
        }
    }

    /// Whether rows may be written although it failed. To do the same again finds out, and writes nothing twice.
    pub fn may_be_written(&self) -> bool {
        matches!(
            self,
            Self::Unsettled { .. } | Self::Unrecorded { .. } | Self::Undecided { .. }
        )
    }

    /// Whether what the plan saw is not there any more, so that a new plan is wanted.
    pub fn is_stale(&self) -> bool {
        matches!(
            self,
            Self::Stale { .. }
                | Self::MoreBelow { .. }
                | Self::StructureChanged { .. }
                | Self::TooOld { .. }
                | Self::Database(DatabaseError::Stale { .. })
        )
    }
}

impl Retryable for SyncError {
    fn is_retryable(&self) -> bool {
        match self {
            Self::Busy { .. } | Self::RolledBack | Self::Unsettled { .. } => true,
            Self::Unrecorded { source, .. } | Self::Undecided { source } => source.is_retryable(),
            Self::Database(error) => error.is_retryable(),
            Self::Plan(error) => error.is_retryable(),
            Self::Store(error) => error.is_retryable(),
            Self::Ledger(error) => error.is_retryable(),
            _ => false,
        }
    }
}

fn first_key(rows: &[StaleRow]) -> String {
    let first = rows.first();
    first.map_or_else(String::new, |row| row.key.join(", "))
}

fn beside(others: Option<&SyncError>) -> String {
    others.map_or_else(String::new, |found| format!("; of the others {found}"))
}

fn rows_of(tables: &[(String, u64)]) -> String {
    let words: Vec<_> = tables
        .iter()
        .map(|(name, rows)| format!("{name} {rows}"))
        .collect();
    first_few(&words, TABLES_MAX, ", ")
}

fn trigger_words(names: &[String]) -> String {
    if names.is_empty() {
        return "the server keeps other values than it is given".to_owned();
    }
    format!("its triggers ({}) change what is written", names.join(", "))
}
