//! SQL as the server writes it, taken apart just enough to find names in it.

use std::collections::BTreeSet;

/// A piece of SQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// A name or a keyword, without its quotes.
    Word {
        /// As it is meant.
        name: String,
        /// Whether it stood in quotes.
        is_quoted: bool,
    },
    /// A constant in quotes, as it is written.
    Constant(String),
    /// Blanks.
    Blank(String),
    /// Any other character.
    Mark(char),
}

impl Token {
    /// The name, if it is one.
    pub(crate) fn name(&self) -> Option<&str> {
        match self {
            Self::Word { name, .. } => Some(name),
            _ => None,
        }
    }

    pub(crate) fn is_mark(&self, wanted: char) -> bool {
        *self == Self::Mark(wanted)
    }

    /// Whether it is this keyword.
    pub(crate) fn is_keyword(&self, keyword: &str) -> bool {
        matches!(self, Self::Word { name, is_quoted: false } if name.eq_ignore_ascii_case(keyword))
    }
}

/// Takes `text` apart.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '"' => quoted_name(rest),
            '\'' => constant(rest, false),
            'E' if rest[1..].starts_with('\'') => constant(rest, true),
            _ if first.is_whitespace() => {
                let length = span(rest, char::is_whitespace);
                (Token::Blank(rest[..length].to_owned()), length)
            }
            _ if first == '_' || first.is_alphanumeric() => {
                let length = span(rest, |character| {
                    character == '_' || character == '$' || character.is_alphanumeric()
                });
                let name = rest[..length].to_owned();
                (
                    Token::Word {
                        name,
                        is_quoted: false,
                    },
                    length,
                )
            }
            _ => (Token::Mark(first), first.len_utf8()),
        };
        tokens.push(token);
        rest = &rest[length..];
    }
    tokens
}

/// Puts tokens together again; `None` is written for what has quotes it does not need.
pub(crate) fn joined(tokens: &[Token]) -> String {
    let mut text = String::new();
    for token in tokens {
        match token {
            Token::Word {
                name,
                is_quoted: false,
            }
            | Token::Constant(name)
            | Token::Blank(name) => text.push_str(name),
            Token::Word { name, .. } => text.push_str(&postgres_client::quote_identifier(name)),
            Token::Mark(mark) => text.push(*mark),
        }
    }
    text
}

/// Whether the two texts are the same but for blanks and for quotes around names.
pub(crate) fn is_same(one: &str, other: &str) -> bool {
    one == other || meaning(one) == meaning(other)
}

fn meaning(text: &str) -> Vec<Token> {
    let tokens = tokens(text).into_iter();
    tokens
        .filter(|token| !matches!(token, Token::Blank(_)))
        .map(|token| match token {
            Token::Word { name, .. } => Token::Word {
                name,
                is_quoted: true,
            },
            other => other,
        })
        .collect()
}

/// All that may be names in `text`, within constants too.
pub(crate) fn words(text: &str) -> BTreeSet<&str> {
    text.split(|character: char| {
        !(character == '_' || character == '$' || character.is_alphanumeric())
    })
    .filter(|word| !word.is_empty())
    .collect()
}

fn span(text: &str, is_in: impl Fn(char) -> bool) -> usize {
    text.find(|character| !is_in(character))
        .unwrap_or(text.len())
}

fn quoted_name(text: &str) -> (Token, usize) {
    let length = closing(text, 1, '"', false);
    let inner = text[1..length]
        .strip_suffix('"')
        .unwrap_or(&text[1..length]);
    let name = inner.replace("\"\"", "\"");
    (
        Token::Word {
            name,
            is_quoted: true,
        },
        length,
    )
}

fn constant(text: &str, has_escapes: bool) -> (Token, usize) {
    let length = closing(text, if has_escapes { 2 } else { 1 }, '\'', has_escapes);
    (Token::Constant(text[..length].to_owned()), length)
}

/// Where the quotes that are open at `start` end; a doubled quote does not end them.
fn closing(text: &str, start: usize, quote: char, has_escapes: bool) -> usize {
    let mut characters = text[start..].char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        if has_escapes && character == '\\' {
            characters.next();
        } else if character == quote {
            if characters.peek().is_none_or(|(_, next)| *next != quote) {
                return start + at + quote.len_utf8();
            }
            characters.next();
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_taken_apart_goes_together_again() {
        for text in [
            r#"CHECK (("Größe" >= 0) AND (note <> 'it''s "x"'::text))"#,
            r"CHECK ((note <> E'a\'b\\'::text))",
            "CREATE INDEX i ON public.t USING btree (lower(name), \"a\"\"b\" DESC)",
            "'open",
            "\"open",
        ] {
            let closed = joined(&tokens(text));
            assert!(closed.starts_with(text), "{closed}");
        }
    }

    #[test]
    fn quotes_and_blanks_make_no_difference_but_constants_do() {
        assert!(is_same("CHECK ((\"qty\" > 0))", "CHECK ((qty>0))"));
        assert!(!is_same("CHECK ((a = 'x y'))", "CHECK ((a = 'xy'))"));
        assert!(!is_same("CHECK ((qty > 0))", "CHECK ((\"Qty\" > 0))"));
    }
}
