//! Rows in COPY's text format.
//!
//! Source: PostgreSQL documentation, COPY, "Text Format".

/// Adds a row. `None` is NULL, which is not the empty text.
pub(super) fn push_row<'a>(buffer: &mut Vec<u8>, cells: impl Iterator<Item = Option<&'a str>>) {
    for (index, cell) in cells.enumerate() {
        if index > 0 {
            buffer.push(b'\t');
        }
        match cell {
            None => buffer.extend_from_slice(b"\\N"),
            Some(text) => push_text(buffer, text.as_bytes()),
        }
    }
    buffer.push(b'\n');
}

/// What the format gives a meaning to gets a backslash. In UTF-8 none of these bytes is part of another character.
fn push_text(buffer: &mut Vec<u8>, mut text: &[u8]) {
    while let Some(at) = text.iter().position(|byte| escape(*byte).is_some()) {
        buffer.extend_from_slice(&text[..at]);
        buffer.push(b'\\');
        buffer.extend(escape(text[at]));
        text = &text[at + 1..];
    }
    buffer.extend_from_slice(text);
}

fn escape(byte: u8) -> Option<u8> {
    match byte {
        b'\\' => Some(b'\\'),
        b'\n' => Some(b'n'),
        b'\r' => Some(b'r'),
        b'\t' => Some(b't'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: &[Option<&str>]) -> String {
        let mut buffer = Vec::new();
        push_row(&mut buffer, cells.iter().copied());
        String::from_utf8(buffer).unwrap()
    }

    #[test]
    fn null_is_neither_the_empty_text_nor_the_letters_of_its_mark() {
        assert_eq!(row(&[None, Some(""), Some("\\N")]), "\\N\t\t\\\\N\n");
    }

    #[test]
    fn what_the_format_gives_a_meaning_to_is_escaped() {
        assert_eq!(row(&[Some("a\tb\nc\r\\d")]), "a\\tb\\nc\\r\\\\d\n");
        // A line of its own that would end the copying.
        assert_eq!(row(&[Some("\\.")]), "\\\\.\n");
    }

    #[test]
    fn letters_of_more_than_a_byte_stay_as_they_are() {
        assert_eq!(
            row(&[Some("表\u{301}🦀"), Some("\u{1}")]),
            "表\u{301}🦀\t\u{1}\n"
        );
    }
}
