//! Locks on tables, and what they keep others from.

use std::fmt;

use crate::Name;
use crate::name::literal;

/// A lock on a table, from the weakest to the strongest.
///
/// **Source:** PostgreSQL, "Explicit Locking", table-level lock modes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LockLevel {
    /// Held by reading.
    AccessShare,
    /// Held by `SELECT … FOR UPDATE`.
    RowShare,
    /// Held by writing.
    RowExclusive,
    /// Held by `CREATE INDEX CONCURRENTLY`, `VALIDATE CONSTRAINT`, `VACUUM`.
    ShareUpdateExclusive,
    /// Held by `CREATE INDEX`.
    Share,
    /// Held by adding foreign keys and triggers.
    ShareRowExclusive,
    /// Held by `REFRESH MATERIALIZED VIEW CONCURRENTLY`.
    Exclusive,
    /// Held by most of `ALTER TABLE`, `DROP` and `TRUNCATE`.
    AccessExclusive,
}

impl LockLevel {
    /// All of them, from the weakest on.
    pub const ALL: [Self; 8] = [
        Self::AccessShare,
        Self::RowShare,
        Self::RowExclusive,
        Self::ShareUpdateExclusive,
        Self::Share,
        Self::ShareRowExclusive,
        Self::Exclusive,
        Self::AccessExclusive,
    ];

    /// The name in `LOCK TABLE … IN … MODE`.
    pub fn words(self) -> &'static str {
        match self {
            Self::AccessShare => "ACCESS SHARE",
            Self::RowShare => "ROW SHARE",
            Self::RowExclusive => "ROW EXCLUSIVE",
            Self::ShareUpdateExclusive => "SHARE UPDATE EXCLUSIVE",
            Self::Share => "SHARE",
            Self::ShareRowExclusive => "SHARE ROW EXCLUSIVE",
            Self::Exclusive => "EXCLUSIVE",
            Self::AccessExclusive => "ACCESS EXCLUSIVE",
        }
    }

    /// The name in the view `pg_locks`, such as `AccessExclusiveLock`.
    pub fn mode(self) -> &'static str {
        match self {
            Self::AccessShare => "AccessShareLock",
            Self::RowShare => "RowShareLock",
            Self::RowExclusive => "RowExclusiveLock",
            Self::ShareUpdateExclusive => "ShareUpdateExclusiveLock",
            Self::Share => "ShareLock",
            Self::ShareRowExclusive => "ShareRowExclusiveLock",
            Self::Exclusive => "ExclusiveLock",
            Self::AccessExclusive => "AccessExclusiveLock",
        }
    }

    /// The level that `pg_locks` calls `mode`.
    pub fn of_mode(mode: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.mode() == mode)
    }

    /// What others must wait with while it is held, in the words of an application.
    pub fn blocks(self) -> &'static str {
        match self {
            Self::AccessShare | Self::RowShare => "DROP, TRUNCATE and most of ALTER TABLE",
            Self::RowExclusive => "index builds and schema changes",
            Self::ShareUpdateExclusive => "schema changes and VACUUM",
            Self::Share | Self::ShareRowExclusive => "writes",
            Self::Exclusive => "writes and SELECT … FOR UPDATE",
            Self::AccessExclusive => "reads and writes",
        }
    }

    /// Whether an application that writes must wait.
    pub fn blocks_writes(self) -> bool {
        self >= Self::Share
    }
}

impl fmt::Display for LockLevel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.words())
    }
}

/// A lock that a statement takes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lock {
    /// On what.
    pub on: Locked,
    /// How strong.
    pub level: LockLevel,
}

/// What a statement locks. Only the catalog knows the tables behind some of the words of a statement.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Locked {
    /// The relation of this name.
    Relation(Name),
    /// Every partition and every table that inherits from it, at any depth.
    Children(Name),
    /// The table that the index of this name belongs to.
    TableOfIndex(Name),
    /// The table that this foreign key points to, if it is one.
    Referenced {
        /// The table with the constraint.
        table: Name,
        /// The constraint's name.
        constraint: String,
    },
    /// The tables that this table is a partition of or inherits from.
    Parents(Name),
    /// The tables that this table's foreign keys point to.
    Targets(Name),
    /// The tables whose foreign keys point to this table.
    Sources(Name),
    /// The tables and views that this view's query reads.
    ReadBy(Name),
}

impl Locked {
    /// The name that the statement has for it.
    pub fn name(&self) -> &Name {
        match self {
            Self::Relation(name)
            | Self::Children(name)
            | Self::TableOfIndex(name)
            | Self::Referenced { table: name, .. }
            | Self::Parents(name)
            | Self::Targets(name)
            | Self::Sources(name)
            | Self::ReadBy(name) => name,
        }
    }

    /// A query for the relations, as one column of `oid`; a name that is not there gives no row.
    pub fn query(&self) -> String {
        let relation = format!("pg_catalog.to_regclass({})", self.name().literal());
        match self {
            Self::Relation(_) => {
                format!("SELECT oid FROM pg_catalog.pg_class WHERE oid = {relation}")
            }
            Self::Children(_) => format!(
                "WITH RECURSIVE child AS (SELECT inhrelid FROM pg_catalog.pg_inherits WHERE inhparent = {relation} \
                 UNION SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN child c ON i.inhparent = c.inhrelid) \
                 SELECT inhrelid AS oid FROM child"
            ),
            Self::TableOfIndex(_) => format!(
                "SELECT indrelid AS oid FROM pg_catalog.pg_index WHERE indexrelid = {relation}"
            ),
            Self::Referenced { constraint, .. } => format!(
                "SELECT confrelid AS oid FROM pg_catalog.pg_constraint \
                 WHERE contype = 'f' AND conrelid = {relation} AND conname = {} AND confrelid <> conrelid",
                literal(constraint)
            ),
            Self::Parents(_) => format!(
                "SELECT inhparent AS oid FROM pg_catalog.pg_inherits WHERE inhrelid = {relation}"
            ),
            Self::Targets(_) => format!(
                "SELECT confrelid AS oid FROM pg_catalog.pg_constraint \
                 WHERE contype = 'f' AND conrelid = {relation} AND confrelid <> conrelid"
            ),
            Self::Sources(_) => format!(
                "SELECT conrelid AS oid FROM pg_catalog.pg_constraint \
                 WHERE contype = 'f' AND confrelid = {relation} AND confrelid <> conrelid"
            ),
            Self::ReadBy(_) => format!(
                "SELECT d.refobjid AS oid FROM pg_catalog.pg_rewrite r \
                 JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = r.oid \
                 WHERE r.ev_class = {relation} AND d.refclassid = 'pg_catalog.pg_class'::regclass \
                 AND d.refobjid <> r.ev_class"
            ),
        }
    }
}
