//! A transfer config as we see it.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The data source that reads a bucket of S3.
pub(crate) const DATA_SOURCE: &str = "amazon_s3";

/// The resource name of a transfer config: `projects/{project}/locations/{location}/transferConfigs/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct ConfigName(pub(crate) String);

impl fmt::Display for ConfigName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A transfer config that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TransferConfig {
    pub(crate) name: ConfigName,
    pub(crate) display_name: String,
    pub(crate) dataset: String,
    pub(crate) params: Params,
    pub(crate) schedule: Schedule,
    /// Whether the schedule stands in `schedule` and `scheduleOptions`, not in `scheduleOptionsV2`.
    pub(crate) has_old_schedule: bool,
    pub(crate) disabled: bool,
    /// `notificationPubsubTopic`; empty for none.
    pub(crate) topic: String,
}

/// The params of a config, without the secret key: the service does not give it back in a form to compare.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Params(pub(crate) BTreeMap<String, String>);

impl Params {
    /// The value of `name`; empty where there is none.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.get(name).map(String::as_str).unwrap_or_default()
    }
}

impl fmt::Debug for Params {
    /// Names only.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}

/// When a config runs by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Schedule {
    /// Only when it is started.
    Manual,
    /// At the times that the words of the service's grammar name, in UTC: `every day 17:00`.
    At(String),
    /// When an event of a bucket comes. Not for S3.
    Event,
}

impl Schedule {
    /// Whether both run at the same times; blanks and case do not matter.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::At(one), Self::At(another)) => {
                let plain = |words: &str| {
                    let words = words.split_whitespace().map(str::to_ascii_lowercase);
                    words.collect::<Vec<_>>()
                };
                plain(one) == plain(another)
            }
            _ => self == other,
        }
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Manual => formatter.write_str("manual"),
            Self::At(words) => formatter.write_str(words),
            Self::Event => formatter.write_str("on events"),
        }
    }
}

/// What a config is created with, or what of it is changed. `None` leaves it as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) display_name: Option<String>,
    /// All params but the secret key, which is added when they are sent.
    pub(crate) params: Option<Params>,
    pub(crate) schedule: Option<Schedule>,
    pub(crate) disabled: Option<bool>,
    pub(crate) topic: Option<String>,
}
