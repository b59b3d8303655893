//! The environment as a value, and reading settings from it.

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::str::FromStr;

use jiff::SignedDuration;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::{Pattern, Secret};

/// Environment variables as a value, so that tests need not change the process's own.
#[derive(Clone, Default)]
pub struct Env(BTreeMap<String, String>);

impl Env {
    /// The variables of this process. Names or values that are not UTF-8 are left out.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that asks the process"
    )]
    pub fn from_process() -> Self {
        Self(
            std::env::vars_os()
                .filter_map(|(name, value)| {
                    Some((name.into_string().ok()?, value.into_string().ok()?))
                })
                .collect(),
        )
    }

    /// The value of `name`, trimmed; blank is unset.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(|value| value.trim())
            .filter(|value| !value.is_empty())
    }

    /// The same environment with `name` set to `value`.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// The names that are set.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Env {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        Self(
            pairs
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }
}

impl fmt::Debug for Env {
    /// Names only: a value may be a secret.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}

/// Reads settings and collects every fault, so that all of them are named at once.
///
/// A setting at fault reads as its type's default until [`Settings::finish`] refuses the whole:
///
/// ```text
/// let mut settings = Settings::new(env);
/// let config = Config {
///     bucket: settings.required("BUCKET", "the bucket's address, such as gs://backups"),
///     page_size: settings.bounded("PAGE_SIZE", 500, 1..=500, "a page holds 1 to 500 records"),
/// };
/// settings.finish()?;
/// ```
#[derive(Debug)]
pub struct Settings<'a> {
    env: &'a Env,
    faults: Vec<Fault>,
}

impl<'a> Settings<'a> {
    /// Reads from `env`.
    pub fn new(env: &'a Env) -> Self {
        Self {
            env,
            faults: Vec::new(),
        }
    }

    /// The environment that is read.
    pub fn env(&self) -> &'a Env {
        self.env
    }

    /// The text of `name`, if set.
    pub fn optional(&self, name: &str) -> Option<&'a str> {
        self.env.get(name)
    }

    /// The text of `name`; unset is a fault that tells `what` it holds.
    pub fn required(&mut self, name: &str, what: &str) -> String {
        if let Some(value) = self.env.get(name) {
            return value.to_owned();
        }
        self.faults.push(Fault::missing(name, what));
        String::new()
    }

    /// `name` parsed, or `default` when unset; `rule` says what a right value looks like.
    pub fn parsed_or<T: FromStr>(&mut self, name: &str, default: T, rule: &str) -> T {
        let Some(text) = self.env.get(name) else {
            return default;
        };
        text.parse().unwrap_or_else(|_| {
            self.faults.push(Fault::invalid(name, text, rule));
            default
        })
    }

    /// `name` parsed and within `bounds`, or `default` when unset.
    pub fn bounded<T: FromStr + PartialOrd + Copy>(
        &mut self,
        name: &str,
        default: T,
        bounds: std::ops::RangeInclusive<T>,
        rule: &str,
    ) -> T {
        let value = self.parsed_or(name, default, rule);
        if bounds.contains(&value) {
            return value;
        }
        self.refuse(name, rule);
        default
    }

    /// The parts of `name` between its commas, trimmed; blank ones are left out.
    pub fn list(&self, name: &str) -> Vec<String> {
        let parts = self.env.get(name).unwrap_or_default().split(',');
        let parts = parts.map(str::trim).filter(|part| !part.is_empty());
        parts.map(ToOwned::to_owned).collect()
    }

    /// The same as patterns of names.
    pub fn patterns(&self, name: &str) -> Vec<Pattern> {
        self.list(name).into_iter().map(Pattern::new).collect()
    }

    /// A duration of at least a minute in hours and minutes, such as `30h` or `1h 30m`.
    pub fn duration_or(&mut self, name: &str, default: SignedDuration) -> SignedDuration {
        let rule = "a duration of at least a minute, such as 30h or 1h 30m";
        let duration = self.parsed_or(name, default, rule);
        if duration >= SignedDuration::from_mins(1) {
            return duration;
        }
        self.refuse(name, rule);
        default
    }

    /// `TIME_ZONE`: the company's zone, by its IANA name. Default `Asia/Tokyo`.
    pub fn time_zone(&mut self) -> TimeZone {
        let name = self.env.get("TIME_ZONE").unwrap_or("Asia/Tokyo");
        // The rules inside the program: jiff's own search first reads through all folders of the system's, which
        // is a third of what a cold start costs.
        let zone = TimeZoneDatabase::bundled().get(name);
        zone.unwrap_or_else(|_| {
            self.refuse(
                "TIME_ZONE",
                "a name of the IANA database, such as Asia/Tokyo",
            );
            TimeZone::UTC
        })
    }

    /// The secret `name`: the content of the file that `{name}_FILE` names, else the value of `name`.
    ///
    /// Trailing line ends of a file are dropped. A file that can't be read, or is blank, is a fault.
    pub fn secret(&mut self, name: &str) -> Option<Secret> {
        let file_name = format!("{name}_FILE");
        let Some(path) = self.env.get(&file_name) else {
            return self.env.get(name).map(Secret::new);
        };
        let rule = match std::fs::read_to_string(path) {
            Ok(content) if !content.trim().is_empty() => {
                return Some(Secret::new(content.trim_end_matches(['\r', '\n'])));
            }
            Ok(_) => "the file is blank; it must hold the secret".to_owned(),
            Err(error) => format!("the file can't be read: {error}"),
        };
        self.faults.push(Fault::invalid(&file_name, path, &rule));
        None
    }

    /// Notes that the value of `name` breaks `rule`. The value is shown: not for secrets.
    pub fn refuse(&mut self, name: &str, rule: &str) {
        let value = self.env.get(name).unwrap_or_default();
        self.faults.push(Fault::invalid(name, value, rule));
    }

    /// Notes that the secret `name` breaks `rule`, without showing it.
    pub fn refuse_secret(&mut self, name: &str, rule: &str) {
        self.faults.push(Fault::invalid(name, "(hidden)", rule));
    }

    /// Notes that `name` is missing, which holds `what`.
    pub fn missing(&mut self, name: &str, what: &str) {
        self.faults.push(Fault::missing(name, what));
    }

    /// Refuses all settings if any was at fault.
    ///
    /// # Errors
    /// Every fault that was found.
    pub fn finish(self) -> Result<(), ConfigError> {
        if self.faults.is_empty() {
            Ok(())
        } else {
            Err(ConfigError {
                faults: self.faults,
            })
        }
    }
}

