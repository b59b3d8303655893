use futures_util::FutureExt as _;
use proptest::prelude::*;

use super::*;
use crate::memory::{plan_of, reader_of, row_of};
use crate::{Caution, ShownCell};

/// A plan with two tables; in the first there is a row of each class, in the order of [`Class::ALL`].
fn plan() -> PlanReader {
    let cells = vec![ShownCell::Null; 3];
    let row = |(class, id)| row_of(id, class, None, cells.clone(), cells.clone());
    let rows = Class::ALL.into_iter().zip(1..).map(row).collect();
    let inserts = (1..4).map(|id| row((Class::Insert, id))).collect();
    let (bytes, summary) = plan_of(&[rows, inserts]);
    reader_of(&bytes, summary)
}

fn ticks(classes: &[Class], except: &[u64], also: &[u64]) -> Ticks {
    Ticks {
        classes: classes.iter().copied().collect(),
        except: except.iter().copied().collect(),
        also: also.iter().copied().collect(),
    }
}

fn selection(table: &str, ticks: Ticks) -> Selection {
    Selection {
        tables: BTreeMap::from([(table.to_owned(), ticks)]),
        confirmed: BTreeSet::new(),
    }
}

fn check(selection: &Selection, plan: &PlanReader) -> Result<Chosen, SelectionError> {
    selection
        .check(plan)
        .now_or_never()
        .expect("memory never waits")
}

fn refusal(selection: &Selection, plan: &PlanReader) -> String {
    check(selection, plan).unwrap_err().to_string()
}

/// The numbers of the rows of the first table that are chosen.
fn chosen(selection: &Selection, plan: &PlanReader) -> Vec<u64> {
    let chosen = check(selection, plan).unwrap();
    let all = plan::Filter::default();
    let page = plan.page(0, &all, 0, 100).now_or_never().unwrap();
    let rows = page.unwrap().rows;
    let taken: Vec<u64> = rows
        .iter()
        .filter(|row| chosen.takes(0, row))
        .map(|row| row.n)
        .collect();
    assert_eq!(
        chosen.classes().total(),
        taken.len() as u64,
        "counted as taken"
    );
    taken
}

#[test]
fn classes_and_single_rows_are_chosen() {
    let plan = plan();
    let of = |ticks| chosen(&selection("public.t0", ticks), &plan);
    assert_eq!(
        of(ticks(&[Class::Insert, Class::UpdateNew], &[], &[])),
        [1, 2]
    );
    assert_eq!(
        of(ticks(&[Class::Insert, Class::UpdateNew], &[1], &[4])),
        [2, 4]
    );
    assert_eq!(of(ticks(&[], &[], &[5])), [5]);
    assert_eq!(
        of(ticks(&[Class::Insert], &[3], &[1])),
        [1],
        "a row that no class takes is left out in vain"
    );
}

#[test]
fn all_tables_can_be_ticked_by_class() {
    let plan = plan();
    let selection = Selection::of_classes(plan.summary(), &[Class::Insert, Class::UpdateNew]);
    let chosen = check(&selection, &plan).unwrap();
    let counts: Vec<_> = chosen
        .counts()
        .map(|(table, counts)| (table, counts.total()))
        .collect();
    assert_eq!(counts, [(0, 2), (1, 3)]);
}

#[test]
fn rows_that_are_newer_in_the_target_are_never_chosen() {
    let plan = plan();
    let expected = "public.t0: rows that are newer where they would be written to are never written; untick them";
    let by_class = selection("public.t0", ticks(&[Class::UpdateOld], &[], &[]));
    assert_eq!(refusal(&by_class, &plan), expected);
    let all_but_one = selection("public.t0", ticks(&[Class::UpdateOld], &[6], &[1]));
    assert_eq!(refusal(&all_but_one, &plan), expected);
    let by_number = selection("public.t0", ticks(&[], &[], &[6]));
    assert_eq!(refusal(&by_number, &plan), expected);
}

#[test]
fn what_the_plan_does_not_have_is_refused() {
    let plan = plan();
    let unknown = selection("public.t9", ticks(&[Class::Insert], &[], &[]));
    assert_eq!(
        refusal(&unknown, &plan),
        "the plan has no table public.t9; it has public.t0, public.t1"
    );
    let confirmed = Selection {
        confirmed: BTreeSet::from(["public.t9".to_owned()]),
        ..selection("public.t0", ticks(&[Class::Insert], &[], &[]))
    };
    assert!(refusal(&confirmed, &plan).starts_with("the plan has no table public.t9"));
    for row in [0, 7] {
        let no_row = selection("public.t0", ticks(&[], &[], &[row]));
        let expected =
            format!("public.t0 has no row number {row}; its rows are numbered from 1 to 6");
        assert_eq!(refusal(&no_row, &plan), expected);
    }
}

