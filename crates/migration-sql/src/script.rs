//! A file's text, ready to be run.

use crate::mode::mode_of;
use crate::{Mode, SqlError, Statement, split};

/// The statements of a file, and how they are run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script<'a> {
    /// Whether one transaction holds them.
    pub mode: Mode,
    /// What to run, in order, without a `BEGIN` and `COMMIT` that only enclose the file.
    pub statements: Vec<Statement<'a>>,
}

impl<'a> Script<'a> {
    /// Reads `text`.
    ///
    /// # Errors
    /// As [`split`] and [`mode`](crate::mode).
    pub fn read(text: &'a str) -> Result<Self, SqlError> {
        let mut statements = split(text)?;
        let mode = mode_of(text, &statements)?;
        if mode == Mode::Enclosed {
            statements.pop();
            statements.remove(0);
        }
        Ok(Self { mode, statements })
    }
}
