//! Cells as the server sends them.

use std::borrow::Cow;
use std::str::FromStr;

use mysql_async::Value;
use table_diff::key::{self, KeyError};
use table_diff::{KeyType, TimeType};

use crate::kind::Kind;
use crate::moment;

/// The bytes of a cell; `None` for NULL.
pub(crate) fn bytes(value: &Value) -> Option<Cow<'_, [u8]>> {
    Some(match value {
        Value::NULL => return None,
        Value::Bytes(bytes) => Cow::Borrowed(bytes),
        Value::Int(number) => Cow::Owned(number.to_string().into_bytes()),
        Value::UInt(number) => Cow::Owned(number.to_string().into_bytes()),
        // Nothing else is ever selected: floats and times are cast to text.
        other => Cow::Owned(other.as_sql(true).into_bytes()),
    })
}

/// The text of a cell of the kind; `None` for NULL. Bytes are `\x00ff`, and a float has the fewest digits that make it.
pub(crate) fn text(kind: Kind, value: &Value) -> Result<Option<String>, KeyError> {
    let Some(bytes) = bytes(value) else {
        return Ok(None);
    };
    if kind.is_binary() {
        return Ok(Some(hexadecimal(&bytes)));
    }
    let text = str::from_utf8(&bytes).map_err(|_| wrong("text in UTF-8", &bytes))?;
    if kind == Kind::Float {
        let number: f32 = text.parse().map_err(|_| wrong("float", &bytes))?;
        let short = format!("{number:?}");
        return Ok(Some(short.strip_suffix(".0").unwrap_or(&short).to_owned()));
    }
    Ok(Some(text.to_owned()))
}

fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(2 + 2 * bytes.len());
    text.push_str("\\x");
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

/// The bytes that [`text`] made a text of.
pub(crate) fn from_hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_prefix("\\x")?.as_bytes();
    let digit = |byte: u8| u8::try_from(char::from(byte).to_digit(16)?).ok();
    let pairs = digits.chunks(2).map(|pair| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    });
    pairs.collect()
}

/// Writes a cell of a key's column to the end of the encoded key.
pub(crate) fn push_key(key: &mut Vec<u8>, kind: KeyType, value: &Value) -> Result<(), KeyError> {
    let bytes = bytes(value).ok_or_else(|| wrong("key, for it is NULL", b"NULL"))?;
    match kind {
        KeyType::Integer => key::push_integer(key, parse(&bytes, "whole number")?),
        KeyType::Unsigned => key::push_unsigned(key, parse(&bytes, "whole number without sign")?),
        KeyType::Decimal => key::push_decimal(key, &String::from_utf8_lossy(&bytes))?,
        KeyType::Text => key::push_text(key, &bytes),
        KeyType::Bytes => key::push_bytes(key, &bytes),
        KeyType::Uuid => key::push_uuid(key, uuid(&bytes).ok_or_else(|| wrong("UUID", &bytes))?),
        KeyType::Date => {
            let days = moment::days(&bytes).ok_or_else(|| wrong("date for a key", &bytes))?;
            key::push_date(key, days);
        }
        KeyType::DateTime | KeyType::Moment => {
            let time = moment::microseconds(&bytes);
            key::push_datetime(key, time.ok_or_else(|| wrong("time for a key", &bytes))?);
        }
        KeyType::Boolean => return Err(wrong("key of this engine", &bytes)),
    }
    Ok(())
}

/// The time of change of a cell; `None` for NULL and for what is no day, such as `0000-00-00`.
pub(crate) fn time(kind: TimeType, value: &Value) -> Result<Option<i64>, KeyError> {
    let Some(bytes) = bytes(value) else {
        return Ok(None);
    };
    Ok(match kind {
        TimeType::Integer => Some(parse(&bytes, "whole number")?),
        TimeType::Date => moment::days(&bytes).map(i64::from),
        TimeType::DateTime | TimeType::Moment => moment::microseconds(&bytes),
    })
}

/// A hash as the server writes it: sixteen digits. `None` for NULL.
pub(crate) fn hash(value: &Value) -> Result<Option<u64>, KeyError> {
    let Some(bytes) = bytes(value) else {
        return Ok(None);
    };
    let digits = str::from_utf8(&bytes).ok();
    let hash = digits.and_then(|digits| u64::from_str_radix(digits, 16).ok());
    hash.map(Some).ok_or_else(|| wrong("hash", &bytes))
}

/// A whole number of a cell that is not NULL.
pub(crate) fn number<T: FromStr>(value: &Value, what: &'static str) -> Result<T, KeyError> {
    parse(&bytes(value).unwrap_or_default(), what)
}

fn parse<T: FromStr>(bytes: &[u8], what: &'static str) -> Result<T, KeyError> {
    let text = str::from_utf8(bytes).ok();
    let number = text.and_then(|text| text.parse().ok());
    number.ok_or_else(|| wrong(what, bytes))
}

fn uuid(text: &[u8]) -> Option<[u8; 16]> {
    let digits: String = str::from_utf8(text).ok()?.replace('-', "");
    u128::from_str_radix(&digits, 16)
        .ok()
        .map(u128::to_be_bytes)
}

fn wrong(what: &'static str, value: &[u8]) -> KeyError {
    KeyError::Value {
        what,
        value: String::from_utf8_lossy(value).chars().take(100).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_have_a_text_that_loses_nothing() {
        let bytes: Vec<u8> = (0..=255).collect();
        let text = text(Kind::Bytes, &Value::Bytes(bytes.clone())).unwrap();
        assert!(text.as_ref().unwrap().starts_with("\\x000102"));
        assert_eq!(from_hexadecimal(&text.unwrap()), Some(bytes));
        assert_eq!(from_hexadecimal("\\x0"), None);
        assert_eq!(from_hexadecimal("00"), None);
    }

    #[test]
    fn a_float_has_the_fewest_digits_that_make_it() {
        let float = |double: &str| text(Kind::Float, &Value::Bytes(double.into())).unwrap();
        assert_eq!(float("0.10000000149011612").as_deref(), Some("0.1"));
        assert_eq!(float("16777216").as_deref(), Some("16777216"));
        assert_eq!(
            float("3.4028234663852886e38").as_deref(),
            Some("3.4028235e38")
        );
    }

    #[test]
    fn a_zero_date_is_no_time_and_no_key() {
        let zero = Value::Bytes(b"0000-00-00 00:00:00".to_vec());
        assert_eq!(time(TimeType::Moment, &zero), Ok(None));
        let error = push_key(&mut Vec::new(), KeyType::Moment, &zero).unwrap_err();
        assert!(error.to_string().contains("0000-00-00 00:00:00"), "{error}");
    }
}
