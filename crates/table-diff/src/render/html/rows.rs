//! Rows with their cells: what goes is struck out, what comes is underlined, and hidden words tell screen readers whose value it is.

use std::fmt::{self, Write as _};

use super::escape::Escaped;
use crate::plan::{PlanRow, SeenRow};
use crate::render::{cell, key, nothing_shown};
use crate::{Class, Language, Reading, ShownCell, Side, Sides};

/// How it is spoken of.
pub(super) struct Speech {
    /// What people call the databases.
    pub(super) names: Sides<String>,
    pub(super) language: Language,
}

pub(super) fn row(
    text: &mut String,
    reading: &Reading,
    row: &PlanRow,
    speech: &Speech,
) -> fmt::Result {
    let time = |seen: &Option<SeenRow>| {
        let time = seen.as_ref().and_then(|seen| seen.time_text.clone());
        time.unwrap_or_default()
    };
    write!(
        text,
        "<tr class=\"{}\"><th scope=\"row\">{}</th><td class=\"class\">{}</td><td>{}</td><td>{}</td><td>{}</td><td>",
        style(row.class),
        row.n,
        row.class.word(speech.language),
        Escaped(&key(reading, row)),
        time(&row.target),
        time(&row.source)
    )?;
    if let Some(words) = nothing_shown(row, speech.language) {
        return writeln!(text, "{words}</td></tr>");
    }
    write!(text, "<dl>")?;
    let only = match row.class {
        Class::Delete => Side::Target,
        _ => Side::Source,
    };
    for (column, value) in row.values.iter().enumerate() {
        name(text, reading, column)?;
        side(text, only, row.class, value, speech)?;
    }
    for change in &row.changed {
        name(text, reading, change.column)?;
        side(text, Side::Target, row.class, &change.target, speech)?;
        side(text, Side::Source, row.class, &change.source, speech)?;
    }
    writeln!(text, "</dl></td></tr>")
}

fn style(class: Class) -> &'static str {
    match class {
        Class::Insert => "insert",
        Class::Delete => "delete",
        Class::UpdateOld => "old",
        Class::UpdateNew | Class::ChangedSameTime | Class::TimeUnknown => "update",
    }
}

fn name(text: &mut String, reading: &Reading, column: usize) -> fmt::Result {
    let name = reading.columns.get(column).map_or("", |(name, _)| name);
    write!(text, "<dt>{}</dt>", Escaped(name))
}

/// What one side has. What is never written is neither struck out nor underlined.
fn side(
    text: &mut String,
    side: Side,
    class: Class,
    value: &ShownCell,
    speech: &Speech,
) -> fmt::Result {
    let element = match side {
        _ if !class.can_be_applied() => "span",
        Side::Target => "del",
        Side::Source => "ins",
    };
    let name = Escaped(speech.names.of(side));
    write!(text, "<dd><{element}><span class=\"word\">{name}: </span>")?;
    content(text, value, speech.language)?;
    write!(text, "</{element}></dd>")
}

fn content(text: &mut String, value: &ShownCell, language: Language) -> fmt::Result {
    match value {
        ShownCell::Null => write!(text, "<em>NULL</em>"),
        ShownCell::Whole(value) if value.is_empty() => {
            let word = language.choose("empty text", "空の文字列");
            write!(text, "<em>({word})</em>")
        }
        ShownCell::Whole(value) => write!(text, "{}", Escaped(value)),
        ShownCell::Cut { .. } => match cell::cut(value, language) {
            Some((beginning, rest)) => write!(text, "{}… <em>({rest})</em>", Escaped(beginning)),
            None => Ok(()),
        },
    }
}
