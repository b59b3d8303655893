//! Columns as they are once the statements before have run.

use migration_sql::{Added, Condition, Name};

use super::before::is_same;
use crate::check::changes::Change;
use crate::check::query::{Column, Value};
use crate::check::relation::Shape;

/// A column of a table, and what is known of its values.
#[derive(Debug, Clone)]
pub(super) struct Then {
    pub(super) column: Column,
    /// The number of the statement that adds it; 0 for one that is there.
    pub(super) since: usize,
    /// The statement that gives it other values, or its name to another column.
    pub(super) doubt: Option<String>,
    /// Whether its values can't be told from those that are there.
    pub(super) is_changed: bool,
}

/// What happened to columns.
#[derive(Default)]
pub(super) struct Columns(Vec<Event>);

struct Event {
    table: Name,
    /// The name by then.
    name: String,
    /// `None` for a name that no column has any more.
    then: Option<Then>,
}

impl Columns {
    /// Counts a statement among those before.
    pub(super) fn take(
        &mut self,
        changes: &[Change],
        adds: &[(Name, Added)],
        number: usize,
        place: &str,
    ) {
        for change in changes {
            match change {
                Change::Renamed { table, from, to } => self.rename(table, from, to, place),
                Change::Dropped { table, column } => self.set(table, column, None),
                Change::Changed { table, column } => {
                    let mut then = self.then(table, column);
                    then.doubt = Some(place.to_owned());
                    then.is_changed = true;
                    self.set(table, column, Some(then));
                }
                _ => {}
            }
        }
        for (table, added) in adds {
            self.add(table, added, number, place);
        }
    }

    fn add(&mut self, table: &Name, added: &Added, number: usize, place: &str) {
        let before = self.event(table, &added.column);
        // `IF NOT EXISTS` adds no second one.
        if before.is_some_and(|event| event.then.is_some()) {
            return;
        }
        let then = Then {
            column: Column {
                name: added.column.clone(),
                value: Value::New(added.clone()),
            },
            since: number,
            doubt: before.map(|_| place.to_owned()),
            is_changed: false,
        };
        self.set(table, &added.column, Some(then));
    }

    fn rename(&mut self, table: &Name, from: &str, to: &str, place: &str) {
        let mut then = self.then(table, from);
        to.clone_into(&mut then.column.name);
        if self.event(table, to).is_some() {
            then.doubt = Some(place.to_owned());
        }
        self.set(table, from, None);
        self.set(table, to, Some(then));
    }

    fn then(&self, table: &Name, column: &str) -> Then {
        let known = self.event(table, column);
        let known = known.and_then(|event| event.then.clone());
        known.unwrap_or_else(|| Then::kept(column))
    }

    fn event(&self, table: &Name, column: &str) -> Option<&Event> {
        let mut events = self.0.iter();
        events.find(|event| is_same(&event.table, table) && event.name == column)
    }

    fn set(&mut self, table: &Name, column: &str, then: Option<Then>) {
        let is_it = |event: &&mut Event| is_same(&event.table, table) && event.name == column;
        match self.0.iter_mut().find(is_it) {
            Some(event) => event.then = then,
            None => self.0.push(Event {
                table: table.clone(),
                name: column.to_owned(),
                then,
            }),
        }
    }

    /// The tables, for one that gets another name.
    pub(super) fn tables(&mut self) -> impl Iterator<Item = &mut Name> {
        self.0.iter_mut().map(|event| &mut event.table)
    }

    /// The columns of `table`, which is `shape` now.
    pub(super) fn of(&self, table: &Name, shape: &Shape) -> Vec<Then> {
        let mut columns: Vec<Then> = shape.columns.iter().map(|name| Then::kept(name)).collect();
        for event in self.0.iter().filter(|event| is_same(&event.table, table)) {
            let Some(then) = &event.then else {
                columns.retain(|column| column.column.name != event.name);
                continue;
            };
            let there = columns
                .iter_mut()
                .find(|column| column.column.name == event.name);
            match there {
                // `IF NOT EXISTS` of one that is there.
                Some(_) if then.is_new() && then.doubt.is_none() => {}
                Some(column) => *column = then.clone(),
                None => columns.push(then.clone()),
            }
        }
        columns
    }

    /// Whether a new column of a type called `data_type` comes.
    pub(super) fn brings(&self, data_type: &str) -> bool {
        self.0.iter().any(|event| {
            matches!(&event.then, Some(Then { column: Column { value: Value::New(added), .. }, .. })
                if speaks_of(&added.data_type, data_type))
        })
    }
}

impl Then {
    /// One that is there.
    pub(super) fn kept(name: &str) -> Self {
        Self {
            column: Column {
                name: name.to_owned(),
                value: Value::Kept(name.to_owned()),
            },
            since: 0,
            doubt: None,
            is_changed: false,
        }
    }

    /// The name that it has now; none for one that is still to come.
    pub(super) fn name_now(&self) -> Option<&str> {
        match &self.column.value {
            Value::Kept(name) => Some(name),
            Value::New(_) => None,
        }
    }

    /// Whether it is still to come.
    pub(super) fn is_new(&self) -> bool {
        self.name_now().is_none()
    }
}

/// Whether `condition` speaks of `column`, in doubt yes.
pub(super) fn is_asked(condition: &Condition, column: &str) -> bool {
    match condition {
        Condition::NotNull { column: asked } => asked == column,
        Condition::ForeignKey { columns, .. } => columns.iter().any(|asked| asked == column),
        Condition::Check { expression } => speaks_of(expression, column),
        Condition::Unique {
            keys, predicate, ..
        } => keys
            .iter()
            .chain(predicate)
            .any(|text| speaks_of(text, column)),
        Condition::TypeChange {
            column: asked,
            using,
            ..
        } => {
            asked == column
                || using
                    .as_deref()
                    .is_some_and(|using| speaks_of(using, column))
        }
        Condition::Validate { .. } | Condition::Untested { .. } => false,
    }
}

/// Whether the word `name` stands in `text`, small or capital.
fn speaks_of(text: &str, name: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    if !name.chars().all(is_part) {
        return text.contains(name);
    }
    text.split(|letter| !is_part(letter))
        .any(|word| word.to_lowercase() == name.to_lowercase())
}
