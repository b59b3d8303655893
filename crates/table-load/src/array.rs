//! Cells that hold several texts.

/// Refuses a cell that is no JSON array of texts.
pub(crate) fn parse(cell: &str) -> Result<Vec<Option<String>>, String> {
    serde_json::from_str(cell).map_err(|error| format!("it is no JSON array of texts: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_is_no_array_of_texts() {
        for cell in ["", "a", "{}", "[1]", r#"[["a"]]"#] {
            assert!(parse(cell).is_err(), "{cell}");
        }
    }
}
