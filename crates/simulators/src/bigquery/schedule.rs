//! When a config runs by itself.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

/// The schedule of a config that says nothing of one.
pub(super) const DEFAULT: &str = "every 24 hours";

/// Words that schedules begin with, beside `every`.
const ORDINALS: [&str; 10] = [
    "1st", "2nd", "3rd", "4th", "5th", "first", "second", "third", "fourth", "fifth",
];

/// The schedule of a config, in whichever form it is; `None` for manual runs only, and for a disabled config.
pub(super) fn of(fields: &Map<String, Value>) -> Option<String> {
    if fields.get("disabled") == Some(&Value::Bool(true)) || is_manual(fields) {
        return None;
    }
    let timed = fields
        .get("scheduleOptionsV2")
        .map(|options| &options["timeBasedSchedule"]["schedule"]);
    let schedule = timed
        .or_else(|| fields.get("schedule"))
        .and_then(Value::as_str);
    schedule
        .filter(|schedule| !schedule.is_empty())
        .map(str::to_owned)
}

/// Whether neither form says anything.
pub(super) fn is_unsaid(fields: &Map<String, Value>) -> bool {
    !is_manual(fields)
        && !fields.contains_key("scheduleOptionsV2")
        && !fields.contains_key("schedule")
}

fn is_manual(fields: &Map<String, Value>) -> bool {
    let disabled = fields
        .get("scheduleOptions")
        .map(|options| &options["disableAutoScheduling"]);
    let manual = fields
        .get("scheduleOptionsV2")
        .map(|options| &options["manualSchedule"]);
    disabled == Some(&Value::Bool(true)) || manual.is_some_and(Value::is_object)
}

/// Whether a schedule is of the grammar, as far as its first word tells.
pub(super) fn is_known(schedule: &str) -> bool {
    let mut words = schedule.split_whitespace();
    let first = words.next().unwrap_or_default();
    let ordinals = || first.split(',').all(|word| ORDINALS.contains(&word));
    words.next().is_some() && (first == "every" || ordinals())
}

/// The first time after `now`, for schedules such as `every day 17:00` and `every 6 hours`; others never come.
pub(super) fn next(schedule: &str, now: Timestamp) -> Option<Timestamp> {
    let words: Vec<&str> = schedule.split_whitespace().collect();
    match words[..] {
        ["every", "day", time] => daily(time, now),
        ["every", number, "hours"] => {
            let hours = number.parse().ok().filter(|hours| *hours > 0)?;
            now.checked_add(SignedDuration::from_hours(hours)).ok()
        }
        _ => None,
    }
}

fn daily(time: &str, now: Timestamp) -> Option<Timestamp> {
    let (hour, minute) = time.split_once(':')?;
    let (hour, minute) = (hour.parse().ok()?, minute.parse().ok()?);
    let today = now.to_zoned(TimeZone::UTC).date();
    [today, today.tomorrow().ok()?].into_iter().find_map(|day| {
        let time = day
            .at(hour, minute, 0, 0)
            .to_zoned(TimeZone::UTC)
            .ok()?
            .timestamp();
        (time > now).then_some(time)
    })
}

#[cfg(test)]
mod tests {
    use super::{is_known, next};

    #[test]
    fn a_schedule_tells_its_next_time() {
        let next =
            |schedule, now: &str| next(schedule, now.parse().unwrap()).map(|time| time.to_string());
        let some = |time: &str| Some(time.to_owned());
        assert_eq!(
            next("every day 17:00", "2026-11-21T16:59:59Z"),
            some("2026-11-21T17:00:00Z")
        );
        assert_eq!(
            next("every day 17:00", "2026-11-21T17:00:00Z"),
            some("2026-11-22T17:00:00Z")
        );
        assert_eq!(
            next("every 6 hours", "2026-11-21T17:00:00Z"),
            some("2026-11-21T23:00:00Z")
        );
        assert_eq!(next("every mon,wed 09:00", "2026-11-21T17:00:00Z"), None);
    }

    #[test]
    fn the_grammar_is_known_by_its_first_word() {
        assert!(is_known("every mon,wed 09:00"));
        assert!(is_known("1st,3rd monday of month 15:30"));
        assert!(!is_known("0 17 * * *"));
        assert!(!is_known("daily"));
    }
}
