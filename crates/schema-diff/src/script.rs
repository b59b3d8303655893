//! What a difference comes to: files of steps that carry their own reverse.

/// The way from one schema to another, and back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// What becomes a migration of its own each, in their order; none where the schemas are equal.
    pub parts: Vec<Part>,
    /// What a person should know before it runs, such as that rows are lost.
    pub notes: Vec<String>,
}

impl Script {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }
}

/// One migration: an up file and a down file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What to append to the migration's title, such as `validate`; nothing for the main part.
    pub suffix: Option<String>,
    /// How it must run.
    pub mode: Mode,
    /// Its steps, in the order of the way there.
    pub steps: Vec<Step>,
}

/// How a migration must run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// As one transaction.
    Transaction,
    /// Outside of any; such a part is one statement each way.
    NoTransaction,
}

/// One change and its reverse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it does in words, such as `create "companies" table`.
    pub comment: String,
    /// The statements there, without the final semicolon.
    pub up: Vec<String>,
    /// The statements back to exactly the schema before this step, without the final semicolon.
    pub down: Vec<String>,
}
