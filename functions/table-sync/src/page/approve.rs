//! What would be written, and the approval.

use std::sync::Arc;

use axum::response::Response;
use table_diff::Class;

use crate::page::desk::{Act, Approved, Plan, PlanTable};
use crate::page::draft;
use crate::page::fields::Fields;
use crate::page::frame::{Frame, Template, go_to, render};
use crate::page::plan::Header;
use crate::page::problem::Problem;
use crate::page::ticks::Ticks;
use crate::page::visit::{Named, Sent, Visit};
use crate::page::words::{Words, number};
use crate::plan_id::PlanId;
use crate::plans::PlanState;

#[derive(Template)]
#[template(path = "approve.html")]
struct View {
    frame: Frame,
    header: Header,
    tables: Vec<Writes>,
    total: String,
    /// What deletions take along, in words.
    cascades: Vec<String>,
    /// Whether that was counted for more rows than are ticked.
    counts_all: bool,
    /// The tables whose names must be typed, with their numbers.
    confirm: Vec<Confirm>,
    /// The digest of the plan, and that of the ticks, which the approval is bound to.
    digest: String,
    seen: String,
    token: String,
    is_empty: bool,
    /// How an earlier attempt ended.
    before: Option<String>,
    /// Why it can't be approved.
    hindrance: Option<String>,
}

/// What is written to a table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Writes {
    pub(crate) table: String,
    pub(crate) inserted: String,
    pub(crate) updated: String,
    pub(crate) deleted: String,
}

/// A table whose name must be typed.
struct Confirm {
    number: usize,
    table: String,
    warning: Option<String>,
    words: String,
}

fn purpose(id: &PlanId) -> String {
    format!("approve {id}")
}

/// `GET /plans/{id}/approve`
pub(crate) async fn show(visit: Visit, Named(id): Named<String>) -> Result<Response, Problem> {
    let plan = visit.plan(&id).await?;
    check_undecided(&visit, &plan)?;
    let ticks = draft::read(&visit.page.desk, &plan).await?;
    let w = visit.words();
    let confirm = to_confirm(&plan, &ticks).map(|(index, table)| Confirm {
        number: index + 1,
        table: table.name.clone(),
        warning: table.warning.clone(),
        words: w.put2(
            w.confirm_intro,
            number(deletions(table, &ticks)),
            number(table.target_rows),
        ),
    });
    let total = ticks.count_all(&plan);
    Ok(render(&View {
        frame: Frame::new(&visit, w.approve_title),
        header: Header::new(&visit, &plan, 2),
        tables: writes(&plan, &ticks),
        total: number(total),
        cascades: cascades(&plan, &ticks),
        counts_all: counts_all(&plan, &ticks),
        confirm: confirm.collect(),
        digest: plan.digest.clone(),
        seen: ticks.digest(),
        token: visit.token(&purpose(&plan.entry.id)),
        is_empty: total == 0,
        before: before(w, &plan),
        hindrance: hindrance(&visit, &plan, &ticks).await,
    }))
}

/// `POST /plans/{id}/approve`
pub(crate) async fn start(
    visit: Visit,
    Named(id): Named<String>,
    Sent(form): Sent,
) -> Result<Response, Problem> {
    let plan = visit.plan(&id).await?;
    let by = visit.sender(&form, &purpose(&plan.entry.id))?;
    check_undecided(&visit, &plan)?;
    let ticks = draft::read(&visit.page.desk, &plan).await?;
    let approved = approval(&plan, ticks, &form, by)?;
    let begun = Act {
        by: by.to_owned(),
        at: visit.page.clock.now(),
    };
    let desk = Arc::clone(&visit.page.desk);
    let plan_id = plan.entry.id.clone();
    let started = visit
        .page
        .tasks
        .work_on(&plan.entry.id, begun, |task| async move {
            desk.apply(&plan_id, &approved, &task.progress).await?;
            Ok(plan_id)
        });
    started.map_err(|act| Problem::Approved(plan.entry.id.clone(), act))?;
    Ok(go_to(&format!("/plans/{id}/progress")))
}

/// Whoever approved a plan may go on with it; nobody else may approve it again.
fn check_undecided(visit: &Visit, plan: &Plan) -> Result<(), Problem> {
    let Some(act) = &plan.approved else {
        return Ok(());
    };
    let can_go_on = matches!(plan.entry.state, PlanState::Approved | PlanState::Failed);
    if can_go_on && visit.person.as_ref() == Some(&act.by) {
        return Ok(());
    }
    Err(Problem::Approved(plan.entry.id.clone(), act.clone()))
}

