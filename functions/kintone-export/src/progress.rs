//! What a run is doing, for those who watch.

/// What a run is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// Nothing yet, or no more.
    #[default]
    Idle,
    /// Records are read and written.
    Reading,
    /// What was written is compared with what the app has now.
    Sweeping,
    /// Files are saved.
    Attachments,
    /// The generation is published.
    Publishing,
    /// The database is loaded.
    Loading,
}

impl function_runtime::Stage for Stage {
    fn words(self) -> &'static str {
        match self {
            Self::Idle => "waiting",
            Self::Reading => "reading records",
            Self::Sweeping => "proving nothing changed",
            Self::Attachments => "saving files",
            Self::Publishing => "publishing",
            Self::Loading => "loading the table",
        }
    }
}

/// How far a run is.
pub type Step = function_runtime::Step<Stage>;

/// Tells those who watch how far the run is.
pub(crate) type Progress = function_runtime::Progress<Stage>;
