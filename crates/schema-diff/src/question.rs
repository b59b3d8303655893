//! Renames are never guessed: what may be one is asked.

use schema_catalog::{Catalog, Column, Generation, QualifiedName, Table};

use crate::answer::Rename;
use crate::refusal::Question;
use crate::rename::{Found, Names};

/// All that is gone while something like it is new, and that nobody said anything about.
pub(crate) fn ask(from: &Catalog, to: &Catalog, names: &Names) -> Vec<Question> {
    let mut questions = Questions {
        names,
        asked: Vec::new(),
    };
    questions.wholes(
        from.tables.iter(),
        &to.tables.iter(),
        Found::Table,
        is_alike,
    );
    questions.wholes(
        from.enumerations.iter(),
        &to.enumerations.iter(),
        Found::Enumeration,
        |one, other| one.labels == other.labels,
    );
    let free = |catalog: &'_ Catalog| {
        let free = catalog
            .sequences
            .clone()
            .into_iter()
            .filter(|(_, sequence)| sequence.owner.is_none());
        free.collect::<Vec<_>>()
    };
    let (before, after) = (free(from), free(to));
    questions.wholes(
        before.iter().map(|(name, sequence)| (name, sequence)),
        &after.iter().map(|(name, sequence)| (name, sequence)),
        Found::Sequence,
        |one, other| crate::sequence::changes(one, other).is_empty(),
    );
    for (name, before) in &from.tables {
        if let Some(after) = to.tables.get(&names.of_whole(name)) {
            questions.columns(name, before, after);
        }
    }
    for (name, before) in &from.enumerations {
        if let Some(after) = to.enumerations.get(&names.of_whole(name)) {
            questions.labels(name, &before.labels, &after.labels);
        }
    }
    questions.asked
}

struct Questions<'a> {
    names: &'a Names,
    asked: Vec<Question>,
}

impl Questions<'_> {
    fn wholes<'a, V: 'a>(
        &mut self,
        before: impl Iterator<Item = (&'a QualifiedName, &'a V)> + Clone,
        after: &(impl Iterator<Item = (&'a QualifiedName, &'a V)> + Clone),
        found: impl Fn(QualifiedName) -> Found,
        is_alike: impl Fn(&V, &V) -> bool,
    ) {
        let renamed: Vec<_> = before
            .clone()
            .map(|(name, _)| self.names.of_whole(name))
            .collect();
        for (gone, one) in before {
            let goes_on = after
                .clone()
                .any(|(name, _)| *name == self.names.of_whole(gone));
            if goes_on {
                continue;
            }
            for (new, other) in after.clone() {
                if !renamed.contains(new) && gone.schema == new.schema && is_alike(one, other) {
                    self.ask(&found(gone.clone()), &found(new.clone()), &new.name);
                }
            }
        }
    }

    fn columns(&mut self, table: &QualifiedName, before: &Table, after: &Table) {
        let found = |name: &String| Found::Column(table.clone(), name.clone());
        let target = |name: &String| match self.names.target(&found(name)) {
            Found::Column(_, name) => name,
            _ => name.clone(),
        };
        let targets: Vec<_> = before.columns.keys().map(target).collect();
        let gone = before
            .columns
            .iter()
            .zip(&targets)
            .filter(|(_, target)| !after.columns.contains_key(*target));
        let gone: Vec<_> = gone
            .map(|(column, _)| column)
            .filter(|(_, column)| has_values(column))
            .collect();
        let new = after
            .columns
            .iter()
            .filter(|(name, column)| !targets.contains(name) && has_values(column));
        let new: Vec<_> = new.collect();
        let are_single = gone.len() == 1 && new.len() == 1;
        let table_after = self.names.of_whole(table);
        for (name, column) in &gone {
            for (other, candidate) in &new {
                if are_single || column.data_type == candidate.data_type {
                    let added = Found::Column(table_after.clone(), (*other).clone());
                    self.ask(&found(name), &added, other);
                }
            }
        }
    }

    /// A value in the place of another one.
    fn labels(&mut self, name: &QualifiedName, before: &[String], after: &[String]) {
        let found = |label: &String| Found::Label(name.clone(), label.clone());
        let target = |label: &String| match self.names.target(&found(label)) {
            Found::Label(_, label) => label,
            _ => label.clone(),
        };
        let targets: Vec<_> = before.iter().map(target).collect();
        let places = before
            .iter()
            .enumerate()
            .filter(|(place, _)| !after.contains(&targets[*place]));
        let pairs: Vec<_> = places
            .filter_map(|(place, gone)| Some((gone, after.get(place)?)))
            .collect();
        for (gone, new) in pairs {
            if before.len() == after.len() && !targets.contains(new) {
                self.ask(&found(gone), &found(new), new);
            }
        }
    }

    fn ask(&mut self, gone: &Found, new: &Found, name: &str) {
        if self.names.drops.contains(gone) {
            return;
        }
        self.asked.push(Question {
            dropped: gone.to_string(),
            added: new.to_string(),
            rename: Rename {
                path: gone.path(),
                name: name.to_owned(),
            },
            drop: gone.path(),
        });
    }
}

/// Whether there is something to lose: values that are reckoned are reckoned again.
fn has_values(column: &Column) -> bool {
    !matches!(
        column.generation,
        Generation::Stored(_) | Generation::Virtual(_)
    )
}

/// Whether two tables have the same columns.
fn is_alike(one: &Table, other: &Table) -> bool {
    one.columns.len() == other.columns.len()
        && one.columns.iter().all(|(name, column)| {
            let other = other.columns.get(name);
            other.is_some_and(|other| other.data_type == column.data_type)
        })
}
