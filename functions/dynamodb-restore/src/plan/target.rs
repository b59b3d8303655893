//! What the target is now, whether or not it forbids the restore.

use serde::Serialize;

use crate::observe::Observation;
use crate::request::Ask;

/// The table that is to be written, as it was found.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Target {
    pub(crate) exists: bool,
    /// `None` where there is no table.
    pub(crate) empty: Option<bool>,
    /// Its keys, or those that an import makes it with.
    pub(crate) keys: Option<String>,
    /// Whether they are those of the exported table, and of its items; `None` where that can't be told.
    pub(crate) keys_match: Option<bool>,
    /// Why it can't.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) keys_unknown: Option<&'static str>,
}

impl Target {
    pub(super) fn of(ask: &Ask, seen: &Observation) -> Self {
        let found = seen.target.as_ref();
        let made_with = seen.exported_keys.as_ref().filter(|_| ask.import);
        let keys = found.map(|found| &found.key).or(made_with);
        let (keys_match, keys_unknown) = match keys_match(ask, seen) {
            Ok(is_match) => (Some(is_match), None),
            Err(why) => (None, Some(why)),
        };
        Self {
            exists: found.is_some(),
            empty: found.map(|_| !seen.holds_items),
            keys: keys.map(ToString::to_string),
            keys_match,
            keys_unknown,
        }
    }
}

/// Whether the keys match, or why that can't be told.
fn keys_match(ask: &Ask, seen: &Observation) -> Result<bool, &'static str> {
    let sample = &seen.sample;
    if sample.fault.is_some() || sample.alike > 0 || sample.has_other_keys {
        return Ok(false);
    }
    if sample.doubled.is_some() {
        return Err("lines of the same key hold different items");
    }
    match (&seen.target, &seen.exported_keys) {
        (Some(target), Some(exported)) => Ok(target.key == *exported),
        (None, Some(_)) if ask.import => Ok(true),
        (None, _) => Err("there is no such table"),
        (Some(_), None) if sample.items > 0 => {
            Err("nothing tells the exported table's keys; the first items fit")
        }
        (Some(_), None) => {
            Err("nothing tells the exported table's keys, and there are no items to try")
        }
    }
}
