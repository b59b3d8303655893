//! Records in an order of the caller's, by a cursor.

use reqwest::Method;
use serde::Deserialize;
use tokio::runtime::Handle;

use crate::call::{Call, Repetition};
use crate::client::Client;
use crate::error::{Cause, ClientError};
use crate::limits;
use crate::page::Page;
use crate::request::with_fields;
use crate::task;

const PATH: &str = "records/cursor.json";

/// A cursor: one of 10 that the domain has for everybody.
///
/// The set of records is fixed when it is made; their values are those at the time of each page.
/// It is given back when the last page was read, by [`close`](Self::close), after an error, and
/// when it is dropped.
#[derive(Debug)]
pub struct Cursor {
    client: Client,
    app: u64,
    id: String,
    total_count: u64,
    pages: u64,
    state: State,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    /// The service holds it.
    Open,
    /// A page was asked for; if nobody waits for the answer, that page is lost.
    Asked,
    /// The service holds it no longer.
    Gone,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Created {
    id: String,
    total_count: String,
}

impl Client {
    /// A cursor over the records of `app` that `query` gives: a condition and `order by`, without
    /// limit or offset. No `fields` means all of them; `$id` and `$revision` come always.
    ///
    /// While all cursors of the domain are taken, it is tried again every 30 s, as often as the
    /// options allow.
    ///
    /// # Errors
    /// The call, see [`ClientError`].
    pub async fn cursor(
        &self,
        app: u64,
        fields: &[String],
        query: &str,
    ) -> Result<Cursor, ClientError> {
        let what = format!("cursor over app {app} with `{query}`");
        let mut call = Call::new(Method::POST, what, PATH)
            .with("app", app)
            .with("query", query)
            .with("size", limits::PAGE_RECORDS as u64);
        call = with_fields(call, fields)?;
        call.timeout = Some(limits::CURSOR_TIMEOUT);
        let client = self.clone();
        // A task of its own goes on when the caller stops waiting, so that the answer's cursor is
        // still dropped, and thus given back.
        let mut creating = task::spawn(Cursor::create(client, app, call));
        task::join(&mut creating).await
    }
}

impl Cursor {
    async fn create(client: Client, app: u64, call: Call) -> Result<Self, ClientError> {
        let created = |text: String| {
            let created: Created = serde_json::from_str(&text)?;
            let count = created
                .total_count
                .parse()
                .map_err(serde::de::Error::custom)?;
            Ok((created.id, count))
        };
        let (id, total_count) = client.transport.send(&call, created).await?;
        Ok(Self {
            client,
            app,
            id,
            total_count,
            pages: 0,
            state: State::Open,
        })
    }

    /// How many records the cursor had when it was made.
    pub fn total_count(&self) -> u64 {
        self.total_count
    }

    /// The next page; `None` after the last. It is empty when its records were deleted meanwhile.
    ///
    /// # Errors
    /// The call, see [`ClientError`]; the cursor is then gone.
    pub async fn next_page(&mut self) -> Result<Option<Page>, ClientError> {
        if self.state == State::Gone {
            return Ok(None);
        }
        let result = self.ask().await;
        match &result {
            Ok(page) if page.has_next() => self.state = State::Open,
            // The service itself lets go of a cursor whose last page it gave.
            Ok(_) => self.state = State::Gone,
            Err(error) if error.cause() == Cause::CursorGone => self.state = State::Gone,
            Err(_) => self.give_back().await,
        }
        result.map(Some)
    }

    /// Gives the cursor back. One that is gone is given back already.
    pub async fn close(mut self) {
        self.give_back().await;
    }

    async fn ask(&mut self) -> Result<Page, ClientError> {
        self.pages += 1;
        let what = format!("page {} of the cursor over app {}", self.pages, self.app);
        let mut call = Call::get(what, PATH).with("id", self.id.as_str());
        call.repetition = Repetition::PageOfCursor;
        if self.state == State::Asked {
            return Err(ClientError::PageLost {
                call: call.what,
                source: None,
            });
        }
        self.state = State::Asked;
        let page = self.client.fetch(&call).await?;
        page.check_size(limits::PAGE_RECORDS)?;
        Ok(page)
    }

    async fn give_back(&mut self) {
        if self.state != State::Gone {
            self.state = State::Gone;
            delete(self.client.clone(), self.app, self.id.clone()).await;
        }
    }
}

impl Drop for Cursor {
    fn drop(&mut self) {
        if self.state == State::Gone {
            return;
        }
        let id = std::mem::take(&mut self.id);
        if Handle::try_current().is_err() {
            tracing::warn!(app = self.app, "a cursor is left to expire in 10 minutes");
            return;
        }
        drop(task::spawn(delete(self.client.clone(), self.app, id)));
    }
}

/// Deletes a cursor. One that stays behind expires within 10 minutes, so a fault is only told.
async fn delete(client: Client, app: u64, id: String) {
    let what = format!("deletion of the cursor over app {app}");
    let call = Call::new(Method::DELETE, what, PATH).with("id", id);
    match client.transport.send(&call, |_| Ok(())).await {
        Ok(()) => {}
        Err(error) if error.cause() == Cause::CursorGone => {}
        Err(error) => tracing::warn!(app, %error, "a cursor is left to expire in 10 minutes"),
    }
}
