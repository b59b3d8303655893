//! Numbers as the service keeps them: exact, of at most 38 digits.

use std::cmp::Ordering;

use super::super::refusal::Refusal;

/// The most digits that are kept, without zeros at either end.
const DIGITS: usize = 38;

/// The powers of ten of the first digit that are kept.
const EXPONENTS: std::ops::RangeInclusive<i32> = -130..=125;

/// A decimal number: its first digit stands before the point, times ten to the power of `exponent`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Number {
    negative: bool,
    /// Without zeros at either end; zero has none.
    digits: String,
    exponent: i32,
}

impl Number {
    /// Reads a number, whatever its size; `None` for a text that is none.
    fn read(text: &str) -> Option<Self> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, power) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, power)) => (mantissa, power.parse::<i32>().ok()?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = format!("{whole}{fraction}");
        if all.is_empty() || !all.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let significant = all.trim_start_matches('0');
        let digits = significant.trim_end_matches('0');
        if digits.is_empty() {
            return Some(Self {
                negative: false,
                digits: String::new(),
                exponent: 0,
            });
        }
        let leading = i32::try_from(all.len() - significant.len()).ok()?;
        let whole = i32::try_from(whole.len()).ok()?;
        Some(Self {
            negative,
            digits: digits.to_owned(),
            exponent: power.checked_add(whole - leading - 1)?,
        })
    }

    /// Reads a number that the service keeps.
    pub(super) fn parse(text: &str) -> Result<Self, Refusal> {
        let none = "The parameter cannot be converted to a numeric value";
        if text.is_empty() {
            return Err(Refusal::invalid(none));
        }
        let number = Self::read(text).ok_or_else(|| Refusal::invalid(format!("{none}: {text}")))?;
        let magnitude = |fault: &str, bound: &str| {
            Refusal::invalid(format!(
                "Number {fault}. Attempting to store a number with magnitude {bound} than supported range"
            ))
        };
        match number {
            number if number.exponent > *EXPONENTS.end() => Err(magnitude("overflow", "larger")),
            number if number.exponent < *EXPONENTS.start() => {
                Err(magnitude("underflow", "smaller"))
            }
            number if number.digits.len() > DIGITS => Err(Refusal::invalid(
                "Attempting to store more than 38 significant digits in a Number",
            )),
            number => Ok(number),
        }
    }

    /// The number without a power of ten and without needless zeros, as the service gives it back.
    pub(super) fn text(&self) -> String {
        let sign = if self.negative { "-" } else { "" };
        let digits = &self.digits;
        let whole = usize::try_from(self.exponent + 1).unwrap_or(0);
        if digits.is_empty() {
            return "0".to_owned();
        }
        if self.exponent < 0 {
            let zeros = "0".repeat(usize::try_from(-self.exponent - 1).unwrap_or(0));
            return format!("{sign}0.{zeros}{digits}");
        }
        match digits.split_at_checked(whole) {
            None => format!("{sign}{digits}{}", "0".repeat(whole - digits.len())),
            Some((all, "")) => format!("{sign}{all}"),
            Some((whole, fraction)) => format!("{sign}{whole}.{fraction}"),
        }
    }

    /// How many bytes it takes when it is stored.
    pub(super) fn bytes(&self) -> usize {
        let count = self.digits.len();
        if count == 0 {
            return 1;
        }
        let shifted = count.is_multiple_of(2) && self.exponent % 2 == 0;
        1 + count.div_ceil(2) + usize::from(shifted) + usize::from(self.negative)
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        let rank = |number: &Self| match (number.digits.is_empty(), number.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        };
        let size = |number: &Self| (number.exponent, number.digits.clone());
        rank(self).cmp(&rank(other)).then_with(|| {
            let order = size(self).cmp(&size(other));
            if self.negative {
                order.reverse()
            } else {
                order
            }
        })
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
