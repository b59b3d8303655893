//! The whole way of a row: compared, planned, chosen, written; over random tables.

use std::collections::BTreeSet;

use futures_util::FutureExt as _;
use proptest::prelude::*;

use crate::memory::{MemoryRow, MemoryStream, MemoryTable, plan_of, reader_of, reading, shown};
use crate::plan::{PlanError, PlanReader, PlanRow};
use crate::{
    Class, Compare, DatabaseError, DifferenceBatch, Merge, Selection, ShownCell, ShownRow, Ticks,
    key,
};

fn table() -> impl Strategy<Value = MemoryTable> {
    let row = (prop::option::of(0_i64..3), 0_u64..3)
        .prop_map(|(time, content)| MemoryRow { time, content });
    prop::collection::btree_map(-9_i64..9, row, 0..15)
}

/// The row as its database would show it.
fn shown_of(table: &MemoryTable, id: i64) -> Option<ShownRow> {
    let row = table.get(&id)?;
    let time = row
        .time
        .map_or(ShownCell::Null, |time| ShownCell::Whole(time.to_string()));
    let cells = [id.to_string(), row.content.to_string()].map(ShownCell::Whole);
    Some(ShownRow {
        hash: row.content,
        ..shown(id, row.time, [cells.to_vec(), vec![time]].concat())
    })
}

/// Compares two tables and plans what was found.
async fn planned(source: &MemoryTable, target: &MemoryTable) -> Result<PlanReader, DatabaseError> {
    let reading = reading(Compare::Content);
    let mut merge = Merge::new(
        MemoryStream::boxed(source.clone(), 2),
        MemoryStream::boxed(target.clone(), 3),
        &reading,
    );
    let (mut rows, mut found) = (Vec::new(), DifferenceBatch::default());
    while merge.next(&mut found, 4).await? {
        for difference in found.iter() {
            let id = key::decode(&reading.key, difference.key).unwrap()[0]
                .parse()
                .unwrap();
            let (source, target) = (shown_of(source, id), shown_of(target, id));
            let row = PlanRow::new(&reading, difference.class, difference.key, source, target);
            rows.push(row.unwrap());
        }
    }
    let (bytes, summary) = plan_of(&[rows]);
    Ok(reader_of(&bytes, summary))
}

/// Writes what is chosen, as a database would.
async fn applied(
    plan: &PlanReader,
    selection: &Selection,
    source: &MemoryTable,
    target: &MemoryTable,
) -> Result<MemoryTable, PlanError> {
    let mut after = target.clone();
    let Ok(chosen) = selection.check(plan).await else {
        return Ok(after);
    };
    let mut rows = plan.rows().await?;
    while let Some((table, row)) = rows.next().await? {
        let id: i64 = row.key[0].parse().unwrap();
        if !chosen.takes(table, &row) {
            continue;
        }
        match source.get(&id) {
            Some(row) => after.insert(id, row.clone()),
            None => after.remove(&id),
        };
    }
    Ok(after)
}

fn ticked(classes: &[Class]) -> Selection {
    let ticks = Ticks {
        classes: classes.iter().copied().collect(),
        ..Ticks::default()
    };
    Selection {
        tables: [("public.t0".to_owned(), ticks)].into(),
        confirmed: BTreeSet::new(),
    }
}

proptest! {
    #[test]
    fn all_that_may_be_ticked_makes_the_target_the_source(source in table(), target in table()) {
        let test = async {
            let plan = planned(&source, &target).await.unwrap();
            let all: Vec<_> = Class::ALL.into_iter().filter(|class| class.can_be_applied()).collect();
            let after = applied(&plan, &ticked(&all), &source, &target).await.unwrap();
            let again = planned(&source, &after).await.unwrap();
            let left = again.summary().classes();
            assert_eq!(left.total(), left.get(Class::UpdateOld), "only what is newer there is left");
            assert_eq!(left, {
                let mut older = crate::ClassCounts::default();
                let rows = plan.summary().classes().get(Class::UpdateOld);
                older.extend((rows > 0).then_some((Class::UpdateOld, rows)));
                older
            });
        };
        test.now_or_never().expect("memory never waits");
    }

    #[test]
    fn nothing_outside_the_ticked_classes_changes(
        source in table(),
        target in table(),
        classes in prop::sample::subsequence(Class::ALL[..5].to_vec(), 1..4),
    ) {
        let test = async {
            let plan = planned(&source, &target).await.unwrap();
            let after = applied(&plan, &ticked(&classes), &source, &target).await.unwrap();
            let ids: BTreeSet<i64> = source.keys().chain(target.keys()).copied().collect();
            for id in ids {
                let class = match (source.get(&id), target.get(&id)) {
                    (Some(_), None) => Some(Class::Insert),
                    (None, Some(_)) => Some(Class::Delete),
                    (Some(one), Some(other)) if one != other => {
                        Some(Class::of_change(one.time, other.time))
                    }
                    _ => None,
                };
                let from = match class {
                    Some(class) if classes.contains(&class) => &source,
                    _ => &target,
                };
                assert_eq!(after.get(&id), from.get(&id), "row {id}");
            }
        };
        test.now_or_never().expect("memory never waits");
    }
}
