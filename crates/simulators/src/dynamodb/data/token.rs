//! The words of an expression, and the names and values that stand in for others in it.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::super::parameters::Parameters;
use super::super::refusal::Refusal;
use super::attribute::attribute;

/// A word of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// An attribute's name, already looked up if it was a `#name`.
    Name(String),
    /// A value, looked up.
    Value(Value),
    /// A sign or a keyword, in capitals.
    Sign(String),
}

/// `ExpressionAttributeNames` and `ExpressionAttributeValues`.
#[derive(Debug, Default)]
pub(super) struct Substitutes {
    names: Map<String, Value>,
    values: Map<String, Value>,
    used: BTreeSet<String>,
}

const KEYWORDS: [&str; 4] = ["AND", "OR", "NOT", "BETWEEN"];

impl Substitutes {
    pub(super) fn parse(parameters: &Parameters) -> Result<Self, Refusal> {
        let part = |name: &str| {
            let map = parameters.map(name)?;
            if map.as_ref().is_some_and(Map::is_empty) {
                return Err(Refusal::invalid(format!("{name} must not be empty")));
            }
            Ok(map.unwrap_or_default())
        };
        let names = part("ExpressionAttributeNames")?;
        let mut values = part("ExpressionAttributeValues")?;
        for (key, value) in &mut values {
            *value = attribute(value).map_err(|refusal| {
                let words = refusal.message();
                Refusal::invalid(format!(
                    "ExpressionAttributeValues contains invalid value: {words} for key {key}"
                ))
            })?;
        }
        Ok(Self {
            names,
            values,
            used: BTreeSet::new(),
        })
    }

    /// Refuses substitutes where no expression is, or that no expression used.
    pub(super) fn finish(self, expressions: bool) -> Result<(), Refusal> {
        for (kind, map) in [("Names", &self.names), ("Values", &self.values)] {
            let unused = map.keys().filter(|key| !self.used.contains(*key));
            let unused: Vec<&str> = unused.map(String::as_str).collect();
            if unused.is_empty() {
                continue;
            }
            let unused = unused.join(", ");
            return Err(Refusal::invalid(if expressions {
                format!(
                    "Value provided in ExpressionAttribute{kind} unused in expressions: keys: {{{unused}}}"
                )
            } else {
                format!("ExpressionAttribute{kind} can only be specified when using expressions")
            }));
        }
        Ok(())
    }

    /// The words of an expression; the refusal lacks what the expression is.
    pub(super) fn tokens(&mut self, expression: &str) -> Result<Vec<Token>, String> {
        let mut tokens = Vec::new();
        let mut rest = expression.trim_start();
        while let Some(first) = rest.chars().next() {
            let word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
            let length = if word(first) || first == '#' || first == ':' {
                let more = rest[1..].find(|letter| !word(letter));
                more.map_or(rest.len(), |more| more + 1)
            } else if ["<=", ">=", "<>"].iter().any(|sign| rest.starts_with(sign)) {
                2
            } else {
                first.len_utf8()
            };
            let (text, after) = rest.split_at(length);
            tokens.push(self.token(text)?);
            rest = after.trim_start();
        }
        if tokens.is_empty() {
            return Err("The expression can not be empty;".to_owned());
        }
        Ok(tokens)
    }

    fn token(&mut self, text: &str) -> Result<Token, String> {
        let undefined = |kind: &str, used: &str| {
            format!(
                "An expression attribute {kind} used in {used} is not defined; attribute {kind}: {text}"
            )
        };
        self.used.insert(text.to_owned());
        if text.starts_with('#') {
            let name = self.names.get(text).and_then(Value::as_str);
            let name = name.ok_or_else(|| undefined("name", "the document path"))?;
            return Ok(Token::Name(name.to_owned()));
        }
        if text.starts_with(':') {
            let value = self.values.get(text);
            let value = value.ok_or_else(|| undefined("value", "expression"))?;
            return Ok(Token::Value(value.clone()));
        }
        let upper = text.to_ascii_uppercase();
        let letter = text.starts_with(|letter: char| letter.is_ascii_alphabetic());
        if letter && !KEYWORDS.contains(&upper.as_str()) {
            return Ok(Token::Name(text.to_owned()));
        }
        if letter || ["(", ")", ",", "=", "<", "<=", ">", ">=", "<>"].contains(&text) {
            return Ok(Token::Sign(upper));
        }
        Err(format!("Syntax error; token: \"{text}\", near: \"{text}\""))
    }
}
