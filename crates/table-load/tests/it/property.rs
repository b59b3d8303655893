//! Whatever rows go in come back.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use table_load::{Kind, Mode};

use crate::place::Place;
use crate::tables::{Row, load, plan, table};

#[cfg(feature = "postgres")]
#[test]
fn any_rows_come_back_from_postgres() {
    hold(|| Box::pin(Place::postgres()), shown_by_postgres);
}

#[cfg(feature = "sqlite")]
#[test]
fn any_rows_come_back_from_sqlite() {
    hold(|| Box::pin(std::future::ready(Place::sqlite())), |row| row);
}

fn hold(
    fresh: impl FnOnce() -> std::pin::Pin<Box<dyn Future<Output = Place>>>,
    shown: impl Fn(Row) -> Row,
) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let place = runtime.block_on(fresh());
    let columns = [
        ("id", Kind::BigInt),
        ("text", Kind::Text),
        ("list", Kind::TextArray),
        ("number", Kind::Numeric),
    ];
    let plan = plan(Mode::Replace, vec![table("any", &columns, 1)]);
    let config = Config {
        cases: 48,
        failure_persistence: None,
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(&any_rows(), |rows| {
        let found = runtime.block_on(async {
            load(&place.database(), &plan, std::slice::from_ref(&rows))
                .await
                .unwrap();
            place.query(r#"SELECT * FROM "any" ORDER BY 1"#).await
        });
        let expected: Vec<_> = rows.into_iter().map(&shown).collect();
        prop_assert_eq!(found, expected);
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

/// PostgreSQL shows an array as a literal, which the elements here leave simple, and a number without leading zeros.
#[cfg(feature = "postgres")]
fn shown_by_postgres(mut row: Row) -> Row {
    row[2] = row[2].take().map(|json| {
        let texts: Vec<String> = serde_json::from_str(&json).unwrap();
        let quoted: Vec<_> = texts.iter().map(|text| element(text)).collect();
        format!("{{{}}}", quoted.join(","))
    });
    row[3] = row[3].take().map(|number| {
        let bare = number.trim_start_matches('0');
        if bare.is_empty() || bare.starts_with('.') {
            format!("0{bare}")
        } else {
            bare.to_owned()
        }
    });
    row
}

/// Source: PostgreSQL documentation, "Array Input and Output Syntax": what is quoted on output.
#[cfg(feature = "postgres")]
fn element(text: &str) -> String {
    let special = |c: char| {
        matches!(
            c,
            '{' | '}' | ',' | '"' | '\\' | ' ' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}'
        )
    };
    if text.is_empty() || text.eq_ignore_ascii_case("null") || text.contains(special) {
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        text.to_owned()
    }
}

fn any_rows() -> impl Strategy<Value = Vec<Row>> {
    let list = vec(any_text(), 0..4).prop_map(|list| serde_json::to_string(&list).unwrap());
    let number = "[0-9]{1,30}(\\.[0-9]{1,20})?";
    let cells = (option::of(any_text()), option::of(list), option::of(number));
    vec(cells, 0..12).prop_map(|rows| {
        let row =
            |(id, (text, list, number)): (usize, _)| vec![Some(id.to_string()), text, list, number];
        rows.into_iter().enumerate().map(row).collect()
    })
}

/// What formats trip over.
const ODD: &[&str] = &[
    "\\.", "\n", "\r", "\u{85}", "\u{2028}", "\"", ",", "\\", "{", "}", "NULL", " ", "\t",
];

/// Any characters but NUL, and more often the [`ODD`] ones.
fn any_text() -> impl Strategy<Value = String> {
    let any = any::<char>().prop_filter_map("NUL", |c| (c != '\0').then(|| c.to_string()));
    let piece = prop_oneof![any, proptest::sample::select(ODD).prop_map(str::to_owned)];
    vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}
