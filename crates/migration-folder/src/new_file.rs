//! What the files of a new migration are called.

use std::fmt;
use std::str::FromStr;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use crate::{Direction, Version, VersionError};

/// `YYYYMMDDhhmmss`, as golang-migrate and Atlas write it.
const STAMP: &str = "%Y%m%d%H%M%S";

/// A file that is to be added to a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFile {
    /// Its name, without the folder's.
    pub name: String,
    /// Its content.
    pub text: String,
}

/// What a migration is about: lower-case letters, digits and `_`, so that it is the same name on every disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Title(String);

/// A text can't be a title.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` can't be the name of a migration: it has up to 100 lower-case letters, digits and `_`, such as `{offered}`"
)]
pub struct TitleError {
    /// The text.
    pub text: String,
    /// The nearest that can.
    pub offered: String,
}

impl NewFile {
    /// The file of `version`, `title` and `direction` with `text` in it.
    pub fn new(version: Version, title: &Title, direction: Direction, text: String) -> Self {
        let name = format!("{version}_{title}.{direction}.sql");
        Self { name, text }
    }
}

/// The version of a migration that is made at `now`: the time in UTC, such as 20230330013250.
///
/// It is always above `newest`. Where that is from this second, or from a clock that is ahead, it is one second
/// later than that one; where that is no time, one more.
///
/// # Errors
/// `newest` is the highest there is.
pub fn next_version(newest: Option<Version>, now: Timestamp) -> Result<Version, VersionError> {
    let stamp = |time: DateTime| time.strftime(STAMP).to_string().parse::<Version>();
    let now = stamp(now.to_zoned(TimeZone::UTC).datetime())?;
    let Some(newest) = newest.filter(|newest| *newest >= now) else {
        return Ok(now);
    };
    let time = DateTime::strptime(STAMP, newest.to_string());
    match time.and_then(|time| time.checked_add(1.second())) {
        Ok(next) => stamp(next),
        Err(_) => Version::new(newest.to_bigint().unsigned_abs() + 1),
    }
}

impl FromStr for Title {
    type Err = TitleError;

    fn from_str(text: &str) -> Result<Self, TitleError> {
        let offered = offer(text);
        if text == offered {
            return Ok(Self(offered));
        }
        let text = text.to_owned();
        Err(TitleError { text, offered })
    }
}

/// The nearest title. A title of `up` in the middle of dots can't be written, for there are no dots.
fn offer(text: &str) -> String {
    const CHARACTERS_MAX: usize = 100;
    let lower = text.trim().to_lowercase();
    let kept = lower
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' });
    let mut title = String::new();
    for c in kept.take(CHARACTERS_MAX) {
        if c != '_' || text.contains("__") || !title.ends_with('_') {
            title.push(c);
        }
    }
    if title.bytes().all(|byte| byte == b'_') {
        return "init".to_owned();
    }
    title
}

impl fmt::Display for Title {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::FileName;

    fn next(newest: Option<&str>, now: &str) -> String {
        let newest = newest.map(|version| version.parse().unwrap());
        next_version(newest, now.parse().unwrap())
            .unwrap()
            .to_string()
    }

    #[test]
    fn a_version_is_the_time_in_utc() {
        let now = "2023-03-30T10:32:50+09:00";
        assert_eq!(next(None, now), "20230330013250");
        assert_eq!(next(Some("12"), now), "20230330013250");
        assert_eq!(next(Some("20230330013249"), now), "20230330013250");
    }

    #[test]
    fn a_version_is_always_above_the_newest() {
        let now = "2023-03-30T01:32:50Z";
        assert_eq!(next(Some("20230330013250"), now), "20230330013251");
        assert_eq!(next(Some("20231231235959"), now), "20240101000000");
        assert_eq!(next(Some("99990000000000"), now), "99990000000001");
        assert!(
            next_version(
                Version::new(i64::MAX.unsigned_abs()).ok(),
                now.parse().unwrap()
            )
            .is_err()
        );
    }

    #[test]
    fn a_file_is_named_by_version_title_and_direction() {
        let title: Title = "add_address".parse().unwrap();
        let version = "20230330050530".parse().unwrap();
        let file = NewFile::new(version, &title, Direction::Down, String::new());
        assert_eq!(file.name, "20230330050530_add_address.down.sql");
    }

    #[test]
    fn a_title_that_differs_between_disks_is_refused_with_one_that_does_not() {
        for (text, offered) in [
            ("Add Address", "add_address"),
            ("add-address", "add_address"),
            ("a/../b", "a_b"),
            ("a.up.b", "a_up_b"),
            ("", "init"),
            ("会社", "init"),
        ] {
            let error = text.parse::<Title>().unwrap_err();
            assert_eq!(error.offered, offered, "{text}");
        }
        let words = "Init".parse::<Title>().unwrap_err().to_string();
        assert!(words.ends_with("such as `init`"), "{words}");
    }

    proptest! {
        #[test]
        fn what_is_offered_is_a_title_and_part_of_a_name(text in "\\PC{0,120}") {
            let title: Title = offer(&text).parse().unwrap();
            let version = Version::new(7).unwrap();
            let file = NewFile::new(version, &title, Direction::Up, String::new());
            let name = FileName::parse(&file.name).unwrap().unwrap();
            prop_assert_eq!(name.title, title.to_string());
        }
    }
}
