//! Outcomes for people and for programs.

use std::io::{self, Write};

use function_core::{Exit, Failure, Outcome, Report, Trigger};
use serde_json::{Value, json};

/// Who reads the outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// A person.
    Text,
    /// A program: one JSON object, one line.
    Json,
}

/// Writes how the function that is called `name` ended for `trigger`: its reports; or what
/// happened and what to do.
///
/// # Errors
/// Those of `out`.
pub fn write_outcome(
    out: &mut impl Write,
    style: Style,
    name: &str,
    trigger: &Trigger,
    outcome: &Outcome,
) -> io::Result<()> {
    if style == Style::Json {
        return writeln!(out, "{}", json_outcome(name, trigger, outcome));
    }
    match outcome {
        Outcome::Done(reports) if reports.is_empty() => {
            writeln!(out, "{name}: done, nothing was due")
        }
        Outcome::Done(reports) => reports
            .iter()
            .try_for_each(|report| write_report(out, name, report)),
        Outcome::Retry(failure) | Outcome::Drop(failure) => {
            write_failure(out, name, trigger, failure)
        }
    }
}

fn json_outcome(name: &str, trigger: &Trigger, outcome: &Outcome) -> Value {
    let mut object = json!({ "function": name, "event": trigger, "exit": outcome.exit().code() });
    let (word, key, value) = match outcome {
        Outcome::Done(reports) => ("done", "reports", json!(reports)),
        Outcome::Retry(failure) => ("retry", "error", json!(failure.error)),
        Outcome::Drop(failure) => ("drop", "error", json!(failure.error)),
    };
    object["outcome"] = word.into();
    object[key] = value;
    object
}

fn write_report(out: &mut impl Write, name: &str, report: &Report) -> io::Result<()> {
    let state = json!(report.state);
    let state = state.as_str().unwrap_or_default();
    writeln!(out, "{name}: {state} {}", report.run)?;
    for (name, number) in &report.counts {
        writeln!(out, "  {name:<12} {}", grouped(*number))?;
    }
    if let Some(progress) = &report.progress {
        writeln!(out, "  {:<12} {progress}", "progress")?;
    }
    if let Some(manifest) = &report.manifest {
        writeln!(out, "  {:<12} {manifest}", "manifest")?;
    }
    for warning in &report.warnings {
        writeln!(out, "  {:<12} {warning}", "warning")?;
    }
    if let Some(plan) = &report.plan {
        let plan = format!("{plan:#}").replace('\n', "\n  ");
        writeln!(out, "  {:<12} {plan}", "plan")?;
    }
    Ok(())
}

fn write_failure(
    out: &mut impl Write,
    name: &str,
    trigger: &Trigger,
    failure: &Failure,
) -> io::Result<()> {
    writeln!(out, "{name}: {}", failure.error)?;
    writeln!(out, "  what to do   {}", advice(failure.exit))?;
    let Trigger { id, time } = trigger;
    writeln!(
        out,
        "  repeat with  --id '{id}' --time {time} and the same event"
    )
}

fn advice(exit: Exit) -> &'static str {
    match exit {
        Exit::Done => "nothing",
        Exit::Failed => "put right what the message names, then run it again",
        Exit::Usage => "put right the setting or the event that the message names",
        Exit::Differences => "look at what differs or is pending, and decide",
        Exit::Refused => "check what the guard names, and go on only if it is meant to be so",
        Exit::Incomplete => "run it again; what is done already is not done twice",
        Exit::TryAgain => "wait, then run it again; the fault is a passing one",
    }
}

/// The number with a comma every three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use function_core::RunState;

    use super::*;

    fn written(style: Style, outcome: &Outcome) -> String {
        let trigger = Trigger {
            id: "8472".to_owned(),
            time: "2026-11-21T03:00:00Z".parse().unwrap(),
        };
        let mut out = Vec::new();
        write_outcome(&mut out, style, "kintone-export", &trigger, outcome).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_report_is_read_at_a_glance() {
        let mut report = Report::new("12-20261121120000", RunState::Verified);
        report = report.count("records", 1_234_567).count("requests", 21);
        report.manifest = Some("gs://backups/manifest.json".to_owned());
        report.warnings.push("field `price` is new".to_owned());
        assert_eq!(
            written(Style::Text, &Outcome::Done(vec![report])),
            "kintone-export: verified 12-20261121120000\n\
             \x20 records      1,234,567\n\
             \x20 requests     21\n\
             \x20 manifest     gs://backups/manifest.json\n\
             \x20 warning      field `price` is new\n"
        );
    }

    #[test]
    fn a_failure_says_what_to_do_and_how_to_repeat() {
        let failure = Failure {
            exit: Exit::TryAgain,
            error: "kintone did not answer".to_owned(),
        };
        assert_eq!(
            written(Style::Text, &Outcome::Retry(failure)),
            "kintone-export: kintone did not answer\n\
             \x20 what to do   wait, then run it again; the fault is a passing one\n\
             \x20 repeat with  --id '8472' --time 2026-11-21T03:00:00Z and the same event\n"
        );
    }

    #[test]
    fn nothing_due_is_said() {
        let text = written(Style::Text, &Outcome::Done(Vec::new()));
        assert_eq!(text, "kintone-export: done, nothing was due\n");
    }

    #[test]
    fn json_is_one_object_on_one_line() {
        let failure = Failure {
            exit: Exit::Refused,
            error: "app 12 shrank by 60 %".to_owned(),
        };
        let text = written(Style::Json, &Outcome::Drop(failure));
        assert_eq!(text.lines().count(), 1);
        assert_eq!(
            serde_json::from_str::<Value>(&text).unwrap(),
            json!({
                "function": "kintone-export", "outcome": "drop", "exit": 4,
                "event": { "id": "8472", "time": "2026-11-21T03:00:00Z" },
                "error": "app 12 shrank by 60 %",
            })
        );
    }
}
