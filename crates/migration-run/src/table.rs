//! The name of the table that holds the version, and of the one beside it that holds the history.

use std::fmt;
use std::str::FromStr;

use postgres_client::quote_identifier;

/// The table of the version: `schema_migrations`, or what `MIGRATIONS_TABLE` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionTable {
    /// Its schema; `None` for the session's first.
    schema: Option<String>,
    name: String,
}

/// A text names no table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` names no table of versions: it is `TABLE` or `SCHEMA.TABLE`, with each name in double quotes where it holds a dot, and at \
     most 55 bytes for the table's name, for `_history` is added to it"
)]
pub struct VersionTableError {
    /// The text.
    pub text: String,
}

/// PostgreSQL cuts a name at 63 bytes.
///
/// Source: PostgreSQL documentation, "Identifiers and Key Words".
const NAME_BYTES_MAX: usize = 63;
const HISTORY: &str = "_history";

impl Default for VersionTable {
    fn default() -> Self {
        Self {
            schema: None,
            name: "schema_migrations".to_owned(),
        }
    }
}

impl VersionTable {
    /// Its schema, where it is named.
    pub fn schema(&self) -> Option<&str> {
        self.schema.as_deref()
    }

    /// Its name, without the schema's.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name of the history's table, without the schema's.
    pub fn history_name(&self) -> String {
        format!("{}{HISTORY}", self.name)
    }
}

impl fmt::Display for VersionTable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(formatter, "{}.", quote_identifier(schema))?;
        }
        formatter.write_str(&quote_identifier(&self.name))
    }
}

impl FromStr for VersionTable {
    type Err = VersionTableError;

    /// Names keep their case, as golang-migrate keeps it.
    fn from_str(text: &str) -> Result<Self, VersionTableError> {
        let parts = parts(text).filter(|parts| parts.iter().all(|part| !part.is_empty()));
        let table = parts.and_then(|mut parts| {
            let name = parts.pop()?;
            let schema = parts.pop();
            let fits = name.len() + HISTORY.len() <= NAME_BYTES_MAX;
            (fits && parts.is_empty()).then_some(Self { schema, name })
        });
        let text = || text.to_owned();
        table.ok_or_else(|| VersionTableError { text: text() })
    }
}

/// The names between the dots, without their quotes.
fn parts(text: &str) -> Option<Vec<String>> {
    let mut parts = vec![String::new()];
    let (mut quoted, mut rest) = (false, text.chars().peekable());
    while let Some(letter) = rest.next() {
        let part = parts.last_mut()?;
        match letter {
            '\0' => return None,
            '"' if quoted && rest.next_if_eq(&'"').is_some() => part.push('"'),
            '"' => quoted = !quoted,
            '.' if !quoted => parts.push(String::new()),
            _ => part.push(letter),
        }
    }
    (!quoted).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Option<String> {
        Some(text.parse::<VersionTable>().ok()?.to_string())
    }

    #[test]
    fn a_table_may_have_a_schema_and_quotes() {
        assert_eq!(shown("versions").unwrap(), "\"versions\"");
        assert_eq!(shown("App.Versions").unwrap(), "\"App\".\"Versions\"");
        assert_eq!(shown("\"a.b\".\"c\"\"d\"").unwrap(), "\"a.b\".\"c\"\"d\"");
        assert_eq!(
            VersionTable::default().history_name(),
            "schema_migrations_history"
        );
    }

    #[test]
    fn what_names_no_table_is_refused() {
        let long = "x".repeat(56);
        for text in ["", ".", "a.", ".b", "a.b.c", "\"a", "a\"b.c", "a\0", &long] {
            assert_eq!(shown(text), None, "{text:?}");
        }
    }
}
