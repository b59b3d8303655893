//! Formulas: sums and products of fields and numbers, as much of the language as fixtures use.

use serde_json::{Value, json};

use super::field::Field;
use super::number::{Decimal, Rounding};

/// The value of a computed field; empty where an operand is, or where the formula is another's.
pub(super) fn evaluate<'a>(field: &Field, value: impl Fn(&str) -> Option<&'a Value>) -> Value {
    let formula = field.expression.as_deref().unwrap_or_default();
    let mut parser = Parser {
        rest: formula.trim(),
        value: &value,
    };
    match parser.sum() {
        Some(number) if parser.rest.is_empty() && number.is_finite() => {
            let rounded = Decimal::parse(&number.to_string())
                .map(|number| number.rounded(4, Rounding::HalfEven));
            json!(rounded.map(|number| number.to_string()).unwrap_or_default())
        }
        _ => json!(""),
    }
}

struct Parser<'a, 'b> {
    rest: &'a str,
    value: &'a dyn Fn(&str) -> Option<&'b Value>,
}

impl Parser<'_, '_> {
    fn sum(&mut self) -> Option<f64> {
        let mut total = self.product()?;
        loop {
            if self.symbol('+') {
                total += self.product()?;
            } else if self.symbol('-') {
                total -= self.product()?;
            } else {
                return Some(total);
            }
        }
    }

    fn product(&mut self) -> Option<f64> {
        let mut total = self.factor()?;
        loop {
            if self.symbol('*') {
                total *= self.factor()?;
            } else if self.symbol('/') {
                total /= self.factor()?;
            } else {
                return Some(total);
            }
        }
    }

    fn factor(&mut self) -> Option<f64> {
        if self.symbol('(') {
            let inner = self.sum()?;
            return self.symbol(')').then_some(inner);
        }
        let ends = |letter: char| letter.is_whitespace() || "+-*/()".contains(letter);
        let end = self.rest.find(ends).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest.trim_start();
        match (self.value)(word) {
            Some(value) => value.as_str()?.parse().ok(),
            None => word.parse().ok(),
        }
    }

    fn symbol(&mut self, symbol: char) -> bool {
        match self.rest.strip_prefix(symbol) {
            Some(rest) => {
                self.rest = rest.trim_start();
                true
            }
            None => false,
        }
    }
}
