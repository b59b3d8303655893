//! Which rows of a table a person looks at.

use super::{Block, PlanRow};
use crate::{Class, ShownCell};

/// Which rows of a table a person looks at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of these classes; empty for all.
    pub classes: Vec<Class>,
    /// With this text in the key or in a cell that differs, in whichever case.
    pub text: Option<String>,
}

/// Some rows of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The rows.
    pub rows: Vec<PlanRow>,
    /// Whether there are more behind them.
    pub more: bool,
    /// How many rows the filter lets through in all; `None` where that is not known without reading further.
    pub total: Option<u64>,
}

/// A filter, ready to be used on many rows.
#[derive(Debug)]
pub(super) struct Sieve<'a> {
    classes: &'a [Class],
    text: Option<String>,
}

impl<'a> Sieve<'a> {
    pub(super) fn new(filter: &'a Filter) -> Self {
        let text = filter.text.as_deref().filter(|text| !text.is_empty());
        Self {
            classes: &filter.classes,
            text: text.map(str::to_lowercase),
        }
    }

    /// How many rows of `block` it lets through, as far as the index tells.
    pub(super) fn count(&self, block: &Block) -> u64 {
        let classes = block.classes.iter();
        classes
            .filter(|(class, _)| self.lets_class(*class))
            .map(|(_, rows)| rows)
            .fold(0, u64::saturating_add)
    }

    /// Whether the index alone tells which rows it lets through.
    pub(super) fn is_by_class(&self) -> bool {
        self.text.is_none()
    }

    pub(super) fn lets(&self, row: &PlanRow) -> bool {
        self.lets_class(row.class) && self.text.as_deref().is_none_or(|text| has_text(row, text))
    }

    fn lets_class(&self, class: Class) -> bool {
        self.classes.is_empty() || self.classes.contains(&class)
    }
}

fn has_text(row: &PlanRow, text: &str) -> bool {
    let has = |value: &str| value.to_lowercase().contains(text);
    let cell = |cell: &ShownCell| match cell {
        ShownCell::Null => false,
        ShownCell::Whole(value)
        | ShownCell::Cut {
            beginning: value, ..
        } => has(value),
    };
    row.key.iter().any(|value| has(value))
        || row.values.iter().any(cell)
        || row
            .changed
            .iter()
            .any(|change| cell(&change.source) || cell(&change.target))
}
