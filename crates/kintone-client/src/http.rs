//! The HTTP client of one domain.

use reqwest::header::HeaderMap;
use reqwest::{Certificate, redirect};
use url::Url;

use crate::error::ClientError;
use crate::limits;
use crate::options::{Options, is_loopback};

/// Keep-alive over HTTP/1.1: pages are large and few, so multiplexing gains nothing. No compression,
/// which costs more CPU than all the rest. No redirects, which would carry the token elsewhere.
pub(crate) fn http(options: &Options, root: &Url) -> Result<reqwest::Client, ClientError> {
    let mut headers = HeaderMap::new();
    options.auth.add_to(&mut headers)?;
    if let Some(basic_auth) = &options.basic_auth {
        basic_auth.add_to(&mut headers)?;
    }
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("tasuki/", env!("CARGO_PKG_VERSION")))
        .default_headers(headers)
        .http1_only()
        .no_gzip()
        .no_brotli()
        .no_deflate()
        .no_zstd()
        .redirect(redirect::Policy::none())
        .connect_timeout(options.connect_timeout)
        .pool_idle_timeout(limits::IDLE_CONNECTION);
    if is_loopback(root) {
        builder = builder.no_proxy();
    }
    if let Some(pem) = &options.root_certificates_pem {
        builder = builder.tls_certs_merge(certificates(pem)?);
    }
    builder.build().map_err(ClientError::Start)
}

fn certificates(pem: &[u8]) -> Result<Vec<Certificate>, ClientError> {
    let invalid = |reason: String| ClientError::Option {
        option: "root certificates",
        reason,
    };
    let certificates = Certificate::from_pem_bundle(pem)
        .map_err(|error| invalid(format!("not certificates in PEM ({error})")))?;
    if certificates.is_empty() {
        return Err(invalid(
            "no certificate in them; PEM begins with -----BEGIN CERTIFICATE-----".to_owned(),
        ));
    }
    Ok(certificates)
}
