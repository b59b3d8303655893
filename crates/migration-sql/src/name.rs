//! Names of tables and their like.

use std::fmt;

use squawk_syntax::quote::{quote_ident, quote_ident_always};

/// A name as the server understands it: folded to small letters unless it was quoted, without its quotes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    /// The schema, when it was written.
    pub schema: Option<String>,
    /// The name itself.
    pub name: String,
}

impl Name {
    /// A name without a schema.
    pub fn bare(name: &str) -> Self {
        Self {
            schema: None,
            name: name.to_owned(),
        }
    }

    /// The name with every part in quotes, for SQL.
    pub fn quoted(&self) -> String {
        let name = quote_ident_always(&self.name);
        match &self.schema {
            Some(schema) => format!("{}.{name}", quote_ident_always(schema)),
            None => name,
        }
    }

    /// The name as a string literal of its quoted form, such as `'"public"."companies"'`.
    pub(crate) fn literal(&self) -> String {
        literal(&self.quoted())
    }
}

/// With quotes only where the server needs them.
impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(formatter, "{}.", quote_ident(schema))?;
        }
        formatter.write_str(&quote_ident(&self.name))
    }
}

/// `text` as a string literal of SQL; a backslash is kept whatever the session's settings are.
pub(crate) fn literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if quoted.contains('\\') {
        format!(" E'{}'", quoted.replace('\\', "\\\\"))
    } else {
        format!("'{quoted}'")
    }
}
