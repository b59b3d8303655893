//! What may be wrong with a run.

use super::Pace;

/// What is wrong with a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It ends FAILED, and the table is as it was.
    Failed {
        /// The number of a canonical code, such as 3 for `INVALID_ARGUMENT`.
        code: i32,
        /// The message of its `errorStatus`, which is in its log, too.
        message: String,
    },
    /// It ends CANCELLED, and the table is as it was.
    Cancelled,
    /// It loads so many rows fewer than its files have, and says nothing of it.
    Fewer(u64),
    /// It sees no object, as if all were too young.
    Blind,
    /// It goes on at another pace.
    Pace(Pace),
    /// It never ends.
    Never,
    /// Its message never comes.
    Untold,
    /// Its message comes twice.
    ToldTwice,
}

impl Fault {
    /// A run that ends FAILED.
    pub fn failed(code: i32, message: &str) -> Self {
        Self::Failed {
            code,
            message: message.to_owned(),
        }
    }
}
