//! The calls: app, form, one page, the bounds of a read.

use std::sync::Arc;

use crate::app::App;
use crate::call::{Call, Parameter};
use crate::error::ClientError;
use crate::form::{FormFields, FormLayout};
use crate::limits;
use crate::options::Options;
use crate::page::Page;
use crate::request::{PageRequest, with_numbers};
use crate::transport::Transport;

/// A kintone domain, as one caller sees it. Cloning is cheap; clones share connections and pace.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) transport: Arc<Transport>,
}

/// What there is to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The highest `$id`; 0 when there is no record.
    pub highest_id: u64,
    /// How many records there are.
    pub count: u64,
}

impl Client {
    /// A client for the domain of `options`. Nothing is sent yet.
    ///
    /// # Errors
    /// An option is wrong: the base URL, the number of tokens, the certificates.
    pub fn new(options: Options) -> Result<Self, ClientError> {
        let transport = Arc::new(Transport::new(options)?);
        Ok(Self { transport })
    }

    /// How many requests this client and its clones have sent, failed ones included. An app's day
    /// has [`limits::DAILY_REQUESTS`].
    pub fn requests(&self) -> u64 {
        self.transport.requests()
    }

    /// The app's name, code and space.
    ///
    /// # Errors
    /// The call, see [`ClientError`]. A token that may only view may be refused.
    pub async fn app(&self, app: u64) -> Result<App, ClientError> {
        let call = Call::get(format!("app {app}"), "app.json").with("id", app);
        self.transport.send(&call, |text| App::parse(&text)).await
    }

    /// The app's fields.
    ///
    /// # Errors
    /// The call, see [`ClientError`].
    pub async fn form_fields(&self, app: u64) -> Result<FormFields, ClientError> {
        let what = format!("fields of app {app}");
        let call = Call::get(what, "app/form/fields.json").with("app", app);
        let read = |text: String| FormFields::from_json(text.as_bytes());
        self.transport.send(&call, read).await
    }

    /// The layout of the app's form.
    ///
    /// # Errors
    /// The call, see [`ClientError`].
    pub async fn form_layout(&self, app: u64) -> Result<FormLayout, ClientError> {
        let what = format!("layout of app {app}");
        let call = Call::get(what, "app/form/layout.json").with("app", app);
        let read = |text: String| FormLayout::from_json(text.as_bytes());
        self.transport.send(&call, read).await
    }

    /// The first 500 records, or fewer, of `request`, in the order of their ids.
    ///
    /// # Errors
    /// The call, see [`ClientError`]; also an answer with other records than were asked for.
    pub async fn page(&self, request: &PageRequest) -> Result<Page, ClientError> {
        let page = self.fetch(&request.call()?).await?;
        page.check_size(limits::PAGE_RECORDS)?;
        page.check_ids(request.after, request.up_to)?;
        Ok(page)
    }

    /// The highest `$id` of the records that meet `condition`, and how many there are: one request.
    ///
    /// # Errors
    /// The call, see [`ClientError`].
    pub async fn bounds(&self, app: u64, condition: Option<&str>) -> Result<Bounds, ClientError> {
        let request = PageRequest {
            app,
            condition: condition.map(str::to_owned),
            ..PageRequest::default()
        };
        self.bounds_of(&request).await
    }

    /// The bounds of what `request` and the pages after it would read.
    pub(crate) async fn bounds_of(&self, request: &PageRequest) -> Result<Bounds, ClientError> {
        let what = format!("number of records of app {}", request.app);
        let query = format!("{} order by $id desc limit 1", request.filter());
        let call = Call::get(what, "records.json")
            .with("app", request.app)
            .with("query", query)
            .with("fields", with_numbers(&[]))
            .with("totalCount", Parameter::True);
        let page = self.fetch(&call).await?;
        page.check_size(1)?;
        page.check_ids(request.after, request.up_to)?;
        Ok(Bounds {
            highest_id: page.last_id().unwrap_or(0),
            count: page.counted()?,
        })
    }

    pub(crate) async fn fetch(&self, call: &Call) -> Result<Page, ClientError> {
        let read = |text| Page::parse(text, &call.what);
        self.transport.send(call, read).await
    }
}
