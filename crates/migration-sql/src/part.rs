//! What a statement is to a file that runs without a transaction, and what it leaves behind when it is stopped.

use crate::lexer::{Kind, Token};
use crate::mode::{Control, refused_in_transaction, transaction_control};
use crate::statement_words::{begins, tokens, words};
use crate::{Name, SqlError, Statement};

/// What a statement is to a file that runs without a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// It begins a transaction of the file's own.
    Begin,
    /// It ends one.
    End,
    /// The server refuses it within a transaction.
    Alone(Alone),
    /// It may end transactions itself, out of our sight: `CALL`, `DO`.
    Opaque,
    /// It may be one transaction.
    Plain,
}

/// What a statement that is no transaction leaves behind when it is stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Alone {
    /// `CREATE INDEX CONCURRENTLY`: an index that is INVALID.
    CreateIndex {
        /// The index.
        index: Name,
        /// Its table.
        table: Name,
    },
    /// `DROP INDEX CONCURRENTLY`: the index, INVALID.
    DropIndex {
        /// The index.
        index: Name,
    },
    /// `REINDEX … CONCURRENTLY`: INVALID indexes called `…_ccnew` or `…_ccold`.
    Reindex {
        /// The index or table; `None` for more than one table.
        relation: Option<Name>,
    },
    /// `ALTER TABLE … DETACH PARTITION … CONCURRENTLY`: a partition that is being detached.
    Detach {
        /// The partitioned table.
        table: Name,
        /// The partition.
        partition: Name,
    },
    /// Nothing that doing it once more would not put right, such as `VACUUM`.
    Repeatable,
    /// Something that only a person can judge, such as a database.
    Other,
}

/// Statements that may simply be done once more.
const REPEATABLE: [&str; 4] = ["VACUUM", "ALTER SYSTEM", "REINDEX", "CLUSTER"];

/// What `statement` is to a file that runs without a transaction.
///
/// # Errors
/// It ends within quotes or a comment, is `DISCARD ALL`, or builds an index `CONCURRENTLY` that has no plain name.
pub fn part(statement: &Statement<'_>) -> Result<Part, SqlError> {
    let words = words(statement)?;
    if let Some(control) = transaction_control(&words) {
        let is_begin = begins(&words, "BEGIN") || begins(&words, "START");
        return Ok(if is_begin || control == Control::Begin {
            Part::Begin
        } else {
            Part::End
        });
    }
    if begins(&words, "CALL") || begins(&words, "DO") {
        return Ok(Part::Opaque);
    }
    if refused_in_transaction(&words).is_none() {
        return Ok(Part::Plain);
    }
    let line = statement.line;
    if begins(&words, "DISCARD ALL") {
        return Err(SqlError::DiscardAll { line });
    }
    let read = Reader::new(statement)?.alone();
    if read.is_none() && words[0] == "CREATE" && words.iter().any(|word| word == "INDEX") {
        return Err(SqlError::UnnamedIndex { line });
    }
    let repeatable = REPEATABLE.iter().any(|first| begins(&words, first));
    let otherwise = if repeatable {
        Alone::Repeatable
    } else {
        Alone::Other
    };
    Ok(Part::Alone(read.unwrap_or(otherwise)))
}

/// Reads the words of a statement one after another.
struct Reader<'a> {
    tokens: std::iter::Peekable<std::vec::IntoIter<Token<'a>>>,
}

impl<'a> Reader<'a> {
    fn new(statement: &Statement<'a>) -> Result<Self, SqlError> {
        let tokens = tokens(statement)?.into_iter().peekable();
        Ok(Self { tokens })
    }

    fn alone(mut self) -> Option<Alone> {
        if self.word("create") {
            return self.create_index();
        }
        if self.word("drop") {
            let is_index = self.word("index") && self.word("concurrently");
            self.words(&["if", "exists"]);
            let index = self.name().filter(|_| is_index)?;
            return Some(Alone::DropIndex { index });
        }
        if self.word("reindex") {
            return Some(self.reindex());
        }
        if self.words(&["alter", "table"]) {
            return self.detach();
        }
        None
    }

    fn create_index(&mut self) -> Option<Alone> {
        self.word("unique");
        if !self.words(&["index", "concurrently"]) {
            return None;
        }
        self.words(&["if", "not", "exists"]);
        if self.word("on") {
            return None;
        }
        let index = self.name()?;
        if !self.word("on") {
            return None;
        }
        self.word("only");
        let table = self.name()?;
        // An index is in its table's schema.
        let index = Name {
            schema: table.schema.clone(),
            ..index
        };
        Some(Alone::CreateIndex { index, table })
    }

    fn reindex(&mut self) -> Alone {
        let mut depth = 0_usize;
        while let Some(token) = self.tokens.next_if(|token| depth > 0 || token.is_sign("(")) {
            depth = if token.is_sign("(") {
                depth + 1
            } else {
                depth - usize::from(token.is_sign(")"))
            };
        }
        let is_one = self.word("index") || self.word("table");
        if !is_one {
            return Alone::Reindex { relation: None };
        }
        self.word("concurrently");
        let relation = self.name();
        Alone::Reindex { relation }
    }

