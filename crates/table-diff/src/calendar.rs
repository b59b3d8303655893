//! Dates and times as their servers write them, over the whole range of years that PostgreSQL knows.
//!
//! Text is that of ISO 8601 with a space, years before 1 as `0044-03-15 BC`, and `infinity`. One value has one text.

/// Microseconds in a day.
const DAY: i64 = 86_400_000_000;
/// Days in 400 years, after which the calendar repeats.
const ERA: i64 = 146_097;

/// What is later than all dates, and what is earlier.
const INFINITY: &str = "infinity";
const MINUS_INFINITY: &str = "-infinity";

/// `2025-01-31`. `i32::MAX` is `infinity`, `i32::MIN` is `-infinity`.
pub(crate) fn date_text(days: i32) -> String {
    match days {
        i32::MAX => INFINITY.to_owned(),
        i32::MIN => MINUS_INFINITY.to_owned(),
        days => {
            let (date, era) = civil_text(i64::from(days));
            date + era
        }
    }
}

/// `2025-01-31 23:59:59.000001`, then `zone`. `i64::MAX` is `infinity`, `i64::MIN` is `-infinity`.
pub(crate) fn datetime_text(microseconds: i64, zone: &str) -> String {
    match microseconds {
        i64::MAX => return INFINITY.to_owned(),
        i64::MIN => return MINUS_INFINITY.to_owned(),
        _ => {}
    }
    let (date, era) = civil_text(microseconds.div_euclid(DAY));
    let rest = microseconds.rem_euclid(DAY);
    let (seconds, fraction) = (rest / 1_000_000, rest % 1_000_000);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let fraction = match fraction {
        0 => String::new(),
        some => format!(".{some:06}").trim_end_matches('0').to_owned(),
    };
    format!("{date} {hours:02}:{minutes:02}:{seconds:02}{fraction}{zone}{era}")
}

/// The days of a text of [`date_text`]; `None` for any other.
pub(crate) fn parse_date(text: &str) -> Option<i32> {
    let days = match text {
        INFINITY => i32::MAX,
        MINUS_INFINITY => i32::MIN,
        text => {
            let (date, before_christ) = without_era(text);
            i32::try_from(parse_civil(date, before_christ)?).ok()?
        }
    };
    (date_text(days) == text).then_some(days)
}

/// The microseconds of a text of [`datetime_text`] with the same `zone`; `None` for any other.
pub(crate) fn parse_datetime(text: &str, zone: &str) -> Option<i64> {
    let microseconds = match text {
        INFINITY => i64::MAX,
        MINUS_INFINITY => i64::MIN,
        text => {
            let (rest, before_christ) = without_era(text);
            let (date, time) = rest.strip_suffix(zone)?.split_once(' ')?;
            parse_civil(date, before_christ)?
                .checked_mul(DAY)?
                .checked_add(parse_time(time)?)?
        }
    };
    (datetime_text(microseconds, zone) == text).then_some(microseconds)
}

/// The date without the era, and the era: empty, or ` BC`.
fn civil_text(days: i64) -> (String, &'static str) {
    let (year, month, day) = civil(days);
    if year > 0 {
        (format!("{year:04}-{month:02}-{day:02}"), "")
    } else {
        (format!("{:04}-{month:02}-{day:02}", 1 - year), " BC")
    }
}

fn without_era(text: &str) -> (&str, bool) {
    text.strip_suffix(" BC")
        .map_or((text, false), |rest| (rest, true))
}

fn parse_civil(date: &str, before_christ: bool) -> Option<i64> {
    let mut parts = date.splitn(3, '-');
    let mut part = || parts.next()?.parse::<u32>().ok().map(i64::from);
    let (year, month, day) = (part()?, part()?, part()?);
    let year = if before_christ { 1 - year } else { year };
    Some(days(year, month, day))
}

fn parse_time(time: &str) -> Option<i64> {
    let (whole, fraction) = time.split_once('.').unwrap_or((time, ""));
    let mut parts = whole.splitn(3, ':');
    let mut part = || parts.next()?.parse::<u32>().ok().map(i64::from);
    let seconds = part()? * 3600 + part()? * 60 + part()?;
    if fraction.len() > 6 {
        return None;
    }
    let fraction: i64 = format!("{fraction:0<6}").parse().ok()?;
    Some(seconds * 1_000_000 + fraction)
}

/// Year, month and day of a day since 1970-01-01; year 0 is 1 BC.
///
/// **Source**: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": years begin in March, so that the leap day is their last.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(ERA), shifted.rem_euclid(ERA));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 {
        march_month + 3
    } else {
        march_month - 9
    };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// The inverse of [`civil`].
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let march_month = if month > 2 { month - 3 } else { month + 9 };
    let of_year = (153 * march_month + 2) / 5 + day - 1;
    let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
    era * ERA + of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_postgresql_writes_them() {
        let cases = [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (11_016, "2000-02-29"),
            (-719_163, "0001-12-31 BC"),
            (-719_162, "0001-01-01"),
            (2_145_042_905, "5874897-12-31"),
            (i32::MAX, "infinity"),
        ];
        for (days, text) in cases {
            assert_eq!(date_text(days), text);
            assert_eq!(parse_date(text), Some(days));
        }
    }

    #[test]
    fn times_keep_their_microseconds_and_no_more_characters_than_they_need() {
        assert_eq!(datetime_text(0, "+00"), "1970-01-01 00:00:00+00");
        assert_eq!(datetime_text(1, ""), "1970-01-01 00:00:00.000001");
        assert_eq!(datetime_text(-500_000, ""), "1969-12-31 23:59:59.5");
        assert_eq!(
            datetime_text(-62_135_596_800_000_001, "+00"),
            "0001-12-31 23:59:59.999999+00 BC"
        );
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "2025-02-30",
            "2025-2-3",
            "2025-13-01",
            "0000-01-01",
            "20250101",
            "2025-01-01 BC AD",
        ] {
            assert_eq!(parse_date(text), None, "{text}");
        }
        for text in [
            "2025-01-01",
            "2025-01-01 24:00:00",
            "2025-01-01 00:00:00.5000000",
            "2025-01-01T00:00:00",
            "2025-01-01 00:00:00+00",
        ] {
            assert_eq!(parse_datetime(text, ""), None, "{text}");
        }
    }
}
