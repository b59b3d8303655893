//! Scripted failures: which requests they meet, and what happens to those.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;

use crate::exchange::{Answer, JSON, Request};

/// Which requests an [`Effect`] meets.
#[derive(Clone)]
pub struct When {
    path: String,
    method: Option<String>,
    action: Option<String>,
    contains: Option<String>,
    first: usize,
    last: usize,
}

impl When {
    /// Every request whose path ends with `path`; an empty one means all requests.
    pub fn path(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            method: None,
            action: None,
            contains: None,
            first: 1,
            last: usize::MAX,
        }
    }

    /// Every request for this AWS action, such as `StartExportTask`, whatever the path.
    pub fn action(action: &str) -> Self {
        Self {
            action: Some(action.to_owned()),
            ..Self::path("")
        }
    }

    /// Only requests of this method, such as `POST`.
    #[must_use]
    pub fn method(mut self, method: &str) -> Self {
        self.method = Some(method.to_owned());
        self
    }

    /// Only requests that have `text` in a decoded parameter, a decoded field of a form, or their body.
    #[must_use]
    pub fn containing(mut self, text: &str) -> Self {
        self.contains = Some(text.to_owned());
        self
    }

    /// Only the `number`-th matching request, counted from 1 from now on.
    #[must_use]
    pub fn nth(mut self, number: usize) -> Self {
        (self.first, self.last) = (number, number);
        self
    }

    /// Only the first `count` matching requests.
    #[must_use]
    pub fn first(mut self, count: usize) -> Self {
        (self.first, self.last) = (1, count);
        self
    }

    /// The `number`-th matching request and all after it.
    #[must_use]
    pub fn from(mut self, number: usize) -> Self {
        (self.first, self.last) = (number, usize::MAX);
        self
    }

    fn matches(&self, request: &Request) -> bool {
        request.path.ends_with(&self.path)
            && self
                .method
                .as_ref()
                .is_none_or(|method| request.method == method.as_str())
            && self
                .action
                .as_ref()
                .is_none_or(|action| request.action() == *action)
            && self.contains.as_ref().is_none_or(|text| has(request, text))
    }
}

fn has(request: &Request, text: &str) -> bool {
    let mut given = request.parameters().into_iter().chain(request.form());
    given.any(|(_, value)| value.contains(text))
        || String::from_utf8_lossy(&request.body).contains(text)
}

impl fmt::Debug for When {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let action = self.action.as_deref().unwrap_or(&self.path);
        write!(formatter, "When({action} {}..={})", self.first, self.last)
    }
}

/// Holds requests back until it lets them go; clones are one and the same.
#[derive(Clone, Debug, Default)]
pub struct Hold(Arc<AtomicBool>);

impl Hold {
    /// Lets go what is held, and holds nothing any more.
    pub fn let_go(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    pub(crate) fn has_let_go(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// What happens to a request that a [`When`] met.
#[derive(Clone)]
pub enum Effect {
    /// This answer is given, and the request does nothing.
    Answer(Answer),
    /// The connection closes without an answer, and the request does nothing.
    Cut,
    /// The request does its work, and the connection closes after so many bytes of the body.
    CutAfter(usize),
    /// The request does its work, and the connection closes without an answer.
    Lose,
    /// The request does its work, and no answer ever comes; the connection stays open.
    Unanswered,
    /// The request does its work, and this answer comes in place of its own.
    Instead(Answer),
    /// The request is looked at later by this much, and not at all where the client has gone by then.
    Delay(Duration),
    /// The answer comes once so many requests were under way at one time, or after a minute without them.
    ///
    /// For tests of what runs at once: on a slow machine, no latency makes requests meet for sure.
    Together(usize),
    /// The request is looked at once it is let go, or after a minute.
    ///
    /// For tests of what happens meanwhile: on a slow machine, no delay is long enough for sure.
    Held(Hold),
    /// The true answer carries this header, in place of one of the same name.
    Header(&'static str, String),
    /// Something else happens first: a record changes, a clock moves on.
    Change(Arc<dyn Fn() + Send + Sync>),
}

impl Effect {
    /// A refusal in JSON with kintone's keys `code`, `id` and `message`.
    pub fn refuse(status: u16, code: &str) -> Self {
        let body = json!({ "code": code, "id": "scripted", "message": "scripted failure" });
        Self::Answer(Answer::json(status, &body))
    }

    /// The same effect after the request has done its work, where it is an answer or a cut.
    #[must_use]
    pub fn after_the_work(self) -> Self {
        match self {
            Self::Answer(answer) => Self::Instead(answer),
            Self::Cut => Self::Lose,
            other => other,
        }
    }

    /// A refusal in JSON that says when to come again, as `Retry-After` does.
    pub fn throttle(code: &str, retry_after_seconds: u64) -> Self {
        match Self::refuse(429, code) {
            Self::Answer(answer) => {
                Self::Answer(answer.with_header("retry-after", retry_after_seconds.to_string()))
            }
            other => other,
        }
    }

    /// A gateway's answer in HTML.
    pub fn html(status: u16) -> Self {
        let page = format!("<html><body><h1>{status}</h1></body></html>");
        Self::Answer(Answer::new(status, "text/html; charset=utf-8", page))
    }

    /// A gateway's answer in plain text.
    pub fn text(status: u16, text: &str) -> Self {
        Self::Answer(Answer::new(
            status,
            "text/plain; charset=utf-8",
            text.to_owned(),
        ))
    }

    /// An answer that claims success and JSON, and is none.
    pub fn not_json() -> Self {
        Self::Answer(Answer::new(200, JSON, "{\"records\": [{\"a"))
    }
}

impl fmt::Debug for Effect {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer(answer) => write!(formatter, "Answer({})", answer.status),
            Self::Cut => formatter.write_str("Cut"),
            Self::CutAfter(bytes) => write!(formatter, "CutAfter({bytes})"),
            Self::Lose => formatter.write_str("Lose"),
            Self::Unanswered => formatter.write_str("Unanswered"),
            Self::Instead(answer) => write!(formatter, "Instead({})", answer.status),
            Self::Delay(delay) => write!(formatter, "Delay({delay:?})"),
            Self::Together(count) => write!(formatter, "Together({count})"),
            Self::Held(_) => formatter.write_str("Held"),
            Self::Header(name, value) => write!(formatter, "Header({name}: {value})"),
            Self::Change(_) => formatter.write_str("Change"),
        }
    }
}

/// All scripted effects of a simulator, with the requests counted that each has met.
#[derive(Debug, Default)]
pub(crate) struct Script(Vec<(When, usize, Effect)>);

impl Script {
    pub(crate) fn add(&mut self, when: When, effect: Effect) {
        self.0.push((when, 0, effect));
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// The effects for this request, in the order in which they were scripted.
    pub(crate) fn take(&mut self, request: &Request) -> Vec<Effect> {
        let mut effects = Vec::new();
        for (when, met, effect) in &mut self.0 {
            if !when.matches(request) {
                continue;
            }
            *met += 1;
            if (when.first..=when.last).contains(met) {
                effects.push(effect.clone());
            }
        }
        effects
    }
}
