//! A backup of Kintone records back into an app, planned, resumable, read back.

use function_core::{Env, Event, Exit, Failure, Outcome};
use function_runtime::Function;

/// The name of this function: its package, its log field.
pub const FUNCTION: &str = "kintone-restore";

/// kintone-restore, ready for events.
#[derive(Clone, Debug)]
pub struct KintoneRestore;

/// Why the function can't start.
#[derive(Debug, thiserror::Error)]
#[error("not built yet")]
pub struct StartError;

impl KintoneRestore {
    /// Reads the settings and opens what they name.
    ///
    /// # Errors
    /// A setting is missing or wrong.
    #[expect(clippy::unused_async, reason = "what settings name is opened here")]
    pub async fn from_env(_env: &Env) -> Result<Self, StartError> {
        Err(StartError)
    }
}

impl Function for KintoneRestore {
    async fn handle(&self, _event: Event) -> Outcome {
        Outcome::Drop(Failure { exit: Exit::Failed, error: "not built yet".to_owned() })
    }
}
