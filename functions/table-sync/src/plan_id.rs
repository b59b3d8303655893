//! The name of a plan.

use std::fmt;
use std::str::FromStr;

use function_core::{Stamp, Trigger, sha256_hex};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// The name of a plan: `20261122T031500Z-5f2b9c01`, the trigger's time in UTC, and the beginning of a SHA-256 over the trigger and all that decides
/// what is compared. So a redelivery names the same plan, and whoever asks for something else in the same second another one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PlanId(String);

impl PlanId {
    /// The plan that `trigger` asks for; `asked` tells what is compared.
    pub(crate) fn of(trigger: &Trigger, asked: &str) -> Self {
        let time = trigger.time.to_zoned(TimeZone::UTC);
        let time = time.strftime("%Y%m%dT%H%M%SZ");
        let whole = format!("{}\n{}\n{asked}", trigger.id, trigger.time.as_nanosecond());
        let hash = sha256_hex(whole.as_bytes());
        Self(format!("{time}-{}", &hash[..8]))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What its run records are filed under.
    pub(crate) fn stamp(&self) -> Stamp {
        Stamp::from_name(&self.0)
    }
}

impl FromStr for PlanId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        const SHAPE: &[u8] = b"99999999T999999Z-ffffffff";
        let fits = |(character, shape): (u8, &u8)| match shape {
            b'9' => character.is_ascii_digit(),
            b'f' => matches!(character, b'0'..=b'9' | b'a'..=b'f'),
            other => character == *other,
        };
        let is_id = text.len() == SHAPE.len() && text.bytes().zip(SHAPE).all(fits);
        is_id.then(|| Self(text.to_owned())).ok_or(())
    }
}

impl fmt::Display for PlanId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redelivery_names_the_same_plan_and_another_trigger_another() {
        let trigger = |id: &str| Trigger {
            id: id.to_owned(),
            time: "2026-11-22T03:15:00.5Z".parse().unwrap(),
        };
        let id = PlanId::of(&trigger("a"), "all");
        assert!(id.as_str().starts_with("20261122T031500Z-"), "{id}");
        assert_eq!(id, PlanId::of(&trigger("a"), "all"));
        assert_ne!(id, PlanId::of(&trigger("b"), "all"));
        assert_ne!(id, PlanId::of(&trigger("a"), "some"));
        assert_eq!(id.as_str().parse(), Ok(id));
    }

    #[test]
    fn what_is_no_id_never_becomes_a_key_of_an_object() {
        for text in [
            "",
            "..",
            "20261122T031500Z-../../x",
            "20261122T031500Z-5F2B9C01",
            "２0261122T031500Z-5f2b9c01",
        ] {
            assert_eq!(text.parse::<PlanId>(), Err(()), "{text}");
        }
    }
}
