//! Names of objects.

use std::fmt;

use postgres_client::quote_identifier;

/// The name of a table, view, sequence or type, with its schema; neither is quoted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QualifiedName {
    /// The schema.
    pub schema: String,
    /// The name in it.
    pub name: String,
}

impl QualifiedName {
    /// The name as SQL writes it, always quoted.
    pub fn quoted(&self) -> String {
        format!(
            "{}.{}",
            quote_identifier(&self.schema),
            quote_identifier(&self.name)
        )
    }
}

impl fmt::Display for QualifiedName {
    /// For people: `schema.name`, not quoted.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.schema, self.name)
    }
}

/// A function or procedure is told from others of its name by the types it takes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionName {
    /// Schema and name.
    pub name: QualifiedName,
    /// The types it takes, with schema where they are not the system's: `integer, public.status`. Names, defaults and
    /// what it only gives back do not tell it from another one.
    pub arguments: String,
}

impl fmt::Display for FunctionName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}({})", self.name, self.arguments)
    }
}
