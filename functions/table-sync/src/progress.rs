//! How far a comparison or a write is, for the page and the terminal.

use function_runtime::Stage;

/// What is being done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SyncStage {
    /// Nothing.
    #[default]
    Nothing,
    /// Both databases are logged in to.
    Connecting,
    /// Structures are read; counted in tables.
    Structures,
    /// Rows are compared; counted in rows of both sides, of as many as the servers think there are.
    Comparing,
    /// All is compared, and the last of the plan is written.
    Showing,
    /// What is to be written is put beside the tables; counted in rows.
    Staging,
    /// The rows are locked and held against what was seen; counted in tables.
    Checking,
    /// The old rows are saved; counted in rows.
    Saving,
    /// Rows are written; counted in rows.
    Writing,
    /// The written rows are held against what was wanted; counted in tables.
    Verifying,
    /// All of it is made to last.
    Committing,
}

impl Stage for SyncStage {
    fn words(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::Connecting => "logging in",
            Self::Structures => "reading structures",
            Self::Comparing => "comparing rows",
            Self::Showing => "writing the plan",
            Self::Staging => "bringing rows",
            Self::Checking => "checking that nothing changed",
            Self::Saving => "saving old rows",
            Self::Writing => "writing rows",
            Self::Verifying => "verifying rows",
            Self::Committing => "committing",
        }
    }
}

/// How far a comparison or a write is.
pub type Progress = function_runtime::Progress<SyncStage>;
