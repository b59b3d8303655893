//! The address of an SQLite database.

use std::path::PathBuf;

use function_core::Secret;

use crate::LoadError;

/// A file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub(super) path: PathBuf,
}

impl Address {
    /// Reads `sqlite:PATH`, `sqlite://PATH` or `sqlite:///PATH`.
    pub(crate) fn parse(url: &Secret) -> Result<Self, LoadError> {
        let rest = url.expose().strip_prefix("sqlite:").unwrap_or_default();
        let path = rest.strip_prefix("//").unwrap_or(rest);
        if path.is_empty() || path == ":memory:" {
            let rule = "it is `sqlite:PATH`, and PATH is a file: a database in memory would be gone at once";
            return Err(LoadError::Url {
                rule: rule.to_owned(),
            });
        }
        Ok(Self { path: path.into() })
    }

    pub(crate) fn describe(&self) -> String {
        format!("sqlite:{}", self.path.display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_absolute_or_not() {
        let path = |url: &str| Address::parse(&Secret::new(url)).map(|address| address.path);
        assert_eq!(path("sqlite:out/k.db").unwrap(), PathBuf::from("out/k.db"));
        assert_eq!(
            path("sqlite://out/k.db").unwrap(),
            PathBuf::from("out/k.db")
        );
        assert_eq!(
            path("sqlite:///out/k.db").unwrap(),
            PathBuf::from("/out/k.db")
        );
        assert_eq!(
            path("sqlite:/out/k.db").unwrap(),
            PathBuf::from("/out/k.db")
        );
        assert!(path("sqlite:").is_err());
        assert!(path("sqlite::memory:").is_err());
    }
}
