//! What rows must be like for a statement to pass.

use crate::Name;

/// A condition on the rows of a table, which a SELECT can test before anything runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// The table whose rows are tested.
    pub table: Name,
    /// Columns that the same statement adds, which no row has yet.
    pub added: Vec<Added>,
    /// What is tested.
    pub condition: Condition,
}

/// A column that a statement adds, and what it holds in the rows that are there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    /// The column.
    pub column: String,
    /// Its type, as SQL.
    pub data_type: String,
    /// Its value in every row, as SQL; NULL without.
    pub value: Option<String>,
}

/// What must hold. Expressions are SQL as the migration has them; column names are without quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// No row may have NULL in this column.
    NotNull {
        /// The column.
        column: String,
    },
    /// No two rows may be equal.
    Unique {
        /// Columns (in quotes) or expressions, as SQL, each with its collation if it has one of its own.
        keys: Vec<String>,
        /// Which rows count, as SQL; all without.
        predicate: Option<String>,
        /// Whether NULL equals NULL.
        has_equal_nulls: bool,
        /// Whether no key may be NULL: it is a primary key.
        is_primary: bool,
    },
    /// The expression may be false for no row.
    Check {
        /// The expression, as SQL.
        expression: String,
    },
    /// Every row must have its partner.
    ForeignKey {
        /// The columns.
        columns: Vec<String>,
        /// The table pointed to.
        referenced: Name,
        /// The columns pointed to; none are its primary key.
        referenced_columns: Vec<String>,
        /// `MATCH FULL`: all of the columns are NULL, or none.
        is_match_full: bool,
    },
    /// Every value must have its like in the new type.
    TypeChange {
        /// The column.
        column: String,
        /// The new type, as SQL.
        data_type: String,
        /// `USING`, as SQL.
        using: Option<String>,
    },
    /// A constraint that is there, or that a statement before makes without looking at the rows.
    Validate {
        /// The constraint.
        constraint: String,
    },
    /// Something about the rows that no SELECT of ours tests.
    Untested {
        /// What, such as `EXCLUDE`.
        what: &'static str,
    },
}
