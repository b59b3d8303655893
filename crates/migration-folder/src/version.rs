//! A migration's version.

use std::fmt;
use std::str::FromStr;

/// The version of a migration: a whole number that the `bigint` of `schema_migrations` holds.
///
/// Zero is a version like any other; that nothing is applied is no version at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(i64);

/// A text is no version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VersionError {
    /// It is no whole number.
    #[error("version `{text}` is not a whole number of decimal digits")]
    NotANumber {
        /// The text.
        text: String,
    },
    /// The column of `schema_migrations` has no room for it.
    #[error(
        "version {text} is above {max}, the largest number that the column schema_migrations.version holds",
        max = i64::MAX
    )]
    TooLarge {
        /// The digits.
        text: String,
    },
}

impl Version {
    /// The version `number`.
    ///
    /// # Errors
    /// It is above `i64::MAX`.
    pub fn new(number: u64) -> Result<Self, VersionError> {
        let text = || number.to_string();
        i64::try_from(number)
            .map(Self)
            .map_err(|_| VersionError::TooLarge { text: text() })
    }

    /// What the `bigint` of `schema_migrations` holds; `None` for the negative numbers, which are no versions.
    pub fn from_bigint(number: i64) -> Option<Self> {
        (number >= 0).then_some(Self(number))
    }

    /// The number as the `bigint` of `schema_migrations` holds it.
    pub fn to_bigint(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl FromStr for Version {
    type Err = VersionError;

    /// Leading zeros do not matter.
    fn from_str(text: &str) -> Result<Self, VersionError> {
        let text = text.to_owned();
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(VersionError::NotANumber { text });
        }
        match text.parse() {
            Ok(number) => Ok(Self(number)),
            Err(_) => Err(VersionError::TooLarge { text }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leading_zeros_do_not_matter() {
        assert_eq!("0007".parse(), Version::new(7));
        assert_eq!("000".parse(), Version::new(0));
    }

    #[test]
    fn the_largest_version_is_the_largest_bigint() {
        let most: Version = "9223372036854775807".parse().unwrap();
        assert_eq!(most.to_bigint(), i64::MAX);
        let words = "9223372036854775808".parse::<Version>().unwrap_err();
        assert_eq!(
            words.to_string(),
            "version 9223372036854775808 is above 9223372036854775807, the largest number that the column \
             schema_migrations.version holds"
        );
        assert!(Version::new(u64::MAX).is_err());
    }

    #[test]
    fn only_digits_are_a_version() {
        for text in ["", "-1", "+1", "1 ", "1.0", "٣", "v1"] {
            let error = text.parse::<Version>().unwrap_err();
            assert!(matches!(error, VersionError::NotANumber { .. }), "{text}");
        }
        assert_eq!(Version::from_bigint(-1), None);
    }
}
