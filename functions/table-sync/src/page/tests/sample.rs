//! A plan to look at.

use jiff::Timestamp;
use table_diff::{Class, ClassCounts, ShownCell, Sides};

use crate::page::desk::{Cell, Plan, PlanTable, Row};
use crate::plans::{PlanEntry, PlanState};

pub(super) const ID: &str = "20261122T031500Z-0a1b2c3d";
pub(super) const ITEM: &str = "public.item";
pub(super) const CODE: &str = "public.code";
pub(super) const NOW: &str = "2026-11-22T04:00:00Z";

/// How many rows of each class `ITEM` has.
pub(super) const ITEM_ROWS: [(Class, u64); 4] = [
    (Class::Insert, 250),
    (Class::UpdateNew, 3),
    (Class::Delete, 2),
    (Class::UpdateOld, 1),
];

/// When the plan was made.
pub(super) fn time() -> Timestamp {
    "2026-11-22T03:15:00Z".parse().unwrap()
}

pub(super) fn names() -> Sides<String> {
    Sides {
        source: "development".to_owned(),
        target: "production".to_owned(),
    }
}

fn counts(each: impl IntoIterator<Item = (Class, u64)>) -> ClassCounts {
    let mut counts = ClassCounts::default();
    counts.extend(each);
    counts
}

/// A plan in which every name and value has `word` in it.
pub(super) fn plan(word: &str) -> Plan {
    let table = |name: &str, counts: ClassCounts| PlanTable {
        name: name.to_owned(),
        is_blocked: false,
        differences: Vec::new(),
        counts,
        source_rows: 1250,
        target_rows: 1003,
        cascades: Vec::new(),
        needs_name: false,
        warning: None,
    };
    let blocked = PlanTable {
        is_blocked: true,
        differences: vec![format!("the column {word} is missing")],
        ..table("public.blocked", ClassCounts::default())
    };
    let mut code = table(CODE, counts([(Class::Delete, 40)]));
    code.needs_name = true;
    code.warning = Some(format!("the table is empty in {word}"));
    code.cascades = vec![format!("7 rows of {word} are deleted, too")];
    let item = table(ITEM, counts(ITEM_ROWS));
    let equal = table("public.equal", ClassCounts::default());
    Plan {
        entry: PlanEntry {
            id: ID.parse().unwrap(),
            created: time(),
            by: format!("{word}@example.jp"),
            reverse: false,
            counts: counts([(Class::Insert, 250), (Class::Delete, 42)]),
            blocked: 1,
            state: PlanState::Open,
            who: None,
            when: None,
        },
        approved: None,
        undone: None,
        names: names(),
        digest: "sha256:abc".to_owned(),
        migrations: vec![format!("production lacks the migration {word}")],
        tables: vec![blocked, item, code, equal],
        is_too_old: false,
        ending: None,
    }
}

/// A row of `ITEM`.
pub(super) fn row(class: Class, number: u64, word: &str) -> Row {
    let text = |text: &str| Some(ShownCell::Whole(format!("{text} {word}")));
    let cell = |before, after| Cell {
        column: format!("column {word}"),
        before,
        after,
    };
    let cells = match class {
        Class::Insert => vec![cell(None, text("new"))],
        Class::Delete => vec![cell(Some(ShownCell::Null), None)],
        _ => vec![
            cell(text("old"), text("new")),
            cell(Some(cut(word)), Some(ShownCell::Null)),
        ],
    };
    Row {
        number,
        class,
        key: vec![("id".to_owned(), format!("{number} {word}"))],
        times: (Some("2026-11-20 10:00:00".to_owned()), None),
        cells,
    }
}

fn cut(word: &str) -> ShownCell {
    ShownCell::Cut {
        beginning: word.to_owned(),
        characters: 10_000,
        md5: "d41d8cd98f00b204e9800998ecf8427e".to_owned(),
    }
}
