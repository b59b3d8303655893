//! Encoded keys from and to the text of their columns.

use std::fmt::Write as _;

use super::{
    KeyError, decimal, escaped, push_boolean, push_bytes, push_date, push_datetime, push_decimal,
    push_integer, push_text, push_unsigned, push_uuid,
};
use crate::{KeyType, calendar};

/// How a moment's zone is written.
const UTC: &str = "+00";

/// The texts of an encoded key, one for each of `columns`.
///
/// # Errors
/// The bytes are not those of a key of these columns.
pub fn decode(columns: &[(String, KeyType)], mut key: &[u8]) -> Result<Vec<String>, KeyError> {
    let texts = columns
        .iter()
        .map(|(_, kind)| take(&mut key, *kind))
        .collect::<Result<_, _>>()?;
    if key.is_empty() {
        Ok(texts)
    } else {
        Err(KeyError::Bytes { what: "its end" })
    }
}

/// Encodes the texts of a key, one for each of `columns`, as [`decode`] writes them.
///
/// # Errors
/// There are more or fewer texts than columns, or one is not as it would be written.
pub fn encode(columns: &[(String, KeyType)], texts: &[String]) -> Result<Vec<u8>, KeyError> {
    if columns.len() != texts.len() {
        return Err(KeyError::Columns {
            columns: columns.len(),
            values: texts.len(),
        });
    }
    let mut key = Vec::new();
    for ((_, kind), text) in columns.iter().zip(texts) {
        push(&mut key, *kind, text).ok_or_else(|| KeyError::Value {
            what: name(*kind),
            value: text.clone(),
        })?;
    }
    Ok(key)
}

fn take(key: &mut &[u8], kind: KeyType) -> Result<String, KeyError> {
    let what = name(kind);
    Ok(match kind {
        KeyType::Integer => integer(key, what)?.to_string(),
        KeyType::Unsigned => u64::from_be_bytes(chunk(key, what)?).to_string(),
        KeyType::Decimal => decimal::take(key)?,
        KeyType::Text => {
            String::from_utf8(escaped::take(key, what)?).map_err(|_| KeyError::Bytes { what })?
        }
        KeyType::Bytes => format!("\\x{}", hexadecimal(&escaped::take(key, what)?)),
        KeyType::Uuid => uuid_text(chunk(key, what)?),
        KeyType::Date => {
            let days = u32::from_be_bytes(chunk(key, what)?) ^ (1 << 31);
            calendar::date_text(days.cast_signed())
        }
        KeyType::DateTime => calendar::datetime_text(integer(key, what)?, ""),
        KeyType::Moment => calendar::datetime_text(integer(key, what)?, UTC),
        KeyType::Boolean => match chunk(key, what)? {
            [0] => "false".to_owned(),
            [1] => "true".to_owned(),
            _ => return Err(KeyError::Bytes { what }),
        },
    })
}

fn push(key: &mut Vec<u8>, kind: KeyType, text: &str) -> Option<()> {
    match kind {
        KeyType::Integer => push_integer(key, text.parse().ok()?),
        KeyType::Unsigned => push_unsigned(key, text.parse().ok()?),
        KeyType::Decimal => push_decimal(key, text).ok()?,
        KeyType::Text => push_text(key, text.as_bytes()),
        KeyType::Bytes => push_bytes(key, &parse_hexadecimal(text.strip_prefix("\\x")?)?),
        KeyType::Uuid => push_uuid(key, parse_uuid(text)?),
        KeyType::Date => push_date(key, calendar::parse_date(text)?),
        KeyType::DateTime => push_datetime(key, calendar::parse_datetime(text, "")?),
        KeyType::Moment => push_datetime(key, calendar::parse_datetime(text, UTC)?),
        KeyType::Boolean => push_boolean(key, text.parse().ok()?),
    }
    Some(())
}

fn name(kind: KeyType) -> &'static str {
    match kind {
        KeyType::Integer => "whole number",
        KeyType::Unsigned => "whole number without sign",
        KeyType::Decimal => "decimal number",
        KeyType::Text => "text",
        KeyType::Bytes => "bytes",
        KeyType::Uuid => "UUID",
        KeyType::Date => "date",
        KeyType::DateTime => "date and time",
        KeyType::Moment => "moment",
        KeyType::Boolean => "boolean",
    }
}

fn chunk<const N: usize>(key: &mut &[u8], what: &'static str) -> Result<[u8; N], KeyError> {
    let (value, rest) = key.split_first_chunk().ok_or(KeyError::Bytes { what })?;
    *key = rest;
    Ok(*value)
}

fn integer(key: &mut &[u8], what: &'static str) -> Result<i64, KeyError> {
    Ok((u64::from_be_bytes(chunk(key, what)?) ^ (1 << 63)).cast_signed())
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        write!(text, "{byte:02x}").unwrap_or_else(|_| unreachable!("a String takes all writes"));
    }
    text
}

fn parse_hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| Some(16 * digit(pair[0])? + digit(*pair.get(1)?)?))
        .collect()
}

/// Where the hyphens of a UUID stand.
const HYPHENS: [usize; 4] = [8, 13, 18, 23];

fn uuid_text(bytes: [u8; 16]) -> String {
    let mut text = hexadecimal(&bytes);
    for place in HYPHENS {
        text.insert(place, '-');
    }
    text
}

fn parse_uuid(text: &str) -> Option<[u8; 16]> {
    let bytes: [u8; 16] = parse_hexadecimal(&text.replace('-', ""))?.try_into().ok()?;
    (uuid_text(bytes) == text).then_some(bytes)
}