/// The settings can't be used; every fault is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// What is wrong, one a setting.
    pub faults: Vec<Fault>,
}

impl Display for ConfigError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.faults.iter().enumerate() {
            if index > 0 {
                formatter.write_str("; ")?;
            }
            fault.fmt(formatter)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

/// What is wrong with one setting.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It must be set.
    #[error("{name} is not set: {what}")]
    Missing {
        /// The variable.
        name: String,
        /// What it holds.
        what: String,
    },
    /// Its value breaks a rule.
    #[error("{name} is `{value}`: {rule}")]
    Invalid {
        /// The variable.
        name: String,
        /// Its value.
        value: String,
        /// What a right value looks like.
        rule: String,
    },
}

impl Fault {
    fn missing(name: &str, what: &str) -> Self {
        Self::Missing {
            name: name.to_owned(),
            what: what.to_owned(),
        }
    }

    fn invalid(name: &str, value: &str, rule: &str) -> Self {
        Self::Invalid {
            name: name.to_owned(),
            value: value.to_owned(),
            rule: rule.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_every_fault_at_once() {
        let env = Env::from_iter([("PAGE_SIZE", "501"), ("LEVEL", "high"), ("BLANK", " ")]);
        let mut settings = Settings::new(&env);
        settings.required("BLANK", "the bucket's address");
        settings.bounded("PAGE_SIZE", 500, 1..=500, "a page holds 1 to 500 records");
        settings.parsed_or("LEVEL", 6_u8, "a whole number");
        assert_eq!(
            settings.finish().unwrap_err().to_string(),
            "BLANK is not set: the bucket's address; \
             PAGE_SIZE is `501`: a page holds 1 to 500 records; \
             LEVEL is `high`: a whole number"
        );
    }

    #[test]
    fn unset_is_the_default() {
        let env = Env::default();
        let mut settings = Settings::new(&env);
        assert_eq!(settings.bounded("PAGE_SIZE", 500, 1..=500, ""), 500);
        assert!(settings.secret("TOKEN").is_none());
        settings.finish().unwrap();
    }

    #[test]
    fn a_secret_comes_from_its_file_before_its_variable() {
        let path =
            std::env::temp_dir().join(format!("function-core-secret-{}", std::process::id()));
        std::fs::write(&path, "from-file\r\n").unwrap();
        let env = Env::default()
            .with("TOKEN", "from-env")
            .with("TOKEN_FILE", path.display().to_string());
        let mut settings = Settings::new(&env);
        assert_eq!(settings.secret("TOKEN").unwrap().expose(), "from-file");
        std::fs::remove_file(&path).unwrap();
        assert!(settings.secret("TOKEN").is_none());
        let words = settings.finish().unwrap_err().to_string();
        assert!(
            words.starts_with("TOKEN_FILE is `") && words.contains("can't be read"),
            "{words}"
        );
    }

    #[test]
    fn a_secret_at_fault_is_not_shown() {
        let env = Env::default().with("TOKEN", "s3cr3t");
        let mut settings = Settings::new(&env);
        settings.refuse_secret("TOKEN", "a token has 40 characters");
        assert_eq!(
            settings.finish().unwrap_err().to_string(),
            "TOKEN is `(hidden)`: a token has 40 characters"
        );
    }

    #[test]
    fn never_prints_a_value() {
        let env = Env::default().with("TOKEN", "s3cr3t");
        assert!(!format!("{env:?}").contains("s3cr3t"));
    }
}
