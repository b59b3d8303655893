//! What a statement sets for the rest of its session.

use crate::lexer::{Kind, Token};
use crate::statement_words::{begins, tokens, words};
use crate::{SqlError, Statement};

/// Whether `statement` does nothing but set something that outlives its transaction, so that it may be run again in another session.
///
/// A `SELECT` is one when it holds nothing but calls of `set_config` with constants.
///
/// # Errors
/// It ends within quotes or a comment.
pub fn sets_session(statement: &Statement<'_>) -> Result<bool, SqlError> {
    let words = words(statement)?;
    let is_local = ["SET LOCAL", "SET TRANSACTION", "SET CONSTRAINTS"]
        .iter()
        .any(|beginning| begins(&words, beginning));
    if begins(&words, "SET") || begins(&words, "RESET") {
        return Ok(!is_local);
    }
    let tokens = tokens(statement)?;
    Ok(match tokens.split_first() {
        Some((select, rest)) if select.is_word("select") => rest
            .split_inclusive(|token| token.is_sign(")"))
            .enumerate()
            .all(|(index, call)| {
                let call = match call {
                    [comma, call @ ..] if index > 0 && comma.is_sign(",") => call,
                    call if index == 0 => call,
                    _ => return false,
                };
                is_set_config(call)
            }),
        _ => false,
    })
}

/// Whether `statement` takes every setting back, those of the runner among them.
///
/// # Errors
/// It ends within quotes or a comment.
pub fn resets_session(statement: &Statement<'_>) -> Result<bool, SqlError> {
    Ok(begins(&words(statement)?, "RESET ALL"))
}

fn is_set_config(call: &[Token<'_>]) -> bool {
    let call = match call {
        [schema, point, call @ ..] if schema.is_word("pg_catalog") && point.is_sign(".") => call,
        call => call,
    };
    let [name, open, setting, first, value, second, local, close] = call else {
        return false;
    };
    name.is_word("set_config")
        && open.is_sign("(")
        && setting.kind == Kind::String
        && first.is_sign(",")
        && value.kind == Kind::String
        && second.is_sign(",")
        && local.is_word("false")
        && close.is_sign(")")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::split;

    fn sets(text: &str) -> bool {
        sets_session(&split(text).unwrap()[0]).unwrap()
    }

    #[test]
    fn only_what_outlives_its_transaction_and_does_nothing_else_sets_the_session() {
        for text in [
            "SET lock_timeout = 0",
            "set /* why */ role x",
            "RESET ALL",
            "SELECT set_config('a.b', 'c', false)",
            "SELECT pg_catalog.set_config('a.b', '', false), set_config('a.c', 'd', false)",
        ] {
            assert!(sets(text), "{text}");
        }
        for text in [
            "SET LOCAL a = 1",
            "SET TRANSACTION READ ONLY",
            "SELECT 1",
            "SELECT f(), set_config('a.b', 'c', false)",
            "SELECT set_config('a.b', 'c', false), f()",
            "SELECT set_config('a.b', 'c', false) FROM f()",
            "SELECT set_config('a.b', f(), false)",
            "SELECT set_config('a.b', 'c', true)",
            "SELECT * FROM audit_set_config()",
            "UPDATE t SET a = 1",
        ] {
            assert!(!sets(text), "{text}");
        }
    }
}
