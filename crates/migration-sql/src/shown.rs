//! A statement as it may be shown: without what its strings hold, which may be secrets and persons' data.

use crate::lexer::{Kind, Lexer};

/// `text` on one line, each string constant as `'…'` and without comments. What is within quotes that do not end is left out.
pub fn shown(text: &str) -> String {
    let mut lexer = Lexer::new(text);
    let (mut shown, mut end) = (String::new(), 0);
    loop {
        let Ok(token) = lexer.next() else {
            shown.push_str(if end == 0 { "…" } else { " …" });
            return shown;
        };
        let Some(token) = token else {
            return shown;
        };
        if token.kind != Kind::Comment {
            if !shown.is_empty() && token.offset > end {
                shown.push(' ');
            }
            shown.push_str(match token.kind {
                Kind::String => "'…'",
                _ => token.text,
            });
        }
        end = token.end();
        // A comment stands for a blank.
        if token.kind == Kind::Comment {
            end = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_string_is_shown() {
        for (text, expected) in [
            (
                "ALTER ROLE a\n  PASSWORD 'it''s', E'\\'b', $x$c$x$, 1.5 -- 'd'",
                "ALTER ROLE a PASSWORD '…', '…', '…', 1.5",
            ),
            ("SELECT/* a */1", "SELECT 1"),
            ("SELECT \"A b\"::text", "SELECT \"A b\"::text"),
            ("ALTER ROLE a PASSWORD 'hun", "ALTER ROLE a PASSWORD …"),
            ("'hun", "…"),
        ] {
            assert_eq!(shown(text), expected);
        }
    }
}
