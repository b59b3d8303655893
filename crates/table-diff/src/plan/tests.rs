use std::collections::BTreeSet;

use futures_util::FutureExt as _;
use proptest::prelude::*;

use super::*;
use crate::memory::{self, plan_of, reader_of, row_of};
use crate::{Class, ShownCell};

/// Waits for what never waits.
fn now<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("memory never waits")
}

fn reader(bytes: &[u8], summary: &Summary) -> PlanReader {
    reader_of(bytes, summary.clone())
}

fn all_rows(reader: &PlanReader) -> Result<Vec<(usize, PlanRow)>, PlanError> {
    now(async {
        let (mut rows, mut all) = (reader.rows().await?, Vec::new());
        while let Some(row) = rows.next().await? {
            all.push(row);
        }
        Ok(all)
    })
}

fn cell() -> impl Strategy<Value = ShownCell> {
    prop_oneof![
        Just(ShownCell::Null),
        ".{0,5}".prop_map(ShownCell::Whole),
        (".{0,5}", any::<u64>(), "[0-9a-f]{4}").prop_map(|(beginning, characters, md5)| {
            ShownCell::Cut {
                beginning,
                characters,
                md5,
            }
        }),
    ]
}

fn row() -> impl Strategy<Value = PlanRow> {
    let class = prop::sample::select(Class::ALL.to_vec());
    let cells = || prop::collection::vec(cell(), 3);
    let time = prop::option::of(any::<i64>());
    (any::<i64>(), class, cells(), cells(), time)
        .prop_map(|(id, class, source, target, time)| row_of(id, class, time, source, target))
}

/// Plans of two tables and their rows.
fn tables() -> impl Strategy<Value = Vec<Vec<PlanRow>>> {
    prop::collection::vec(prop::collection::vec(row(), 0..6), 2)
}

proptest! {
    #[test]
    fn what_is_read_is_what_was_written(tables in tables()) {
        let (bytes, summary) = plan_of(&tables);
        let reader = reader(&bytes, &summary);
        let read = all_rows(&reader).unwrap();
        let mut expected = Vec::new();
        for (table, rows) in tables.into_iter().enumerate() {
            for (row, n) in rows.into_iter().zip(1..) {
                expected.push((table, PlanRow { n, ..row }));
            }
        }
        prop_assert_eq!(read, expected);
        let again = Summary::parse("summary", &summary.to_bytes()).unwrap();
        prop_assert_eq!(again, summary);
    }

    #[test]
    fn rows_are_canonical_as_they_are_declared(row in row()) {
        let line = canonical::line_bytes(&Line::Row(row.clone()));
        let mut sorted = canonical::to_bytes(&Line::Row(row));
        sorted.push(b'\n');
        prop_assert_eq!(String::from_utf8(line), String::from_utf8(sorted));
    }

    #[test]
    fn any_changed_byte_is_found(
        tables in tables(),
        at in any::<prop::sample::Index>(),
        change in 1_u8..=255,
    ) {
        let (mut bytes, summary) = plan_of(&tables);
        let at = at.index(bytes.len());
        bytes[at] ^= change;
        prop_assert!(now(reader(&bytes, &summary).verify()).is_err());
    }

    #[test]
    fn any_cut_is_found(tables in tables(), length in any::<prop::sample::Index>()) {
        let (bytes, summary) = plan_of(&tables);
        let cut = &bytes[..length.index(bytes.len())];
        let error = now(reader(cut, &summary).verify()).unwrap_err();
        prop_assert!(matches!(error, PlanError::Cut { .. }), "{}", error);
    }

    #[test]
    fn pages_are_what_all_rows_filtered_are(
        tables in tables(),
        classes in prop::sample::subsequence(Class::ALL.to_vec(), 0..4),
        text in prop::option::of("[0-9a]"),
        skip in 0_u64..4,
        most in 1_usize..4,
    ) {
        let (bytes, summary) = plan_of(&tables);
        let reader = reader(&bytes, &summary);
        let filter = Filter { classes: classes.clone(), text: text.clone() };
        let page = now(reader.page(1, &filter, skip, most)).unwrap();
        let wanted: Vec<_> = all_rows(&reader)
            .unwrap()
            .into_iter()
            .filter(|(table, _)| *table == 1)
            .map(|(_, row)| row)
            .filter(|row| classes.is_empty() || classes.contains(&row.class))
            .filter(|row| text.as_ref().is_none_or(|text| has(row, text)))
            .collect();
        let rest: Vec<_> = wanted.iter().skip(usize::try_from(skip).unwrap()).cloned().collect();
        prop_assert_eq!(page.more, rest.len() > most);
        prop_assert_eq!(&page.rows[..], &rest[..rest.len().min(most)]);
        if let Some(total) = page.total {
            prop_assert_eq!(total, wanted.len() as u64);
        }
        prop_assert_eq!(page.total.is_none(), text.is_some() && page.more);
    }
}

