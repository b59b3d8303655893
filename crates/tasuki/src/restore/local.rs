//! What a person names on this machine, as a function understands it wherever it runs.

use std::path::{Path, absolute};

use function_core::Env;

use super::Fault;

/// Where run records go when no setting names a bucket.
const RUNS: &str = "tasuki-runs";

/// `text` as it is when it has a scheme, else the whole path of it.
pub(crate) fn address(text: &str) -> Result<String, Fault> {
    if text.contains("://") {
        return Ok(text.to_owned());
    }
    let path = absolute(text).map_err(|error| format!("`{text}` is not a path: {error}"))?;
    let path = path.into_os_string().into_string();
    path.map_err(|path| format!("{} is not UTF-8; name the file so", path.display()).into())
}

/// The same for a path that exists; what does not may be an address below the bucket.
pub(crate) fn if_there(text: &str) -> Result<String, Fault> {
    if Path::new(text).exists() {
        address(text)
    } else {
        Ok(text.to_owned())
    }
}

/// Where the run records go: what the settings say, else a folder of this one, as a backup that was downloaded has no bucket.
pub(crate) fn runs(env: &Env, bucket: &str) -> Result<Env, Fault> {
    if env.get("RUNS_URL").or(env.get(bucket)).is_some() {
        return Ok(env.clone());
    }
    Ok(env.clone().with("RUNS_URL", address(RUNS)?))
}
