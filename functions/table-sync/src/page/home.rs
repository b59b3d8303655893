//! The list of plans, and the button that compares.

use axum::response::Response;
use table_diff::{ClassCounts, Language, Sides};

use crate::page::class::Badge;
use crate::page::compare::COMPARE;
use crate::page::desk::DeskError;
use crate::page::frame::{Frame, Template, render};
use crate::page::problem::Problem;
use crate::page::stamp::{When, stamp};
use crate::page::visit::Visit;
use crate::page::words::{Words, number};
use crate::plans::{PlanEntry, PlanState};

#[derive(Template)]
#[template(path = "home.html")]
struct View {
    frame: Frame,
    /// Who compares now, and since when.
    running: Option<(String, When)>,
    /// Why the last comparison failed.
    failed: Option<String>,
    token: String,
    plans: Vec<Line>,
}

/// A plan in the list.
struct Line {
    id: String,
    created: When,
    by: String,
    reverse: bool,
    state: StateView,
    counts: Vec<Count>,
    blocked: usize,
    /// The last who did something with it.
    act: Option<(String, When)>,
}

/// How many rows there are of a class.
pub(crate) struct Count {
    pub(crate) badge: Badge,
    pub(crate) rows: String,
}

/// Where a plan stands, as it is shown.
pub(crate) struct StateView {
    /// In styles.
    pub(crate) name: &'static str,
    pub(crate) words: &'static str,
}

impl StateView {
    pub(crate) fn new(words: &Words, state: PlanState) -> Self {
        Self {
            name: name(state),
            words: words.state(state),
        }
    }
}

/// `counts` in the order in which people see them, without classes that have none.
pub(crate) fn counted(
    language: Language,
    counts: &ClassCounts,
    names: &Sides<String>,
) -> Vec<Count> {
    let each = counts.iter().map(|(class, rows)| Count {
        badge: Badge::new(language, class, names),
        rows: number(rows),
    });
    each.collect()
}

/// `GET /`
pub(crate) async fn show(visit: Visit) -> Result<Response, Problem> {
    let page = &visit.page;
    let entries = page.desk.plans().await?;
    let comparison = page.tasks.comparison();
    let running = comparison.as_ref().filter(|task| task.end().is_none());
    let failed = comparison
        .as_ref()
        .and_then(|task| task.end()?.as_ref().err());
    let names = page.desk.place().names;
    let title = visit
        .words()
        .put2(visit.words().home_title, &names.source, &names.target);
    Ok(render(&View {
        frame: Frame::new(&visit, title),
        running: running.map(|task| {
            let begun = &task.begun;
            (begun.by.clone(), stamp(begun.at, &page.zone))
        }),
        failed: failed.map(DeskError::to_string),
        token: visit.token(COMPARE),
        plans: entries
            .into_iter()
            .map(|entry| line(&visit, &names, entry))
            .collect(),
    }))
}

fn line(visit: &Visit, names: &Sides<String>, entry: PlanEntry) -> Line {
    let zone = &visit.page.zone;
    let act = entry.who.zip(entry.when);
    Line {
        id: entry.id.to_string(),
        created: stamp(entry.created, zone),
        by: entry.by,
        reverse: entry.reverse,
        state: StateView::new(visit.words(), entry.state),
        counts: counted(visit.language, &entry.counts, names),
        blocked: entry.blocked,
        act: act.map(|(by, at)| (by, stamp(at, zone))),
    }
}

/// The name of a state in styles and templates.
fn name(state: PlanState) -> &'static str {
    match state {
        PlanState::Open => "open",
        PlanState::Approved => "approved",
        PlanState::Applying => "applying",
        PlanState::Applied => "applied",
        PlanState::Stale => "stale",
        PlanState::Failed => "failed",
        PlanState::Undone => "undone",
    }
}
