//! Pages of a list, by size and token.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value};

use super::refusal::Refusal;
use super::route::Call;

/// One page, and where the next begins.
pub(super) struct Page<T> {
    pub(super) items: Vec<T>,
    pub(super) token: Option<String>,
}

/// Cuts a page out of `items`, at most `most` of them, or as many as the parameter called `size` says if that is less.
///
/// # Errors
/// The size is negative, or the token is not of a list of this method.
pub(super) fn cut<T>(
    call: &Call<'_>,
    size: &str,
    most: usize,
    items: Vec<T>,
) -> Result<Page<T>, Refusal> {
    let wanted = match call.parameter(size) {
        None | Some("0") => most,
        Some(given) => given
            .parse::<usize>()
            .map_err(|_| Refusal::invalid(format!("Invalid value for {size}: {given}")))?
            .min(most),
    };
    let scope = call.path.as_str();
    let start = match call.parameter("pageToken") {
        None | Some("") => 0,
        Some(token) => read(token, scope).ok_or_else(|| Refusal::invalid("Invalid page token."))?,
    };
    let more = items.len() > start + wanted;
    let items = items.into_iter().skip(start).take(wanted).collect();
    let token = more.then(|| BASE64_STANDARD.encode(format!("{scope}#{}", start + wanted)));
    Ok(Page { items, token })
}

fn read(token: &str, scope: &str) -> Option<usize> {
    let bytes = BASE64_STANDARD.decode(token).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    text.strip_prefix(scope)?.strip_prefix('#')?.parse().ok()
}

/// A page as lists answer it.
pub(super) fn answer(key: &str, items: Vec<Value>, token: Option<String>) -> Value {
    let mut body = Map::new();
    if !items.is_empty() {
        body.insert(key.to_owned(), items.into());
    }
    if let Some(token) = token {
        body.insert("nextPageToken".to_owned(), token.into());
    }
    Value::Object(body)
}
