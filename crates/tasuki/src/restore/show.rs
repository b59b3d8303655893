//! What the person or the program that called sees.

use std::io::{self, Write};

use function_core::{Event, Exit, Outcome, Report, RunState, Trigger};
use function_runtime::{Style, write_outcome};
use serde_json::{Map, Value, json as value};

use super::words::{self, NARROWEST};

/// The style of a command line with or without `--json`.
pub(crate) fn style(is_json: bool) -> Style {
    if is_json { Style::Json } else { Style::Text }
}

/// Tells a program how the function that is called `name` ended for `event`.
pub(crate) fn json(name: &str, event: &Event, outcome: &Outcome) -> io::Result<()> {
    let trigger = Trigger {
        id: event.id.clone(),
        time: event.time,
    };
    write_outcome(
        &mut io::stdout().lock(),
        Style::Json,
        name,
        &trigger,
        outcome,
    )
}

/// Tells a person how it ended, and what to do: `advice`, or what the end calls for.
pub(crate) fn text(name: &str, outcome: &Outcome, advice: Option<&str>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let mut what_to_do = advice.or(usual(outcome.exit()));
    match outcome {
        Outcome::Done(reports) => {
            for report in reports {
                write_report(&mut out, name, report)?;
            }
            if reports
                .iter()
                .any(|report| report.state == RunState::Running)
            {
                what_to_do = usual(Exit::TryAgain);
            }
        }
        Outcome::Retry(failure) | Outcome::Drop(failure) => {
            writeln!(out, "{name}: {}", failure.error)?;
        }
    }
    match what_to_do {
        Some(words) => writeln!(out, "  {:<NARROWEST$} {words}", "what to do"),
        None => Ok(()),
    }
}

fn write_report(out: &mut impl Write, name: &str, report: &Report) -> io::Result<()> {
    let state = value!(report.state);
    let state = state.as_str().unwrap_or_default();
    writeln!(out, "{name}: {state} {}", report.run)?;
    match &report.plan {
        Some(Value::Object(plan)) => words::write(out, plan),
        _ => words::write(out, &told(report)),
    }
}

/// What a report tells, under names.
fn told(report: &Report) -> Map<String, Value> {
    let mut keys: Map<String, Value> = Map::new();
    for (name, count) in &report.counts {
        keys.insert(name.clone(), value!(count));
    }
    keys.insert("progress".to_owned(), value!(report.progress));
    keys.insert("manifest".to_owned(), value!(report.manifest));
    keys.insert("warnings".to_owned(), value!(report.warnings));
    keys
}

/// What each end calls for.
fn usual(exit: Exit) -> Option<&'static str> {
    Some(match exit {
        Exit::Done => return None,
        Exit::Failed => {
            "put right what the message names, then type the same again: it goes on where it stopped"
        }
        Exit::Usage => "put right the option or setting that the message names",
        Exit::Differences => "look at what differs, and decide",
        Exit::Refused => "read the plan (--dry-run), and go on only if it is meant to be so",
        Exit::Incomplete => "look at what the warnings name; what arrived and was checked stays",
        Exit::TryAgain => "wait, then type the same again: it goes on where it stopped",
    })
}
