//! What to do about a run: observation in, step out; pure, so a dry run is free.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use reconcile::Unverified;

use crate::chain::{self, Link, Next, Wanted};
use crate::config::ExportType;
use crate::export::{Export, Recovery, Scope, Status, Table};
use crate::moment::Moment;
use crate::order::{Order, Place};
use crate::repair;

/// What holds for all runs of a deployment.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) export_type: ExportType,
    pub(crate) full_every: SignedDuration,
    pub(crate) attempts: u32,
    pub(crate) timeout: SignedDuration,
    pub(crate) place: Place,
    pub(crate) key: Option<String>,
    pub(crate) zone: TimeZone,
}

/// What is known of a run.
#[derive(Clone, Debug)]
pub(crate) struct Observation {
    pub(crate) table: String,
    pub(crate) moment: Moment,
    pub(crate) now: Timestamp,
    /// When the run began.
    pub(crate) since: Timestamp,
    /// A person asks for one more export of what ended badly, or for a full one where nothing is due.
    pub(crate) again: bool,
    /// What was asked for already.
    pub(crate) order: Option<Order>,
    pub(crate) export: Seen,
    pub(crate) source: Source,
    /// The newest verified link of the chain.
    pub(crate) last: Option<Link>,
}

/// Whether the export is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// None was started, as far as the service tells.
    None,
    /// This one.
    Export(Box<Export>),
    /// It was started, but the service does not know of it.
    Lost(String),
}

/// The table, where it matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// Not asked for: the export goes on without it.
    NotAsked,
    Unknown,
    Known(Table, Recovery),
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Start(Box<Order>),
    Wait(String),
    Verify(Box<Export>),
    Report(Unverified),
    NothingDue(String),
}

/// What to do next.
pub(crate) fn plan(seen: &Observation, rules: &Rules) -> Step {
    match (&seen.export, &seen.order) {
        (Seen::Export(export), Some(order)) => follow(export, order, seen, rules),
        (Seen::Lost(arn), _) => lost(arn, seen),
        (_, order) => begin(order.as_ref(), seen, rules),
    }
}

/// The words to wait with, or what is to be told once it took too long.
pub(crate) fn patiently(
    words: String,
    since: Timestamp,
    now: Timestamp,
    timeout: SignedDuration,
) -> Result<String, Unverified> {
    let waited = since.duration_until(now);
    if waited <= timeout {
        return Ok(words);
    }
    let hours = waited.as_hours();
    Err(Unverified::incomplete(
        format!("{words}, after {hours} hours"),
        "wait, or look at the export in the DynamoDB console; it is still followed, and EXPORT_TIMEOUT tells how \
         long it may take",
    ))
}

fn follow(export: &Export, order: &Order, seen: &Observation, rules: &Rules) -> Step {
    let has_ended = matches!(export.status, Status::Completed | Status::Failed);
    if seen.again && has_ended {
        let next = order.clone().attempt(order.attempt + 1, &rules.place);
        return Step::Start(Box::new(next));
    }
    let since = export.started.unwrap_or(seen.since);
    let status = match &export.status {
        Status::Completed => return Step::Verify(Box::new(export.clone())),
        Status::Failed => return failed(export, order, seen, rules),
        Status::InProgress => "in progress".to_owned(),
        Status::Unknown(status) => {
            format!("of the status `{status}`, which this version does not know,")
        }
    };
    let words = format!("{} is {status} since {since}", export.arn);
    let waited = patiently(words, since, seen.now, rules.timeout);
    waited.map_or_else(Step::Report, Step::Wait)
}

fn failed(export: &Export, order: &Order, seen: &Observation, rules: &Rules) -> Step {
    let Export {
        arn,
        failure_code: code,
        failure_message: message,
        ..
    } = export;
    if order.attempt < rules.attempts {
        tracing::warn!(
            table = seen.table,
            export = arn,
            code,
            message,
            "export failed; started once more"
        );
        let next = order.clone().attempt(order.attempt + 1, &rules.place);
        return Step::Start(Box::new(next));
    }
    let repair = repair::failed(code, message, &rules.place, rules.key.as_deref());
    let again = repair::export_again(&seen.table, seen.moment.date);
    let unverified = Unverified::failed(
        format!(
            "{arn}, attempt {}, ended FAILED: {code}: {message}",
            order.attempt
        ),
        format!("{repair}; {again}"),
    );
    Step::Report(unverified.settled())
}

