//! Field masks: what a patch changes, and nothing else.

use serde_json::{Map, Value};

use super::refusal::Refusal;
use super::schema::camel;

/// The paths of a mask, in camel case. `bq` puts the request's own name before each.
///
/// # Errors
/// It names nothing.
pub(super) fn read(mask: &str) -> Result<Vec<Vec<String>>, Refusal> {
    let paths = mask
        .split(',')
        .map(str::trim)
        .filter(|path| !path.is_empty());
    let paths: Vec<Vec<String>> = paths
        .map(|path| {
            let path = path.strip_prefix("transfer_config.").unwrap_or(path);
            path.split('.').map(camel).collect()
        })
        .collect();
    if paths.is_empty() {
        return Err(Refusal::invalid("The update_mask must not be empty."));
    }
    Ok(paths)
}

/// Takes from `given` what the path names; what is not given there is cleared.
pub(super) fn apply(path: &[String], given: &Value, fields: &mut Map<String, Value>) {
    let [key, rest @ ..] = path else { return };
    let given = given.get(key).filter(|value| !value.is_null());
    match (rest, given) {
        ([], None) => drop(fields.shift_remove(key)),
        ([], Some(value)) => drop(fields.insert(key.clone(), value.clone())),
        (rest, given) => {
            let inner = fields
                .entry(key.clone())
                .or_insert_with(|| Map::new().into());
            if let Value::Object(inner) = inner {
                apply(rest, given.unwrap_or(&Value::Null), inner);
            }
        }
    }
}
