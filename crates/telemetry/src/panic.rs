//! A panic as one line at ERROR, within the spans it happened in.

use std::panic::PanicHookInfo;

pub(crate) fn log(info: &PanicHookInfo<'_>) {
    let place = info.location().map(ToString::to_string);
    let words = info.payload_as_str().unwrap_or("a value that is no text");
    tracing::error!(place, error = words, "panicked");
}
