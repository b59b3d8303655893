//! The Kintone REST API as this workspace uses it.
//!
//! | what | how |
//! |---|---|
//! | records by `$id` | [`Client::page`], [`Client::pages`] (parallel windows of ids), [`Client::bounds`] |
//! | records in another order | [`Client::cursor`] |
//! | an app and its form | [`Client::app`], [`Client::form_fields`], [`Client::form_layout`] |
//! | attachments | [`Client::download`], [`Client::upload`] |
//! | writes, up to 20 × 100 records that happen or do not | [`Client::bulk`] |
//! | deleting any number of records | [`Client::delete`] |
//! | what the caller may do | [`Client::rights`] |
//! | a deployment's settings for all this | [`Connection`] |
//!
//! ```ignore
//! let auth = Auth::tokens("TOKEN")?;
//! let client = Client::new(Options::new("https://example.cybozu.com", auth))?;
//! let request = ReadRequest { app: 12, windows: 4, ..ReadRequest::default() };
//! let mut pages = client.pages(&request);
//! while let Some(page) = pages.try_next().await? {
//!     for record in page.iter() {
//!         let record = record?;
//!         println!("{}: {:?}", record.id, record.get("name"));
//!     }
//! }
//! ```
//!
//! It is made for backups, so it fails rather than give less than was asked for: a page that is cut,
//! out of order or announced as incomplete (`X-Cybozu-Warning`) is an error. What passes by itself
//! (locks, throttles, gateways, cut lines) is tried again, as [`Retryable`] of [`ClientError`] tells; and
//! while the domain is busy, it goes slowly. A write is sent again only where the answer proves that nothing was
//! written; a write whose answer was lost is [`BulkError::Unknown`]. All bounds are in [`limits`].
//!
//! [`Retryable`]: function_core::Retryable

mod app;
mod attempt;
mod auth;
mod bulk;
mod call;
mod client;
mod connection;
mod cursor;
mod decode;
mod delete;
mod error;
mod field;
mod file;
mod form;
mod http;
pub mod limits;
mod options;
mod pace;
mod page;
mod proof;
mod record;
mod refusal;
mod request;
mod rights;
mod settings;
mod task;
mod transport;
mod upload;
mod window;
mod write;

pub use app::App;
pub use auth::{Auth, BasicAuth};
pub use bulk::{BulkError, BulkRequest, WriteFault};
pub use client::{Bounds, Client};
pub use connection::Connection;
pub use cursor::Cursor;
pub use error::{Cause, ClientError};
pub use field::FieldType;
pub use file::Download;
pub use form::{Cell, Field, FieldMapping, FormFields, FormLayout, Lookup, Section};
pub use options::{Options, Sleep};
pub use page::Page;
pub use record::{FieldValue, Fields, File, Record, Row, User, Value};
pub use refusal::Refusal;
pub use request::{PageRequest, ReadRequest};
pub use rights::Rights;
pub use settings::{AppSettings, NumberPrecision, Rounding};
pub use upload::{ContentError, NewFile};
pub use write::{Change, Operation, RecordBody, Target, Updated, Write, Written};
