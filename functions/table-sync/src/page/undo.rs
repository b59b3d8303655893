//! Bringing the old rows back.

use std::sync::Arc;

use axum::response::Response;

use crate::page::approve::Writes;
use crate::page::desk::{Act, Ending, Plan};
use crate::page::fields::Fields;
use crate::page::frame::{Frame, Template, go_to, render};
use crate::page::plan::Header;
use crate::page::problem::Problem;
use crate::page::result::{can_undo, total, written};
use crate::page::visit::{Named, Sent, Visit};
use crate::page::words::number;
use crate::plan_id::PlanId;
use crate::undo::UndoDecision;

#[derive(Template)]
#[template(path = "undo.html")]
struct View {
    frame: Frame,
    header: Header,
    written: Vec<Writes>,
    total: String,
    /// The tables whose names must be typed, with their numbers.
    confirm: Vec<Confirm>,
    /// The digest of the old rows, which the decision is bound to.
    seen: String,
    token: String,
}

/// A table whose name must be typed.
struct Confirm {
    number: usize,
    table: String,
    words: String,
}

fn purpose(id: &PlanId) -> String {
    format!("undo {id}")
}

/// `GET /plans/{id}/undo`
pub(crate) async fn show(visit: Visit, Named(id): Named<String>) -> Result<Response, Problem> {
    let plan = visit.plan(&id).await?;
    visit.actor()?;
    if !can_undo(&plan) {
        return Ok(to_result(&plan));
    }
    let ending = plan.ending.as_ref();
    Ok(render(&View {
        frame: Frame::new(&visit, visit.words().undo_title),
        header: Header::new(&visit, &plan, 3),
        written: ending.map(written).unwrap_or_default(),
        total: number(ending.map_or(0, total)),
        confirm: ending.map(confirm).unwrap_or_default(),
        seen: ending.map(|it| it.undo.clone()).unwrap_or_default(),
        token: visit.token(&purpose(&plan.entry.id)),
    }))
}

/// `POST /plans/{id}/undo`
pub(crate) async fn start(
    visit: Visit,
    Named(id): Named<String>,
    Sent(form): Sent,
) -> Result<Response, Problem> {
    let plan = visit.plan(&id).await?;
    let by = visit.sender(&form, &purpose(&plan.entry.id))?.to_owned();
    if !can_undo(&plan) {
        return Ok(to_result(&plan));
    }
    let decision = decision(&plan, &form, by.clone())?;
    let begun = Act {
        by,
        at: visit.page.clock.now(),
    };
    let desk = Arc::clone(&visit.page.desk);
    let plan_id = plan.entry.id.clone();
    let started = visit
        .page
        .tasks
        .work_on(&plan.entry.id, begun, |task| async move {
            desk.undo(&plan_id, &decision, &task.progress).await?;
            Ok(plan_id)
        });
    let place = format!("/plans/{id}/progress");
    started.map_err(|act| Problem::Busy(act, place.clone()))?;
    Ok(go_to(&place))
}

fn confirm(ending: &Ending) -> Vec<Confirm> {
    let tables = ending.undo_confirm.iter().enumerate();
    let confirm = tables.map(|(index, (table, words))| Confirm {
        number: index + 1,
        table: table.clone(),
        words: words.clone(),
    });
    confirm.collect()
}

/// What the person decided, if it is about what they saw.
fn decision(plan: &Plan, form: &Fields, by: String) -> Result<UndoDecision, Problem> {
    let id = &plan.entry.id;
    let ending = plan.ending.clone().unwrap_or_default();
    if form.one("seen") != ending.undo {
        return Err(Problem::PlanMoved(id.clone()));
    }
    for (index, (table, _)) in ending.undo_confirm.iter().enumerate() {
        if form.one(&format!("confirm:{}", index + 1)).trim() != table {
            return Err(Problem::Confirm(id.clone(), table.clone()));
        }
    }
    let confirmed = ending.undo_confirm.into_iter().map(|(table, _)| table);
    Ok(UndoDecision {
        digest: ending.undo,
        confirmed: confirmed.collect(),
        by,
    })
}

fn to_result(plan: &Plan) -> Response {
    go_to(&format!("/plans/{}/result", plan.entry.id))
}
