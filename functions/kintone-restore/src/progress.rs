//! What a run is doing, for those who watch.

/// What a run is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// Nothing yet, or no more.
    #[default]
    Idle,
    /// The backup is read for the plan.
    Planning,
    /// Records are written.
    Writing,
    /// What was written is read back.
    Verifying,
    /// What a drill wrote is deleted.
    Clearing,
}

impl function_runtime::Stage for Stage {
    fn words(self) -> &'static str {
        match self {
            Self::Idle => "waiting",
            Self::Planning => "reading the backup",
            Self::Writing => "writing records",
            Self::Verifying => "reading back",
            Self::Clearing => "deleting what the drill wrote",
        }
    }
}

/// How far a run is.
pub type Step = function_runtime::Step<Stage>;

/// Tells those who watch how far the run is.
pub(crate) type Progress = function_runtime::Progress<Stage>;
