//! What a file without a transaction is run by: statement by statement, and the transactions that it makes itself.

use migration_sql::{Alone, Part, SqlError, Statement, part};

/// One or more statements that are done, or not, as one.
#[derive(Clone, Debug)]
pub(crate) struct Unit<'a> {
    /// The number of its first statement in the file, from 1.
    pub(crate) first: usize,
    /// The line of that, from 1.
    pub(crate) line: usize,
    pub(crate) kind: Kind<'a>,
    /// Without the `BEGIN` and `COMMIT` of a [`Kind::Together`].
    pub(crate) statements: Vec<Statement<'a>>,
}

/// What a unit is to the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind<'a> {
    /// A transaction, which holds what we write too; the file's own is begun with its own words.
    Together { begin: Option<&'a str> },
    /// A statement that the server refuses within a transaction.
    Alone(Alone),
    /// Statements that may end transactions out of our sight.
    Opaque,
}

impl Unit<'_> {
    /// Whether the catalog tells, after a line broke, if it was done.
    pub(crate) fn is_told_by_catalog(&self) -> bool {
        match &self.kind {
            Kind::Together { .. } => true,
            Kind::Alone(alone) => *alone != Alone::Other,
            Kind::Opaque => false,
        }
    }
}

/// The units of `statements`, in order.
pub(crate) fn units<'a>(statements: &[Statement<'a>]) -> Result<Vec<Unit<'a>>, SqlError> {
    let mut units = Vec::new();
    let mut index = 0;
    while let Some(statement) = statements.get(index) {
        let (kind, length) = match part(statement)? {
            Part::Plain => (Kind::Together { begin: None }, 1),
            Part::Alone(alone) => (Kind::Alone(alone), 1),
            Part::Opaque | Part::End => (Kind::Opaque, 1),
            Part::Begin => own_transaction(&statements[index..])?,
        };
        let mut own = statements[index..index + length].to_vec();
        if length > 1 && matches!(kind, Kind::Together { .. }) {
            own.pop();
            own.remove(0);
        }
        units.push(Unit {
            first: index + 1,
            line: statement.line,
            kind,
            statements: own,
        });
        index += length;
    }
    Ok(units)
}

/// A transaction of the file's own, and how many statements it has. One that is rolled back, or does not end, is left as it is.
fn own_transaction<'a>(statements: &[Statement<'a>]) -> Result<(Kind<'a>, usize), SqlError> {
    for (index, statement) in statements.iter().enumerate().skip(1) {
        if part(statement)? == Part::End {
            let words: Vec<_> = statement
                .text
                .split_whitespace()
                .map(str::to_ascii_uppercase)
                .collect();
            let words: Vec<_> = words.iter().map(String::as_str).collect();
            let is_plain = matches!(
                words[..],
                ["COMMIT" | "END"] | ["COMMIT" | "END", "WORK" | "TRANSACTION"]
            );
            let begin = Some(statements[0].text);
            let kind = if is_plain {
                Kind::Together { begin }
            } else {
                Kind::Opaque
            };
            return Ok((kind, index + 1));
        }
    }
    Ok((Kind::Opaque, statements.len()))
}

#[cfg(test)]
mod tests {
    use migration_sql::split;

    use super::*;

    fn shapes(text: &str) -> Vec<(usize, usize, bool)> {
        let statements = split(text).unwrap();
        let units = units(&statements).unwrap();
        let shape = |unit: &Unit<'_>| {
            (
                unit.first,
                unit.statements.len(),
                matches!(unit.kind, Kind::Together { .. }),
            )
        };
        units.iter().map(shape).collect()
    }

    #[test]
    fn a_files_own_transaction_is_one_unit() {
        assert_eq!(
            shapes("SELECT 1; BEGIN; SELECT 2; SELECT 3; COMMIT; VACUUM; SELECT 4"),
            [(1, 1, true), (2, 2, true), (6, 1, false), (7, 1, true)]
        );
        assert_eq!(
            shapes("START TRANSACTION READ WRITE; SELECT 2; END WORK"),
            [(1, 1, true)]
        );
    }

    #[test]
    fn what_ends_otherwise_is_left_as_it_is() {
        assert_eq!(
            shapes("BEGIN; SELECT 1; ROLLBACK; SELECT 2"),
            [(1, 3, false), (4, 1, true)]
        );
        assert_eq!(shapes("BEGIN; SELECT 1"), [(1, 2, false)]);
        assert_eq!(shapes("COMMIT; CALL p()"), [(1, 1, false), (2, 1, false)]);
    }
}
