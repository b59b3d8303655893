//! The SDK's own HTTP client, without its haste.

use aws_smithy_async::rt::sleep::SharedAsyncSleep;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::{Builder, Connector, ConnectorBuilder};
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

/// Reads the system's certificates when the first request is sent.
///
/// The SDK's default client reads all of them as soon as a service's client is made, which costs a
/// cold start tens of milliseconds where a hundred files hold them. Everything else is as there:
/// rustls, and the proxy of the process's variables.
#[derive(Debug)]
pub(crate) struct Unhurried(SharedHttpClient);

impl Unhurried {
    pub(crate) fn new() -> Self {
        let client = Builder::new().build_with_connector_fn(|settings, components| {
            let sleep = components.and_then(RuntimeComponents::sleep_impl);
            connector(settings, sleep)
        });
        Self(client)
    }
}

impl HttpClient for Unhurried {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        self.0.http_connector(settings, components)
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.0.connector_metadata()
    }
}

/// Connections by rustls, or by the proxy of the process's variables.
pub(crate) fn connector(
    settings: Option<&HttpConnectorSettings>,
    sleep: Option<SharedAsyncSleep>,
) -> Connector {
    let mut connector =
        ConnectorBuilder::default().tls_provider(Provider::Rustls(CryptoMode::AwsLc));
    connector.set_connector_settings(settings.cloned());
    connector.set_sleep_impl(sleep);
    connector.set_proxy_config(Some(ProxyConfig::from_env()));
    connector.build()
}
