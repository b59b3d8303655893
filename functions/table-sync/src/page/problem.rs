//! What goes wrong, in words, with what to do about it.

use axum::response::{IntoResponse, Response};
use http::StatusCode;

use crate::page::desk::{Act, DeskError};
use crate::page::frame::{Frame, Template, render};
use crate::page::stamp::stamp;
use crate::page::visit::Visit;
use crate::plan_id::PlanId;

/// What goes wrong. As a response it is told by the guard, which knows the visitor's language.
#[derive(Clone, Debug)]
pub(crate) enum Problem {
    /// There is no such page, plan or table.
    NotFound,
    /// It is not known who it is.
    Login(StatusCode),
    /// That person may only look.
    NotAllowed,
    /// The form was not made here, not for this person, or not for this.
    Form,
    /// The address takes no such request.
    Method,
    /// The form is too large.
    Size,
    /// The ticks are others than those that the person saw.
    TicksMoved(PlanId),
    /// The plan is another than the one that the person saw.
    PlanMoved(PlanId),
    /// Somebody approved the plan already.
    Approved(PlanId, Act),
    /// Somebody is at work; and where to watch it.
    Busy(Act, String),
    /// A table's name was not typed.
    Confirm(PlanId, String),
    /// Nothing is ticked.
    Nothing(PlanId),
    /// What was asked for can't be shown or done.
    Desk(DeskError),
}

/// A problem as it is shown.
struct Told {
    status: StatusCode,
    title: String,
    repair: String,
    details: Option<String>,
    /// Where to go on, if not at the list of plans.
    link: Option<(String, &'static str)>,
}

#[derive(Template)]
#[template(path = "problem.html")]
struct View {
    frame: Frame,
    told: Told,
}

/// The page that tells of `problem`.
pub(crate) fn tell(visit: &Visit, problem: &Problem) -> Response {
    let told = told(visit, problem);
    let status = told.status;
    let frame = Frame::new(visit, told.title.clone());
    (status, render(&View { frame, told })).into_response()
}

/// For addresses that are none.
pub(crate) async fn not_found() -> Problem {
    Problem::NotFound
}

/// For requests that an address does not take.
pub(crate) async fn method() -> Problem {
    Problem::Method
}

impl From<DeskError> for Problem {
    fn from(error: DeskError) -> Self {
        match error {
            DeskError::NotFound => Self::NotFound,
            error => Self::Desk(error),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

fn told(visit: &Visit, problem: &Problem) -> Told {
    let w = visit.words();
    let plain = |status, title: &str, repair: &str| Told {
        status,
        title: title.to_owned(),
        repair: repair.to_owned(),
        details: None,
        link: None,
    };
    let refused = StatusCode::CONFLICT;
    let time = |act: &Act| stamp(act.at, &visit.page.zone).text;
    match problem {
        Problem::NotFound => plain(
            StatusCode::NOT_FOUND,
            w.problem_not_found,
            w.problem_not_found_repair,
        ),
        Problem::Login(status) => plain(*status, w.problem_login, w.problem_login_repair),
        Problem::NotAllowed => plain(
            StatusCode::FORBIDDEN,
            w.problem_not_allowed,
            w.problem_not_allowed_repair,
        ),
        Problem::Form => plain(StatusCode::FORBIDDEN, w.problem_form, w.problem_form_repair),
        Problem::Method => plain(
            StatusCode::METHOD_NOT_ALLOWED,
            w.problem_method,
            w.problem_not_found_repair,
        ),
        Problem::Size => plain(
            StatusCode::PAYLOAD_TOO_LARGE,
            w.problem_size,
            w.problem_size_repair,
        ),
        Problem::TicksMoved(id) => {
            plain(refused, w.problem_ticks_moved, w.problem_ticks_moved_repair)
                .with_link(format!("/plans/{id}"), w.back_to_plan)
        }
        Problem::PlanMoved(id) => plain(refused, w.problem_plan_moved, w.problem_plan_moved_repair)
            .with_link(format!("/plans/{id}"), w.back_to_plan),
        Problem::Approved(id, act) => {
            let title = w.put2(w.problem_approved, &act.by, time(act));
            plain(refused, &title, w.problem_approved_repair)
                .with_link(format!("/plans/{id}/result"), w.result_link)
        }
        Problem::Busy(act, place) => {
            let title = w.put2(w.problem_busy, &act.by, time(act));
            plain(refused, &title, w.problem_busy_repair)
                .with_link(place.clone(), w.compare_see_progress)
        }
        Problem::Confirm(id, table) => {
            let repair = w.put(w.problem_confirm_repair, table);
            plain(StatusCode::UNPROCESSABLE_ENTITY, w.problem_confirm, &repair)
                .with_link(format!("/plans/{id}/approve"), w.step_approve)
        }
        Problem::Nothing(id) => plain(
            StatusCode::UNPROCESSABLE_ENTITY,
            w.problem_nothing,
            w.problem_nothing_repair,
        )
        .with_link(format!("/plans/{id}"), w.back_to_plan),
        Problem::Desk(error) => {
            let (status, title, repair) = of_desk(visit, error);
            Told {
                details: Some(error.to_string()),
                ..plain(status, title, repair)
            }
        }
    }
}

fn of_desk(visit: &Visit, error: &DeskError) -> (StatusCode, &'static str, &'static str) {
    let w = visit.words();
    match error {
        DeskError::NotFound => (
            StatusCode::NOT_FOUND,
            w.problem_not_found,
            w.problem_not_found_repair,
        ),
        DeskError::Stale(_) => (
            StatusCode::CONFLICT,
            w.problem_stale,
            w.problem_stale_repair,
        ),
        DeskError::Approved(_) | DeskError::Refused(_) => (
            StatusCode::CONFLICT,
            w.problem_refused,
            w.problem_refused_repair,
        ),
        DeskError::Failed { passing: true, .. } => (
            StatusCode::SERVICE_UNAVAILABLE,
            w.problem_failed,
            w.problem_passing_repair,
        ),
        DeskError::Failed { passing: false, .. } => (
            StatusCode::INTERNAL_SERVER_ERROR,
            w.problem_failed,
            w.problem_failed_repair,
        ),
    }
}

impl Told {
    fn with_link(mut self, place: String, words: &'static str) -> Self {
        self.link = Some((place, words));
        self
    }
}
