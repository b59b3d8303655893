//! What a statement does, told by its words alone.

mod alter_column;
mod alter_table;
mod constraint;
mod create;
mod drop;
mod kind;
mod query;
mod read;
mod upkeep;

use squawk_syntax::SourceFile;
use squawk_syntax::ast::Stmt;

use crate::{Added, Lock, LockLevel, Locked, Name, Probe, Statement};

/// What a statement does.
///
/// A server may lock more than the words tell: what functions, triggers, cascades and views touch is not in them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// What it is, such as `CREATE INDEX`.
    pub kind: String,
    /// The locks it takes on what was there before, strongest once for each.
    pub locks: Vec<Lock>,
    /// Whether it writes the first table of `locks` anew, row by row. Some changes of a type do not, which only the
    /// server knows.
    pub rewrites: bool,
    /// Whether it reads every row of the first table of `locks`.
    pub scans: bool,
    /// What the rows must be like.
    pub probes: Vec<Probe>,
    /// Constraints it makes without looking at the rows, for a later `VALIDATE CONSTRAINT`.
    pub unproven: Vec<Unproven>,
    /// Tables and views it makes; none that may be there already and is let be then.
    pub creates: Vec<Name>,
    /// Tables it gives another name, each with the new one.
    pub renames: Vec<(Name, Name)>,
    /// Columns it adds to tables that were there before.
    pub adds: Vec<(Name, Added)>,
    /// Tables whose rows it changes.
    pub writes: Vec<Name>,
    /// Whether it may do anything, so that its words tell nothing: `DO`, `CALL`, or words unknown here.
    pub is_opaque: bool,
}

/// A constraint made with `NOT VALID`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unproven {
    /// Its table.
    pub table: Name,
    /// Its name.
    pub constraint: String,
    /// What the rows must be like for it to be validated.
    pub probe: Probe,
}

impl Facts {
    fn lock(&mut self, on: Locked, level: LockLevel) {
        match self.locks.iter_mut().find(|lock| lock.on == on) {
            Some(lock) => lock.level = lock.level.max(level),
            None => self.locks.push(Lock { on, level }),
        }
    }

    fn lock_relation(&mut self, name: &Name, level: LockLevel) {
        self.lock(Locked::Relation(name.clone()), level);
    }
}

/// What `statement` does.
pub fn facts(statement: &Statement<'_>) -> Facts {
    let parse = SourceFile::parse(statement.text);
    let mut facts = Facts {
        kind: kind::kind(statement),
        is_opaque: !parse.errors().is_empty(),
        ..Facts::default()
    };
    let file = parse.tree();
    let mut statements = file.stmts();
    if let Some(first) = statements.next() {
        gather(&mut facts, &first);
    }
    facts
}

fn gather(facts: &mut Facts, statement: &Stmt) {
    let is_known = alter_table::gather(facts, statement)
        || create::gather(facts, statement)
        || drop::gather(facts, statement)
        || upkeep::gather(facts, statement)
        || query::gather(facts, statement);
    facts.is_opaque |=
        !is_known && matches!(statement, Stmt::Do(_) | Stmt::Call(_) | Stmt::Execute(_));
}
