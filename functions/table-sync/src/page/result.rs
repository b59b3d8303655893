//! What came of a plan.

use axum::response::Response;

use crate::page::approve::Writes;
use crate::page::compare::COMPARE;
use crate::page::desk::{Act, DeskError, Ending, Plan};
use crate::page::frame::{Frame, Template, go_to, render};
use crate::page::plan::Header;
use crate::page::problem::Problem;
use crate::page::stamp::{When, stamp};
use crate::page::visit::{Named, Visit};
use crate::page::words::number;
use crate::plans::PlanState;

#[derive(Template)]
#[template(path = "result.html")]
struct View {
    frame: Frame,
    header: Header,
    approved: Option<(String, When)>,
    undone: Option<(String, When)>,
    written: Vec<Writes>,
    total: String,
    error: Option<String>,
    can_undo: bool,
    can_go_on: bool,
    /// Whether a new comparison is what helps.
    again: bool,
    compare_token: String,
}

/// `GET /plans/{id}/result`
pub(crate) async fn show(visit: Visit, Named(id): Named<String>) -> Result<Response, Problem> {
    let plan = visit.plan(&id).await?;
    let task = visit.page.tasks.of(&plan.entry.id);
    if task.as_ref().is_some_and(|task| task.end().is_none()) {
        return Ok(go_to(&format!("/plans/{id}/progress")));
    }
    let error = task.and_then(|task| task.end()?.clone().err());
    if let Some(DeskError::Approved(act)) = error {
        return Err(Problem::Approved(plan.entry.id, act));
    }
    let entry = &plan.entry;
    let act = |act: &Option<Act>| {
        let act = act.as_ref()?;
        Some((act.by.clone(), stamp(act.at, &visit.page.zone)))
    };
    let is_same_person = match (&plan.approved, &visit.person) {
        (Some(act), Some(person)) => act.by == *person,
        _ => false,
    };
    let ending = plan.ending.as_ref();
    let kept = ending.and_then(|ending| ending.error.clone());
    Ok(render(&View {
        frame: Frame::new(&visit, visit.words().result_title),
        header: Header::new(&visit, &plan, 3),
        approved: act(&plan.approved),
        undone: act(&plan.undone),
        written: ending.map(written).unwrap_or_default(),
        total: number(ending.map_or(0, total)),
        error: error.map(|error| error.to_string()).or(kept),
        can_undo: visit.may_act && can_undo(&plan),
        can_go_on: visit.may_act
            && is_same_person
            && matches!(entry.state, PlanState::Approved | PlanState::Failed),
        again: matches!(
            entry.state,
            PlanState::Stale | PlanState::Failed | PlanState::Undone
        ),
        compare_token: visit.token(COMPARE),
    }))
}

/// Whether the old rows are kept and not back yet.
pub(crate) fn can_undo(plan: &Plan) -> bool {
    let ending = plan.ending.as_ref();
    plan.entry.state == PlanState::Applied && ending.is_some_and(|ending| ending.can_undo)
}

/// What was written to each table.
pub(crate) fn written(ending: &Ending) -> Vec<Writes> {
    let each = ending.written.iter().map(|written| Writes {
        table: written.table.to_string(),
        inserted: number(written.inserted),
        updated: number(written.updated),
        deleted: number(written.deleted),
    });
    each.collect()
}

/// How many rows were written.
pub(crate) fn total(ending: &Ending) -> u64 {
    let each = ending.written.iter();
    each.map(|written| written.inserted + written.updated + written.deleted)
        .sum()
}
