//! The tokens of a text as PostgreSQL's own scanner sees them.
//!
//! **Source:** PostgreSQL, src/backend/parser/scan.l, and "Lexical Structure" in the manual. Only what decides where a
//! statement ends is told apart; numbers and operators are as coarse as that allows.

use memchr::{memchr, memchr2, memmem};

use crate::{Position, SqlError, Unfinished};

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An identifier without quotes, or a keyword.
    Word,
    /// `"…"`
    Name,
    /// A string in any of its spellings.
    String,
    /// A number, or a parameter such as `$1`.
    Number,
    /// `-- …` or `/* … */`
    Comment,
    /// `(`, `;` and every other sign, one character each.
    Sign,
}

/// A token and where it begins.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Token<'a> {
    pub(crate) kind: Kind,
    pub(crate) text: &'a str,
    pub(crate) offset: usize,
}

impl Token<'_> {
    /// Whether this is the keyword `word`, in any case.
    pub(crate) fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }

    /// Whether this is the sign `sign`.
    pub(crate) fn is_sign(&self, sign: &str) -> bool {
        self.kind == Kind::Sign && self.text == sign
    }

    /// The first byte after the token.
    pub(crate) fn end(&self) -> usize {
        self.offset + self.text.len()
    }
}

/// Reads a text token by token.
#[derive(Debug)]
pub(crate) struct Lexer<'a> {
    text: &'a str,
    offset: usize,
    /// Whether a backslash in a plain string takes the next character with it: `standard_conforming_strings` is off.
    pub(crate) escapes_plain_strings: bool,
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self {
            text,
            offset: 0,
            escapes_plain_strings: false,
        }
    }

    /// The next token, comments among them; `None` at the text's end.
    ///
    /// # Errors
    /// The text ends within a string, a quoted name or a comment.
    pub(crate) fn next(&mut self) -> Result<Option<Token<'a>>, SqlError> {
        self.skip_blanks();
        let Some(first) = self.peek(0) else {
            return Ok(None);
        };
        let start = self.offset;
        let (kind, end) = match first {
            b'-' if self.peek(1) == Some(b'-') => (Kind::Comment, self.line_end(start)),
            b'/' if self.peek(1) == Some(b'*') => (Kind::Comment, self.comment_end()?),
            b'\'' => (
                Kind::String,
                self.string_end(start, self.escapes_plain_strings)?,
            ),
            b'"' => (Kind::Name, self.quoted_end(start, b'"', Unfinished::Name)?),
            b'$' => self.dollar()?,
            b'0'..=b'9' => (
                Kind::Number,
                self.end_of_run(start, |byte| byte.is_ascii_alphanumeric() || byte == b'_'),
            ),
            byte if is_word_start(byte) => self.word()?,
            byte if byte.is_ascii() => (Kind::Sign, start + 1),
            _ => (Kind::Sign, self.text.ceil_char_boundary(start + 1)),
        };
        self.offset = end;
        Ok(Some(Token {
            kind,
            text: &self.text[start..end],
            offset: start,
        }))
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.offset + ahead).copied()
    }

    fn skip_blanks(&mut self) {
        while self.peek(0).is_some_and(is_blank) {
            self.offset += 1;
        }
    }

    /// A line comment ends before its line's end, which may be a lone carriage return.
    fn line_end(&self, start: usize) -> usize {
        let rest = &self.text.as_bytes()[start..];
        memchr2(b'\n', b'\r', rest).map_or(self.text.len(), |length| start + length)
    }

    /// Comments between `/*` and `*/` nest.
    fn comment_end(&self) -> Result<usize, SqlError> {
        let bytes = self.text.as_bytes();
        let (mut depth, mut at) = (0_usize, self.offset);
        while let Some(length) = memchr2(b'*', b'/', &bytes[at..]) {
            at += length;
            match bytes.get(at..at + 2) {
                Some(b"/*") => (depth, at) = (depth + 1, at + 2),
                Some(b"*/") if depth == 1 => return Ok(at + 2),
                Some(b"*/") => (depth, at) = (depth - 1, at + 2),
                _ => at += 1,
            }
        }
        Err(self.unterminated(self.offset, Unfinished::Comment))
    }

    /// The end of what `quote` at `start` opens; a doubled quote is one of its characters.
    fn quoted_end(&self, start: usize, quote: u8, what: Unfinished) -> Result<usize, SqlError> {
        let bytes = self.text.as_bytes();
        let mut at = start + 1;
        while let Some(length) = memchr(quote, &bytes[at..]) {
            at += length + 1;
            if bytes.get(at) != Some(&quote) {
                return Ok(at);
            }
            at += 1;
        }
        Err(self.unterminated(start, what))
    }

    fn string_end(&self, start: usize, has_escapes: bool) -> Result<usize, SqlError> {
        if !has_escapes {
            return self.quoted_end(start, b'\'', Unfinished::String);
        }
        let mut end = self.escaped_end(start, start)?;
        // After a line's end the string goes on, and only the first part tells of the backslashes.
        while let Some(next) = self.continuation(end) {
            end = self.escaped_end(start, next)?;
        }
        Ok(end)
    }

    /// The end of a string whose backslashes escape, from the quote at `quote`.
    fn escaped_end(&self, start: usize, quote: usize) -> Result<usize, SqlError> {
        let bytes = self.text.as_bytes();
        let mut at = quote + 1;
        while let Some(length) = memchr2(b'\'', b'\\', &bytes[at.min(bytes.len())..]) {
            at += length;
            let is_pair = bytes[at] == b'\\' || bytes.get(at + 1) == Some(&b'\'');
            if !is_pair {
                return Ok(at + 1);
            }
            at += 2;
        }
        Err(self.unterminated(start, Unfinished::String))
    }

    /// Where the string that ended before `end` goes on: only blanks and line comments, with a line's end among them,
    /// may stand between.
    fn continuation(&self, end: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let (mut at, mut has_newline) = (end, false);
        loop {
            match *bytes.get(at)? {
                b'\'' => return has_newline.then_some(at),
                b'-' if bytes.get(at + 1) == Some(&b'-') => at = self.line_end(at),
                byte if is_blank(byte) => {
                    has_newline |= matches!(byte, b'\n' | b'\r');
                    at += 1;
                }
                _ => return None,
            }
        }
    }

    /// `$$ … $$`, `$tag$ … $tag$`, a parameter, or a lone sign.
    fn dollar(&self) -> Result<(Kind, usize), SqlError> {
        let start = self.offset;
        let bytes = self.text.as_bytes();
        if bytes.get(start + 1).is_some_and(u8::is_ascii_digit) {
            let end = self.end_of_run(start + 1, |byte| byte.is_ascii_digit());
            return Ok((Kind::Number, end));
        }
        let tag_end = self.end_of_run(start + 1, is_tag);
        if bytes.get(tag_end) != Some(&b'$') {
            return Ok((Kind::Sign, start + 1));
        }
        let tag = &self.text[start..=tag_end];
        let body = tag_end + 1;
        match memmem::find(&bytes[body..], tag.as_bytes()) {
            Some(length) => Ok((Kind::String, body + length + tag.len())),
            None => Err(self.unterminated(start, Unfinished::Dollar(tag.to_owned()))),
        }
    }

    /// The first byte from `start` on for which `belongs` does not hold.
    fn end_of_run(&self, start: usize, belongs: impl Fn(u8) -> bool) -> usize {
        let rest = &self.text.as_bytes()[start..];
        let length = rest.iter().position(|&byte| !belongs(byte));
        start + length.unwrap_or(rest.len())
    }

    /// An identifier or keyword, unless it is the letter before a string.
    fn word(&self) -> Result<(Kind, usize), SqlError> {
        let start = self.offset;
        let quote = match (self.peek(0), self.peek(1), self.peek(2)) {
            (Some(b'u' | b'U'), Some(b'&'), Some(b'"')) => {
                return Ok((
                    Kind::Name,
                    self.quoted_end(start + 2, b'"', Unfinished::Name)?,
                ));
            }
            (Some(b'u' | b'U'), Some(b'&'), Some(b'\'')) => Some((start + 2, false)),
            (Some(b'e' | b'E'), Some(b'\''), _) => Some((start + 1, true)),
            (Some(b'b' | b'B' | b'x' | b'X'), Some(b'\''), _) => Some((start + 1, false)),
            (Some(b'n' | b'N'), Some(b'\''), _) => Some((start + 1, self.escapes_plain_strings)),
            _ => None,
        };
        if let Some((quote, has_escapes)) = quote {
            return Ok((Kind::String, self.string_end(quote, has_escapes)?));
        }
        let end = self.end_of_run(start, |byte| is_tag(byte) || byte == b'$');
        Ok((Kind::Word, end))
    }

    fn unterminated(&self, offset: usize, what: Unfinished) -> SqlError {
        SqlError::Unterminated {
            line: Position::of_byte(self.text, offset).line,
            what,
        }
    }
}

/// The server's blanks; a vertical tab is one of them since version 16.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'\x0b' | b'\x0c')
}

/// Every byte of a character beyond ASCII is a letter to the server.
fn is_word_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || !byte.is_ascii()
}

fn is_tag(byte: u8) -> bool {
    is_word_start(byte) || byte.is_ascii_digit()
}
