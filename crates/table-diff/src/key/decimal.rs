//! Decimal numbers of any precision within a key.
//!
//! A number is `0.d₁d₂d₃… × 10ᵉ` with neither a first nor a last digit of zero, so that `1.0` and `1.00` are one. What follows
//! the class is turned over for negative numbers, so that the larger amount comes first.

use super::KeyError;

const WHAT: &str = "decimal number";

/// The classes, in the order of PostgreSQL, for which NaN is the largest.
const MINUS_INFINITY: u8 = 0;
const NEGATIVE: u8 = 1;
const ZERO: u8 = 2;
const POSITIVE: u8 = 3;
const INFINITY: u8 = 4;
const NAN: u8 = 5;

/// A decimal number as text: digits with or without a point and a sign, `NaN`, `Infinity`, `-Infinity`.
///
/// # Errors
/// The text is none.
pub fn push_decimal(key: &mut Vec<u8>, text: &str) -> Result<(), KeyError> {
    match text {
        "NaN" => key.push(NAN),
        "Infinity" => key.push(INFINITY),
        "-Infinity" => key.push(MINUS_INFINITY),
        text => push_number(key, text).ok_or_else(|| KeyError::Value {
            what: WHAT,
            value: text.to_owned(),
        })?,
    }
    Ok(())
}

fn push_number(key: &mut Vec<u8>, text: &str) -> Option<()> {
    let (negative, amount) = match text.strip_prefix('-') {
        Some(amount) => (true, amount),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = amount.split_once('.').unwrap_or((amount, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() + fraction.len() == 0 || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let (whole, fraction) = (
        whole.trim_start_matches('0'),
        fraction.trim_end_matches('0'),
    );
    if whole.is_empty() && fraction.is_empty() {
        key.push(ZERO);
        return Some(());
    }
    let significant = fraction.trim_start_matches('0');
    let (exponent, head, tail) = if whole.is_empty() {
        (
            -length(fraction.len() - significant.len())?,
            "",
            significant,
        )
    } else if fraction.is_empty() {
        (length(whole.len())?, whole.trim_end_matches('0'), "")
    } else {
        (length(whole.len())?, whole, fraction)
    };
    key.push(if negative { NEGATIVE } else { POSITIVE });
    let start = key.len();
    key.extend_from_slice(&(exponent.cast_unsigned() ^ (1 << 31)).to_be_bytes());
    key.extend(head.bytes().chain(tail.bytes()).map(|byte| byte - b'0' + 1));
    key.push(0);
    if negative {
        turn_over(&mut key[start..]);
    }
    Some(())
}

fn length(digits: usize) -> Option<i32> {
    i32::try_from(digits).ok()
}

fn turn_over(bytes: &mut [u8]) {
    for byte in bytes {
        *byte = !*byte;
    }
}

/// Takes what was pushed from the front of `key`, as the shortest text of the number.
pub(super) fn take(key: &mut &[u8]) -> Result<String, KeyError> {
    let wrong = KeyError::Bytes { what: WHAT };
    let (class, rest) = key.split_first().ok_or_else(|| wrong.clone())?;
    *key = rest;
    let negative = match *class {
        MINUS_INFINITY => return Ok("-Infinity".to_owned()),
        ZERO => return Ok("0".to_owned()),
        INFINITY => return Ok("Infinity".to_owned()),
        NAN => return Ok("NaN".to_owned()),
        NEGATIVE => true,
        POSITIVE => false,
        _ => return Err(wrong),
    };
    let end = if negative { 0xFF } else { 0 };
    let (exponent, rest) = rest.split_first_chunk::<4>().ok_or_else(|| wrong.clone())?;
    let length = rest.iter().position(|byte| *byte == end);
    let (digits, rest) = rest.split_at(length.ok_or_else(|| wrong.clone())?);
    *key = &rest[1..];
    let (mut exponent, mut digits) = (*exponent, digits.to_vec());
    if negative {
        turn_over(&mut exponent);
        turn_over(&mut digits);
    }
    let exponent = (u32::from_be_bytes(exponent) ^ (1 << 31)).cast_signed();
    let digits: Option<String> = digits.iter().map(|byte| digit(*byte)).collect();
    let sign = if negative { "-" } else { "" };
    Ok(format!(
        "{sign}{}",
        with_point(&digits.ok_or_else(|| wrong.clone())?, exponent).ok_or(wrong)?
    ))
}

fn digit(byte: u8) -> Option<char> {
    char::from_digit(u32::from(byte.checked_sub(1)?), 10)
}

/// The most digits before or behind the point that a server can send.
///
/// **Source**: PostgreSQL, "Numeric Types": up to 131,072 digits before the point and 16,383 behind it.
const DIGITS_MAX: i32 = 200_000;

fn with_point(digits: &str, exponent: i32) -> Option<String> {
    if digits.is_empty() || !(-DIGITS_MAX..=DIGITS_MAX).contains(&exponent) {
        return None;
    }
    let whole = usize::try_from(exponent).unwrap_or_default();
    Some(if exponent <= 0 {
        let zeros = usize::try_from(-exponent).unwrap_or_default();
        format!("0.{}{digits}", "0".repeat(zeros))
    } else if whole >= digits.len() {
        format!("{digits}{}", "0".repeat(whole - digits.len()))
    } else {
        format!("{}.{}", &digits[..whole], &digits[whole..])
    })
}
