//! Parameters within a data path or a table's name: `{run_date}` and `{run_time+9h|"%Y%m%d"}`.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// A template for a run's time: what stands in braces is replaced, `\{` and `\}` are braces.
///
/// Parameters are in UTC. An offset is in hours, minutes or seconds, with decimals or without; there are no blanks.
///
/// Source: "Runtime parameters in transfers" and "Templating examples" of the Cloud Storage transfer guide, which the
/// Amazon S3 transfer guide points to.
///
/// # Errors
/// A parameter is unknown or not closed, an offset or a format is not understood; the message says which.
pub fn expanded(template: &str, run_time: Timestamp) -> Result<String, String> {
    let mut text = String::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}', '\\']) {
        text.push_str(&rest[..at]);
        let marked = &rest[at..];
        let escaped = marked
            .strip_prefix('\\')
            .and_then(|after| after.chars().next());
        rest = match escaped {
            Some(brace @ ('{' | '}')) => {
                text.push(brace);
                &marked[2..]
            }
            _ if marked.starts_with('{') => {
                let end = closing(marked).ok_or_else(|| format!("{marked} is not closed"))?;
                text.push_str(&parameter(&marked[1..end], run_time)?);
                &marked[end + 1..]
            }
            _ if marked.starts_with('}') => return Err(format!("{marked} was not opened")),
            _ => {
                text.push('\\');
                &marked[1..]
            }
        };
    }
    Ok(text + rest)
}

/// Where the brace that opens `text` is closed; what is quoted doesn't close it.
fn closing(text: &str) -> Option<usize> {
    let mut quoted = false;
    let mut letters = text.char_indices();
    let closing = letters.find(|(_, letter)| {
        quoted ^= *letter == '"';
        *letter == '}' && !quoted
    });
    closing.map(|(at, _)| at)
}

fn parameter(text: &str, run_time: Timestamp) -> Result<String, String> {
    if text == "run_date" {
        return written("%Y%m%d", run_time);
    }
    let unknown = || format!("{{{text}}} is no parameter");
    let rest = text.strip_prefix("run_time").ok_or_else(unknown)?;
    let (offset, format) = rest.split_once('|').ok_or_else(unknown)?;
    let format = format
        .strip_prefix('"')
        .and_then(|format| format.strip_suffix('"'));
    let shifted = run_time.checked_add(shift(offset).ok_or_else(unknown)?);
    written(format.ok_or_else(unknown)?, shifted.map_err(|_| unknown())?)
}

/// An offset such as `+9h` or `-45m`; empty is none.
fn shift(offset: &str) -> Option<SignedDuration> {
    let Some(sign) = offset.chars().next() else {
        return Some(SignedDuration::ZERO);
    };
    let factor = match sign {
        '+' => 1.0,
        '-' => -1.0,
        _ => return None,
    };
    let unit = match offset.chars().next_back()? {
        'h' => 3600.0,
        'm' => 60.0,
        's' => 1.0,
        _ => return None,
    };
    let number = offset.get(1..offset.len() - 1)?;
    let plain = number
        .chars()
        .all(|letter| letter.is_ascii_digit() || letter == '.');
    let number: f64 = number.parse().ok().filter(|_| plain)?;
    SignedDuration::try_from_secs_f64(factor * number * unit).ok()
}

fn written(format: &str, time: Timestamp) -> Result<String, String> {
    let time = time.to_zoned(TimeZone::UTC);
    jiff::fmt::strtime::format(format, &time).map_err(|error| format!("{format}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::expanded;

    fn at(template: &str) -> Result<String, String> {
        // Midnight of 22 November in Tokyo.
        expanded(template, "2026-11-21T15:00:00Z".parse().unwrap())
    }

    #[test]
    fn parameters_are_in_utc_and_shifted_by_their_offsets() {
        assert_eq!(at(r#"x-{run_time|"%Y%m%d"}/"#).unwrap(), "x-20261121/");
        assert_eq!(at(r#"x-{run_time+9h|"%Y%m%d"}/"#).unwrap(), "x-20261122/");
        assert_eq!(
            at(r#"x-{run_time-15.5h|"%Y-%m-%dT%H%M"}"#).unwrap(),
            "x-2026-11-20T2330"
        );
        assert_eq!(
            at(r#"{run_time+540m|"%d"}{run_time+32400s|"%d"}"#).unwrap(),
            "2222"
        );
        assert_eq!(at("t_{run_date}").unwrap(), "t_20261121");
    }

    #[test]
    fn escaped_braces_are_braces() {
        assert_eq!(at(r"a\{b\}-{run_date}").unwrap(), "a{b}-20261121");
    }

    #[test]
    fn what_is_no_parameter_is_refused() {
        for wrong in [
            r#"{run_time +9h|"%Y"}"#,
            r#"{run_time+1d|"%Y"}"#,
            "{run_time+9h|%Y}",
            "{run_time}",
            "{date}",
            "{run_date",
            "run_date}",
        ] {
            assert!(at(wrong).is_err(), "{wrong}");
        }
    }
}
