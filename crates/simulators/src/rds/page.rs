//! Pages of a list, by `MaxRecords` and `Marker`.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::call::Call;
use super::error::Refusal;

/// One page, and where the next begins.
#[derive(Debug)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) marker: Option<String>,
}

/// Cuts a page out of `items`, each with a key that tells them apart and puts them in order.
///
/// A marker names the final key of its page, so what comes or goes meanwhile shifts nothing.
///
/// # Errors
/// `MaxRecords` is not within 20 and 100, or the marker is not of this list and this `epoch`.
pub(crate) fn cut<T>(
    call: &Call,
    list: &str,
    epoch: u64,
    mut items: Vec<(String, T)>,
) -> Result<Page<T>, Refusal> {
    let size = size(call)?;
    let scope = format!("{list}/{epoch}/");
    if let Some(marker) = call.optional("Marker") {
        let after = read(marker, &scope)
            .ok_or_else(|| Refusal::value(format!("Invalid or expired marker: {marker}")))?;
        items.retain(|(key, _)| *key > after);
    }
    items.sort_by(|(one, _), (other, _)| one.cmp(other));
    let more = items.len() > size;
    items.truncate(size);
    let end = items.last().filter(|_| more);
    let marker = end.map(|(key, _)| BASE64_STANDARD.encode(format!("{scope}{key}")));
    let items = items.into_iter().map(|(_, item)| item).collect();
    Ok(Page { items, marker })
}

fn size(call: &Call) -> Result<usize, Refusal> {
    let Some(given) = call.optional("MaxRecords") else {
        return Ok(100);
    };
    let size = given.parse().ok().filter(|size| (20..=100).contains(size));
    size.ok_or_else(|| {
        Refusal::value(format!(
            "Invalid value {given} for MaxRecords. Must be between 20 and 100"
        ))
    })
}

fn read(marker: &str, scope: &str) -> Option<String> {
    let bytes = BASE64_STANDARD.decode(marker).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    text.strip_prefix(scope).map(str::to_owned)
}
