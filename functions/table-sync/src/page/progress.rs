//! How far something is that goes on behind the pages.

use axum::response::Response;

use crate::page::frame::{Frame, Template, go_to, render};
use crate::page::problem::Problem;
use crate::page::stamp::{When, stamp};
use crate::page::tasks::Task;
use crate::page::visit::{Named, Visit};
use crate::page::words::number;
use crate::plans::PlanState;

/// How far something is.
pub(crate) struct Steps {
    pub(crate) by: String,
    pub(crate) since: When,
    pub(crate) stage: &'static str,
    pub(crate) done: u64,
    pub(crate) total: u64,
    /// Both in words; empty where nothing is counted.
    pub(crate) counted: String,
}

#[derive(Template)]
#[template(path = "progress.html")]
struct View {
    frame: Frame,
    id: String,
    /// `None` where another instance is at work.
    steps: Option<Steps>,
}

impl Steps {
    pub(crate) fn of(visit: &Visit, task: &Task) -> Self {
        let w = visit.words();
        let step = task.progress.now();
        let counted = match (step.done, step.total) {
            (0, 0) => String::new(),
            (done, 0) => w.put(w.progress_done, number(done)),
            (done, total) => w.put2(w.progress_of, number(done), number(total)),
        };
        Self {
            by: task.begun.by.clone(),
            since: stamp(task.begun.at, &visit.page.zone),
            stage: w.stage(step.stage),
            done: step.done.min(step.total),
            total: step.total,
            counted,
        }
    }
}

/// `GET /plans/{id}/progress`
pub(crate) async fn show(visit: Visit, Named(id): Named<String>) -> Result<Response, Problem> {
    let id = id.parse().map_err(|()| Problem::NotFound)?;
    let task = visit.page.tasks.of(&id);
    let running = task.filter(|task| task.end().is_none());
    if running.is_none() {
        let plan = visit.plan(id.as_str()).await?;
        if plan.entry.state != PlanState::Applying {
            return Ok(go_to(&format!("/plans/{id}/result")));
        }
    }
    Ok(render(&View {
        frame: Frame::new(&visit, visit.words().applying_title).reloading(),
        id: id.to_string(),
        steps: running.map(|task| Steps::of(&visit, &task)),
    }))
}
