//! The discovery documents, as `bq --api=…` asks for them.

use serde_json::Value;

use super::state::State;
use crate::exchange::Request;

/// The document of the API that a request for `/$discovery/rest?version=…` means, with this server in its addresses.
///
/// Google has a host for each API; here the version tells them apart.
pub(super) fn document(state: &State, request: &Request) -> Option<Value> {
    if !matches!(
        request.path.as_str(),
        "/$discovery/rest" | "/discovery/v1/apis/bigquery/v2/rest"
    ) {
        return None;
    }
    let parameters = request.parameters();
    let version = parameters.iter().find(|(name, _)| name == "version");
    let version = version.map_or("v2", |(_, version)| version);
    let api = state.apis.iter().find(|api| api.version == version)?;
    let mut document = api.document.clone();
    let root = format!("http://{}/", request.header("host"));
    let path = document["servicePath"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    document["baseUrl"] = format!("{root}{path}").into();
    document["rootUrl"] = root.into();
    Some(document)
}
