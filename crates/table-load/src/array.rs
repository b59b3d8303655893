//! A JSON array of texts, and PostgreSQL's literal of the same.

/// Rewrites the JSON array `cell` as a PostgreSQL array literal: `["a","b"]` becomes `{"a","b"}`.
///
/// # Errors
/// What is wrong with the cell, for a person.
pub(crate) fn array_literal(cell: &str) -> Result<String, String> {
    let texts = parse(cell)?;
    let mut literal = String::with_capacity(cell.len() + 2);
    literal.push('{');
    for (index, text) in texts.iter().enumerate() {
        if index > 0 {
            literal.push(',');
        }
        match text {
            None => literal.push_str("NULL"),
            Some(text) => push_quoted(&mut literal, text),
        }
    }
    literal.push('}');
    Ok(literal)
}

/// Refuses a cell that is no JSON array of texts.
pub(crate) fn parse(cell: &str) -> Result<Vec<Option<String>>, String> {
    serde_json::from_str(cell).map_err(|error| format!("it is no JSON array of texts: {error}"))
}

fn push_quoted(literal: &mut String, text: &str) {
    literal.push('"');
    for character in text.chars() {
        if matches!(character, '"' | '\\') {
            literal.push('\\');
        }
        literal.push(character);
    }
    literal.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_what_a_literal_would_misread() {
        let cell = r#"["a, b","say \"hi\"","c:\\d","",null,"NULL","{}"]"#;
        let literal = r#"{"a, b","say \"hi\"","c:\\d","",NULL,"NULL","{}"}"#;
        assert_eq!(array_literal(cell).unwrap(), literal);
        assert_eq!(array_literal("[]").unwrap(), "{}");
    }

    #[test]
    fn refuses_what_is_no_array_of_texts() {
        for cell in ["", "a", "{}", "[1]", r#"[["a"]]"#] {
            assert!(array_literal(cell).is_err(), "{cell}");
        }
    }
}
