//! The path that a config reads: a template over the run's time, and what it is at a run.

use jiff::civil::Date;
use jiff::fmt::strtime;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use crate::names::may_be_in_path;
use crate::place::{Engine, ExportPlace};
use crate::tables::WantedTable;

/// The run time that stands for a logical date: its first moment in the zone.
pub(crate) fn run_time(date: Date, zone: &TimeZone) -> Timestamp {
    let start = date.to_zoned(zone.clone());
    // Only the first and the last day of the calendar have no moment in some zones.
    start.map_or(Timestamp::UNIX_EPOCH, |start| start.timestamp())
}

/// The path of `table` in the exports that `place` is one of.
///
/// One wildcard, after the table's folder: so it spans the folders of batches, markers and manifests are left out, and `users` is
/// not `users_archive`.
///
/// **Source**: BigQuery Data Transfer documentation, "Amazon S3 transfers": one wildcard spans directories, and takes ten
/// million files; two stop at each slash, and take ten thousand.
///
/// # Errors
/// The bucket or the folder has signs that a path can't have, in words.
pub(crate) fn data_path(
    place: &ExportPlace,
    table: &WantedTable,
    zone: &TimeZone,
) -> Result<String, String> {
    let ExportPlace { bucket, prefix, .. } = place;
    let is_legal = |sign: char| sign == '/' || may_be_in_path(sign);
    if let Some(sign) = bucket
        .chars()
        .chain(prefix.chars())
        .find(|sign| !is_legal(*sign))
    {
        return Err(format!(
            "the export is in `{bucket}/{prefix}`, but a path of the transfer service takes no `{}` there; export to another S3_PREFIX",
            sign.escape_debug()
        ));
    }
    let schema = match table.engine {
        Engine::Mysql => &table.database,
        Engine::Postgresql => &table.schema,
    };
    Ok(format!(
        "s3://{bucket}/{}/{}/{}.{}/*.parquet",
        template(prefix, place.logical_date, zone),
        escaped(&table.database),
        escaped(schema),
        escaped(&table.table)
    ))
}

/// `prefix` with the logical date in it as a function of the run's time; a prefix without it is what it is.
pub(crate) fn template(prefix: &str, date: Date, zone: &TimeZone) -> String {
    let offset = zone.to_offset(run_time(date, zone));
    let mut template = String::new();
    let mut rest = prefix;
    loop {
        let found = ["%Y%m%d", "%Y-%m-%d"].into_iter().filter_map(|format| {
            let words = date.strftime(format).to_string();
            Some((rest.find(&words)?, words.len(), format))
        });
        let Some((at, length, format)) = found.min() else {
            template.push_str(&escaped(rest));
            return template;
        };
        template.push_str(&escaped(&rest[..at]));
        template.push_str(&["{run_time", &shift(offset), "|\"", format, "\"}"].concat());
        rest = &rest[at + length..];
    }
}

/// An offset as the service reads it, in the largest unit that it is whole in: `+9h`, `-210m`, nothing for UTC.
fn shift(offset: Offset) -> String {
    match offset.seconds() {
        0 => String::new(),
        seconds if seconds % 3600 == 0 => format!("{:+}h", seconds / 3600),
        seconds if seconds % 60 == 0 => format!("{:+}m", seconds / 60),
        seconds => format!("{seconds:+}s"),
    }
}

fn escaped(name: &str) -> String {
    name.replace('{', "\\{").replace('}', "\\}")
}

/// What a path is at a run of `run_time`; `None` where it is not one that the service would understand.
///
/// **Source**: BigQuery Data Transfer documentation, "Runtime parameters in transfers".
pub(crate) fn expand(template: &str, run_time: Timestamp) -> Option<String> {
    let mut path = String::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '\\', '}']) {
        path.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("\\{") {
            path.push('{');
            rest = after;
        } else if let Some(after) = rest.strip_prefix("\\}") {
            path.push('}');
            rest = after;
        } else if let Some(after) = rest.strip_prefix('\\') {
            path.push('\\');
            rest = after;
        } else {
            let (parameter, after) = rest.strip_prefix('{')?.split_once('}')?;
            path.push_str(&value(parameter, run_time)?);
            rest = after;
        }
    }
    path.push_str(rest);
    Some(path)
}

/// What `run_date`, or `run_time+9h|"%Y%m%d"`, is.
fn value(parameter: &str, run_time: Timestamp) -> Option<String> {
    if parameter == "run_date" {
        return Some(run_time.strftime("%Y%m%d").to_string());
    }
    let (shift, format) = parameter.strip_prefix("run_time")?.split_once('|')?;
    let format = format.strip_prefix('"')?.strip_suffix('"')?;
    let shift = SignedDuration::try_from_secs_f64(seconds(shift)?).ok()?;
    let time = run_time.checked_add(shift).ok()?;
    strtime::format(format, time).ok()
}

/// The seconds of a shift such as `+9h`, `-3.5h` or `+30m`; none is 0.
fn seconds(shift: &str) -> Option<f64> {
    if shift.is_empty() {
        return Some(0.0);
    }
    let unit = match shift.chars().next_back()? {
        'h' => 3600.0,
        'm' => 60.0,
        's' => 1.0,
        _ => return None,
    };
    let number = &shift[..shift.len() - 1];
    let sign = match number.chars().next()? {
        '+' => 1.0,
        '-' => -1.0,
        _ => return None,
    };
    let number = &number[1..];
    let is_decimal = number.chars().all(|c| c.is_ascii_digit() || c == '.');
    let number: f64 = number.parse().ok().filter(|_| is_decimal)?;
    Some(sign * number * unit)
}

#[cfg(test)]
mod tests;
