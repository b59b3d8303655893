//! What is around every page.

pub(crate) use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use http::StatusCode;
use table_diff::Language;

use crate::page::desk::Place;
use crate::page::visit::Visit;
use crate::page::words::Words;

/// What is around every page.
pub(crate) struct Frame {
    pub(crate) w: &'static Words,
    /// The language's tag.
    pub(crate) lang: &'static str,
    /// The title of the page, without the product's name.
    pub(crate) title: String,
    pub(crate) place: Place,
    pub(crate) person: Option<String>,
    pub(crate) may_act: bool,
    /// Why the visitor can only look.
    pub(crate) read_only: &'static str,
    /// This page in the other language.
    pub(crate) other_language: String,
    pub(crate) other_lang: &'static str,
    pub(crate) style: String,
    pub(crate) script: String,
    pub(crate) icon: String,
    /// After how many seconds the browser looks again.
    pub(crate) refresh: Option<u32>,
}

impl Frame {
    pub(crate) fn new(visit: &Visit, title: impl Into<String>) -> Self {
        let other = match visit.language {
            Language::Ja => Language::En,
            Language::En => Language::Ja,
        };
        let assets = &visit.page.assets;
        Self {
            w: visit.words(),
            lang: visit.language.tag(),
            title: title.into(),
            place: visit.page.desk.place(),
            person: visit.person.clone(),
            may_act: visit.may_act,
            read_only: visit.read_only(),
            other_language: in_language(visit, other),
            other_lang: other.tag(),
            style: assets.style(),
            script: assets.script(),
            icon: assets.icon(),
            refresh: None,
        }
    }

    /// The browser is to look again.
    pub(crate) fn reloading(mut self) -> Self {
        self.refresh = Some(2);
        self
    }
}

/// The address of the same page in `language`.
fn in_language(visit: &Visit, language: Language) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in visit.query.pairs() {
        if !matches!(name, "lang" | "saved") {
            query.append_pair(name, value);
        }
    }
    query.append_pair("lang", language.tag());
    format!("{}?{}", visit.uri.path(), query.finish())
}

/// The page of `view`.
pub(crate) fn render(view: &impl Template) -> Response {
    match view.render() {
        Ok(html) => Html(html).into_response(),
        Err(error) => {
            tracing::error!(%error, "the page can't be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Sends the browser to `place`, which it gets.
pub(crate) fn go_to(place: &str) -> Response {
    axum::response::Redirect::to(place).into_response()
}