/// Soon after its start an export may not be known everywhere.
fn lost(arn: &str, seen: &Observation) -> Step {
    if seen.since.duration_until(seen.now) < SignedDuration::from_hours(1) {
        return Step::Wait(format!("{arn} was started, and is not known yet"));
    }
    let unverified = Unverified::failed(
        format!("DynamoDB does not know {arn}"),
        format!(
            "see whether the export is older than 90 days, after which DynamoDB forgets it; {}",
            repair::export_again(&seen.table, seen.moment.date)
        ),
    );
    Step::Report(unverified.settled())
}

fn begin(order: Option<&Order>, seen: &Observation, rules: &Rules) -> Step {
    let table = &seen.table;
    let (source, earliest) = match &seen.source {
        Source::Known(source, Recovery::On { earliest, .. }) => (source, *earliest),
        Source::Known(_, Recovery::Off) => {
            return Step::Report(Unverified::failed(
                format!(
                    "point-in-time recovery of the table {table} is off, so it can't be exported"
                ),
                format!("switch it on: {}", repair::switch_on(table)),
            ));
        }
        Source::Known(_, Recovery::TooYoung) => {
            return Step::Report(Unverified::failed(
                format!("the table {table} is too young: it has no continuous backups yet"),
                format!(
                    "wait some minutes; then see that point-in-time recovery is on: {}",
                    repair::switch_on(table)
                ),
            ));
        }
        Source::Unknown | Source::NotAsked => {
            return Step::Report(Unverified::failed(
                format!("there is no table {table} in this account and Region"),
                "correct TABLES, or create the table: aws dynamodb list-tables tells what there is",
            ));
        }
    };
    match order {
        Some(order) if order.scope.start() >= earliest => Step::Start(Box::new(order.clone())),
        _ => first(source, earliest, seen, rules),
    }
}

/// The first attempt, at the moment of the run or the first one after it that can be exported.
fn first(source: &Table, earliest: Timestamp, seen: &Observation, rules: &Rules) -> Step {
    let Some(time) = exportable(earliest, seen.moment, rules) else {
        let Moment { date, time } = seen.moment;
        let unverified = Unverified::failed(
            format!(
                "the export is to be as of {time}, and point-in-time recovery of {} reaches back to {earliest} only",
                seen.table
            ),
            format!("nothing: the state of {date} is gone; later days are exported as usual"),
        );
        return Step::Report(unverified.settled());
    };
    let mut reason = String::new();
    if time != seen.moment.time {
        reason = format!(
            "as of {time}, not {}, because point-in-time recovery reaches back to {earliest} only; ",
            seen.moment.time
        );
    }
    let link = match rules.export_type {
        ExportType::Full => Next::Full {
            reason: "EXPORT_TYPE is full".to_owned(),
        },
        ExportType::Chain => chain::next(
            seen.last.as_ref(),
            &Wanted {
                time,
                table_id: &source.id,
                earliest,
                full_every: rules.full_every,
            },
        ),
    };
    let (scope, base, previous, why) = match link {
        Next::Full { reason } => (Scope::Full { time }, None, None, reason),
        Next::Incremental {
            scope,
            base,
            previous,
            reason,
        } => (scope, Some(base), Some(previous), reason),
        Next::NothingDue(_) if seen.again => {
            let why = "a person asked for it, although the chain reaches further".to_owned();
            (Scope::Full { time }, None, None, why)
        }
        Next::NothingDue(words) => return Step::NothingDue(words),
    };
    reason.push_str(&why);
    let order = Order {
        scope,
        table_arn: source.arn.clone(),
        table_id: source.id.clone(),
        keys: source.keys.clone(),
        reason,
        base,
        previous,
        attempt: 1,
        client_token: String::new(),
    };
    Step::Start(Box::new(order.attempt(1, &rules.place)))
}

/// The moment itself or, where recovery began later on the same day, the first whole minute of it.
fn exportable(earliest: Timestamp, moment: Moment, rules: &Rules) -> Option<Timestamp> {
    if moment.time >= earliest {
        return Some(moment.time);
    }
    let seconds = earliest.as_second() + i64::from(earliest.subsec_nanosecond() > 0);
    let minute = Timestamp::from_second((seconds + 59).div_euclid(60) * 60).ok()?;
    let date = minute.to_zoned(rules.zone.clone()).date();
    (date == moment.date).then_some(minute)
}

#[cfg(test)]
mod tests;
