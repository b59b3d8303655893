//! Comparing, which goes on when the browser is closed.

use std::sync::Arc;

use axum::response::Response;

use crate::page::desk::Act;
use crate::page::frame::{Frame, Template, go_to, render};
use crate::page::problem::Problem;
use crate::page::progress::Steps;
use crate::page::visit::{Sent, Visit};

/// What its form is for.
pub(crate) const COMPARE: &str = "compare";

const PLACE: &str = "/compare";

#[derive(Template)]
#[template(path = "compare.html")]
struct View {
    frame: Frame,
    steps: Steps,
}

/// `POST /compare`
pub(crate) async fn start(visit: Visit, Sent(form): Sent) -> Result<Response, Problem> {
    let by = visit.sender(&form, COMPARE)?.to_owned();
    let reverse = form.one("reverse") == "yes";
    let page = &visit.page;
    let begun = Act {
        by: by.clone(),
        at: page.clock.now(),
    };
    let desk = Arc::clone(&page.desk);
    let started = page.tasks.compare(begun, |task| async move {
        desk.compare(reverse, &by, &task.progress).await
    });
    started.map_err(|act| Problem::Busy(act, PLACE.to_owned()))?;
    Ok(go_to(PLACE))
}

/// `GET /compare`
pub(crate) async fn show(visit: Visit) -> Result<Response, Problem> {
    let Some(task) = visit.page.tasks.comparison() else {
        return Ok(go_to("/"));
    };
    match task.end() {
        Some(Ok(id)) => Ok(go_to(&format!("/plans/{id}"))),
        Some(Err(error)) => Err(error.clone().into()),
        None => Ok(render(&View {
            frame: Frame::new(&visit, visit.words().comparing_title).reloading(),
            steps: Steps::of(&visit, &task),
        })),
    }
}
