//! What the outcome of a test says of `up`.

use migration_sql::{Condition, Probe};

use super::before::{Before, Write};
use super::columns::{Then, is_asked};
use super::words;
use crate::check::query::{Column, Value};
use crate::check::report::Remark;
use crate::check::rows::Outcome;

/// What a test of rows says.
pub(super) struct Tested {
    pub(super) remark: Remark,
    /// Whether it would stop `up` for sure.
    pub(super) is_certain: bool,
}

impl Tested {
    /// What may stop `up`.
    pub(super) fn doubt(words: String) -> Self {
        Self {
            remark: Remark::new(0, 0, words),
            is_certain: false,
        }
    }
}

/// A condition on rows with the columns that it speaks of.
pub(super) struct Question<'a> {
    pub(super) before: &'a Before,
    pub(super) probe: &'a Probe,
    /// What is asked, in words.
    pub(super) rule: String,
    /// Words for rows that are in the way, where the condition's own will not do.
    pub(super) violated: Option<String>,
    /// The columns of the table.
    pub(super) columns: &'a [Then],
    /// Those of the table that a foreign key points to.
    pub(super) partner: &'a [Then],
}

impl Question<'_> {
    /// What `outcome` says.
    pub(super) fn judged(&self, outcome: Outcome) -> Option<Tested> {
        let rule = &self.rule;
        let (words, violation) = match outcome {
            Outcome::Holds => return self.held(),
            Outcome::Unknown(why) => {
                return Some(Tested::doubt(format!("{rule} could not be tested: {why}")));
            }
            Outcome::Fails(why) => (format!("{rule} does not hold for every row: {why}"), None),
            Outcome::Violated(violation) => {
                let words = self.violated.clone();
                let words = words.unwrap_or_else(|| words::violated(self.probe, self.columns));
                (words, Some(violation))
            }
        };
        let mended = self.mended();
        let words = match &mended {
            Some(place) => format!("{words}; {place} may put that right"),
            None => words,
        };
        Some(Tested {
            remark: Remark {
                violation,
                help: words::help(self.probe, self.columns),
                ..Remark::new(0, 0, words)
            },
            is_certain: mended.is_none(),
        })
    }

    fn held(&self) -> Option<Tested> {
        let broken = self.broken()?;
        let rule = &self.rule;
        let words =
            format!("{rule} holds for the rows that are there; {broken} may make it untrue");
        Some(Tested::doubt(words))
    }

    /// The statement after which rows that are in the way may be none: `UPDATE` or `INSERT` fill no column that is still to
    /// come, and no row is put right by another that comes.
    fn mended(&self) -> Option<String> {
        let since = self.since();
        let counts = |write: &Write| write.removes || (write.updates && write.number > since);
        let of_partner = |write: &Write| write.adds || write.updates;
        let mut doubts = self.asked().filter_map(|then| then.doubt.clone());
        let own = doubts
            .next()
            .or_else(|| self.before.write(&self.probe.table, counts));
        own.or_else(|| self.write_of_partner(of_partner))
            .or_else(|| self.doubt_of_partner(|then| then.doubt.clone()))
    }

    /// The statement after which a condition that holds may not.
    fn broken(&self) -> Option<String> {
        let since = self.since();
        let is_filled = self.is_filled();
        let counts = |write: &Write| {
            (write.adds && (write.number > since || !is_filled))
                || (write.updates && write.number > since)
        };
        let of_partner = |write: &Write| write.removes || write.updates;
        let mut changed = self.asked().filter(|then| then.is_changed);
        let own = changed
            .next()
            .and_then(|then| then.doubt.clone())
            .or_else(|| self.before.write(&self.probe.table, counts));
        own.or_else(|| self.write_of_partner(of_partner))
            .or_else(|| {
                self.doubt_of_partner(|then| then.doubt.clone().filter(|_| then.is_changed))
            })
    }

    fn asked(&self) -> impl Iterator<Item = &Then> {
        let condition = &self.probe.condition;
        let columns = self.columns.iter();
        columns.filter(|then| is_asked(condition, &then.column.name))
    }

    /// The statement since which all columns are there that are asked for; 0 if one is there now.
    fn since(&self) -> usize {
        self.asked()
            .map(|then| then.since)
            .min()
            .unwrap_or_default()
    }

    /// Whether a column is asked not to be NULL that brings a value along for every row.
    fn is_filled(&self) -> bool {
        let has_value =
            |column: &Column| matches!(&column.value, Value::New(added) if added.value.is_some());
        matches!(self.probe.condition, Condition::NotNull { .. })
            && self.asked().all(|then| has_value(&then.column))
    }

    fn write_of_partner(&self, counts: impl Fn(&Write) -> bool) -> Option<String> {
        match &self.probe.condition {
            Condition::ForeignKey { referenced, .. } => self.before.write(referenced, counts),
            _ => None,
        }
    }

    fn doubt_of_partner(&self, doubt: impl Fn(&Then) -> Option<String>) -> Option<String> {
        let Condition::ForeignKey {
            referenced_columns, ..
        } = &self.probe.condition
        else {
            return None;
        };
        let mut asked = self
            .partner
            .iter()
            .filter(|then| referenced_columns.contains(&then.column.name));
        asked.find_map(doubt)
    }
}

/// A foreign key whose columns are new and hold nothing points to nothing.
pub(super) fn is_null_throughout(condition: &Condition, columns: &[Then]) -> bool {
    let is_null = |asked: &String| {
        columns.iter().any(|then| {
            then.column.name == *asked
                && matches!(&then.column.value, Value::New(added) if added.value.is_none())
        })
    };
    match condition {
        Condition::ForeignKey { columns, .. } => columns.iter().all(is_null),
        _ => false,
    }
}
