//! Numbers by value: the one way to write each.

use std::borrow::Cow;
use std::cmp::Ordering;

/// A decimal number taken apart: `digits` times ten to the power of `exponent`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    pub(crate) is_negative: bool,
    /// Without zeros at either end; empty for zero.
    pub(crate) digits: String,
    pub(crate) exponent: i64,
}

/// The zeros that a plain number may have between the point and its first digit.
const PLAIN_ZEROS_MAX: i64 = 20;

/// The digits that a plain number may have before the point.
const PLAIN_DIGITS_MAX: i64 = 40;

impl Decimal {
    /// Reads a number; `None` where its exponent is beyond all bounds.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let is_negative = mantissa.starts_with('-');
        let mantissa = mantissa.trim_start_matches(['-', '+']);
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let mut digits = [whole, fraction].concat();
        let written = digits.len();
        digits.truncate(digits.trim_end_matches('0').len());
        let shift =
            i64::try_from(written - digits.len()).ok()? - i64::try_from(fraction.len()).ok()?;
        digits.drain(..digits.len() - digits.trim_start_matches('0').len());
        if digits.is_empty() {
            return Some(Self {
                is_negative: false,
                digits,
                exponent: 0,
            });
        }
        Some(Self {
            is_negative,
            digits,
            exponent: i64::from(exponent) + shift,
        })
    }

    /// How many digits are before the point; less than 1 where the number is below 1.
    pub(crate) fn point(&self) -> i64 {
        i64::try_from(self.digits.len())
            .map_or(i64::MAX, |length| length.saturating_add(self.exponent))
    }

    fn sign(&self) -> i8 {
        match (self.digits.is_empty(), self.is_negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        }
    }

    /// Orders numbers of the same sign by their distance from zero.
    fn magnitude(&self) -> (i64, &str) {
        (self.point(), &self.digits)
    }

    fn write(&self) -> String {
        let sign = if self.is_negative { "-" } else { "" };
        let Self {
            digits, exponent, ..
        } = self;
        let point = self.point();
        if digits.is_empty() {
            "0".to_owned()
        } else if !(-PLAIN_ZEROS_MAX..=PLAIN_DIGITS_MAX).contains(&point) {
            format!("{sign}{digits}E{exponent}")
        } else if *exponent >= 0 {
            format!("{sign}{digits}{}", zeros(*exponent))
        } else if point <= 0 {
            format!("{sign}0.{}{digits}", zeros(-point))
        } else {
            let (whole, fraction) = digits.split_at(usize::try_from(point).unwrap_or(0));
            format!("{sign}{whole}.{fraction}")
        }
    }
}

fn zeros(count: i64) -> String {
    "0".repeat(usize::try_from(count).unwrap_or(0))
}

/// The one text that all numbers of this value share: `1` for `1.0`, `100` for `1E2`, `0` for `-0`. All digits are kept.
///
/// A number of more than 40 digits before its point, or 20 zeros behind it, is given as digits and exponent: `1E125`.
///
/// `number` is one that [`Item::parse`](crate::Item::parse) took. One whose exponent is beyond all bounds is given as it is.
pub fn canonical_number(number: &str) -> Cow<'_, str> {
    if is_canonical_integer(number) {
        return Cow::Borrowed(number);
    }
    match Decimal::parse(number) {
        Some(decimal) => Cow::Owned(decimal.write()),
        None => Cow::Borrowed(number),
    }
}

/// How two numbers compare, with all of their digits; those whose exponents are beyond all bounds as text.
pub fn number_order(one: &str, other: &str) -> Ordering {
    let (Some(left), Some(right)) = (Decimal::parse(one), Decimal::parse(other)) else {
        return one.cmp(other);
    };
    match (left.sign(), right.sign()) {
        (1, 1) => left.magnitude().cmp(&right.magnitude()),
        (-1, -1) => right.magnitude().cmp(&left.magnitude()),
        (left, right) => left.cmp(&right),
    }
}

/// Most numbers are short integers: those need not be taken apart.
fn is_canonical_integer(number: &str) -> bool {
    let digits = number.strip_prefix('-').unwrap_or(number).as_bytes();
    let is_short = (1..=38).contains(&digits.len());
    is_short && digits.iter().all(u8::is_ascii_digit) && (digits[0] != b'0' || number == "0")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_of_one_value_are_written_alike() {
        for (number, expected) in [
            ("0", "0"),
            ("-0", "0"),
            ("0.000", "0"),
            ("0E5", "0"),
            ("1.0", "1"),
            ("+1", "1"),
            ("007", "7"),
            ("1E2", "100"),
            ("1e+2", "100"),
            ("100", "100"),
            ("-12.50", "-12.5"),
            ("0.05", "0.05"),
            ("5E-2", "0.05"),
            ("1234.5678E2", "123456.78"),
            (
                "12345678901234567890123456789012345678",
                "12345678901234567890123456789012345678",
            ),
            (
                "1.2345678901234567890123456789012345678",
                "1.2345678901234567890123456789012345678",
            ),
            ("1E125", "1E125"),
            ("10E124", "1E125"),
            ("1E-130", "1E-130"),
            ("1E99999999999", "1E99999999999"),
        ] {
            assert_eq!(canonical_number(number), expected, "{number}");
        }
    }

    #[test]
    fn numbers_compare_by_value_whatever_their_digits() {
        let ordered = [
            "-1E125",
            "-10.5",
            "-10",
            "-2",
            "-0.001",
            "0",
            "1E-130",
            "0.09",
            "0.1",
            "1",
            "1.0000000000000000000000000000000000001",
            "9",
            "10",
            "99999999999999999999999999999999999998",
            "99999999999999999999999999999999999999",
            "1E125",
        ];
        for (left, one) in ordered.iter().enumerate() {
            for (right, other) in ordered.iter().enumerate() {
                assert_eq!(number_order(one, other), left.cmp(&right), "{one} {other}");
            }
        }
        for (one, same) in [
            ("1", "1.00"),
            ("100", "1E2"),
            ("0", "-0.0"),
            ("+5", "5"),
            ("0.5", ".5"),
        ] {
            assert_eq!(number_order(one, same), Ordering::Equal, "{one} {same}");
        }
    }

    proptest! {
        #[test]
        fn moving_the_point_changes_nothing(
            digits in "[1-9][0-9]{0,36}[1-9]",
            shift in 0_usize..30,
            exponent in -90_i32..90,
            zeros in 0_usize..4,
        ) {
            let shift = shift.min(digits.len() - 1);
            let (whole, fraction) = digits.split_at(digits.len() - shift);
            let plain = format!("{digits}E{exponent}");
            let moved = i32::try_from(shift).unwrap() + exponent;
            let other = format!("{}{whole}.{fraction}{}E{moved}", "0".repeat(zeros), "0".repeat(zeros + usize::from(shift == 0)));
            prop_assert_eq!(canonical_number(&plain), canonical_number(&other));
        }

        #[test]
        fn a_canonical_number_is_its_own(digits in "-?[0-9]{1,38}(\\.[0-9]{1,10})?(E-?[0-9]{1,2})?") {
            let once = canonical_number(&digits).into_owned();
            prop_assert_eq!(canonical_number(&once), once.as_str());
        }

        #[test]
        fn other_values_are_written_otherwise(one in 1_u64.., other in 1_u64.., exponent in -20_i32..20) {
            prop_assume!(one != other);
            let one = format!("{one}E{exponent}");
            let other = format!("{other}E{exponent}");
            prop_assert_ne!(canonical_number(&one), canonical_number(&other));
        }
    }
}