    fn detach(&mut self) -> Option<Alone> {
        self.words(&["if", "exists"]);
        self.word("only");
        let table = self.name()?;
        if !self.words(&["detach", "partition"]) {
            return None;
        }
        let partition = self.name()?;
        Some(Alone::Detach { table, partition })
    }

    /// Takes `word`, if it is the next.
    fn word(&mut self, word: &str) -> bool {
        self.tokens.next_if(|token| token.is_word(word)).is_some()
    }

    /// Takes all of `words`; the first that is not there ends it.
    fn words(&mut self, words: &[&str]) -> bool {
        words.iter().all(|word| self.word(word))
    }

    /// Takes `name` or `schema.name`.
    fn name(&mut self) -> Option<Name> {
        let first = self.identifier()?;
        if self.tokens.next_if(|token| token.is_sign(".")).is_none() {
            return Some(Name::bare(&first));
        }
        let name = self.identifier()?;
        let schema = Some(first);
        Some(Name { schema, name })
    }

    fn identifier(&mut self) -> Option<String> {
        let token = self
            .tokens
            .next_if(|token| token.kind == Kind::Word || token.text.starts_with('"'))?;
        Some(match token.kind {
            Kind::Name => token.text[1..token.text.len() - 1].replace("\"\"", "\""),
            _ => token.text.to_ascii_lowercase(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::split;

    fn of(text: &str) -> Part {
        part(&split(text).unwrap()[0]).unwrap()
    }

    fn name(text: &str) -> Name {
        match text.split_once('.') {
            Some((schema, name)) => Name {
                schema: Some(schema.to_owned()),
                name: name.to_owned(),
            },
            None => Name::bare(text),
        }
    }

    #[test]
    fn an_index_is_named_with_the_schema_of_its_table() {
        let created = |text, index, table| {
            let (index, table) = (name(index), name(table));
            assert_eq!(
                of(text),
                Part::Alone(Alone::CreateIndex { index, table }),
                "{text}"
            );
        };
        created("CREATE INDEX CONCURRENTLY i ON t (a)", "i", "t");
        created(
            "create unique index concurrently If Not Exists I on only S.T using btree (a)",
            "s.i",
            "s.t",
        );
        created(
            "CREATE /* x */ INDEX CONCURRENTLY \"On\" ON \"T\" (a)",
            "On",
            "T",
        );
    }

    #[test]
    fn an_index_without_a_plain_name_is_refused() {
        for text in [
            "CREATE INDEX CONCURRENTLY ON t (a)",
            "CREATE UNIQUE INDEX CONCURRENTLY ON t (a)",
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS U&\"d\\0061t\" ON t (a)",
        ] {
            let statements = split(text).unwrap();
            let refused = part(&statements[0]).unwrap_err();
            assert_eq!(refused, SqlError::UnnamedIndex { line: 1 }, "{text}");
        }
    }

    #[test]
    fn strings_are_read_as_the_cutter_read_them() {
        let text =
            "SET standard_conforming_strings = off;\nSELECT 'it\\'s;';\nRESET ALL;\nSELECT '\\';";
        let statements = split(text).unwrap();
        assert_eq!(statements.len(), 4);
        for statement in &statements {
            assert_eq!(part(statement).unwrap(), Part::Plain);
        }
    }

    #[test]
    fn what_a_stopped_statement_leaves_is_named() {
        let index = name("s.i");
        assert_eq!(
            of("DROP INDEX CONCURRENTLY IF EXISTS s.i"),
            Part::Alone(Alone::DropIndex { index })
        );
        let relation = Some(name("t"));
        assert_eq!(
            of("REINDEX (VERBOSE, TABLESPACE x) TABLE CONCURRENTLY t"),
            Part::Alone(Alone::Reindex { relation })
        );
        assert_eq!(
            of("REINDEX SCHEMA s"),
            Part::Alone(Alone::Reindex { relation: None })
        );
        let (table, partition) = (name("t"), name("s.p"));
        assert_eq!(
            of("ALTER TABLE IF EXISTS ONLY t DETACH PARTITION s.p CONCURRENTLY"),
            Part::Alone(Alone::Detach { table, partition })
        );
        assert_eq!(of("VACUUM FULL t"), Part::Alone(Alone::Repeatable));
        assert_eq!(of("CREATE DATABASE d"), Part::Alone(Alone::Other));
    }

    #[test]
    fn the_other_parts() {
        for (text, expected) in [
            ("BEGIN", Part::Begin),
            ("BEGIN ISOLATION LEVEL SERIALIZABLE", Part::Begin),
            ("START TRANSACTION READ WRITE", Part::Begin),
            ("COMMIT", Part::End),
            ("ROLLBACK", Part::End),
            ("COMMIT AND CHAIN", Part::End),
            ("ROLLBACK TO a", Part::Plain),
            ("SAVEPOINT a", Part::Plain),
            ("CALL p()", Part::Opaque),
            ("DO $$ BEGIN END $$", Part::Opaque),
            ("CREATE INDEX i ON t (a)", Part::Plain),
            ("DROP INDEX i", Part::Plain),
            ("ALTER TABLE t DETACH PARTITION p", Part::Plain),
            ("REINDEX TABLE t", Part::Plain),
        ] {
            assert_eq!(of(text), expected, "{text}");
        }
    }
}
