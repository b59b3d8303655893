//! Dates and times as the server writes them in text.

const DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// Days since 1970-01-01 of a text such as `2025-01-31`; `None` for a date that is none, such as `0000-00-00` or `2025-02-30`.
pub(crate) fn days(text: &[u8]) -> Option<i32> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *text else {
        return None;
    };
    let year = number(&[y1, y2, y3, y4])?;
    let month = number(&[m1, m2])?;
    let day = number(&[d1, d2])?;
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(leap),
        _ => return None,
    };
    if !(1..=last).contains(&day) {
        return None;
    }
    // March is the first month, so that a leap day is the last of its year.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let era = year.div_euclid(400);
    let year = year.rem_euclid(400);
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    let days = era * 146_097 + year * 365 + year / 4 - year / 100 + day_of_year - 719_468;
    i32::try_from(days).ok()
}

/// Microseconds since 1970-01-01T00:00:00 of a text such as `2025-01-31 23:59:59` with up to six digits of a fraction; `None` for one that is none.
pub(crate) fn microseconds(text: &[u8]) -> Option<i64> {
    let (date, time) = text.split_at_checked(10)?;
    let (clock, fraction) = time.split_at_checked(9)?;
    let [b' ', h1, h2, b':', m1, m2, b':', s1, s2] = *clock else {
        return None;
    };
    let seconds = (number(&[h1, h2])? * 60 + number(&[m1, m2])?) * 60 + number(&[s1, s2])?;
    let fraction = match fraction {
        [] => 0,
        [b'.', digits @ ..] if (1..=6).contains(&digits.len()) => {
            let missing = u32::try_from(6 - digits.len()).ok()?;
            number(digits)? * 10_i64.pow(missing)
        }
        _ => return None,
    };
    Some(i64::from(days(date)?) * DAY + seconds * 1_000_000 + fraction)
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |number, digit| {
        let digit = digit.checked_sub(b'0').filter(|digit| *digit < 10)?;
        Some(number * 10 + i64::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_from_1970() {
        for (text, expected) in [
            ("1970-01-01", 0),
            ("1969-12-31", -1),
            ("2000-02-29", 11_016),
            ("2000-03-01", 11_017),
            ("9999-12-31", 2_932_896),
            ("1000-01-01", -354_285),
        ] {
            assert_eq!(days(text.as_bytes()), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_day_is_none() {
        for text in [
            "0000-00-00",
            "2025-02-29",
            "1900-02-29",
            "2025-13-01",
            "2025-01-00",
            "2025-1-1",
        ] {
            assert_eq!(days(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_time_has_up_to_six_digits_of_a_fraction() {
        let at = |text: &str| microseconds(text.as_bytes());
        assert_eq!(at("1970-01-01 00:00:01"), Some(1_000_000));
        assert_eq!(at("1970-01-01 00:00:00.123"), Some(123_000));
        assert_eq!(at("1969-12-31 23:59:59.999999"), Some(-1));
        assert_eq!(at("0000-00-00 00:00:00.000"), None);
        assert_eq!(at("2024-02-29"), None);
    }
}
