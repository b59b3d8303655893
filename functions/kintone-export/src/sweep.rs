//! The ids and revisions that the app has now.

use futures_util::{StreamExt as _, TryStreamExt as _};
use kintone_client::{Client, ClientError, ReadRequest};

use crate::fingerprint::Fingerprint;
use crate::plan::Scope;

/// Which records the app has now, within `scope`.
pub(crate) async fn sweep(client: &Client, scope: &Scope) -> Result<Fingerprint, ClientError> {
    let mut fingerprint = Fingerprint::default();
    let request = request(scope);
    let mut pages = client.pages(&request).boxed();
    while let Some(page) = pages.try_next().await? {
        for (id, revision) in page.ids()? {
            fingerprint.add(id, revision);
        }
    }
    Ok(fingerprint)
}

/// A read of ids and revisions only, in the order of the ids.
pub(crate) fn request(scope: &Scope) -> ReadRequest {
    ReadRequest {
        fields: vec!["$id".to_owned(), "$revision".to_owned()],
        ..scope.request()
    }
}
