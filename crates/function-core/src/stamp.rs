//! The name of a generation.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// An event's time in the company's zone as `yyyyMMddHHmmss`, such as `20261121030000`.
///
/// A second event within the same second gets its id appended: `20261121030000-8472`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Stamp(String);

impl Stamp {
    /// The stamp of `time` in `zone`.
    pub fn new(time: Timestamp, zone: &TimeZone) -> Self {
        Self(
            time.to_zoned(zone.clone())
                .strftime("%Y%m%d%H%M%S")
                .to_string(),
        )
    }

    /// A stamp as it is written in a name.
    pub fn from_name(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The stamp of a day, where a source has one generation a day: `20261121`.
    pub fn day(date: Date) -> Self {
        Self(date.strftime("%Y%m%d").to_string())
    }

    /// The same second or day for another event; characters of `id` that a name can't hold become `_`.
    #[must_use]
    pub fn with_id(&self, id: &str) -> Self {
        let id: String = id
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() || c == '-' {
                    c
                } else {
                    '_'
                }
            })
            .collect();
        Self(format!("{}-{id}", self.0))
    }

    /// The folder of a day: `2026/11/21`.
    pub fn day_path(&self) -> String {
        format!("{}/{}/{}", &self.0[..4], &self.0[4..6], &self.0[6..8])
    }

    /// The stamp as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_local_time() {
        let time: Timestamp = "2026-11-20T18:00:00.5Z".parse().unwrap();
        let stamp = Stamp::new(time, &TimeZone::get("Asia/Tokyo").unwrap());
        assert_eq!(stamp.as_str(), "20261121030000");
        assert_eq!(stamp.day_path(), "2026/11/21");
        assert_eq!(stamp.with_id("8472/x").as_str(), "20261121030000-8472_x");
        assert!(stamp < stamp.with_id("1"));
        let day = Stamp::day("2026-11-21".parse().unwrap());
        assert_eq!(
            (day.as_str(), day.day_path()),
            ("20261121", "2026/11/21".into())
        );
    }
}
