//! JSON in one form only: keys sorted, no spaces, so that equal things have equal digests.

use serde::Serialize;

use super::Line;

/// A line with its end.
pub(super) fn line_bytes(line: &Line) -> Vec<u8> {
    let mut bytes = match line {
        // There are as many of them as rows: their fields are declared in the order of their names, which a test holds them to.
        Line::Row(_) => {
            serde_json::to_vec(line).unwrap_or_else(|_| unreachable!("all keys are text"))
        }
        Line::Plan(_) | Line::Table(_) | Line::End(_) => to_bytes(line),
    };
    bytes.push(b'\n');
    bytes
}

/// `value` in canonical form.
pub(crate) fn to_bytes(value: &impl Serialize) -> Vec<u8> {
    let mut value =
        serde_json::to_value(value).unwrap_or_else(|_| unreachable!("all keys are text"));
    value.sort_all_objects();
    value.to_string().into_bytes()
}
