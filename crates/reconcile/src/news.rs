//! Whether people know already.

use run_record::RunRecord;

/// Whether there is something else to do than what people were told, or something else has happened.
///
/// Numbers and what stands in parentheses change from look to look: hours, per cent, ids of requests.
pub(crate) fn is_news(record: &RunRecord, what_happened: &str, what_to_do: &str) -> bool {
    let same_to_do = record.told.as_deref() == Some(what_to_do);
    let same_fault = |before: &String| essence(before) == essence(what_happened);
    !same_to_do
        || record
            .error
            .as_ref()
            .is_some_and(|before| !same_fault(before))
}

/// The words that stay the same while a fault does.
fn essence(words: &str) -> String {
    let mut depth = 0_u32;
    let mut kept = String::new();
    for character in words.chars() {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            character if depth == 0 && !character.is_ascii_digit() => kept.push(character),
            _ => {}
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_from_look_to_look_is_no_news() {
        assert_eq!(
            essence("refused (status 400, request a1-b2) for 13 h"),
            essence("refused (status 400, request c3) for 14 h")
        );
        assert_ne!(essence("no bucket"), essence("no key"));
    }
}
