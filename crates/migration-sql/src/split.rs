//! A text cut into statements where the server would cut it.

use crate::lexer::{Kind, Lexer, Token};
use crate::{Position, SqlError, Unfinished};

/// One statement of a text, from its first word to its last, without comments around it and without its semicolon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statement<'a> {
    /// What the server is to be sent.
    pub text: &'a str,
    /// The line of the first word, from 1.
    pub line: usize,
    /// The byte at which the first word begins.
    pub offset: usize,
    /// Whether a backslash escapes in its plain strings: an earlier statement set `standard_conforming_strings` off.
    pub(crate) escapes_plain_strings: bool,
}

/// The statements of `text`, in order. A comment alone is none, and so is a lone semicolon.
///
/// A semicolon ends a statement unless it stands within quotes, parentheses (`CREATE RULE … DO (a; b)`) or the
/// `BEGIN ATOMIC … END` body of a function. Whatever the server would refuse passes here, for the server to say so.
///
/// # Errors
/// The text ends within quotes, a comment or an atomic body, or asks for psql (`\…`, `COPY … FROM STDIN`).
pub fn split(text: &str) -> Result<Vec<Statement<'_>>, SqlError> {
    let mut lexer = Lexer::new(text);
    let mut cutter = Cutter::new(text);
    while let Some(token) = lexer.next()? {
        if token.is_sign("\\") {
            return Err(meta_command(text, token.offset));
        }
        if token.kind == Kind::Comment {
            continue;
        }
        if cutter.take(token)?
            && let Some(setting) = conforming_strings(&cutter.last)
        {
            lexer.escapes_plain_strings = !setting;
            cutter.escapes_plain_strings = !setting;
        }
    }
    cutter.finish()
}

/// Gathers tokens until a statement is whole.
struct Cutter<'a> {
    text: &'a str,
    statements: Vec<Statement<'a>>,
    /// The tokens of the statement under way.
    tokens: Vec<Token<'a>>,
    /// The tokens of the statement before.
    last: Vec<Token<'a>>,
    parentheses: usize,
    /// How the strings of the statement under way are read.
    escapes_plain_strings: bool,
    /// Where each open `BEGIN ATOMIC` stands.
    bodies: Vec<usize>,
    /// Up to which byte lines were counted, and how many there are.
    counted: (usize, usize),
}

impl<'a> Cutter<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            statements: Vec::new(),
            tokens: Vec::new(),
            last: Vec::new(),
            parentheses: 0,
            escapes_plain_strings: false,
            bodies: Vec::new(),
            counted: (0, 1),
        }
    }

    /// Takes the next token; true when it ended a statement.
    fn take(&mut self, token: Token<'a>) -> Result<bool, SqlError> {
        if token.is_sign(";") && self.parentheses == 0 && self.bodies.is_empty() {
            return self.end();
        }
        if token.is_sign("(") {
            self.parentheses += 1;
        } else if token.is_sign(")") {
            self.parentheses = self.parentheses.saturating_sub(1);
        } else if self.opens_body(&token) {
            self.bodies.push(token.offset);
        } else if self.closes_body(&token) {
            self.bodies.pop();
        }
        self.tokens.push(token);
        Ok(false)
    }

    fn opens_body(&self, token: &Token<'_>) -> bool {
        token.is_word("atomic")
            && self.parentheses == 0
            && self
                .tokens
                .last()
                .is_some_and(|before| before.is_word("begin"))
            && creates_routine(&self.tokens)
    }

    /// An `END` closes a body only where a statement could begin; elsewhere it ends a `CASE` or names a column.
    fn closes_body(&self, token: &Token<'_>) -> bool {
        !self.bodies.is_empty()
            && self.parentheses == 0
            && token.is_word("end")
            && self
                .tokens
                .last()
                .is_some_and(|before| before.is_sign(";") || before.is_word("atomic"))
    }

    fn end(&mut self) -> Result<bool, SqlError> {
        let (Some(first), Some(last)) = (self.tokens.first(), self.tokens.last()) else {
            return Ok(false);
        };
        let (offset, end) = (first.offset, last.end());
        let line = self.line_of(offset);
        if let Some(end) = copies_to_client(&self.tokens) {
            return Err(SqlError::CopyToClient { line, end });
        }
        self.statements.push(Statement {
            text: &self.text[offset..end],
            line,
            offset,
            escapes_plain_strings: self.escapes_plain_strings,
        });
        std::mem::swap(&mut self.last, &mut self.tokens);
        self.tokens.clear();
        self.parentheses = 0;
        Ok(true)
    }

    fn line_of(&mut self, offset: usize) -> usize {
        let (from, line) = self.counted;
        let passed = memchr::memchr_iter(b'\n', &self.text.as_bytes()[from..offset]).count();
        self.counted = (offset, line + passed);
        self.counted.1
    }

    fn finish(mut self) -> Result<Vec<Statement<'a>>, SqlError> {
        if let Some(&offset) = self.bodies.first() {
            return Err(SqlError::Unterminated {
                line: Position::of_byte(self.text, offset).line,
                what: Unfinished::AtomicBody,
            });
        }
        self.end()?;
        Ok(self.statements)
    }
}

/// Whether the words begin `CREATE [OR REPLACE] FUNCTION` or `PROCEDURE`, the statements with an atomic body.
fn creates_routine(tokens: &[Token<'_>]) -> bool {
    let mut words = tokens.iter();
    if !words.next().is_some_and(|word| word.is_word("create")) {
        return false;
    }
    let mut word = words.next();
    if word.is_some_and(|word| word.is_word("or")) {
        words.next();
        word = words.next();
    }
    word.is_some_and(|word| word.is_word("function") || word.is_word("procedure"))
}

/// `FROM STDIN` or `TO STDOUT` when the statement is a `COPY` that moves rows through the client.
fn copies_to_client(tokens: &[Token<'_>]) -> Option<&'static str> {
    if !tokens.first()?.is_word("copy") {
        return None;
    }
    tokens.windows(2).find_map(|pair| match pair {
        [from, stdin] if from.is_word("from") && stdin.is_word("stdin") => Some("FROM STDIN"),
        [to, stdout] if to.is_word("to") && stdout.is_word("stdout") => Some("TO STDOUT"),
        _ => None,
    })
}

/// What a statement sets `standard_conforming_strings` to: it decides how the strings after it are read.
fn conforming_strings(tokens: &[Token<'_>]) -> Option<bool> {
    let is_reset = tokens.first()?.is_word("reset");
    let names = |token: &Token<'_>| token.is_word("standard_conforming_strings");
    if is_reset
        && tokens
            .get(1)
            .is_some_and(|token| names(token) || token.is_word("all"))
    {
        return Some(true);
    }
    if !tokens.first()?.is_word("set") {
        return None;
    }
    let at = tokens.iter().position(names)?;
    let value = tokens.get(at + 2)?.text.trim_matches('\'');
    match value.to_ascii_lowercase().as_str() {
        "off" | "false" | "no" | "0" => Some(false),
        "on" | "true" | "yes" | "1" | "default" => Some(true),
        _ => None,
    }
}

/// Outside quotes a backslash means nothing to the server.
fn meta_command(text: &str, offset: usize) -> SqlError {
    let rest = &text[offset..];
    let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
    SqlError::MetaCommand {
        line: Position::of_byte(text, offset).line,
        command: rest[..length].chars().take(40).collect(),
    }
}
