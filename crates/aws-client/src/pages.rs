//! Lists that come page by page.

use function_core::Retryable as _;

use crate::AwsError;

/// How often a listing is begun anew when the service refuses the mark of a page.
const LISTINGS: u32 = 3;

/// All that `fetch` gives, page by page: it takes the mark of a page, `None` for the first, and gives the page and the mark of
/// the next one.
///
/// A mark that the service does not take any more begins the listing anew, at most twice.
///
/// # Errors
/// Those of `fetch`.
pub async fn pages<T, Fetching>(
    fetch: impl Fn(Option<String>) -> Fetching,
) -> Result<Vec<T>, AwsError>
where
    Fetching: Future<Output = Result<(Vec<T>, Option<String>), AwsError>>,
{
    let mut listing = 1;
    'listing: loop {
        let (mut found, mut marker) = (Vec::new(), None);
        loop {
            let is_first = marker.is_none();
            match fetch(marker).await {
                Ok((page, next)) => {
                    found.extend(page);
                    marker = next.filter(|marker| !marker.is_empty());
                }
                Err(error) if is_first || error.is_retryable() || listing == LISTINGS => {
                    return Err(error);
                }
                Err(error) => {
                    tracing::warn!(%error, "listing begun anew");
                    listing += 1;
                    continue 'listing;
                }
            }
            if marker.is_none() {
                return Ok(found);
            }
        }
    }
}