/// Whether a row has `text`, found in a simple way.
fn has(row: &PlanRow, text: &str) -> bool {
    let value = |cell: &ShownCell| match cell {
        ShownCell::Null => String::new(),
        ShownCell::Whole(text)
        | ShownCell::Cut {
            beginning: text, ..
        } => text.to_lowercase(),
    };
    let cells = row
        .changed
        .iter()
        .flat_map(|change| [&change.source, &change.target]);
    row.key.iter().any(|key| key.contains(text))
        || cells
            .chain(&row.values)
            .any(|cell| value(cell).contains(text))
}

/// A plan of one table with `rows` inserts and deletes by turns.
fn large(rows: i64) -> (Vec<u8>, Summary) {
    let class = |id: i64| {
        if id % 2 == 0 {
            Class::Delete
        } else {
            Class::Insert
        }
    };
    let cells = vec![ShownCell::Whole("x".repeat(100)); 3];
    let rows = (1..=rows)
        .map(|id| row_of(id, class(id), None, cells.clone(), cells.clone()))
        .collect();
    plan_of(&[rows])
}

#[test]
fn a_page_reads_only_the_blocks_that_hold_it() {
    let (mut bytes, summary) = large(1800);
    assert_eq!(summary.index.len(), 4);
    // Whatever reads another block than the third one finds it changed.
    for (number, block) in summary.index.iter().enumerate() {
        if number != 2 {
            bytes[usize::try_from(block.offset).unwrap() + 20] ^= 1;
        }
    }
    let reader = reader(&bytes, &summary);
    let filter = Filter {
        classes: vec![Class::Delete],
        text: None,
    };
    let page = now(reader.page(0, &filter, 600, 100)).unwrap();
    assert_eq!(page.rows[0].key, ["1202"]);
    assert_eq!(
        (page.rows.len(), page.more, page.total),
        (100, true, Some(900))
    );
    let numbers = BTreeSet::from([1001, 1400, 99_999]);
    assert_eq!(now(reader.numbered(0, &numbers)).unwrap().len(), 2);

    let error = now(reader.page(0, &filter, 0, 1)).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("their digest is another; compare again"),
        "{error}"
    );
}

#[test]
fn a_text_is_found_in_whichever_block() {
    let (bytes, summary) = large(3000);
    assert!(bytes.len() > 1024 * 1024, "several reads are needed");
    let reader = reader(&bytes, &summary);
    let find = |text: &str, skip| {
        let filter = Filter {
            classes: Vec::new(),
            text: Some(text.to_owned()),
        };
        let page = now(reader.page(0, &filter, skip, 10)).unwrap();
        let numbers: Vec<u64> = page.rows.iter().map(|row| row.n).collect();
        (numbers, page.more, page.total)
    };
    assert_eq!(find("2999", 0), (vec![2999], false, Some(1)));
    assert_eq!(find("299", 10), (vec![2997, 2998, 2999], false, Some(13)));
    assert_eq!(
        find("XXX", 2990),
        ((2991..=3000).collect(), false, Some(3000))
    );
    assert_eq!(find("y", 0), (Vec::new(), false, Some(0)));
}

