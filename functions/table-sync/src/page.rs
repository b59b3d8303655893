//! The page on which people see differences, tick what is right, and approve it.
//!
//! Server-rendered, without a build step; the little script in `static/` only adds comfort. Whatever changes something is a form, signed for
//! the person and the purpose; whoever is not known by proof can only look.

mod approve;
mod assets;
mod class;
mod compare;
mod config;
mod desk;
mod draft;
mod fields;
mod frame;
mod guard;
mod home;
mod language;
mod plan;
mod problem;
mod progress;
mod result;
mod seal;
mod stamp;
mod sync_desk;
mod table;
mod tasks;
#[cfg(test)]
mod tests;
mod ticking;
mod ticks;
mod undo;
mod visit;
mod words;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use function_core::Clock;
use jiff::tz::TimeZone;
use table_diff::Language;

use crate::login::{Login, LoginError};
use crate::page::assets::Assets;
use crate::page::desk::Desk;
use crate::page::seal::{NoRandomness, Seal};
use crate::page::tasks::Tasks;

pub use config::{Approvers, PageConfig};

/// The largest form: a page of a hundred rows is a hundredth of it.
const FORM_BYTES_MAX: usize = 256 * 1024;

/// The page, ready for visits.
#[derive(Debug)]
pub(crate) struct Page {
    desk: Arc<dyn Desk>,
    login: Login,
    approvers: Approvers,
    seal: Seal,
    /// The language where a visitor has not chosen one.
    language: Option<Language>,
    zone: TimeZone,
    clock: Clock,
    tasks: Tasks,
    assets: Assets,
}

/// Why there can be no page.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// There can be no login.
    #[error("the login can't be set up")]
    Login(#[from] LoginError),
    /// Forms can't be signed.
    #[error(transparent)]
    Seal(#[from] NoRandomness),
}

impl Page {
    /// The page over `desk`, with times told in `zone`.
    ///
    /// # Errors
    /// The login can't be set up, or the system gives no random numbers.
    pub(crate) fn new(
        desk: Arc<dyn Desk>,
        config: &PageConfig,
        zone: TimeZone,
        clock: Clock,
    ) -> Result<Self, PageError> {
        Ok(Self {
            desk,
            login: Login::new(&config.login, &clock)?,
            approvers: config.approvers.clone(),
            seal: Seal::new(config.secret.as_ref())?,
            language: config.language,
            zone,
            clock,
            tasks: Tasks::default(),
            assets: Assets::new(),
        })
    }

    /// Completes when nothing goes on any more that a visitor began.
    pub(crate) async fn idle(&self) {
        self.tasks.idle().await;
    }

    /// All addresses of the page.
    pub(crate) fn routes(self: Arc<Self>) -> Router {
        Router::new()
            .route("/", get(home::show))
            .route("/compare", get(compare::show).post(compare::start))
            .route("/plans/{id}", get(plan::show))
            .route("/plans/{id}/ticks", post(ticking::classes))
            .route(
                "/plans/{id}/tables/{table}",
                get(table::show).post(ticking::rows),
            )
            .route(
                "/plans/{id}/approve",
                get(approve::show).post(approve::start),
            )
            .route("/plans/{id}/progress", get(progress::show))
            .route("/plans/{id}/result", get(result::show))
            .route("/plans/{id}/undo", get(undo::show).post(undo::start))
            .route("/static/{name}", get(assets::show))
            .fallback(problem::not_found)
            .method_not_allowed_fallback(problem::method)
            .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
            .layer(from_fn_with_state(Arc::clone(&self), guard::receive))
            .with_state(self)
    }
}
