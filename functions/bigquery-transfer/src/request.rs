//! What an event of our own asks for.

use function_core::{Event, PayloadError};
use jiff::civil::Date;
use serde::Deserialize;

/// What an event asks for; `{}` or nothing means what is due.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a key of its own in the event"
)]
pub(crate) struct Request {
    /// Only bring the configs in order.
    pub(crate) reconcile: bool,
    /// Only tell what is not in order.
    pub(crate) check: bool,
    /// Only say what would be done.
    pub(crate) dry_run: bool,
    /// Only this source.
    pub(crate) source: Option<String>,
    /// This day again, in the company's zone: `2026-11-21`.
    pub(crate) date: Option<Date>,
    /// Do once more what is done: write every config, open a day again.
    pub(crate) force: bool,
}

impl Request {
    /// Reads the request in `event`.
    ///
    /// # Errors
    /// The payload is not a request of known keys.
    pub(crate) fn of(event: &Event) -> Result<Self, PayloadError> {
        let mut request: Self = event.json()?;
        // A person who waits asked once.
        request.force &= !event.is_repeated();
        Ok(request)
    }
}
