//! One request of a person whom the guard has let in.

use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Path, RawForm, Request};
use http::request::Parts;
use http::{StatusCode, Uri};
use table_diff::Language;

use crate::page::Page;
use crate::page::desk::Plan;
use crate::page::fields::Fields;
use crate::page::problem::Problem;
use crate::page::words::{Words, words};
use crate::plan_id::PlanId;

/// One request of a person whom the guard has let in.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    pub(crate) page: Arc<Page>,
    pub(crate) language: Language,
    /// Who it is, by proof; `None` where nobody logs in.
    pub(crate) person: Option<String>,
    /// Whether that person may do more than look.
    pub(crate) may_act: bool,
    pub(crate) uri: Uri,
    /// What the address asks for.
    pub(crate) query: Fields,
}

impl Visit {
    /// All that the page says in the visitor's language.
    pub(crate) fn words(&self) -> &'static Words {
        words(self.language)
    }

    /// Why the visitor can only look.
    pub(crate) fn read_only(&self) -> &'static str {
        if self.person.is_some() {
            self.words().read_only_other
        } else {
            self.words().read_only_nobody
        }
    }

    /// The person who acts.
    pub(crate) fn actor(&self) -> Result<&str, Problem> {
        let person = self.person.as_deref().filter(|_| self.may_act);
        person.ok_or(Problem::NotAllowed)
    }

    /// The token for a form; empty where the visitor may send none.
    pub(crate) fn token(&self, purpose: &str) -> String {
        self.actor().map_or_else(
            |_| String::new(),
            |person| self.page.seal.token(person, purpose),
        )
    }

    /// The person who sent a form that was made for them and for `purpose`.
    pub(crate) fn sender(&self, form: &Fields, purpose: &str) -> Result<&str, Problem> {
        let person = self.actor()?;
        let holds = self.page.seal.holds(form.one("token"), person, purpose);
        holds.then_some(person).ok_or(Problem::Form)
    }

    /// The plan that the address names.
    pub(crate) async fn plan(&self, id: &str) -> Result<Plan, Problem> {
        let id: PlanId = id.parse().map_err(|()| Problem::NotFound)?;
        Ok(self.page.desk.plan(&id, self.language).await?)
    }
}

impl FromRequestParts<Arc<Page>> for Visit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Page>) -> Result<Self, Problem> {
        // The guard is in front of every route.
        parts.extensions.get().cloned().ok_or(Problem::Form)
    }
}

/// The parts of an address, as they are: each route checks its own.
#[derive(Debug)]
pub(crate) struct Named<T>(pub(crate) T);

impl<S: Send + Sync, T: serde::de::DeserializeOwned + Send> FromRequestParts<S> for Named<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::<T>::from_request_parts(parts, state).await;
        path.map(|Path(named)| Self(named))
            .map_err(|_| Problem::NotFound)
    }
}

/// The fields of a form that was sent.
#[derive(Debug)]
pub(crate) struct Sent(pub(crate) Fields);

impl<S: Send + Sync> FromRequest<S> for Sent {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let form = RawForm::from_request(request, state).await;
        let RawForm(encoded) = form.map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Problem::Size,
            _ => Problem::Form,
        })?;
        Ok(Self(Fields::parse(&encoded)))
    }
}
