//! Names in statements.

/// `identifier` in quotes: whatever it holds, it is one name.
///
/// Source: PostgreSQL documentation, "Identifiers and Key Words".
pub fn quote_identifier(identifier: &str) -> String {
    format!("\"{}\"", identifier.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_it_holds_it_is_one_name() {
        assert_eq!(quote_identifier("select"), "\"select\"");
        assert_eq!(quote_identifier("we\"ird; --"), "\"we\"\"ird; --\"");
        assert_eq!(quote_identifier("日本語"), "\"日本語\"");
    }
}
