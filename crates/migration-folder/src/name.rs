//! Which file names are migrations, by golang-migrate's rule.

use std::fmt;

use crate::{Version, VersionError};

/// Which way a file goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// From the version below to this one.
    Up,
    /// From this version to the one below.
    Down,
}

impl Direction {
    /// `up` or `down`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
        }
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The name of a migration's file: `{digits}_{title}.{up or down}.{anything}`.
///
/// The title may be empty and may hold dots; the last `.up.` or `.down.` of the name counts. So
/// `1_a.up.sql.bak` is a migration too, and `1_.down.` as well.
///
/// **Source:** golang-migrate, `source/parse.go`: `^([0-9]+)_(.*)\.(down|up)\.(.*)$`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileName {
    /// The number before the first `_`.
    pub version: Version,
    /// What is between that and the direction.
    pub title: String,
    /// Which way it goes.
    pub direction: Direction,
}

impl FileName {
    /// Reads `name`; `None` when it is no migration's.
    ///
    /// # Errors
    /// It is a migration's, of a version that no `bigint` holds. golang-migrate stores a wrong number then, or
    /// passes the file over in silence.
    pub fn parse(name: &str) -> Result<Option<Self>, VersionError> {
        let Some(parts) = Parts::of(name) else {
            return Ok(None);
        };
        Ok(Some(Self {
            version: parts.digits.parse()?,
            title: parts.title.to_owned(),
            direction: parts.direction,
        }))
    }
}

struct Parts<'a> {
    digits: &'a str,
    title: &'a str,
    direction: Direction,
}

impl<'a> Parts<'a> {
    fn of(name: &'a str) -> Option<Self> {
        let (digits, rest) = name.split_once('_')?;
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        // In golang-migrate's expression a dot stands for anything but a line feed.
        if !is_number || rest.contains('\n') {
            return None;
        }
        let up = rest.rfind(".up.").map(|at| (at, Direction::Up));
        let down = rest.rfind(".down.").map(|at| (at, Direction::Down));
        let (at, direction) = up.max(down)?;
        Some(Self {
            digits,
            title: &rest[..at],
            direction,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parsed(name: &str) -> Option<(i64, String, Direction)> {
        let name = FileName::parse(name).unwrap()?;
        Some((name.version.to_bigint(), name.title, name.direction))
    }

    #[test]
    fn a_name_is_digits_title_direction_and_anything() {
        let seen = |name, version, title: &str, direction| {
            assert_eq!(
                parsed(name),
                Some((version, title.to_owned(), direction)),
                "{name}"
            );
        };
        seen(
            "20230330013250_init.up.sql",
            20_230_330_013_250,
            "init",
            Direction::Up,
        );
        seen("001_init.down.sql", 1, "init", Direction::Down);
        seen("0_zero.up.sql", 0, "zero", Direction::Up);
        seen("1_.up.sql", 1, "", Direction::Up);
        seen("1_a.b.c.up.sql", 1, "a.b.c", Direction::Up);
        seen("1_会社.up.sql", 1, "会社", Direction::Up);
        seen("1_a_b-c d.up.sql", 1, "a_b-c d", Direction::Up);
        seen("1_a.up.sql.bak", 1, "a", Direction::Up);
        seen("1_a.up.", 1, "a", Direction::Up);
        seen("1_a.up.json", 1, "a", Direction::Up);
        seen("1__a.up.sql", 1, "_a", Direction::Up);
    }

    #[test]
    fn the_last_direction_of_a_name_counts() {
        assert_eq!(parsed("1_a.down.up.sql").unwrap().2, Direction::Up);
        assert_eq!(parsed("1_a.up.down.sql").unwrap().2, Direction::Down);
        assert_eq!(parsed("1_a.up.up.sql").unwrap().1, "a.up");
        assert_eq!(parsed("1_.up.down.up.x").unwrap().1, ".up.down");
    }

    #[test]
    fn other_names_are_no_migrations() {
        for name in [
            "",
            "atlas.sum",
            "V1__init.sql",
            "1-init.up.sql",
            "1_init.sql",
            "1_init.UP.sql",
            "1_init.up",
            "_init.up.sql",
            "a1_init.up.sql",
            " 1_init.up.sql",
            "1init.up.sql",
            "+1_init.up.sql",
            "١_init.up.sql",
            "1_a\nb.up.sql",
            "1.up.sql",
            "1_up.sql",
        ] {
            assert_eq!(parsed(name), None, "{name:?}");
        }
    }

    #[test]
    fn a_version_that_no_bigint_holds_is_told() {
        let words = FileName::parse("99999999999999999999_a.up.sql").unwrap_err();
        assert!(matches!(words, VersionError::TooLarge { .. }));
    }

    proptest! {
        #[test]
        fn every_name_made_of_its_parts_is_read_back(
            version in 0..=i64::MAX, zeros in 0_usize..4, title in "[^/\n\0]{0,20}", up: bool, extension in "[a-z.]{0,6}",
        ) {
            let direction = if up { Direction::Up } else { Direction::Down };
            let name = format!("{}{version}_{title}.{direction}.{extension}", "0".repeat(zeros));
            prop_assume!(!extension.contains("up.") && !extension.contains("down."));
            prop_assert_eq!(parsed(&name), Some((version, title, direction)));
        }

        #[test]
        fn no_name_panics(name in "\\PC*") {
            FileName::parse(&name).ok();
        }
    }
}
