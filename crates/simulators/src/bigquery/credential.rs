//! Whether the caller's credentials do for a data source.

use serde_json::{Value, json};

use super::data_source;
use super::refusal::Refusal;
use super::route::Call;
use super::state::State;

/// `checkValidCreds`: there is nothing to check for `amazon_s3`, whose keys are parameters.
pub(super) fn check(state: &State, call: &Call<'_>) -> Result<Value, Refusal> {
    data_source::get(state, call)?;
    Ok(json!({ "hasValidCreds": true }))
}
