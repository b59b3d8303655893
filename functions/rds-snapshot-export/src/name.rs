//! The names of export tasks.

use function_core::sha256_hex;
use jiff::civil::Date;

/// The longest identifier of an export task.
///
/// **Source**: what RDS answers to longer ones; see `docs/observed/rds.md`.
const LONGEST: usize = 60;

/// Room for the `-2` to `-9` of further attempts.
const SUFFIX: usize = 2;

/// How much of a digest stands for the rest of a name that is too long.
const DIGEST: usize = 8;

/// The name of the first export of `source` at `date`: `export-id-{environment}-{source}-{yyyyMMdd}`.
///
/// A source's name that is too long is cut, and a digest of the whole keeps it apart from others.
pub(crate) fn base_name(environment: &str, source: &str, date: Date) -> String {
    let head = format!("export-id-{environment}-");
    let tail = date.strftime("-%Y%m%d").to_string();
    let room = LONGEST - SUFFIX - head.len() - tail.len();
    if source.len() <= room {
        return format!("{head}{source}{tail}");
    }
    let digest = sha256_hex(source.as_bytes());
    let kept = source[..room - DIGEST - 1].trim_end_matches('-');
    format!("{head}{kept}-{}{tail}", &digest[..DIGEST])
}

/// The name of the export's `number`-th attempt, from 1.
pub(crate) fn attempt_name(base: &str, number: u32) -> String {
    match number {
        1 => base.to_owned(),
        number => format!("{base}-{number}"),
    }
}

/// Which attempt of `base` the task called `name` is, if it is one.
pub(crate) fn attempt_of(base: &str, name: &str) -> Option<u32> {
    match name.strip_prefix(base)? {
        "" => Some(1),
        rest => rest
            .strip_prefix('-')?
            .parse()
            .ok()
            .filter(|number| *number > 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date() -> Date {
        "2026-11-21".parse().unwrap()
    }

    #[test]
    fn the_name_is_the_articles_with_the_source_in_it() {
        assert_eq!(
            base_name("stg", "app-db", date()),
            "export-id-stg-app-db-20261121"
        );
    }

    #[test]
    fn a_long_name_is_cut_legally_and_stays_one_of_its_own() {
        let (one, other) = ("a-".repeat(31) + "b", "a-".repeat(31) + "c");
        let names = [one, other].map(|source| base_name("production-tokyo", &source, date()));
        assert_ne!(names[0], names[1]);
        for name in &names {
            let last = attempt_name(name, 9);
            assert!(last.len() <= LONGEST && !last.contains("--"), "{last}");
        }
    }

    #[test]
    fn attempts_are_told_apart() {
        let base = base_name("stg", "app-db", date());
        for number in 1..=9 {
            assert_eq!(
                attempt_of(&base, &attempt_name(&base, number)),
                Some(number)
            );
        }
        assert_eq!(attempt_of(&base, "export-id-stg-app-db-20261121-x"), None);
        assert_eq!(attempt_of(&base, "export-id-stg-app-db-20261122"), None);
    }
}
