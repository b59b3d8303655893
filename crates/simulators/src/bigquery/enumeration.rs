//! Values of enumerations, which go over the wire by name or by number.

use serde_json::{Value, json};

/// The names of states, with gaps where numbers were retired. Source: `TransferState` of
/// google/cloud/bigquery/datatransfer/v1/transfer.proto.
const STATES: [(&str, u64); 6] = [
    ("TRANSFER_STATE_UNSPECIFIED", 0),
    ("PENDING", 2),
    ("RUNNING", 3),
    ("SUCCEEDED", 4),
    ("FAILED", 5),
    ("CANCELLED", 6),
];

/// The number of a name among `names`, in the order of the discovery document.
pub(super) fn number(names: &[Value], name: &str) -> Option<u64> {
    if let Some((_, number)) = STATES
        .iter()
        .find(|(state, _)| is_state(names) && *state == name)
    {
        return Some(*number);
    }
    let position = names.iter().position(|known| known == name)?;
    u64::try_from(position).ok()
}

/// The name of a number among `names`.
pub(super) fn name(names: &[Value], wanted: u64) -> Option<&str> {
    let mut known = names.iter().filter_map(Value::as_str);
    known.find(|name| number(names, name) == Some(wanted))
}

fn is_state(names: &[Value]) -> bool {
    names.first() == Some(&json!("TRANSFER_STATE_UNSPECIFIED"))
}
