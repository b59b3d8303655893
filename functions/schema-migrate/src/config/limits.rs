//! How long, how often, where the version is kept, and what advice is not wanted.

use std::num::NonZeroU32;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use function_core::Settings;
use jiff::SignedDuration;
use migration_run::VersionTable;
use migration_sql::LintOptions;

const DAY: Duration = Duration::from_hours(24);

pub(super) fn migrations_table(settings: &mut Settings<'_>) -> VersionTable {
    let rule = "a table, as TABLE or SCHEMA.TABLE, with a name of at most 55 bytes";
    settings.parsed_or("MIGRATIONS_TABLE", VersionTable::default(), rule)
}

pub(super) fn job_lock_timeout(settings: &mut Settings<'_>) -> Duration {
    let bounds = Duration::ZERO..=DAY;
    duration(
        settings,
        "JOB_LOCK_TIMEOUT",
        Duration::from_mins(5),
        bounds,
        "a duration from 0 to 24h",
    )
}

pub(super) fn lock_timeout(settings: &mut Settings<'_>) -> Duration {
    let bounds = Duration::from_millis(100)..=Duration::from_mins(10);
    duration(
        settings,
        "LOCK_TIMEOUT",
        Duration::from_secs(5),
        bounds,
        "a duration from 100ms to 10m",
    )
}

pub(super) fn statement_timeout(settings: &mut Settings<'_>) -> Duration {
    let default = Duration::from_mins(15);
    let rule = "a duration from 1s to 24h, or 0 for as long as it needs";
    let timeout = duration(
        settings,
        "STATEMENT_TIMEOUT",
        default,
        Duration::ZERO..=DAY,
        rule,
    );
    if !timeout.is_zero() && timeout < Duration::from_secs(1) {
        settings.refuse("STATEMENT_TIMEOUT", rule);
    }
    timeout
}

pub(super) fn lock_attempts(settings: &mut Settings<'_>) -> NonZeroU32 {
    let attempts = settings.bounded("LOCK_ATTEMPTS", 5, 1..=99, "a whole number from 1 to 99");
    NonZeroU32::new(attempts).unwrap_or(NonZeroU32::MIN)
}

pub(super) fn switch(settings: &mut Settings<'_>, name: &str) -> bool {
    match settings.optional(name) {
        None | Some("off") => false,
        Some("on") => true,
        Some(_) => {
            settings.refuse(name, "on or off");
            false
        }
    }
}

pub(super) fn lint(settings: &mut Settings<'_>) -> LintOptions {
    let names = settings.list("LINT_EXCLUDE");
    LintOptions::excluding(names.iter().map(String::as_str)).unwrap_or_else(|error| {
        settings.refuse("LINT_EXCLUDE", &error.to_string());
        LintOptions::default()
    })
}

fn duration(
    settings: &mut Settings<'_>,
    name: &str,
    default: Duration,
    bounds: RangeInclusive<Duration>,
    rule: &str,
) -> Duration {
    settings
        .bounded(
            name,
            Span(default),
            Span(*bounds.start())..=Span(*bounds.end()),
            rule,
        )
        .0
}

/// A duration as it is written: `90s`, `1m 30s`, and `0` without a unit.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
struct Span(Duration);

impl FromStr for Span {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if text == "0" {
            return Ok(Self(Duration::ZERO));
        }
        let span: SignedDuration = text.parse().map_err(drop)?;
        Duration::try_from(span).map(Self).map_err(drop)
    }
}