/// What the person approved, if it is what they saw.
fn approval(plan: &Plan, ticks: Ticks, form: &Fields, by: &str) -> Result<Approved, Problem> {
    let id = &plan.entry.id;
    if form.one("digest") != plan.digest {
        return Err(Problem::PlanMoved(id.clone()));
    }
    if form.one("seen") != ticks.digest() {
        return Err(Problem::TicksMoved(id.clone()));
    }
    if ticks.count_all(plan) == 0 {
        return Err(Problem::Nothing(id.clone()));
    }
    let mut confirmed = Vec::new();
    for (index, table) in to_confirm(plan, &ticks) {
        if form.one(&format!("confirm:{}", index + 1)).trim() != table.name {
            return Err(Problem::Confirm(id.clone(), table.name.clone()));
        }
        confirmed.push(table.name.clone());
    }
    Ok(Approved {
        digest: plan.digest.clone(),
        ticks,
        confirmed,
        by: by.to_owned(),
    })
}

/// How an earlier attempt ended, which the same person may go on with.
fn before(w: &Words, plan: &Plan) -> Option<String> {
    let (what, repair) = match plan.entry.state {
        PlanState::Approved => (w.interrupted.to_owned(), w.interrupted_repair),
        PlanState::Failed => {
            let what = w.put(w.result_failed, &plan.names.target);
            (what, w.result_failed_repair)
        }
        _ => return None,
    };
    Some(format!("{what} {repair}"))
}

/// Why the visitor can't approve the plan.
async fn hindrance(visit: &Visit, plan: &Plan, ticks: &Ticks) -> Option<String> {
    if let Some(words) = known_hindrance(visit, plan) {
        return Some(words.to_owned());
    }
    // Before a person decides, not after.
    let rights = visit.page.desk.check_rights(&plan.entry.id, ticks).await;
    rights.err().map(|error| error.to_string())
}

/// Why the visitor can't approve the plan, as far as no database need be asked.
fn known_hindrance(visit: &Visit, plan: &Plan) -> Option<&'static str> {
    let (w, place) = (visit.words(), visit.page.desk.place());
    let can_apply = if plan.entry.reverse {
        place.can_apply_reverse
    } else {
        place.can_apply
    };
    if plan.is_too_old {
        Some(w.too_old)
    } else if !can_apply {
        Some(w.approve_no_apply)
    } else if visit.may_act {
        None
    } else {
        Some(visit.read_only())
    }
}

/// The tables of which so many rows would be deleted that their names must be typed.
fn to_confirm<'a>(
    plan: &'a Plan,
    ticks: &'a Ticks,
) -> impl Iterator<Item = (usize, &'a PlanTable)> {
    let tables = plan.tables.iter().enumerate();
    tables.filter(|(_, table)| table.needs_name && deletions(table, ticks) > 0)
}

fn deletions(table: &PlanTable, ticks: &Ticks) -> u64 {
    let all = table.counts.get(Class::Delete);
    ticks.count(&table.name, Class::Delete, all)
}

/// What is written to each table, without those to which nothing is.
fn writes(plan: &Plan, ticks: &Ticks) -> Vec<Writes> {
    let of = |table: &PlanTable| {
        let count = |class: &Class| {
            let all = table.counts.get(*class);
            ticks.count(&table.name, *class, all)
        };
        let changing = [Class::UpdateNew, Class::ChangedSameTime, Class::TimeUnknown];
        let counts = [
            count(&Class::Insert),
            changing.iter().map(count).sum(),
            count(&Class::Delete),
        ];
        let [inserted, updated, deleted] = counts.map(number);
        (counts != [0; 3]).then(|| Writes {
            table: table.name.clone(),
            inserted,
            updated,
            deleted,
        })
    };
    plan.tables.iter().filter_map(of).collect()
}

/// What the database does by itself when the ticked rows are deleted. It is counted for all rows that could be.
fn cascades(plan: &Plan, ticks: &Ticks) -> Vec<String> {
    let tables = plan.tables.iter();
    let deleting = tables.filter(|table| deletions(table, ticks) > 0);
    deleting.flat_map(|table| table.cascades.clone()).collect()
}

/// Whether what is taken along was counted for more deletions than are ticked.
fn counts_all(plan: &Plan, ticks: &Ticks) -> bool {
    plan.tables.iter().any(|table| {
        let ticked = deletions(table, ticks);
        let is_part = ticked > 0 && ticked < table.counts.get(Class::Delete);
        is_part && !table.cascades.is_empty()
    })
}
