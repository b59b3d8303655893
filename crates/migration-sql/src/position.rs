//! Where a byte stands, as people count.

/// A line and a column, both from 1; the column counts characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The character within the line.
    pub column: usize,
}

impl Position {
    /// Where the byte at `offset` of `text` stands; an offset past the end, or within a character, is the place before it.
    pub fn of_byte(text: &str, offset: usize) -> Self {
        let before = &text[..text.floor_char_boundary(offset)];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            line: 1 + memchr::memchr_iter(b'\n', before.as_bytes()).count(),
            column: 1 + before[line_start..].chars().count(),
        }
    }

    /// Where the character numbered `number` (from 1, as the server's error field `P` counts) of `text` stands.
    ///
    /// **Source:** PostgreSQL, "Error and Notice Message Fields": positions are measured in characters, not bytes.
    pub fn of_character(text: &str, number: usize) -> Self {
        let offset = text
            .char_indices()
            .nth(number.saturating_sub(1))
            .map_or(text.len(), |(offset, _)| offset);
        Self::of_byte(text, offset)
    }
}
