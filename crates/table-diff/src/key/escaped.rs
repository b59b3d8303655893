//! Bytes of any length within a key: a shorter one comes before a longer one that begins alike, also with columns behind it.

use super::KeyError;

/// What stands in the place of a zero byte, and of the end.
const ZERO: [u8; 2] = [0x00, 0xFF];
const END: [u8; 2] = [0x00, 0x00];

/// Text as its bytes in UTF-8.
pub fn push_text(key: &mut Vec<u8>, value: &[u8]) {
    push_bytes(key, value);
}

/// Bytes.
pub fn push_bytes(key: &mut Vec<u8>, value: &[u8]) {
    let mut pieces = value.split(|byte| *byte == 0);
    key.extend_from_slice(pieces.next().unwrap_or_default());
    for piece in pieces {
        key.extend_from_slice(&ZERO);
        key.extend_from_slice(piece);
    }
    key.extend_from_slice(&END);
}

/// Takes what was pushed from the front of `key`.
pub(super) fn take(key: &mut &[u8], what: &'static str) -> Result<Vec<u8>, KeyError> {
    let mut value = Vec::new();
    loop {
        let zero = key.iter().position(|byte| *byte == 0);
        let (piece, rest) = key.split_at(zero.ok_or(KeyError::Bytes { what })?);
        value.extend_from_slice(piece);
        let (mark, rest) = rest.split_at_checked(2).ok_or(KeyError::Bytes { what })?;
        *key = rest;
        if mark == END {
            return Ok(value);
        }
        if mark != ZERO {
            return Err(KeyError::Bytes { what });
        }
        value.push(0);
    }
}
