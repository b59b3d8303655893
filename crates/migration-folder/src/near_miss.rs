//! What a file that is no migration should be called, where it seems to be meant as one.

/// The name that `name` should have; `None` when it does not look like a migration.
///
/// A migration has a number at its beginning (Flyway's `V` or `U` before it), or says `up` or `down`, and is SQL.
pub(crate) fn near_miss(name: &str) -> Option<String> {
    let lower = name.to_lowercase();
    let stem = lower.strip_suffix(".sql")?;
    let (stem, is_down) = direction(stem);
    let flyway = stem.strip_prefix(['v', 'u', 'r']);
    let is_undo = stem.starts_with('u');
    let numbered = match flyway {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_digit()) => rest,
        _ => stem,
    };
    let end = numbered
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(numbered.len());
    let (digits, rest) = numbered.split_at(end);
    if digits.is_empty() {
        return None;
    }
    let is_flyway = numbered.len() < stem.len();
    let direction = if is_down || (is_flyway && is_undo) {
        "down"
    } else {
        "up"
    };
    Some(format!(
        "{digits}_{title}.{direction}.sql",
        title = title(rest)
    ))
}

/// The stem without its direction, and whether that is down. Separators other than dots are common.
fn direction(stem: &str) -> (&str, bool) {
    for separator in ['.', '_', '-'] {
        for (word, is_down) in [("up", false), ("down", true)] {
            let cut = stem
                .strip_suffix(word)
                .and_then(|stem| stem.strip_suffix(separator));
            if let Some(stem) = cut {
                return (stem, is_down);
            }
        }
    }
    (stem, false)
}

/// Letters and digits, with one `_` for whatever is between them.
fn title(text: &str) -> String {
    let words = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_other_tools_get_the_name_they_should_have() {
        for (name, meant) in [
            ("V1__init.sql", "1_init.up.sql"),
            ("U1__init.sql", "1_init.down.sql"),
            ("V1.2__add_address.sql", "1_2_add_address.up.sql"),
            ("1-init.up.sql", "1_init.up.sql"),
            ("1-init.down.sql", "1_init.down.sql"),
            ("20230330013250_init.sql", "20230330013250_init.up.sql"),
            ("1_init.UP.SQL", "1_init.up.sql"),
            ("1_init_down.sql", "1_init.down.sql"),
            ("001.sql", "001_.up.sql"),
            ("1 init.sql", "1_init.up.sql"),
        ] {
            assert_eq!(near_miss(name).as_deref(), Some(meant), "{name}");
        }
    }

    #[test]
    fn other_files_are_no_near_misses() {
        for name in [
            "seed.sql",
            "README.md",
            "1_init.txt",
            "views.sql",
            "up.sql",
            "V.sql",
        ] {
            assert_eq!(near_miss(name), None, "{name}");
        }
    }
}
