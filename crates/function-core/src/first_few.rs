//! Long lists in short words.

use std::borrow::Borrow;

/// The first `most` of `words`, and how many more there are: a person reads ten lines, not a thousand.
///
/// Shape: four words with `most == 2` and `", "` between them give `a, b, and 2 more`.
pub fn first_few(words: &[impl Borrow<str>], most: usize, between: &str) -> String {
    let shown = words[..words.len().min(most)].join(between);
    match words.len().saturating_sub(most) {
        0 => shown,
        more => format!("{shown}{between}and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_named_is_counted() {
        for (most, between, expected) in [
            (2, ", ", "a, b, and 1 more"),
            (1, "; ", "a; and 2 more"),
            (3, ", ", "a, b, c"),
            (20, ", ", "a, b, c"),
        ] {
            assert_eq!(first_few(&["a", "b", "c"], most, between), expected);
        }
        assert_eq!(first_few(&[] as &[String], 3, ", "), "");
    }
}
