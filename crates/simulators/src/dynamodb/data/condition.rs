//! Condition expressions: comparisons and functions of top-level attributes, with `AND`, `OR`, `NOT` and parentheses.

use serde_json::Value;

use super::token::Token;

/// What is compared.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operand {
    Attribute(String),
    Value(Value),
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A condition.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Condition {
    Compare(Operand, Comparison, Operand),
    Between(Operand, Operand, Operand),
    Exists(String),
    NotExists(String),
    /// `attribute_type`
    Type(String, Operand),
    BeginsWith(Operand, Operand),
    Contains(Operand, Operand),
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
    Not(Box<Self>),
}

/// Reads a condition, or tells in the service's words why it is none.
pub(super) fn parse(tokens: &[Token]) -> Result<Condition, String> {
    let mut reader = Reader { tokens, at: 0 };
    let condition = reader.either()?;
    match reader.next() {
        None => Ok(condition),
        Some(token) => Err(unexpected(Some(&token))),
    }
}

struct Reader<'tokens> {
    tokens: &'tokens [Token],
    at: usize,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    /// Takes a sign if it comes next.
    fn takes(&mut self, sign: &str) -> bool {
        let comes = matches!(self.tokens.get(self.at), Some(Token::Sign(next)) if next == sign);
        self.at += usize::from(comes);
        comes
    }

    fn expects(&mut self, sign: &str) -> Result<(), String> {
        if self.takes(sign) {
            return Ok(());
        }
        Err(unexpected(self.next().as_ref()))
    }

    fn either(&mut self) -> Result<Condition, String> {
        let mut condition = self.all()?;
        while self.takes("OR") {
            condition = Condition::Or(Box::new(condition), Box::new(self.all()?));
        }
        Ok(condition)
    }

    fn all(&mut self) -> Result<Condition, String> {
        let mut condition = self.single()?;
        while self.takes("AND") {
            condition = Condition::And(Box::new(condition), Box::new(self.single()?));
        }
        Ok(condition)
    }

    fn single(&mut self) -> Result<Condition, String> {
        if self.takes("NOT") {
            return Ok(Condition::Not(Box::new(self.single()?)));
        }
        if self.takes("(") {
            let from = self.at;
            let condition = self.either()?;
            // What is within may not be just another pair.
            let inner = self.tokens.get(from..self.at).unwrap_or_default();
            if is_one_pair(inner) {
                return Err("The expression has redundant parentheses;".to_owned());
            }
            self.expects(")")?;
            return Ok(condition);
        }
        let called = matches!(self.tokens.get(self.at + 1), Some(Token::Sign(sign)) if sign == "(");
        if called {
            return self.function();
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Result<Condition, String> {
        let left = self.operand()?;
        if self.takes("BETWEEN") {
            let low = self.operand()?;
            self.expects("AND")?;
            return Ok(Condition::Between(left, low, self.operand()?));
        }
        let token = self.next();
        let comparison = match &token {
            Some(Token::Sign(sign)) => match sign.as_str() {
                "=" => Comparison::Equal,
                "<>" => Comparison::NotEqual,
                "<" => Comparison::Less,
                "<=" => Comparison::LessOrEqual,
                ">" => Comparison::Greater,
                ">=" => Comparison::GreaterOrEqual,
                _ => return Err(unexpected(token.as_ref())),
            },
            _ => return Err(unexpected(token.as_ref())),
        };
        Ok(Condition::Compare(left, comparison, self.operand()?))
    }

    fn operand(&mut self) -> Result<Operand, String> {
        match self.next() {
            Some(Token::Name(name)) => Ok(Operand::Attribute(name)),
            Some(Token::Value(value)) => Ok(Operand::Value(value)),
            other => Err(unexpected(other.as_ref())),
        }
    }

    fn function(&mut self) -> Result<Condition, String> {
        let Some(Token::Name(name)) = self.next() else {
            return Err(unexpected(self.tokens.get(self.at - 1)));
        };
        self.expects("(")?;
        let mut operands = vec![self.operand()?];
        while self.takes(",") {
            operands.push(self.operand()?);
        }
        self.expects(")")?;
        let count = operands.len();
        let wrong = || {
            format!(
                "Incorrect number of operands for operator or function; operator or function: {name}, number of \
                 operands: {count}"
            )
        };
        let path = |operand: Operand| match operand {
            Operand::Attribute(name) => Ok(name),
            Operand::Value(_) => Err(format!(
                "Operator or function requires a document path; operator or function: {name}"
            )),
        };
        let mut operands = operands.into_iter();
        match (name.as_str(), operands.next(), operands.next(), count) {
            ("attribute_exists", Some(only), None, 1) => Ok(Condition::Exists(path(only)?)),
            ("attribute_not_exists", Some(only), None, 1) => Ok(Condition::NotExists(path(only)?)),
            ("attribute_type", Some(left), Some(right), 2) => {
                Ok(Condition::Type(path(left)?, right))
            }
            ("begins_with", Some(left), Some(right), 2) => Ok(Condition::BeginsWith(left, right)),
            ("contains", Some(left), Some(right), 2) => Ok(Condition::Contains(left, right)),
            (
                "attribute_exists"
                | "attribute_not_exists"
                | "attribute_type"
                | "begins_with"
                | "contains",
                ..,
            ) => Err(wrong()),
            _ => Err(format!("Invalid function name; function: {name}")),
        }
    }
}

/// Whether the words are one pair of parentheses from the first to the last.
fn is_one_pair(tokens: &[Token]) -> bool {
    let sign = |token: &Token, sign: &str| matches!(token, Token::Sign(other) if other == sign);
    if !tokens.first().is_some_and(|token| sign(token, "(")) {
        return false;
    }
    let mut open = 0_usize;
    for (place, token) in tokens.iter().enumerate() {
        open += usize::from(sign(token, "("));
        if sign(token, ")") {
            open -= 1;
            if open == 0 {
                return place + 1 == tokens.len();
            }
        }
    }
    false
}

fn unexpected(token: Option<&Token>) -> String {
    let text = match token {
        None => "<EOF>".to_owned(),
        Some(Token::Name(name)) => name.clone(),
        Some(Token::Value(value)) => value.to_string(),
        Some(Token::Sign(sign)) => sign.clone(),
    };
    format!("Syntax error; token: \"{text}\", near: \"{text}\"")
}
