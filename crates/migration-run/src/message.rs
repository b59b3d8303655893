//! A file's statements in one message, and the way back from the server's answer to the file's line.
//!
//! The server parses the whole message, then runs statement after statement and stops at the first that fails: so a file costs
//! one round trip, and the number of answers tells which statement it was.

use migration_sql::Statement;

use crate::Place;
use crate::wire::Stumble;

/// How much of a statement is shown, in characters.
const SHOWN_MAX: usize = 80;

/// A message of several statements, some of which are a file's.
#[derive(Debug)]
pub(crate) struct Message<'a> {
    sql: String,
    /// How many statements are before the file's.
    before: usize,
    /// Those of the file, and at which byte of the message each begins.
    statements: Vec<(usize, Statement<'a>)>,
    /// The number of the first of them in the file, from 1.
    first: usize,
}

impl<'a> Message<'a> {
    /// A message that begins with `before`, then runs `statements`, of which the first is number `first` of its file, and ends with
    /// `after`.
    pub(crate) fn new(
        before: &[&str],
        statements: &[Statement<'a>],
        first: usize,
        after: &[&str],
    ) -> Self {
        let mut message = Self {
            sql: String::new(),
            before: before.len(),
            statements: Vec::new(),
            first,
        };
        for sql in before {
            message.push(sql);
        }
        for statement in statements {
            message.statements.push((message.sql.len(), *statement));
            message.push(statement.text);
        }
        for sql in after {
            message.push(sql);
        }
        message
    }

    fn push(&mut self, sql: &str) {
        self.sql.push_str(sql);
        self.sql.push_str(";\n");
    }

    /// What is sent.
    pub(crate) fn sql(&self) -> &str {
        &self.sql
    }

    /// Where in `file` the server stopped.
    pub(crate) fn place(&self, file: &str, stumble: &Stumble) -> Place {
        let pointed = stumble
            .error
            .position()
            .and_then(|position| self.at_character(position));
        let counted = || {
            let index = stumble.done.checked_sub(self.before)?;
            let (_, statement) = self.statements.get(index)?;
            Some((index, statement.line))
        };
        let found = pointed.or_else(counted);
        let statement = found.and_then(|(index, _)| self.statements.get(index));
        Place {
            file: file.to_owned(),
            statement: found.map(|(index, _)| self.first + index),
            line: found.map_or(0, |(_, line)| line),
            text: statement
                .map(|(_, statement)| shown(statement.text))
                .unwrap_or_default(),
        }
    }

    /// The file's statement that holds the message's character number `position`, and the line of that.
    fn at_character(&self, position: usize) -> Option<(usize, usize)> {
        let (byte, _) = self.sql.char_indices().nth(position)?;
        let index = self
            .statements
            .iter()
            .rposition(|(start, _)| *start <= byte)?;
        let (start, statement) = &self.statements[index];
        let passed = statement.text.get(..byte - start)?;
        Some((index, statement.line + passed.matches('\n').count()))
    }
}

/// The beginning of `statement`, on one line, without what its strings hold: an error goes into logs and stays in the history.
pub(crate) fn shown(statement: &str) -> String {
    let mut words = migration_sql::shown(statement);
    if let Some((end, _)) = words.char_indices().nth(SHOWN_MAX) {
        words.truncate(end);
        words.push('…');
    }
    words
}

#[cfg(test)]
mod tests {
    use migration_sql::split;

    use super::*;

    #[test]
    fn a_place_of_the_message_is_one_of_the_file() {
        let text = "SELECT 'あ';\n\nSELECT\n  x;\n";
        let statements = split(text).unwrap();
        let message = Message::new(&["BEGIN"], &statements, 1, &["COMMIT"]);
        assert_eq!(
            message.sql(),
            "BEGIN;\nSELECT 'あ';\nSELECT\n  x;\nCOMMIT;\n"
        );
        let at = |needle: &str| {
            let byte = message.sql().find(needle).unwrap();
            message.at_character(message.sql()[..byte].chars().count())
        };
        assert_eq!(at("x;"), Some((1, 4)));
        assert_eq!(at("あ"), Some((0, 1)));
        assert_eq!(at("BEGIN"), None);
        assert_eq!(at("COMMIT"), None);
    }

    #[test]
    fn a_long_statement_is_shown_by_its_beginning() {
        assert_eq!(shown("SELECT\n  1"), "SELECT 1");
        assert_eq!(shown(&"あ".repeat(100)), format!("{}…", "あ".repeat(80)));
    }
}
