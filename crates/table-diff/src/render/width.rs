//! How wide text is on a terminal.

/// How many columns `text` takes on a terminal: characters of East Asia take two.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(columns).sum()
}

/// `text` with spaces behind it up to `columns`.
pub(super) fn left(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// `text` with spaces before it up to `columns`.
pub(super) fn right(text: &str, columns: usize) -> String {
    format!("{}{text}", " ".repeat(columns.saturating_sub(width(text))))
}

/// **Source**: Unicode, `EastAsianWidth.txt`: the blocks whose characters are wide or full width, and the common combining marks.
fn columns(character: char) -> usize {
    match u32::from(character) {
        0x0300..=0x036F | 0x200B..=0x200F | 0x3099..=0x309A | 0xFE00..=0xFE0F => 0,
        0x1100..=0x115F
        | 0x2E80..=0xA4CF
        | 0xAC00..=0xD7A3
        | 0xF900..=0xFAFF
        | 0xFE30..=0xFE6F
        | 0xFF01..=0xFF60
        | 0xFFE0..=0xFFE6
        | 0x1_F300..=0x1_FAFF
        | 0x2_0000..=0x3_FFFD => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_of_east_asia_take_two_columns() {
        assert_eq!(width("item"), 4);
        assert_eq!(width("商品(新)"), 8);
        assert_eq!(width("ﾃﾞｰﾀ"), 4);
        assert_eq!(width("e\u{301}"), 1);
        assert_eq!(left("商品", 6), "商品  ");
        assert_eq!(right("商品", 6), "  商品");
    }
}
