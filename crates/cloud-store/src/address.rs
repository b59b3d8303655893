//! Where a store is: its scheme, bucket or folder, and prefix.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use function_core::{Env, Settings, chain};

use crate::port::Backend;
use crate::{Memory, StoreError, file};

/// The address of a store.
///
/// | address | store |
/// |---|---|
/// | `gs://bucket/prefix` | Cloud Storage |
/// | `s3://bucket/prefix` | Amazon S3 |
/// | `file:///folder`, `./folder`, `/folder` | the file system |
/// | `memory:` | memory, for tests |
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    place: Place,
    /// Ends with `/` unless empty.
    prefix: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Gs { bucket: String },
    S3 { bucket: String },
    File { folder: PathBuf },
    Memory,
}

const RULE: &str = "write gs://bucket/prefix, s3://bucket/prefix, file:///folder or ./folder";

impl FromStr for Address {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        let refuse = |rule: &str| StoreError::Address {
            address: text.to_owned(),
            rule: rule.to_owned(),
        };
        if text == "memory:" {
            return Ok(Self::memory());
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            return if text.is_empty() {
                Err(refuse(RULE))
            } else {
                Ok(Self::file(Path::new(text)))
            };
        };
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let bucket_place = |place: fn(String) -> Place| {
            if bucket.is_empty() {
                return Err(refuse("the bucket's name is missing"));
            }
            if !bucket
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
            {
                return Err(refuse(
                    "a bucket's name has letters, digits, `-`, `_` and `.`",
                ));
            }
            Ok(Self {
                place: place(bucket.to_owned()),
                prefix: folder_prefix(prefix),
            })
        };
        match scheme {
            "gs" => bucket_place(|bucket| Place::Gs { bucket }),
            "s3" => bucket_place(|bucket| Place::S3 { bucket }),
            "file" if rest.starts_with('/') => Ok(Self::file(Path::new(rest))),
            "file" => Err(refuse(
                "a file address has three slashes, as in file:///folder",
            )),
            _ => Err(refuse(RULE)),
        }
    }
}

impl Address {
    /// The address in the setting `name`, where it is set. What no store could have is refused while other faults are named, too.
    pub fn from_settings(settings: &mut Settings<'_>, name: &str) -> Option<String> {
        let text = settings.optional(name)?;
        match text.parse::<Self>() {
            Ok(_) => {}
            Err(StoreError::Address { rule, .. }) => settings.refuse(name, &rule),
            Err(error) => settings.refuse(name, &chain(&error)),
        }
        Some(text.to_owned())
    }

    /// The address of a folder.
    pub fn file(folder: &Path) -> Self {
        Self {
            place: Place::File {
                folder: folder.to_owned(),
            },
            prefix: String::new(),
        }
    }

    /// The address of memory.
    pub fn memory() -> Self {
        Self {
            place: Place::Memory,
            prefix: String::new(),
        }
    }

    /// The address of a folder below this one.
    #[must_use]
    pub fn join(&self, folder: &str) -> Self {
        Self {
            place: self.place.clone(),
            prefix: format!("{}{}", self.prefix, folder_prefix(folder)),
        }
    }

    /// The whole key of an object.
    pub(crate) fn key(&self, key: &str) -> String {
        format!("{}{key}", self.prefix)
    }

    /// The key relative to this address.
    pub(crate) fn relative<'a>(&self, key: &'a str) -> &'a str {
        key.strip_prefix(self.prefix.as_str()).unwrap_or(key)
    }

    /// The whole address of an object.
    pub fn url(&self, key: &str) -> String {
        format!("{self}{key}")
    }

    #[cfg_attr(
        not(any(feature = "gs", feature = "s3")),
        expect(clippy::unused_async, reason = "only the clouds are waited for")
    )]
    pub(crate) async fn connect(&self, env: &Env) -> Result<Arc<dyn Backend>, StoreError> {
        match &self.place {
            Place::Memory => Ok(Arc::new(Memory::new())),
            Place::File { folder } => Ok(Arc::new(file::Folder::new(folder))),
            #[cfg(feature = "gs")]
            Place::Gs { bucket } => Ok(Arc::new(crate::gs::Bucket::connect(bucket, env).await?)),
            #[cfg(feature = "s3")]
            Place::S3 { bucket } => Ok(Arc::new(crate::s3::Bucket::connect(bucket, env).await)),
            #[cfg(not(all(feature = "gs", feature = "s3")))]
            #[allow(
                unreachable_patterns,
                reason = "reachable unless both stores are built in"
            )]
            _ => {
                let _ = env;
                Err(StoreError::Address {
                    address: self.to_string(),
                    rule: "this program was built without that store; build it with `--features cloud`".to_owned(),
                })
            }
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = &self.prefix;
        match &self.place {
            Place::Gs { bucket } => write!(formatter, "gs://{bucket}/{prefix}"),
            Place::S3 { bucket } => write!(formatter, "s3://{bucket}/{prefix}"),
            Place::File { folder } => write!(formatter, "{}/{prefix}", folder.display()),
            Place::Memory => write!(formatter, "memory:{prefix}"),
        }
    }
}

fn folder_prefix(folder: &str) -> String {
    let folder = folder.trim_matches('/');
    if folder.is_empty() {
        String::new()
    } else {
        format!("{folder}/")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_written_back() {
        for (text, url) in [
            ("gs://backups", "gs://backups/a.csv"),
            ("gs://backups/kintone/", "gs://backups/kintone/a.csv"),
            ("s3://b/x/y", "s3://b/x/y/a.csv"),
            ("file:///tmp/b", "/tmp/b/a.csv"),
            ("./out", "./out/a.csv"),
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!(address.url("a.csv"), url);
        }
    }

    #[test]
    fn a_wrong_address_is_named_with_its_repair() {
        for (text, words) in [
            ("gcs://b", "gs://bucket/prefix"),
            ("gs:///x", "the bucket's name is missing"),
            ("gs://b?x/y", "a bucket's name has"),
            ("file://x", "three slashes"),
            ("", "gs://bucket/prefix"),
        ] {
            let error = text.parse::<Address>().unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }
    #[test]
    fn a_wrong_address_in_a_setting_is_a_fault_of_it() {
        let env = Env::default()
            .with("RUNS_URL", "gcs://b")
            .with("PLANS_URL", "gs://b/plans");
        let mut settings = Settings::new(&env);
        assert_eq!(Address::from_settings(&mut settings, "BUCKET"), None);
        let plans = Address::from_settings(&mut settings, "PLANS_URL");
        assert_eq!(plans.as_deref(), Some("gs://b/plans"));
        Address::from_settings(&mut settings, "RUNS_URL");
        assert_eq!(
            settings.finish().unwrap_err().to_string(),
            format!("RUNS_URL is `gcs://b`: {RULE}")
        );
    }
}
