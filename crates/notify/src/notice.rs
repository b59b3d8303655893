//! What a person is told.

use function_core::RunState;
use jiff::Timestamp;
use serde::Serialize;

/// What a person is told about a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Notice {
    /// The function, such as `kintone-export`.
    pub function: String,
    /// What the run was about, such as `app 12`.
    pub source: String,
    /// The run's id.
    pub run: String,
    /// How the run ended.
    pub state: RunState,
    /// When the last verified run of this source was; `None` if there is none.
    pub since: Option<Timestamp>,
    /// What happened: an error with its sources, or what was noticed.
    pub what_happened: String,
    /// What the person should do.
    pub what_to_do: String,
}

impl Notice {
    /// A notice that only proves the way to people.
    pub(crate) fn drill(function: &str, run: &str) -> Self {
        Self {
            function: function.to_owned(),
            source: "drill".to_owned(),
            run: run.to_owned(),
            state: RunState::Failed,
            since: None,
            what_happened: "this is a drill: nothing failed".to_owned(),
            what_to_do: "nothing; the way from the function to you works".to_owned(),
        }
    }
}
