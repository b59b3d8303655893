//! Saving ticks.
//!
//! A form tells what was ticked when it was shown and what is ticked now; only what the person changed is changed, so that two windows lose nothing of
//! each other. A whole class is only ticked if nobody else has ticked in that table since.

use std::sync::Arc;

use axum::response::Response;
use table_diff::Class;

use crate::page::desk::Plan;
use crate::page::fields::Fields;
use crate::page::frame::go_to;
use crate::page::problem::Problem;
use crate::page::table::Wish;
use crate::page::ticks::{Ticks, can_be_ticked};
use crate::page::visit::{Named, Sent, Visit};
use crate::page::{class, draft};
use crate::plan_id::PlanId;
use crate::plans::PlanState;

/// What its forms are for.
pub(crate) fn purpose(id: &PlanId) -> String {
    format!("tick {id}")
}

/// A class of a table that a person ticked or unticked.
struct ClassChange {
    table: String,
    class: Class,
    whole: bool,
    /// The digest of the table's ticks that the person saw.
    seen: String,
}

/// `POST /plans/{id}/ticks`
pub(crate) async fn classes(
    visit: Visit,
    Named(id): Named<String>,
    Sent(form): Sent,
) -> Result<Response, Problem> {
    let plan = open_plan(&visit, &id, &form).await?;
    let changes = class_changes(&plan, &form)?;
    if !changes.is_empty() {
        let change = |ticks: &mut Ticks| tick_classes(ticks, &plan, &changes);
        draft::change(&visit.page.desk, &plan, change).await?;
    }
    Ok(go_to(&match form.one("then") {
        "approve" => format!("/plans/{id}/approve"),
        _ => format!("/plans/{id}?saved=yes"),
    }))
}

/// `POST /plans/{id}/tables/{table}`
pub(crate) async fn rows(
    visit: Visit,
    Named((id, number)): Named<(String, usize)>,
    Sent(form): Sent,
) -> Result<Response, Problem> {
    let plan = open_plan(&visit, &id, &form).await?;
    let wish = Wish::of(&form);
    let index = number.checked_sub(1).ok_or(Problem::NotFound)?;
    let table = plan.tables.get(index).ok_or(Problem::NotFound)?;
    let desk = Arc::clone(&visit.page.desk);
    // What the form says of rows is held against the rows that were on the page.
    let rows = desk.rows(&plan.entry.id, index, &wish.rows()).await?.rows;
    let changed: Vec<(Class, u64, bool)> = rows
        .iter()
        .filter(|row| can_be_ticked(row.class, plan.entry.reverse))
        .filter(|row| form.has("shown", &row.number.to_string()))
        .filter_map(|row| {
            let number = row.number.to_string();
            let (was, is) = (form.has("was", &number), form.has("row", &number));
            (was != is).then_some((row.class, row.number, is))
        })
        .collect();
    if !changed.is_empty() {
        let change = |ticks: &mut Ticks| {
            for (class, number, is_ticked) in &changed {
                ticks.tick_row(&table.name, *class, *number, *is_ticked);
            }
            Ok(())
        };
        draft::change(&desk, &plan, change).await?;
    }
    Ok(go_to(&format!(
        "/plans/{id}/tables/{number}?{}",
        wish.query("saved")
    )))
}

/// The plan, if it can still be ticked by whoever sent the form.
async fn open_plan(visit: &Visit, id: &str, form: &Fields) -> Result<Plan, Problem> {
    let plan = visit.plan(id).await?;
    visit.sender(form, &purpose(&plan.entry.id))?;
    match (&plan.entry.state, &plan.approved) {
        (PlanState::Open, _) => Ok(plan),
        (_, Some(act)) => Err(Problem::Approved(plan.entry.id.clone(), act.clone())),
        (_, None) => Err(Problem::NotFound),
    }
}

/// What the form ticks and unticks. Its fields are `{table}:{class}`, by the table's number.
fn class_changes(plan: &Plan, form: &Fields) -> Result<Vec<ClassChange>, Problem> {
    let mut changes = Vec::new();
    for (index, table) in plan.tables.iter().enumerate() {
        for class in Class::ALL {
            if !can_be_ticked(class, plan.entry.reverse) {
                continue;
            }
            let field = format!("{}:{}", index + 1, class::name(class));
            let (was, is) = (form.has("was", &field), form.has("class", &field));
            let none = form.has("none", &field);
            if was == is && !none {
                continue;
            }
            let seen = form.one(&format!("seen:{}", index + 1));
            if table.is_blocked || seen.is_empty() {
                return Err(Problem::Form);
            }
            changes.push(ClassChange {
                table: table.name.clone(),
                class,
                whole: is && !none,
                seen: seen.to_owned(),
            });
        }
    }
    Ok(changes)
}

fn tick_classes(ticks: &mut Ticks, plan: &Plan, changes: &[ClassChange]) -> Result<(), Problem> {
    let is_as_seen = |change: &ClassChange| ticks.digest_of(&change.table) == change.seen;
    if !changes.iter().all(is_as_seen) {
        return Err(Problem::TicksMoved(plan.entry.id.clone()));
    }
    for change in changes {
        ticks.tick_class(&change.table, change.class, change.whole);
    }
    Ok(())
}
