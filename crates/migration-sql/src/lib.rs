//! The statements of a migration: where each begins, what it locks, and which rows may stop it.
//!
//! | word | what it is |
//! |---|---|
//! | [`split`] | a file's text as [`Statement`]s, cut where the server would cut |
//! | [`mode`] | whether a file runs in one transaction ([`Mode`]) |
//! | [`Script`] | both at once, without a `BEGIN … COMMIT` that only encloses the file |
//! | [`part`] | what a statement is to a file without a transaction, and what it leaves behind when it is stopped |
//! | [`sets_session`], [`resets_session`] | what a statement does to the settings of its session |
//! | [`shown`](shown()) | a statement without what its strings hold |
//! | [`facts`] | what a statement does: its locks ([`Lock`]), and what the rows must be like ([`Probe`]) |
//! | [`lint`](lint()) | advice on a file, through squawk |
//! | [`Position`] | line and column of a byte |
//!
//! Nothing here speaks to a database.

mod error;
mod facts;
mod lexer;
mod lint;
mod lock;
mod mode;
mod name;
mod part;
mod position;
mod probe;
mod script;
mod session;
mod shown;
mod split;
mod statement_words;

pub use error::{SqlError, Unfinished};
pub use facts::{Facts, Unproven, facts};
pub use lint::{Finding, LintOptions, Severity, UnknownRule, lint};
pub use lock::{Lock, LockLevel, Locked};
pub use mode::{Mode, Reason, mode};
pub use name::Name;
pub use part::{Alone, Part, part};
pub use position::Position;
pub use probe::{Added, Condition, Probe};
pub use script::Script;
pub use session::{resets_session, sets_session};
pub use shown::shown;
pub use split::{Statement, split};
pub use statement_words::words;
