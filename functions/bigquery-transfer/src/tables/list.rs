//! `target_tables.txt`: one table a line.

use crate::place::Engine;
use crate::tables::WantedTable;

/// A line that names a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    /// The line's number, from 1.
    line: usize,
    /// The parts of the name: one to three.
    parts: Vec<String>,
}

/// Reads a list: `table`, `database.table`, `schema.table` or `database.schema.table` on each line.
///
/// `#` begins a comment, blank lines mean nothing, lines may end as Windows ends them. A name with blanks, dots or `#` in it
/// stands in `"`, `'` or backticks; the same sign doubled is the sign itself.
///
/// # Errors
/// Every line at fault, in words with its number.
pub(crate) fn parse(text: &str) -> Result<Vec<Listed>, Vec<String>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut listed: Vec<Listed> = Vec::new();
    let mut faults = Vec::new();
    for (index, content) in text.lines().enumerate() {
        let line = index + 1;
        match parts(content) {
            Ok(parts) if parts.is_empty() => {}
            Ok(parts) => match listed.iter().find(|earlier| earlier.parts == parts) {
                Some(earlier) => faults.push(format!(
                    "line {line} names `{}` again, as line {} does; take one out",
                    parts.join("."),
                    earlier.line
                )),
                None => listed.push(Listed { line, parts }),
            },
            Err(rule) => faults.push(format!("line {line} is `{}`: {rule}", content.trim())),
        }
    }
    if faults.is_empty() {
        Ok(listed)
    } else {
        Err(faults)
    }
}

impl Listed {
    /// The table that the line names, in `database` where it names none itself.
    ///
    /// # Errors
    /// The line has too few or too many parts, in words.
    pub(crate) fn table(
        &self,
        engine: Engine,
        database: Option<&str>,
    ) -> Result<WantedTable, String> {
        let parts: Vec<&str> = self.parts.iter().map(String::as_str).collect();
        let known = || {
            database.ok_or_else(|| {
                format!(
                    "line {} names `{}` without a database; set DATABASE, or write database.table",
                    self.line,
                    self.parts.join(".")
                )
            })
        };
        let table = |database, schema, table| WantedTable::new(engine, database, schema, table);
        match (engine, &parts[..]) {
            (Engine::Mysql, [name]) => Ok(table(known()?, "", name)),
            (Engine::Mysql, [database, name]) => Ok(table(database, "", name)),
            (Engine::Postgresql, [name]) => Ok(table(known()?, "public", name)),
            (Engine::Postgresql, [schema, name]) => Ok(table(known()?, schema, name)),
            (Engine::Postgresql, [database, schema, name]) => Ok(table(database, schema, name)),
            _ => Err(format!(
                "line {} names `{}`, which has too many parts; write database.table, and quote a name with a dot in it",
                self.line,
                self.parts.join(".")
            )),
        }
    }
}

/// The parts of the name on a line; none on a line that names nothing.
fn parts(line: &str) -> Result<Vec<String>, &'static str> {
    let mut rest = line.trim();
    let mut parts = Vec::new();
    if rest.is_empty() || rest.starts_with('#') {
        return Ok(parts);
    }
    loop {
        let (part, after) = part(rest)?;
        if part.trim().is_empty() {
            return Err("a part of the name is empty");
        }
        parts.push(part);
        let Some(next) = after.strip_prefix('.') else {
            let after_blanks = after.trim_start();
            let is_comment = after_blanks.len() < after.len() && after_blanks.starts_with('#');
            return if after.trim().is_empty() || is_comment {
                Ok(parts)
            } else {
                Err("one table a line; quote a name with blanks in it")
            };
        };
        rest = next;
    }
}

/// The first part of `text`, and what comes after it.
fn part(text: &str) -> Result<(String, &str), &'static str> {
    let Some(quote) = text
        .chars()
        .next()
        .filter(|c| matches!(c, '"' | '\'' | '`'))
    else {
        let end = text
            .find(|c: char| c == '.' || c.is_whitespace())
            .unwrap_or(text.len());
        return Ok((text[..end].to_owned(), &text[end..]));
    };
    let mut part = String::new();
    let mut rest = &text[1..];
    loop {
        let Some(end) = rest.find(quote) else {
            return Err("a quoted name does not end");
        };
        part.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix(quote) {
            Some(after) => {
                part.push(quote);
                rest = after;
            }
            None => return Ok((part, rest)),
        }
    }
}
