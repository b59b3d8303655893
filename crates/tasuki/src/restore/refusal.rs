//! What a plan waits for, as the options of the command say it.

use function_core::{Outcome, Report};

use super::request::Request;

/// What the plans of `outcome` wait for; nothing when `request` may go on. The function decides; this only says it in
/// the words of the command line.
pub(crate) fn of(outcome: &Outcome, request: &Request) -> Option<String> {
    let Outcome::Done(reports) = outcome else {
        return None;
    };
    reports.iter().find_map(|report| waits_for(report, request))
}

fn waits_for(report: &Report, request: &Request) -> Option<String> {
    let plan = report.plan.as_ref()?;
    let is_blocked = plan["blockers"]
        .as_array()
        .is_some_and(|blockers| !blockers.is_empty());
    if is_blocked {
        return Some("nothing was written; put right what the blockers name".to_owned());
    }
    let digest = plan["accept"].as_str()?;
    if request.key("accept") == Some(digest) {
        return None;
    }
    Some(format!(
        "nothing was written; if all that is warned of may be so, type the same again with --accept {digest}"
    ))
}
