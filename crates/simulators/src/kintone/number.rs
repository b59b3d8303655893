//! Decimal numbers as kintone keeps them: digits in a string, never binary fractions.

use std::cmp::Ordering;

/// How an app rounds digits away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rounding {
    /// To the nearest; a half to the even digit.
    #[default]
    HalfEven,
    /// Away from zero.
    Up,
    /// Toward zero.
    Down,
}

impl Rounding {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::HalfEven => "HALF_EVEN",
            Self::Up => "UP",
            Self::Down => "DOWN",
        }
    }
}

/// A number as sign, digits and the count of digits after the point; no leading zeros.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    negative: bool,
    digits: Vec<u8>,
    scale: usize,
}

impl Decimal {
    /// Reads `12`, `-0012.50`, `1.5e1`, with spaces around it; nothing else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (negative, unsigned) = match mantissa.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
        };
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let mut digits = format!("{whole}{fraction}").into_bytes();
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) || exponent.abs() > 400 {
            return None;
        }
        for digit in &mut digits {
            *digit -= b'0';
        }
        let scale = i32::try_from(fraction.len()).ok()? - exponent;
        let zeros = usize::try_from(-scale).unwrap_or(0);
        digits.extend(std::iter::repeat_n(0, zeros));
        Some(
            Self {
                negative,
                digits,
                scale: usize::try_from(scale).unwrap_or(0),
            }
            .trimmed(),
        )
    }

    fn trimmed(mut self) -> Self {
        while self.scale > 0 && self.digits.last() == Some(&0) {
            self.digits.pop();
            self.scale -= 1;
        }
        let wanted = self.scale + 1;
        if self.digits.len() < wanted {
            let missing = wanted - self.digits.len();
            self.digits.splice(0..0, std::iter::repeat_n(0, missing));
        }
        let zeros = self.digits.iter().take_while(|digit| **digit == 0).count();
        self.digits.drain(..zeros.min(self.digits.len() - wanted));
        if self.digits.iter().all(|digit| *digit == 0) {
            self.negative = false;
        }
        self
    }

    /// How many digits stand before the point; 0 for a number below one.
    pub(crate) fn integer_digits(&self) -> usize {
        let whole = &self.digits[..self.digits.len() - self.scale];
        if whole == [0] { 0 } else { whole.len() }
    }

    /// Rounds to so many digits after the point.
    pub(crate) fn rounded(mut self, places: usize, rounding: Rounding) -> Self {
        if self.scale <= places {
            return self;
        }
        let kept = self.digits.len() - (self.scale - places);
        let dropped = self.digits.split_off(kept);
        self.scale = places;
        let half = dropped[0].cmp(&5).then_with(|| {
            if dropped[1..].iter().any(|digit| *digit > 0) {
                Ordering::Greater
            } else {
                Ordering::Equal
            }
        });
        let odd = self.digits.last().is_some_and(|digit| digit % 2 == 1);
        let goes_up = match rounding {
            Rounding::HalfEven => half == Ordering::Greater || (half == Ordering::Equal && odd),
            Rounding::Up => dropped.iter().any(|digit| *digit > 0),
            Rounding::Down => false,
        };
        if goes_up {
            self.increment();
        }
        self.trimmed()
    }

    fn increment(&mut self) {
        for digit in self.digits.iter_mut().rev() {
            if *digit < 9 {
                *digit += 1;
                return;
            }
            *digit = 0;
        }
        self.digits.insert(0, 1);
    }

    fn magnitude(&self, scale: usize) -> Vec<u8> {
        let mut digits = self.digits.clone();
        digits.extend(std::iter::repeat_n(0, scale - self.scale));
        digits
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let scale = self.scale.max(other.scale);
        let (mine, theirs) = (self.magnitude(scale), other.magnitude(scale));
        let magnitude = mine
            .len()
            .cmp(&theirs.len())
            .then_with(|| mine.cmp(&theirs));
        match (self.negative, other.negative) {
            (false, false) => magnitude,
            (true, true) => magnitude.reverse(),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl std::fmt::Display for Decimal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = self
            .digits
            .iter()
            .map(|digit| char::from(b'0' + digit))
            .collect::<String>();
        let (whole, fraction) = text.split_at(text.len() - self.scale);
        let sign = if self.negative { "-" } else { "" };
        let point = if fraction.is_empty() { "" } else { "." };
        write!(formatter, "{sign}{whole}{point}{fraction}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(text: &str) -> Option<String> {
        Decimal::parse(text).map(|number| number.to_string())
    }

    #[test]
    fn numbers_lose_what_carries_no_value() {
        let cases = [
            ("0012.50", "12.5"),
            ("1.5e1", "15"),
            (" 7 ", "7"),
            ("-0", "0"),
            ("1e-3", "0.001"),
        ];
        for (text, expected) in cases {
            assert_eq!(normal(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["", "abc", "1,000", "1.2.3", "--1", "0x10"] {
            assert_eq!(normal(text), None, "{text}");
        }
    }

    #[test]
    fn halves_are_rounded_to_the_even_digit() {
        let cases = [
            ("0.00005", "0"),
            ("0.00015", "0.0002"),
            ("9.99995", "10"),
            ("-1.23456", "-1.2346"),
        ];
        for (text, expected) in cases {
            let rounded = Decimal::parse(text)
                .map(|number| number.rounded(4, Rounding::HalfEven).to_string());
            assert_eq!(rounded.as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn numbers_compare_by_value() {
        let ascending = ["-10", "-9.5", "0", "0.01", "9", "10", "100"].map(Decimal::parse);
        assert!(ascending.is_sorted());
    }
}
