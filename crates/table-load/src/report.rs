//! What a load did.

/// What a load did, one a table, in the order of the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadReport {
    /// The tables.
    pub tables: Vec<TableReport>,
}

/// What a load did to one table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableReport {
    /// The table's name, as in the plan.
    pub name: String,
    /// The rows that were written and counted in the database before the swap.
    pub staged: u64,
    /// The rows that are new.
    pub inserted: u64,
    /// The rows that were there and differed.
    pub updated: u64,
    /// The rows that went; `replace` counts all that it replaced.
    pub deleted: u64,
    /// Whether the table was made.
    pub created: bool,
    /// The columns that were added to a table that was there.
    pub columns_added: Vec<String>,
}
