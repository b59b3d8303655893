//! Names and strings in statements.

/// `identifier` in quotes: whatever it holds, it is one name.
///
/// Source: PostgreSQL documentation, "Identifiers and Key Words".
pub fn quote_identifier(identifier: &str) -> String {
    format!("\"{}\"", identifier.replace('"', "\"\""))
}

/// `text` as a constant of SQL, whatever `standard_conforming_strings` says, for where nothing can be bound.
///
/// Source: PostgreSQL documentation, "String Constants With C-Style Escapes".
pub fn quote_literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if quoted.contains('\\') {
        return format!("E'{}'", quoted.replace('\\', "\\\\"));
    }
    format!("'{quoted}'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_is_one_string_whatever_it_holds() {
        assert_eq!(quote_literal("it's"), "'it''s'");
        assert_eq!(quote_literal("a\\'b"), "E'a\\\\''b'");
    }

    #[test]
    fn whatever_it_holds_it_is_one_name() {
        assert_eq!(quote_identifier("select"), "\"select\"");
        assert_eq!(quote_identifier("we\"ird; --"), "\"we\"\"ird; --\"");
        assert_eq!(quote_identifier("日本語"), "\"日本語\"");
    }
}