#[test]
fn contradictions_and_nothing_are_refused() {
    let plan = plan();
    let both = selection("public.t0", ticks(&[Class::Insert], &[1], &[1]));
    assert_eq!(
        refusal(&both, &plan),
        "row number 1 of public.t0 is both left out and wanted; untick one of them"
    );
    let nothing = "nothing is ticked; tick a class or a row";
    assert_eq!(refusal(&Selection::default(), &plan), nothing);
    let none_left = selection("public.t0", ticks(&[Class::Insert], &[1], &[]));
    assert_eq!(refusal(&none_left, &plan), nothing);
}

/// The plan with something of its summary changed.
fn plan_with(change: impl FnOnce(&mut Summary)) -> PlanReader {
    let mut summary = plan().summary().clone();
    change(&mut summary);
    // Only single rows are looked up in the plan itself.
    let (bytes, _) = plan_of(&[Vec::new()]);
    reader_of(&bytes, summary)
}

#[test]
fn many_deletions_need_the_typed_name() {
    let caution = Caution::ManyDeletes { rows: 1, most: 0 };
    let plan = plan_with(|summary| {
        summary.tables[0].end.as_mut().unwrap().caution = Some(caution);
    });
    let mut deletes = selection("public.t0", ticks(&[Class::Delete], &[], &[]));
    assert_eq!(
        refusal(&deletes, &plan),
        "1 row of public.t0 would be deleted; type its name to confirm that"
    );
    let inserts = selection("public.t0", ticks(&[Class::Insert], &[], &[]));
    assert!(
        check(&inserts, &plan).is_ok(),
        "what deletes nothing needs no name"
    );
    deletes.confirmed.insert("public.t0".to_owned());
    assert!(check(&deletes, &plan).is_ok());
}

#[test]
fn a_blocked_table_has_nothing_to_choose() {
    let plan = plan_with(|summary| summary.tables[0].end = None);
    let inserts = selection("public.t0", ticks(&[Class::Insert], &[], &[]));
    assert_eq!(
        refusal(&inserts, &plan),
        "public.t0 was not compared, for its structures differ; nothing of it can be written"
    );
}

#[test]
fn a_reverse_plan_only_brings_newer_rows_back() {
    let plan = plan_with(|summary| summary.plan.reverse = true);
    let newer = selection("public.t0", ticks(&[Class::UpdateNew], &[], &[]));
    assert!(check(&newer, &plan).is_ok());
    let inserts = selection("public.t0", ticks(&[Class::Insert], &[], &[]));
    assert!(refusal(&inserts, &plan).contains("and not Insert"));
}

#[test]
fn selections_of_equal_ticks_have_equal_digests() {
    let text = r#"{"tables":{"public.t0":{"also":[2,1],"classes":["update_new","insert"]}}}"#;
    let read: Selection = serde_json::from_str(text).unwrap();
    let made = selection(
        "public.t0",
        ticks(&[Class::Insert, Class::UpdateNew], &[], &[1, 2]),
    );
    assert_eq!(read, made);
    assert_eq!(read.digest(), made.digest());
    assert_ne!(read.digest(), Selection::default().digest());
    let unknown = r#"{"tables":{"public.t0":{"rows":[1]}}}"#;
    assert!(serde_json::from_str::<Selection>(unknown).is_err());
}

proptest! {
    #[test]
    fn only_what_is_ticked_is_chosen(
        classes in prop::sample::subsequence(Class::ALL.to_vec(), 0..=6),
        except in prop::collection::btree_set(1_u64..=6, 0..4),
        also in prop::collection::btree_set(1_u64..=6, 0..4),
    ) {
        let plan = plan();
        let ticks = Ticks { classes: classes.into_iter().collect(), except, also };
        let wanted = selection("public.t0", ticks.clone());
        if check(&wanted, &plan).is_ok() {
            for row in chosen(&wanted, &plan) {
                let class = Class::ALL[usize::try_from(row).unwrap() - 1];
                let by_class = ticks.classes.contains(&class) && !ticks.except.contains(&row);
                prop_assert!(by_class || ticks.also.contains(&row));
                prop_assert!(class.can_be_applied());
            }
        }
    }
}
