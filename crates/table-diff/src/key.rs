//! Keys as bytes whose order is the order of the keys, and their text.
//!
//! Both engines encode what their servers send by the `push_…` functions, column after column. Then one comparison of
//! bytes orders keys of any types, and equal keys are equal bytes: `1.0` is `1.00`.
//!
//! | type | bytes | text |
//! |---|---|---|
//! | integer | 8, the sign turned over | `-7` |
//! | unsigned | 8 | `7` |
//! | decimal | sign, power of ten, digits, an end | `-12.5`, `NaN`, `Infinity`, `-Infinity`, in PostgreSQL's order |
//! | text | its bytes in UTF-8, 00 as 00 FF, then 00 00 | itself |
//! | bytes | as text | `\x00ff` |
//! | uuid | 16 | `f81d4fae-7dec-11d0-a765-00a0c91e6bf6` |
//! | date | 4, the sign turned over | `2025-01-31`, `0044-03-15 BC`, `infinity` |
//! | date and time | 8, the sign turned over | `2025-01-31 23:59:59.000001` |
//! | moment | 8, the sign turned over | `2025-01-31 23:59:59.000001+00` |
//! | boolean | 1 | `false` |
//!
//! The text loses nothing: [`encode`] makes the same bytes of it. Servers take it as it is, apart from `\x` and `+00`, which only
//! PostgreSQL understands.

mod decimal;
mod escaped;
#[cfg(test)]
mod tests;
mod text;

use std::cmp::Ordering;

pub use decimal::push_decimal;
pub use escaped::{push_bytes, push_text};
pub use text::{decode, encode};

/// Why a key can't be encoded or decoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// A text is none of its type.
    #[error("`{value}` is no {what} as keys are written")]
    Value {
        /// The type.
        what: &'static str,
        /// The text.
        value: String,
    },
    /// There are too few or too many texts.
    #[error("a key of {columns} columns has {values} values")]
    Columns {
        /// How many columns there are.
        columns: usize,
        /// How many texts.
        values: usize,
    },
    /// The bytes are none of a key of these columns.
    #[error("the bytes of an encoded key are not those of its columns at {what}")]
    Bytes {
        /// The type that was expected.
        what: &'static str,
    },
}

/// The order of two encoded keys, which is that of their bytes. Most keys are eight bytes long, which are compared at once.
#[inline]
pub fn order(one: &[u8], other: &[u8]) -> Ordering {
    match (one.split_first_chunk(), other.split_first_chunk()) {
        (Some((first, [])), Some((second, []))) => {
            u64::from_be_bytes(*first).cmp(&u64::from_be_bytes(*second))
        }
        _ => one.cmp(other),
    }
}

/// A whole number with sign.
pub fn push_integer(key: &mut Vec<u8>, value: i64) {
    key.extend_from_slice(&(value.cast_unsigned() ^ (1 << 63)).to_be_bytes());
}

/// A whole number without sign.
pub fn push_unsigned(key: &mut Vec<u8>, value: u64) {
    key.extend_from_slice(&value.to_be_bytes());
}

/// A UUID.
pub fn push_uuid(key: &mut Vec<u8>, value: [u8; 16]) {
    key.extend_from_slice(&value);
}

/// A date as days since 1970-01-01. `i32::MAX` is infinity, `i32::MIN` is minus infinity.
pub fn push_date(key: &mut Vec<u8>, days: i32) {
    key.extend_from_slice(&(days.cast_unsigned() ^ (1 << 31)).to_be_bytes());
}

/// A moment, or a date and time without zone, as microseconds since 1970-01-01T00:00:00. `i64::MAX` is infinity, `i64::MIN` is minus infinity.
pub fn push_datetime(key: &mut Vec<u8>, microseconds: i64) {
    push_integer(key, microseconds);
}

/// `false` before `true`.
pub fn push_boolean(key: &mut Vec<u8>, value: bool) {
    key.push(u8::from(value));
}
