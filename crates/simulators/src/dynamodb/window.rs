//! As of which times a table may be exported.

use std::time::Duration;

use jiff::Timestamp;

use super::Options;
use super::export::Scope;
use super::hosted::Hosted;
use super::refusal::Refusal;
use super::start::{Increment, Wanted};

/// The shortest period of an incremental export.
const SHORTEST: Duration = Duration::from_mins(15);

/// The longest period of an incremental export.
const LONGEST: Duration = Duration::from_hours(24);

/// Refuses a type and a specification that do not go together.
pub(super) fn check_kind(wanted: &Wanted) -> Result<(), Refusal> {
    let words = match (wanted.kind.as_deref(), &wanted.increment) {
        (None, Some(_)) => {
            "Export Type expected to be Incremental Export when incremental export specification is provided"
        }
        (Some("FULL_EXPORT"), Some(_)) => {
            "When Export Type is Full Export , Incremental Export Specification should not be provided"
        }
        (Some("INCREMENTAL_EXPORT"), None) => {
            "Incremental Export Specification expected when export type is set as Incremental Export"
        }
        (Some("INCREMENTAL_EXPORT"), Some(Increment { from: None, .. })) => {
            "ExportFromTime must be provided in IncrementalExportSpecification"
        }
        _ => return Ok(()),
    };
    Err(Refusal::invalid(format!("Invalid Request: {words}")))
}

/// What the export covers, if the table's window allows it.
pub(super) fn scope(
    wanted: &Wanted,
    hosted: &Hosted,
    now: Timestamp,
    options: &Options,
) -> Result<Scope, Refusal> {
    match &wanted.increment {
        None => full(wanted.time, hosted, now, options),
        Some(increment) => incremental(increment, hosted, now),
    }
}

fn full(
    time: Option<Timestamp>,
    hosted: &Hosted,
    now: Timestamp,
    options: &Options,
) -> Result<Scope, Refusal> {
    let (earliest, latest) = window(hosted, now)?;
    let Some(time) = time else {
        return Ok(Scope::Full(now));
    };
    if time > now || time < earliest {
        return Err(refused("Export Time is invalid".to_owned()));
    }
    if time > latest && !options.exports_up_to_now {
        return Err(not_available());
    }
    Ok(Scope::Full(time))
}

fn incremental(increment: &Increment, hosted: &Hosted, now: Timestamp) -> Result<Scope, Refusal> {
    // The time of creation is looked at before recovery is, and the length last.
    let from = increment.from.unwrap_or(now);
    let to = increment.to.unwrap_or(now);
    if from < hosted.table.created {
        return Err(refused(format!(
            "Incremental export period from time cannot be less than the table creation time : {}",
            whole(from)
        )));
    }
    if to > now {
        return Err(refused(format!(
            "Incremental export period to time cannot be greater than the current time : {}",
            whole(to)
        )));
    }
    let (earliest, _) = window(hosted, now)?;
    if from < earliest {
        return Err(not_available());
    }
    let length = "Difference between export period from time and export period to time is";
    if from + SHORTEST > to {
        return Err(refused(format!("{length} less than 15 minutes")));
    }
    if from + LONGEST < to {
        return Err(refused(format!("{length} greater than 24 hours")));
    }
    let old_images = increment.view.as_deref() != Some("NEW_IMAGE");
    Ok(Scope::Incremental {
        from,
        to,
        old_images,
    })
}

fn window(hosted: &Hosted, now: Timestamp) -> Result<(Timestamp, Timestamp), Refusal> {
    hosted.recovery.window(now).ok_or_else(|| {
        let name = &hosted.table.name;
        Refusal::new(
            "PointInTimeRecoveryUnavailableException",
            format!("Point in time recovery is not enabled for table '{name}'"),
        )
    })
}

fn refused(message: String) -> Refusal {
    Refusal::new("InvalidExportTimeException", message)
}

fn not_available() -> Refusal {
    refused("Point in Time Recovery is not available for specified export time".to_owned())
}

/// A time to the second, as messages have it.
fn whole(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
