//! A row of a plan as a person sees it.

use table_diff::plan::PlanRow;
use table_diff::{Class, Reading};

use crate::page::desk::{Cell, Row};

/// Rows go from the source to the target, so that the target's cell is the one before.
pub(super) fn row(reading: &Reading, line: PlanRow) -> Row {
    let column = |index: usize| {
        let column = reading.columns.get(index);
        column.map_or_else(String::new, |(name, _)| name.clone())
    };
    let names = reading.key.iter().map(|(name, _)| name.clone());
    let changed = line.changed.into_iter().map(|change| Cell {
        column: column(change.column),
        before: Some(change.target),
        after: Some(change.source),
    });
    let values = line.values.into_iter().enumerate().map(|(index, value)| {
        let (before, after) = match line.class {
            Class::Delete => (Some(value), None),
            _ => (None, Some(value)),
        };
        Cell {
            column: column(index),
            before,
            after,
        }
    });
    Row {
        number: line.n,
        class: line.class,
        cells: changed.chain(values).collect(),
        key: names.zip(line.key).collect(),
        times: (
            line.source.and_then(|seen| seen.time_text),
            line.target.and_then(|seen| seen.time_text),
        ),
    }
}
