//! Times for people and for machines.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A time.
#[derive(Clone, Debug)]
pub(crate) struct When {
    /// For people: `2026-11-22 20:45 JST`.
    pub(crate) text: String,
    /// For machines, in RFC 3339.
    pub(crate) machine: String,
}

/// `time` as it is in `zone`.
pub(crate) fn stamp(time: Timestamp, zone: &TimeZone) -> When {
    let zoned = time.to_zoned(zone.clone());
    When {
        text: zoned.strftime("%Y-%m-%d %H:%M %Z").to_string(),
        machine: time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
    }
}
