//! Text that can't be taken for HTML.

use std::fmt::{self, Write as _};

/// Text that can't be taken for HTML, also not within an attribute. Control characters that HTML forbids become U+FFFD.
#[derive(Clone, Copy, Debug)]
pub(super) struct Escaped<'a>(pub(super) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => formatter.write_str("&amp;")?,
                '<' => formatter.write_str("&lt;")?,
                '>' => formatter.write_str("&gt;")?,
                '"' => formatter.write_str("&quot;")?,
                '\'' => formatter.write_str("&#39;")?,
                '\n' | '\t' => formatter.write_char(character)?,
                control if control.is_control() => formatter.write_char('\u{FFFD}')?,
                other => formatter.write_char(other)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_taken_for_html() {
        assert_eq!(
            Escaped("<script>\"a\" & 'b'\0</script>\r\n漢").to_string(),
            "&lt;script&gt;&quot;a&quot; &amp; &#39;b&#39;\u{FFFD}&lt;/script&gt;\u{FFFD}\n漢"
        );
    }
}
