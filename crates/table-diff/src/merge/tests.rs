use std::collections::BTreeMap;

use futures_util::FutureExt as _;
use proptest::prelude::*;

use super::*;
use crate::key;
use crate::memory::{MemoryRow, MemoryStream, MemoryTable, reading};

fn row(time: impl Into<Option<i64>>, content: u64) -> MemoryRow {
    MemoryRow {
        time: time.into(),
        content,
    }
}

/// What the merge of two lists of rows finds, and what it counts.
fn merged(
    compare: Compare,
    source: Vec<(i64, MemoryRow)>,
    target: Vec<(i64, MemoryRow)>,
    batch: usize,
) -> Result<(Vec<(i64, Class)>, TableCounts), DatabaseError> {
    let reading = reading(compare);
    let mut merge = Merge::new(
        MemoryStream::boxed(source, batch),
        MemoryStream::boxed(target, batch + 1),
        &reading,
    );
    let (mut all, mut found) = (Vec::new(), DifferenceBatch::default());
    while merge
        .next(&mut found, 3)
        .now_or_never()
        .expect("memory never waits")?
    {
        assert!(found.len() <= 3);
        for difference in found.iter() {
            let id = key::decode(&reading.key, difference.key).unwrap()[0].parse();
            all.push((id.unwrap(), difference.class));
        }
    }
    Ok((all, merge.counts().clone()))
}

#[test]
fn each_difference_has_the_class_of_its_times() {
    let source = vec![
        (1, row(10, 1)),
        (2, row(11, 2)),
        (3, row(9, 2)),
        (4, row(10, 2)),
        (5, row(None, 2)),
        (6, row(10, 2)),
        (7, row(None, 1)),
    ];
    let target = vec![
        (2, row(10, 1)),
        (3, row(10, 1)),
        (4, row(10, 1)),
        (5, row(10, 1)),
        (6, row(None, 1)),
        (7, row(None, 1)),
        (8, row(10, 1)),
    ];
    let (found, counts) = merged(Compare::Content, source, target, 2).unwrap();
    let expected = [
        (1, Class::Insert),
        (2, Class::UpdateNew),
        (3, Class::UpdateOld),
        (4, Class::ChangedSameTime),
        (5, Class::TimeUnknown),
        (6, Class::TimeUnknown),
        (8, Class::Delete),
    ];
    assert_eq!(found, expected);
    assert_eq!(
        (counts.source_rows, counts.target_rows, counts.equal),
        (7, 7, 1)
    );
}

#[test]
fn times_alone_do_not_see_what_moved_no_time() {
    let source = vec![(1, row(10, 0)), (2, row(None, 0)), (3, row(11, 0))];
    let target = vec![(1, row(10, 0)), (2, row(None, 0)), (3, row(10, 0))];
    let (found, counts) = merged(Compare::Time, source, target, 2).unwrap();
    assert_eq!(found, [(3, Class::UpdateNew)]);
    assert_eq!((counts.equal, counts.no_time), (1, 1));
}

#[test]
fn rows_without_times_are_equal_where_their_content_was_compared() {
    let rows = vec![(1, row(None, 0)), (2, row(None, 0))];
    let (found, counts) = merged(Compare::Content, rows.clone(), rows, 2).unwrap();
    assert_eq!((found.len(), counts.equal, counts.no_time), (0, 2, 0));
}

#[test]
fn a_time_is_content_that_its_row_s_hash_need_not_hold() {
    let (source, target) = (vec![(1, row(11, 1))], vec![(1, row(10, 1))]);
    let (found, _) = merged(Compare::Content, source.clone(), target.clone(), 1).unwrap();
    assert_eq!(found, [(1, Class::UpdateNew)]);
    // One that is computed is neither compared nor written, and only tells who is newer.
    let mut reading = reading(Compare::Content);
    reading.columns.retain(|(name, _)| name != "updated_at");
    let mut merge = Merge::new(
        MemoryStream::boxed(source, 1),
        MemoryStream::boxed(target, 1),
        &reading,
    );
    let mut found = DifferenceBatch::default();
    let goes_on = merge.next(&mut found, 9).now_or_never();
    assert!(goes_on.expect("memory never waits").unwrap() && found.is_empty());
    assert_eq!(merge.counts().equal, 1);
}

#[test]
fn keys_out_of_order_are_refused_also_across_batches() {
    for batch in 1..4 {
        let source = vec![(1, row(1, 1)), (3, row(1, 1)), (2, row(1, 1))];
        let error = merged(Compare::Content, source, Vec::new(), batch).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the source answered to reading the keys of public.item with what can't be: `2` comes after `3`"
        );
    }
}

#[test]
fn a_key_that_comes_twice_is_refused() {
    let twice = vec![(1, row(1, 1)), (1, row(1, 1))];
    let error = merged(Compare::Content, Vec::new(), twice, 1).unwrap_err();
    assert!(
        error.to_string().ends_with("`1` comes after `1`"),
        "{error}"
    );
}

fn table() -> impl Strategy<Value = MemoryTable> {
    let row = (prop::option::of(0_i64..3), 0_u64..3)
        .prop_map(|(time, content)| MemoryRow { time, content });
    prop::collection::btree_map(-9_i64..9, row, 0..15)
}

/// What a merge must find, by looking each row up.
fn expected(source: &MemoryTable, target: &MemoryTable) -> BTreeMap<i64, Class> {
    let mut found = BTreeMap::new();
    for (id, row) in source {
        match target.get(id) {
            None => drop(found.insert(*id, Class::Insert)),
            Some(there) if there != row => {
                found.insert(*id, Class::of_change(row.time, there.time));
            }
            Some(_) => {}
        }
    }
    let deleted = target.keys().filter(|id| !source.contains_key(id));
    found.extend(deleted.map(|id| (*id, Class::Delete)));
    found
}

proptest! {
    #[test]
    fn a_merge_finds_what_looking_up_each_row_finds(
        source in table(),
        target in table(),
        batch in 1_usize..6,
    ) {
        let expected: Vec<_> = expected(&source, &target).into_iter().collect();
        let rows = (source.len() as u64, target.len() as u64);
        let (found, counts) = merged(
            Compare::Content,
            source.into_iter().collect(),
            target.into_iter().collect(),
            batch,
        ).unwrap();
        prop_assert_eq!(counts.classes.total(), expected.len() as u64);
        prop_assert_eq!((counts.source_rows, counts.target_rows), rows);
        let seen = counts.equal + counts.classes.total() - counts.classes.get(Class::Delete);
        prop_assert_eq!(seen, rows.0);
        prop_assert_eq!(found, expected);
    }
}
