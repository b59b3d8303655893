//! The draft of ticks, kept with the plan so that it outlives the browser and is the same in every window.

use std::sync::Arc;

use crate::page::desk::{Desk, DeskError, Plan};
use crate::page::problem::Problem;
use crate::page::ticks::Ticks;

/// How often a change is tried again that another window came before.
const ATTEMPTS: u32 = 8;

/// What is ticked now.
pub(crate) async fn read(desk: &Arc<dyn Desk>, plan: &Plan) -> Result<Ticks, Problem> {
    let kept = desk.draft(&plan.entry.id).await?;
    match kept {
        Some((content, _)) => parse(&content),
        None => Ok(Ticks::by_default(plan)),
    }
}

/// Changes what is ticked, whatever another window does meanwhile: each change is made to what is there at the moment of writing.
pub(crate) async fn change(
    desk: &Arc<dyn Desk>,
    plan: &Plan,
    change: impl Fn(&mut Ticks) -> Result<(), Problem>,
) -> Result<(), Problem> {
    let id = &plan.entry.id;
    for _ in 0..ATTEMPTS {
        let (mut ticks, seen) = match desk.draft(id).await? {
            Some((content, version)) => (parse(&content)?, Some(version)),
            None => (Ticks::by_default(plan), None),
        };
        change(&mut ticks)?;
        let content = serde_json::to_vec(&ticks).map_err(|error| unreadable(&error))?;
        if desk.keep_draft(id, content, seen).await? {
            return Ok(());
        }
    }
    Err(Problem::TicksMoved(id.clone()))
}

fn parse(content: &[u8]) -> Result<Ticks, Problem> {
    serde_json::from_slice(content).map_err(|error| unreadable(&error))
}

fn unreadable(error: &serde_json::Error) -> Problem {
    Problem::Desk(DeskError::Failed {
        words: format!(
            "ticks.json of the plan is not what this page keeps there: {error}; remove it to tick anew"
        ),
        passing: false,
    })
}
