//! The first words of a statement, by which it is told what kind it is.

use crate::lexer::{Kind, Lexer, Token};
use crate::{SqlError, Statement};

/// The words of `statement` in capitals, parentheses and commas among them, comments not; strings and quoted names are
/// left empty, so that no name is taken for a keyword.
///
/// # Errors
/// It ends within quotes or a comment; the line is one of the file.
pub fn words(statement: &Statement<'_>) -> Result<Vec<String>, SqlError> {
    let words = tokens(statement)?
        .into_iter()
        .map(|token| match token.kind {
            Kind::Name | Kind::String => String::new(),
            _ => token.text.to_ascii_uppercase(),
        });
    Ok(words.collect())
}

/// The tokens of `statement` without its comments, read as the cutter read them.
///
/// # Errors
/// It ends within quotes or a comment; the line is one of the file.
pub(crate) fn tokens<'a>(statement: &Statement<'a>) -> Result<Vec<Token<'a>>, SqlError> {
    let mut lexer = Lexer::new(statement.text);
    lexer.escapes_plain_strings = statement.escapes_plain_strings;
    let mut tokens = Vec::new();
    let lines_before = statement.line - 1;
    while let Some(token) = lexer.next().map_err(|error| error.below(lines_before))? {
        if token.kind != Kind::Comment {
            tokens.push(token);
        }
    }
    Ok(tokens)
}

/// Whether `words` begin with `beginning`, given as words with a space between.
pub(crate) fn begins(words: &[String], beginning: &str) -> bool {
    let mut words = words.iter();
    beginning
        .split(' ')
        .all(|word| words.next().is_some_and(|other| other == word))
}
