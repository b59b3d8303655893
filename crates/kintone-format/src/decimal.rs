//! Numbers as Kintone keeps them: digits, never binary fractions.

use std::cmp::Ordering;

use kintone_client::{NumberPrecision, Rounding};

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
            assert_eq!(rounded(text, 0, Rounding::HalfEven), number(expected), "{text}");
        }
        assert_eq!(rounded("1.23455", 4, Rounding::HalfEven), number("1.2346"));
        assert_eq!(rounded("1.23445", 4, Rounding::HalfEven), number("1.2344"));
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
