//! A plan as people and programs read it: text for a terminal, one JSON document, one HTML page.
//!
//! All of them are streamed, and none reads more than it shows.

mod cell;
mod html;
mod json;
mod out;
mod text;
mod width;

pub use html::html;
pub use json::json;
pub use text::text;

use crate::plan::{Header, PlanRow, SideHeader, TableEnd, TableSummary};
use crate::{Language, Reading, Sides};

/// How a plan is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// In which language.
    pub language: Language,
    /// How many rows of each table are shown; the others are only counted.
    pub rows_max: u64,
}

/// `development (PostgreSQL 15.20, shop)`.
fn side(side: &SideHeader) -> String {
    let identity = &side.identity;
    let engine = identity.engine.word();
    let database = if identity.database.is_empty() {
        String::new()
    } else {
        format!(", {}", identity.database)
    };
    format!("{} ({engine} {}{database})", side.name, identity.version)
}

/// `2026-11-22 03:00:00 UTC`.
fn created(header: &Header) -> String {
    header.created.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// What must be known before rows of a table are deleted.
fn warnings(end: &TableEnd, names: &Sides<String>, language: Language) -> Vec<String> {
    let caution = end
        .caution
        .iter()
        .map(|caution| caution.words(language, names));
    let cascades = end.cascades.iter().filter(|cascade| cascade.rows > 0);
    caution
        .chain(cascades.map(|cascade| cascade.words(language)))
        .collect()
}

/// How many rows of a table are left when `rows_max` are shown.
fn unseen(table: &TableSummary, rows_max: u64) -> u64 {
    let rows = table
        .end
        .as_ref()
        .map_or(0, |end| end.counts.classes.total());
    rows.saturating_sub(rows_max)
}

/// `id=7, language=ja`: a row's key with the names of its columns.
fn key(reading: &Reading, row: &PlanRow) -> String {
    let columns = reading.key.iter().zip(&row.key);
    let texts = columns.map(|((name, _), value)| format!("{name}={value}"));
    texts.collect::<Vec<_>>().join(", ")
}

/// What stands on both sides of an arrow.
fn legend(names: &Sides<String>, language: Language) -> String {
    let Sides { source, target } = names;
    language.choose(
        format!("{target} → {source}: what {target} has, and what it would become"),
        format!("{target} → {source}: {target} の今の値と、反映後の値"),
    )
}

/// What is said of a row that differs in nothing that can be shown.
fn nothing_shown(row: &PlanRow, language: Language) -> Option<&'static str> {
    (row.changed.is_empty() && row.values.is_empty()).then(|| {
        language.choose(
            "the rows differ, but not in the text of their values",
            "行は異なりますが、値の文字列表現は同じです",
        )
    })
}
