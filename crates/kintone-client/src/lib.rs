//! The Kintone REST API as this workspace uses it: reading.
//!
//! | what | how |
//! |---|---|
//! | records by `$id` | [`Client::page`], [`Client::pages`] (parallel windows of ids), [`Client::bounds`] |
//! | records in another order | [`Client::cursor`] |
//! | an app and its form | [`Client::app`], [`Client::form_fields`], [`Client::form_layout`] |
//! | attachments | [`Client::download`] |
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
//! while the domain is busy, it goes slowly. All bounds are in [`limits`].
//!
//! [`Retryable`]: function_core::Retryable

mod app;
mod attempt;
mod auth;
mod call;
mod client;
mod cursor;
mod decode;
mod error;
mod field;
mod file;
mod form;
pub mod limits;
mod options;
mod pace;
mod page;
mod record;
mod refusal;
mod request;
mod task;
mod transport;
mod window;

pub use app::App;
pub use auth::{Auth, BasicAuth};
pub use client::{Bounds, Client};
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