#[test]
fn blocks_of_long_rows_hold_few_of_them() {
    let long = vec![ShownCell::Whole("漢".repeat(1000)); 3];
    let rows = (1..=100)
        .map(|id| row_of(id, Class::Insert, None, long.clone(), long.clone()))
        .collect();
    let (_, summary) = plan_of(&[rows]);
    let largest = summary.index.iter().map(|block| block.bytes).max().unwrap();
    assert!(largest < 300_000, "{largest}");
}

#[test]
fn a_plan_of_another_format_is_refused_by_its_number() {
    let (bytes, summary) = plan_of(&[Vec::new()]);
    let newer = String::from_utf8(bytes)
        .unwrap()
        .replace("\"format\":1", "\"format\":9");
    let error = now(reader(newer.as_bytes(), &summary).verify()).unwrap_err();
    let expected =
        "is a plan of format 9, and this version knows format 1; compare again with this version";
    assert!(error.to_string().ends_with(expected), "{error}");
    let newer = String::from_utf8(summary.to_bytes())
        .unwrap()
        .replace("\"format\":1", "\"format\":9");
    let error = Summary::parse("memory:///p/summary.json", newer.as_bytes()).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("memory:///p/summary.json {expected}")
    );
}

#[test]
fn a_summary_of_another_plan_is_found() {
    let (bytes, summary) = large(3);
    let mut other = summary.clone();
    other.tables[0].end.as_mut().unwrap().caution = None;
    other.plan.by = "mallory@example.com".to_owned();
    let error = now(reader(&bytes, &other).verify()).unwrap_err();
    assert!(
        error.to_string().contains("its summary is of another plan"),
        "{error}"
    );
    now(reader(&bytes, &summary).verify()).unwrap();
}

#[test]
fn nothing_may_follow_the_last_line() {
    let (mut bytes, summary) = large(3);
    bytes.push(b'\n');
    assert!(now(reader(&bytes, &summary).verify()).is_err());
}

#[test]
fn a_plan_goes_on_only_as_its_header_says() {
    let head = || memory::header(&["public.t0"]);
    let table = || memory::table(0);
    let begin = || now(PlanWriter::begin(Vec::new(), head())).unwrap();
    let rule = |error: PlanError| error.to_string();

    let mut writer = begin();
    now(writer.table(table())).unwrap();
    let error = rule(now(writer.table(table())).unwrap_err());
    assert_eq!(
        error,
        "a plan can't go on with a table: the table before has not ended"
    );
    let error = rule(now(writer.finish()).unwrap_err());
    assert_eq!(
        error,
        "a plan can't go on with its last line: the table before has not ended"
    );

    let error = rule(now(begin().finish()).unwrap_err());
    assert!(
        error.ends_with("the tables are not those of the header"),
        "{error}"
    );

    let mut writer = begin();
    let row = row_of(1, Class::Insert, None, Vec::new(), Vec::new());
    assert!(now(writer.row(row.clone())).is_err());
    now(writer.table(table())).unwrap();
    assert_eq!(now(writer.row(row)).unwrap(), 1);
    let error = rule(now(writer.end(memory::end(0, &[]))).unwrap_err());
    assert!(
        error.ends_with("the rows of public.t0 are not those that were counted"),
        "{error}"
    );
}

#[test]
fn a_row_must_be_shown_as_it_was_compared() {
    let reading = memory::reading(crate::Compare::Content);
    let shown = |id: i64| memory::shown(id, None, vec![ShownCell::Null; 3]);
    let key = memory::key(1);
    let row = |class, source, target| {
        PlanRow::new(&reading, class, &key, source, target).map_err(|error| error.to_string())
    };
    assert!(row(Class::Insert, Some(shown(1)), None).is_ok());
    let lost = "the row of public.item with the key `1` can't be planned: a side does not show what was compared; compare again";
    assert_eq!(
        row(Class::UpdateNew, Some(shown(1)), None).unwrap_err(),
        lost
    );
    assert_eq!(row(Class::Insert, None, None).unwrap_err(), lost);
    assert_eq!(
        row(Class::Delete, Some(shown(1)), Some(shown(1))).unwrap_err(),
        lost
    );
    assert!(
        row(Class::Insert, Some(shown(2)), None)
            .unwrap_err()
            .contains("another row was shown")
    );
}
