//! What the statements before have done to the tables by then.

use migration_sql::{LockLevel, Locked, Name, Probe, Unproven};

use super::columns::Columns;
use crate::check::changes::Change;
use crate::check::pending::PendingStatement;

/// What the statements before have done.
#[derive(Default)]
pub(super) struct Before {
    /// How many there were.
    pub(super) count: usize,
    pub(super) columns: Columns,
    unproven: Vec<Unproven>,
    /// Tables whose rows change.
    writes: Vec<(Name, Write)>,
    /// Tables that are new, and domains.
    makes: Vec<Name>,
    domains: Vec<Name>,
    /// Tables that have another name by then, with the one that they have now.
    renames: Vec<(Name, Name)>,
    /// Tables that a statement does more to than reading, under the names they had when it did.
    touches: Vec<(Name, String)>,
    /// A statement that may do anything.
    opaque: Option<String>,
}

/// A statement that changes rows.
#[derive(Debug, Clone)]
pub(super) struct Write {
    /// Its number, from 1.
    pub(super) number: usize,
    /// Where it stands.
    pub(super) place: String,
    pub(super) adds: bool,
    pub(super) updates: bool,
    pub(super) removes: bool,
}

impl Write {
    /// What its words tell; a name that looks like such a word makes it do more, never less.
    fn of(number: usize, place: String, text: &str) -> Self {
        let text = text.to_ascii_uppercase();
        let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
        let may_all = has(&["MERGE"]) || !has(&["INSERT", "COPY", "UPDATE", "DELETE", "TRUNCATE"]);
        Self {
            number,
            place,
            adds: may_all || has(&["INSERT", "COPY"]),
            updates: may_all || has(&["UPDATE"]),
            removes: may_all || has(&["DELETE", "TRUNCATE"]),
        }
    }
}

/// The words for where a statement stands.
pub(super) fn place(file: &str, pending: &PendingStatement<'_>) -> String {
    format!(
        "{} in line {} of {file}",
        pending.facts.kind, pending.statement.line
    )
}

impl Before {
    /// Counts what `pending` does to columns, which its own conditions on rows see already.
    pub(super) fn take_columns(&mut self, file: &str, pending: &PendingStatement<'_>) {
        self.count += 1;
        let place = place(file, pending);
        self.columns
            .take(&pending.changes, &pending.facts.adds, self.count, &place);
    }

    /// Counts all else among them.
    pub(super) fn take(&mut self, file: &str, pending: &PendingStatement<'_>) {
        let facts = &pending.facts;
        let place = place(file, pending);
        for lock in &facts.locks {
            if let (Locked::Relation(table), true) = (&lock.on, lock.level > LockLevel::RowShare) {
                self.touches.push((table.clone(), place.clone()));
            }
        }
        for (old, new) in &facts.renames {
            self.rename(old, new);
        }
        self.makes.extend(facts.creates.iter().cloned());
        self.unproven.extend(facts.unproven.iter().cloned());
        let write = Write::of(self.count, place.clone(), pending.statement.text);
        let writes = facts
            .writes
            .iter()
            .map(|table| (table.clone(), write.clone()));
        self.writes.extend(writes);
        for change in &pending.changes {
            match change {
                Change::Filled { table } => self.writes.push((table.clone(), write.clone())),
                Change::DomainMade { domain } => self.domains.push(domain.clone()),
                _ => {}
            }
        }
        if pending.is_opaque() {
            self.opaque = Some(place);
        }
    }

    fn rename(&mut self, old: &Name, new: &Name) {
        let known = self.renames.iter_mut().map(|(name, _)| name);
        let writes = self.writes.iter_mut().map(|(name, _)| name);
        let unproven = self.unproven.iter_mut().map(|unproven| &mut unproven.table);
        let names = known
            .chain(writes)
            .chain(unproven)
            .chain(self.columns.tables());
        for name in names.chain(&mut self.makes) {
            if is_same(name, old) {
                new.clone_into(name);
            }
        }
        let is_known = self.renames.iter().any(|(name, _)| is_same(name, new));
        if !is_known && !self.makes(new) {
            self.renames.push((new.clone(), old.clone()));
        }
    }

    /// Whether `table` is a new one by then.
    pub(super) fn makes(&self, table: &Name) -> bool {
        self.makes.iter().any(|made| is_same(made, table))
    }

    /// Whether `domain` is a new one by then.
    pub(super) fn makes_domain(&self, domain: &Name) -> bool {
        self.domains.iter().any(|made| is_same(made, domain))
    }

    /// The name that `table` has now.
    pub(super) fn name_now<'a>(&'a self, table: &'a Name) -> &'a Name {
        let mut renames = self.renames.iter();
        let found = renames.find(|(then, _)| is_same(then, table));
        found.map_or(table, |(_, now)| now)
    }

    /// What a constraint that is made without looking at the rows asks of them.
    pub(super) fn unproven(&self, table: &Name, constraint: &str) -> Option<&Probe> {
        let found = self
            .unproven
            .iter()
            .find(|unproven| is_same(&unproven.table, table) && unproven.constraint == constraint);
        found.map(|unproven| &unproven.probe)
    }

    /// The last statement that changes the rows of `table` in a way that `counts`; one that may do anything always does.
    pub(super) fn write(&self, table: &Name, counts: impl Fn(&Write) -> bool) -> Option<String> {
        let mut writes = self.writes.iter().rev();
        let found = writes.find(|(name, write)| is_same(name, table) && counts(write));
        let found = found.map(|(_, write)| write.place.clone());
        found.or_else(|| self.opaque.clone())
    }

    /// A statement that does anything to the table that is called `table` now.
    pub(super) fn touch(&self, table: &Name) -> Option<String> {
        let mut touches = self.touches.iter();
        let found = touches.find(|(name, _)| is_same(name, table));
        let found = found.map(|(_, place)| place.clone());
        found.or_else(|| self.opaque.clone())
    }
}

/// A name without a schema may be any schema's.
pub(super) fn is_same(one: &Name, other: &Name) -> bool {
    let is_open = one.schema.is_none() || other.schema.is_none();
    one.name == other.name && (is_open || one.schema == other.schema)
}
