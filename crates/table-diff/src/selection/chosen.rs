//! A selection that was held against its plan.

use std::collections::{BTreeMap, BTreeSet};

use super::{Selection, SelectionError, Ticks};
use crate::plan::{PlanReader, PlanRow, Summary, TableEnd};
use crate::{Class, ClassCounts};

/// A selection that was held against its plan: it chooses nothing that may not be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    tables: BTreeMap<usize, (Ticks, ClassCounts)>,
}

impl Chosen {
    pub(super) async fn new(
        selection: &Selection,
        plan: &PlanReader,
    ) -> Result<Self, SelectionError> {
        let summary = plan.summary();
        for name in &selection.confirmed {
            find(summary, name)?;
        }
        let mut tables = BTreeMap::new();
        for (name, ticks) in &selection.tables {
            let (number, end) = find(summary, name)?;
            let end = end.ok_or_else(|| SelectionError::Blocked {
                table: name.clone(),
            })?;
            let counts = count(plan, number, end, ticks).await?;
            check_classes(name, &counts, ticks, summary.plan.reverse)?;
            let deletes = counts.get(Class::Delete);
            if deletes > 0 && end.caution.is_some() && !selection.confirmed.contains(name) {
                return Err(SelectionError::NotConfirmed {
                    table: name.clone(),
                    rows: deletes,
                });
            }
            if !counts.is_empty() {
                tables.insert(number, (ticks.clone(), counts));
            }
        }
        if tables.is_empty() {
            return Err(SelectionError::Nothing);
        }
        Ok(Self { tables })
    }

    /// Whether `row` of the table number `table` is to be written.
    pub fn takes(&self, table: usize, row: &PlanRow) -> bool {
        self.tables
            .get(&table)
            .is_some_and(|(ticks, _)| ticks.take(row.class, row.n))
    }

    /// The numbers of the tables with chosen rows, and how many there are of each class.
    pub fn counts(&self) -> impl Iterator<Item = (usize, &ClassCounts)> {
        let tables = self.tables.iter();
        tables.map(|(table, (_, counts))| (*table, counts))
    }

    /// How many rows of each class are chosen in all tables.
    pub fn classes(&self) -> ClassCounts {
        let mut classes = ClassCounts::default();
        for (_, counts) in self.counts() {
            classes.extend(counts.iter());
        }
        classes
    }
}

impl Ticks {
    fn take(&self, class: Class, row: u64) -> bool {
        let by_class = self.classes.contains(&class) && !self.except.contains(&row);
        class.can_be_applied() && (by_class || self.also.contains(&row))
    }
}

/// The table called `name`: its number, and what was counted of it.
fn find<'a>(
    summary: &'a Summary,
    name: &str,
) -> Result<(usize, Option<&'a TableEnd>), SelectionError> {
    let mut tables = summary.tables.iter().enumerate();
    tables
        .find(|(_, table)| table.table.name.to_string() == name)
        .map(|(number, table)| (number, table.end.as_ref()))
        .ok_or_else(|| SelectionError::UnknownTable {
            table: name.to_owned(),
            tables: summary.plan.tables.join(", "),
        })
}

/// How many rows of each class `ticks` choose, those that may not be written as well.
async fn count(
    plan: &PlanReader,
    table: usize,
    end: &TableEnd,
    ticks: &Ticks,
) -> Result<ClassCounts, SelectionError> {
    let name = || end.table.to_string();
    if let Some(row) = ticks.except.intersection(&ticks.also).next() {
        return Err(SelectionError::Both {
            table: name(),
            row: *row,
        });
    }
    let rows = end.counts.classes.total();
    let single: BTreeSet<u64> = ticks.except.union(&ticks.also).copied().collect();
    if let Some(row) = single.iter().find(|row| !(1..=rows).contains(*row)) {
        return Err(SelectionError::NoRow {
            table: name(),
            row: *row,
            rows,
        });
    }
    // Single rows are looked up: only the plan tells their classes.
    let (mut wanted, mut unwanted) = (ClassCounts::default(), ClassCounts::default());
    if !single.is_empty() {
        for row in plan.numbered(table, &single).await? {
            match (
                ticks.classes.contains(&row.class),
                ticks.also.contains(&row.n),
            ) {
                (true, false) => unwanted.add(row.class),
                (false, true) => wanted.add(row.class),
                _ => {}
            }
        }
    }
    for class in &ticks.classes {
        let all = end.counts.classes.get(*class);
        let rows = all.saturating_sub(unwanted.get(*class));
        wanted.extend((rows > 0).then_some((*class, rows)));
    }
    Ok(wanted)
}

fn check_classes(
    table: &str,
    counts: &ClassCounts,
    ticks: &Ticks,
    reverse: bool,
) -> Result<(), SelectionError> {
    let counted = counts.iter().map(|(class, _)| class);
    for class in counted.chain(ticks.classes.iter().copied()) {
        if !class.can_be_applied() {
            return Err(SelectionError::Older {
                table: table.to_owned(),
            });
        }
        if reverse && class != Class::UpdateNew {
            return Err(SelectionError::Reverse {
                table: table.to_owned(),
                class,
            });
        }
    }
    Ok(())
}
