//! A cell on a terminal.

use crate::{Language, ShownCell};

/// A cell on one line: what a terminal would obey is written as an escape, and what is easily overlooked is quoted.
pub(super) fn line(cell: &ShownCell, language: Language) -> String {
    match cell {
        ShownCell::Null => "NULL".to_owned(),
        ShownCell::Whole(value) => quoted(value),
        ShownCell::Cut { .. } => match cut(cell, language) {
            Some((beginning, rest)) => format!("{}… ({rest})", escaped(beginning)),
            None => String::new(),
        },
    }
}

/// The beginning of a value that was cut, and what is to be known of the rest.
pub(super) fn cut(cell: &ShownCell, language: Language) -> Option<(&str, String)> {
    let ShownCell::Cut {
        beginning,
        characters,
        md5,
    } = cell
    else {
        return None;
    };
    let rest = language.choose(
        format!("{characters} characters, MD5 {md5}"),
        format!("全 {characters} 文字, MD5 {md5}"),
    );
    Some((beginning, rest))
}

fn quoted(value: &str) -> String {
    let is_plain = !value.is_empty() && value != "NULL" && value.trim() == value;
    if is_plain {
        escaped(value)
    } else {
        format!("\"{}\"", escaped(value))
    }
}

/// Control characters, and those that turn the direction of writing, as escapes.
pub(super) fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for character in value.chars() {
        let turns = matches!(character, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
        if character.is_control() || turns {
            text.extend(character.escape_default());
        } else {
            text.push(character);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_cell_is_obeyed_or_overlooked() {
        let line = |value: &str| line(&ShownCell::Whole(value.to_owned()), Language::En);
        assert_eq!(line("a\u{1b}[31m\nb\t"), "\"a\\u{1b}[31m\\nb\\t\"");
        assert_eq!(line("\u{202E}abc"), "\\u{202e}abc");
        assert_eq!(line(""), "\"\"");
        assert_eq!(line("NULL"), "\"NULL\"");
        assert_eq!(line("x "), "\"x \"");
        assert_eq!(line("漢字 é"), "漢字 é");
        assert_eq!(super::line(&ShownCell::Null, Language::En), "NULL");
    }
}
