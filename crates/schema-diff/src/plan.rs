//! The script while it is written.

use std::collections::{BTreeMap, BTreeSet};

use schema_catalog::{Catalog, Index, ObjectId, QualifiedName};

use crate::name::belongs;
use crate::refusal::Unsupported;
use crate::script::{Mode, Part, Script, Step};

/// The migration that only adds values to enums.
pub(crate) const VALUES: &str = "values";

/// The script so far, and the schema as it leaves it.
pub(crate) struct Plan<'a> {
    /// The schema before the first step.
    pub(crate) from: &'a Catalog,
    /// The schema after the steps so far.
    pub(crate) state: Catalog,
    /// The schema to be.
    pub(crate) wanted: &'a Catalog,
    /// Whether tables that are used must not be locked for long.
    pub(crate) is_safe: bool,
    /// What existing rows get in columns that become required.
    pub(crate) backfills: BTreeMap<(QualifiedName, String), String>,
    /// The columns whose rows got them.
    pub(crate) filled: BTreeSet<(QualifiedName, String)>,
    /// Tables that these steps made: nobody uses them yet.
    pub(crate) fresh: BTreeSet<QualifiedName>,
    /// What was taken away, for good or to be made again.
    pub(crate) taken: BTreeSet<ObjectId>,
    /// Columns that become required after a constraint has looked at their rows; with that constraint's name.
    pub(crate) requiring: BTreeMap<(QualifiedName, String), String>,
    /// Values that enums got, as constants.
    pub(crate) new_values: Vec<String>,
    /// Changes that have no statements.
    pub(crate) unsupported: Vec<Unsupported>,
    /// What a person should know.
    pub(crate) notes: Vec<String>,
    parts: Vec<Part>,
}

impl<'a> Plan<'a> {
    pub(crate) fn new(
        from: &'a Catalog,
        wanted: &'a Catalog,
        is_safe: bool,
        backfills: BTreeMap<(QualifiedName, String), String>,
    ) -> Self {
        Self {
            from,
            state: from.clone(),
            wanted,
            is_safe,
            backfills,
            filled: BTreeSet::new(),
            fresh: BTreeSet::new(),
            taken: BTreeSet::new(),
            requiring: BTreeMap::new(),
            new_values: Vec::new(),
            unsupported: Vec::new(),
            notes: Vec::new(),
            parts: Vec::new(),
        }
    }

    /// Begins a migration of its own.
    pub(crate) fn open(&mut self, suffix: Option<&str>, mode: Mode) {
        self.parts.push(Part {
            suffix: suffix.map(str::to_owned),
            mode,
            steps: Vec::new(),
        });
    }

    /// Adds a step to the migration that was begun last.
    pub(crate) fn step(&mut self, comment: String, up: Vec<String>, down: Vec<String>) {
        if let Some(part) = self.parts.last_mut() {
            part.steps.push(Step { comment, up, down });
        }
    }

    /// Whether the table is used, and should not be locked for long.
    pub(crate) fn is_careful_with(&self, table: &QualifiedName) -> bool {
        self.is_safe && !self.fresh.contains(table)
    }

    /// From here on, the object needs what it will need.
    pub(crate) fn adopt(&mut self, id: &ObjectId) {
        let found = self.wanted.dependencies.iter();
        let found = found
            .filter(|dependency| belongs(&dependency.dependent, id))
            .cloned();
        self.state.dependencies.extend(found);
    }

    pub(crate) fn put_index(&mut self, table: &QualifiedName, name: &str, index: Index) {
        if let Some(table) = self.state.tables.get_mut(table) {
            table.indexes.insert(name.to_owned(), index);
        }
    }

    /// The script, with as few migrations as can be.
    pub(crate) fn script(self) -> Script {
        let mut parts = self.parts;
        parts.retain(|part| !part.steps.is_empty());
        if let Some(first) = parts.first_mut()
            && self.new_values.is_empty()
            && first.suffix.as_deref() == Some(VALUES)
        {
            first.suffix = None;
        }
        if let [values, next, ..] = parts.as_mut_slice()
            && next.suffix.is_none()
            && next.mode == Mode::Transaction
            && !uses(next, &self.new_values)
        {
            let mut steps = std::mem::take(&mut values.steps);
            steps.append(&mut next.steps);
            next.steps = steps;
            parts.remove(0);
        }
        if let [only] = parts.as_mut_slice() {
            only.suffix = None;
        }
        Script {
            parts,
            notes: self.notes,
        }
    }
}

/// Whether a statement has one of the values in it: a value can't be used in the transaction that adds it.
fn uses(part: &Part, values: &[String]) -> bool {
    let mut statements = part.steps.iter().flat_map(|step| &step.up);
    statements.any(|statement| values.iter().any(|value| statement.contains(value)))
}
