//! What is pending, taken apart.

use migration_folder::{Direction, Folder, TextError};
use migration_run::{Step, runnable};
use migration_sql::{Facts, Finding, LintOptions, Mode, SqlError, Statement, facts, lint};

use super::changes::{Change, changes};

/// A file that `up` would run.
pub(super) struct PendingFile<'a> {
    /// Its name.
    pub(super) name: &'a str,
    /// How it would be run; an error where it would not be.
    pub(super) mode: Result<Mode, SqlError>,
    /// What it would run, in order.
    pub(super) statements: Vec<PendingStatement<'a>>,
    /// Advice on it.
    pub(super) advice: Vec<Finding>,
}

/// A statement of it.
pub(super) struct PendingStatement<'a> {
    pub(super) statement: Statement<'a>,
    /// What its words tell.
    pub(super) facts: Facts,
    /// What it does to columns and domains.
    pub(super) changes: Vec<Change>,
}

impl PendingStatement<'_> {
    /// Whether it may do anything. What a domain asks is known, though the words around it may not be.
    pub(super) fn is_opaque(&self) -> bool {
        let asks = |change: &Change| matches!(change, Change::DomainAsks { .. });
        self.facts.is_opaque && !self.changes.iter().any(asks)
    }
}

/// Where a statement stands: the number of its file and its own number in it, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) file: usize,
    pub(super) statement: usize,
}

/// The files of `steps`; a migration without an up file changes nothing.
pub(super) fn files<'a>(
    folder: &'a Folder,
    steps: &[Step],
    options: &LintOptions,
) -> Result<Vec<PendingFile<'a>>, TextError> {
    let files = steps
        .iter()
        .filter_map(|step| folder.migration(step.version)?.file(Direction::Up));
    files
        .map(|file| Ok(read(file.name(), file.text()?, options)))
        .collect()
}

fn read<'a>(name: &'a str, text: &'a str, options: &LintOptions) -> PendingFile<'a> {
    let (mode, statements, advice) = match runnable(text) {
        Ok(script) => (Ok(script.mode), script.statements, lint(text, options)),
        Err(error) => (Err(error), Vec::new(), Vec::new()),
    };
    let with_facts = |statement| PendingStatement {
        statement,
        facts: facts(&statement),
        changes: changes(statement.text),
    };
    PendingFile {
        name,
        mode,
        statements: statements.into_iter().map(with_facts).collect(),
        advice,
    }
}

/// Every statement of `files` with its place.
pub(super) fn statements<'a, 'b>(
    files: &'b [PendingFile<'a>],
) -> impl Iterator<Item = (Place, &'b PendingStatement<'a>)> {
    files.iter().enumerate().flat_map(|(file, pending)| {
        let place = move |statement| Place { file, statement };
        pending
            .statements
            .iter()
            .enumerate()
            .map(move |(number, statement)| (place(number), statement))
    })
}
