//! Numbers as Kintone keeps them: digits, never binary fractions.

use std::cmp::Ordering;

use kintone_client::{NumberPrecision, Rounding};

/// What an app of some precision makes of a number that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberFit {
    /// It is kept as it is, apart from zeros that carry no value; so is nothing at all.
    Kept,
    /// It loses digits after the point, without a word.
    Rounded,
    /// It has more digits before the point than the app takes, which refuses it.
    TooLong,
    /// It is no number: refused, and inside a subtable emptied without a word.
    NotNumber,
}

impl NumberFit {
    /// What an app of `precision` makes of `text`.
    ///
    /// **Source**: docs/observed/kintone.md, "Writing"; not verified on the real service.
    pub fn of(text: &str, precision: NumberPrecision) -> Self {
        if text.trim().is_empty() {
            return Self::Kept;
        }
        let Some(number) = Decimal::parse(text) else {
            return Self::NotNumber;
        };
        let most = precision.digits.saturating_sub(precision.decimal_places);
        if number.whole_digits() > i64::try_from(most).unwrap_or(i64::MAX) {
            Self::TooLong
        } else if number.rounded(precision) == number {
            Self::Kept
        } else {
            Self::Rounded
        }
    }
}

/// A number: its digits without leading and trailing zeros, and where the point stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    is_negative: bool,
    /// From the first that is not 0 to the last that is not; none for zero.
    digits: Vec<u8>,
    /// The power of ten of the digit after the last: 12.5 has -1, 1200 has 2.
    exponent: i64,
}

impl Decimal {
    /// Reads `12`, `-0012.50` or `1.5e1`, with blanks around it; nothing else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (mantissa, power) = match text.split_once(['e', 'E']) {
            Some((mantissa, power)) => (mantissa, power.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let is_negative = mantissa.starts_with('-');
        let unsigned = mantissa.strip_prefix(['-', '+']).unwrap_or(mantissa);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let exponent = i64::from(power) - i64::try_from(fraction.len()).ok()?;
        Some(Self::trimmed(is_negative, digits, exponent))
    }

    fn trimmed(is_negative: bool, mut digits: Vec<u8>, mut exponent: i64) -> Self {
        while digits.last() == Some(&b'0') {
            digits.pop();
            exponent += 1;
        }
        let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
        digits.drain(..zeros);
        if digits.is_empty() {
            return Self {
                is_negative: false,
                digits,
                exponent: 0,
            };
        }
        Self {
            is_negative,
            digits,
            exponent,
        }
    }

    /// How many digits stand before the point; none or less for a number below one.
    fn whole_digits(&self) -> i64 {
        i64::try_from(self.digits.len()).unwrap_or(i64::MAX) + self.exponent
    }

    /// As an app of this precision keeps it.
    pub(crate) fn rounded(&self, precision: NumberPrecision) -> Self {
        let last = -i64::try_from(precision.decimal_places).unwrap_or(i64::MAX);
        let Ok(dropped) = usize::try_from(last.saturating_sub(self.exponent)) else {
            return self.clone();
        };
        if dropped == 0 || self.digits.is_empty() {
            return self.clone();
        }
        let kept = self.digits.len().saturating_sub(dropped);
        // A digit that is dropped may stand far behind the point: then nothing is kept, and the zeros before it count.
        let gap = dropped.saturating_sub(self.digits.len());
        let is_up = match precision.rounding {
            Rounding::Up => true,
            Rounding::Down => false,
            Rounding::HalfEven => gap == 0 && self.is_nearer_up(kept),
        };
        let mut digits = self.digits[..kept].to_vec();
        if is_up {
            increment(&mut digits);
        }
        Self::trimmed(self.is_negative, digits, last)
    }

    /// Whether what follows the first `kept` digits is more than half, or half after an odd digit.
    fn is_nearer_up(&self, kept: usize) -> bool {
        let is_odd = kept > 0 && self.digits[kept - 1] % 2 == 1;
        match self.digits[kept].cmp(&b'5') {
            Ordering::Greater => true,
            Ordering::Less => false,
            Ordering::Equal => kept + 1 < self.digits.len() || is_odd,
        }
    }
}

fn increment(digits: &mut Vec<u8>) {
    for digit in digits.iter_mut().rev() {
        if *digit < b'9' {
            *digit += 1;
            return;
        }
        *digit = b'0';
    }
    digits.insert(0, b'1');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounded(text: &str, decimal_places: usize, rounding: Rounding) -> Decimal {
        let precision = NumberPrecision {
            digits: 30,
            decimal_places,
            rounding,
        };
        Decimal::parse(text).unwrap().rounded(precision)
    }

    fn number(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    #[test]
    fn equal_values_are_equal_however_they_are_written() {
        for (one, other) in [
            ("0012.50", "12.5"),
            ("1.5e1", " 15 "),
            ("-0", "0.00"),
            ("1E2", "100"),
            ("+7", "7"),
            (".5", "0.5"),
        ] {
            assert_eq!(number(one), number(other));
        }
        assert_ne!(number("-1"), number("1"));
        assert_ne!(number("10"), number("1"));
        for text in ["", "abc", "1,000", "-", "1e", "０"] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_half_goes_to_the_even_digit() {
        for (text, expected) in [
            ("0.5", "0"),
            ("1.5", "2"),
            ("2.5", "2"),
            ("2.51", "3"),
            ("-1.5", "-2"),
            ("9.5", "10"),
            ("0.05", "0"),
            ("0.9", "1"),
            ("1200", "1200"),
        ] {
            assert_eq!(
                rounded(text, 0, Rounding::HalfEven),
                number(expected),
                "{text}"
            );
        }
        assert_eq!(rounded("1.23455", 4, Rounding::HalfEven), number("1.2346"));
        assert_eq!(rounded("1.23445", 4, Rounding::HalfEven), number("1.2344"));
    }

    #[test]
    fn it_is_told_what_an_app_makes_of_a_number() {
        let precision = NumberPrecision::default();
        for (text, fit) in [
            ("", NumberFit::Kept),
            ("0012.5000", NumberFit::Kept),
            ("123456789012.1234", NumberFit::Kept),
            ("1e11", NumberFit::Kept),
            ("1.23456", NumberFit::Rounded),
            ("1e-9", NumberFit::Rounded),
            ("1e12", NumberFit::TooLong),
            ("1,000", NumberFit::NotNumber),
        ] {
            assert_eq!(NumberFit::of(text, precision), fit, "{text}");
        }
    }

    #[test]
    fn up_is_away_from_zero_and_down_is_toward_it() {
        assert_eq!(rounded("1.01", 1, Rounding::Up), number("1.1"));
        assert_eq!(rounded("-1.01", 1, Rounding::Up), number("-1.1"));
        assert_eq!(rounded("0.001", 1, Rounding::Up), number("0.1"));
        assert_eq!(rounded("1.09", 1, Rounding::Down), number("1"));
        assert_eq!(rounded("0.009", 1, Rounding::Down), number("0"));
    }
}
