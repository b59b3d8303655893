//! Projection expressions: the names of top-level attributes.

use serde_json::{Map, Value};

use super::super::parameters::Parameters;
use super::super::refusal::Refusal;
use super::super::rule::Rule;
use super::token::{Substitutes, Token};

/// The attributes that are wanted; without it, all.
#[derive(Clone, Debug, Default)]
pub(super) struct Projection(Option<Vec<String>>);

impl Projection {
    pub(super) fn parse(parameters: &mut Parameters) -> Result<Self, Refusal> {
        for legacy in [
            "AttributesToGet",
            "FilterExpression",
            "ScanFilter",
            "IndexName",
        ] {
            if parameters.is_given(legacy) {
                let message = format!("The simulator knows no {legacy}");
                return Err(Refusal::invalid(message));
            }
        }
        let expression = parameters.text("ProjectionExpression", Rule::Any)?;
        let mut substitutes = Substitutes::parse(parameters)?;
        let names = expression.as_ref().map(|expression| {
            let names = substitutes
                .tokens(expression)
                .and_then(|tokens| names(&tokens));
            names
                .map_err(|words| Refusal::invalid(format!("Invalid ProjectionExpression: {words}")))
        });
        let names = names.transpose()?;
        substitutes.finish(expression.is_some())?;
        Ok(Self(names))
    }

    /// The wanted part of an item.
    pub(super) fn of(&self, item: &Value) -> Value {
        let (Some(names), Value::Object(members)) = (&self.0, item) else {
            return item.clone();
        };
        let wanted = names.iter().filter_map(|name| members.get_key_value(name));
        let wanted = wanted.map(|(name, value)| (name.clone(), value.clone()));
        Value::Object(wanted.collect::<Map<_, _>>())
    }
}

fn names(tokens: &[Token]) -> Result<Vec<String>, String> {
    let mut names: Vec<String> = Vec::new();
    for (place, token) in tokens.iter().enumerate() {
        match token {
            Token::Name(name) if place % 2 == 0 && names.contains(name) => {
                return Err(format!(
                    "Two document paths overlap with each other; must remove or rewrite one of these paths; path \
                     one: [{name}], path two: [{name}]"
                ));
            }
            Token::Name(name) if place % 2 == 0 => names.push(name.clone()),
            Token::Sign(sign) if sign == "," && place % 2 == 1 && place + 1 < tokens.len() => {}
            other => return Err(format!("Syntax error; token: \"{other:?}\"")),
        }
    }
    Ok(names)
}
