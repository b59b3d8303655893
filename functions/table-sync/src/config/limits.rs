//! How much, how long, how exactly.

use std::str::FromStr;

use function_core::Settings;
use jiff::SignedDuration;
use table_diff::Compare;

pub(super) fn lock_timeout(settings: &mut Settings<'_>) -> SignedDuration {
    settings.bounded(
        "LOCK_TIMEOUT",
        SignedDuration::from_secs(5),
        SignedDuration::from_secs(1)..=SignedDuration::from_mins(10),
        "a duration from 1s to 10m",
    )
}

pub(super) fn statement_timeout(settings: &mut Settings<'_>) -> SignedDuration {
    settings.bounded(
        "STATEMENT_TIMEOUT",
        SignedDuration::from_mins(5),
        SignedDuration::from_secs(1)..=SignedDuration::from_hours(24),
        "a duration from 1s to 24h",
    )
}

pub(super) fn compare(settings: &mut Settings<'_>) -> Compare {
    struct Word(Compare);
    impl FromStr for Word {
        type Err = ();

        fn from_str(text: &str) -> Result<Self, ()> {
            match text {
                "content" => Ok(Self(Compare::Content)),
                "time" => Ok(Self(Compare::Time)),
                _ => Err(()),
            }
        }
    }
    let word = settings.parsed_or("COMPARE", Word(Compare::Content), "content or time");
    word.0
}

pub(super) fn exact(settings: &mut Settings<'_>) -> bool {
    match settings.optional("EXACT") {
        None | Some("off") => false,
        Some("on") => true,
        Some(_) => {
            settings.refuse("EXACT", "on or off");
            false
        }
    }
}
