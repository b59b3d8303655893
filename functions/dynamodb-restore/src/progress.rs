//! What a run is doing, for those who watch.

/// What a restore is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// Nothing yet, or no more.
    #[default]
    Idle,
    /// Manifests are read, and the target is looked at.
    Planning,
    /// Items are written.
    Writing,
    /// DynamoDB imports.
    Importing,
    /// What the backup does not have is deleted.
    Deleting,
    /// The backup is read again, to be compared.
    ReadingBackup,
    /// The table is read back.
    ReadingTable,
    /// Items are compared one by one.
    Comparing,
}

impl function_runtime::Stage for Stage {
    fn words(self) -> &'static str {
        match self {
            Self::Idle => "waiting",
            Self::Planning => "reading the manifest",
            Self::Writing => "writing items",
            Self::Importing => "importing",
            Self::Deleting => "deleting what the backup does not have",
            Self::ReadingBackup => "reading the backup again",
            Self::ReadingTable => "reading the table back",
            Self::Comparing => "comparing items",
        }
    }
}

/// How far a restore is.
pub type Step = function_runtime::Step<Stage>;

/// Tells those who watch how far the restore is.
pub(crate) type Progress = function_runtime::Progress<Stage>;
