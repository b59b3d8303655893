//! What stands in front of every address: who it is, where a form comes from, and what a browser may do with the answer.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use function_core::chain;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, ORIGIN, REFERRER_POLICY, SET_COOKIE,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method};

use crate::page::fields::Fields;
use crate::page::language::{self, COOKIE_NAME};
use crate::page::problem::{Problem, tell};
use crate::page::visit::Visit;
use crate::page::{Page, assets};

/// Nothing from elsewhere, nothing inline, in no frame.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
    form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

const HEADERS: [(HeaderName, &str); 6] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "no-referrer"),
    (STRICT_TRANSPORT_SECURITY, "max-age=31536000"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

const FETCH_SITE: &str = "sec-fetch-site";

/// Lets a request in, and sends its answer out.
pub(crate) async fn receive(
    State(page): State<Arc<Page>>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let query = Fields::parse(parts.uri.query().unwrap_or_default().as_bytes());
    let mut visit = Visit {
        language: language::of(query.one("lang"), &parts.headers, page.language),
        person: None,
        may_act: false,
        uri: parts.uri.clone(),
        query,
        page,
    };
    let mut response = match admit(&mut visit, &parts).await {
        Ok(()) => {
            parts.extensions.insert(visit.clone());
            next.run(Request::from_parts(parts, body)).await
        }
        Err(problem) => problem.into_response(),
    };
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        response = tell(&visit, &problem);
    }
    for (name, value) in HEADERS {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    let data = HeaderValue::from_static("no-store");
    response.headers_mut().entry(CACHE_CONTROL).or_insert(data);
    keep_language(&visit, &mut response);
    response
}

/// Finds out who it is. Whoever wants more than to look is stopped here already.
async fn admit(visit: &mut Visit, parts: &Parts) -> Result<(), Problem> {
    if parts.uri.path().starts_with(assets::FOLDER) {
        return Ok(());
    }
    let person = visit.page.login.person(&parts.headers).await;
    visit.person = person.map_err(|error| {
        tracing::warn!(error = %chain(&error), "not let in");
        Problem::Login(error.status())
    })?;
    let person = visit.person.as_deref();
    visit.may_act = person.is_some_and(|person| visit.page.approvers.has(person));
    if parts.method == Method::POST {
        if !is_from_here(&parts.headers) {
            return Err(Problem::Form);
        }
        visit.actor()?;
    }
    Ok(())
}

/// Whether a form comes from this page itself, as far as the browser tells. The token in it is the proof; this stops the attempt earlier.
///
/// Browsers that do not tell by `Sec-Fetch-Site` tell by `Origin`, which is `null` for pages that send no referrer.
fn is_from_here(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if let Some(site) = text(FETCH_SITE) {
        return site == "same-origin";
    }
    let host = text(HOST.as_str()).unwrap_or_default();
    match text(ORIGIN.as_str()) {
        None | Some("null") => true,
        Some(origin) => origin
            .split_once("://")
            .is_some_and(|(_, rest)| rest == host),
    }
}

/// Keeps the language that was chosen in the address.
fn keep_language(visit: &Visit, response: &mut Response) {
    let Some(language) = language::parse(visit.query.one("lang")) else {
        return;
    };
    let tag = language.tag();
    let cookie = format!("{COOKIE_NAME}={tag}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax");
    if let Ok(cookie) = cookie.parse() {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_here(pairs: &[(&'static str, &str)]) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, "sync.example.jp".parse().unwrap());
        for (name, value) in pairs {
            headers.insert(*name, value.parse().unwrap());
        }
        is_from_here(&headers)
    }

    #[test]
    fn what_the_browser_says_of_the_sender_counts() {
        assert!(from_here(&[
            ("sec-fetch-site", "same-origin"),
            ("origin", "null")
        ]));
        assert!(from_here(&[("origin", "https://sync.example.jp")]));
        assert!(from_here(&[]), "the token is the proof");
        for pairs in [
            [
                ("sec-fetch-site", "cross-site"),
                ("origin", "https://sync.example.jp"),
            ],
            [("sec-fetch-site", "same-site"), ("origin", "null")],
            [("sec-fetch-site", "none"), ("origin", "null")],
        ] {
            assert!(!from_here(&pairs), "{pairs:?}");
        }
        assert!(!from_here(&[(
            "origin",
            "https://sync.example.jp.evil.example"
        )]));
        assert!(!from_here(&[("origin", "https://evil.example")]));
    }
}
