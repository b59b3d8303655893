//! Somebody who visits the page.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use function_core::{Clock, Env, Settings};
use jiff::tz::TimeZone;
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder};
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

use super::double::Double;
use super::sample::NOW;
use crate::page::{Page, PageConfig};

pub(super) const SECRET: &str = "the secret of the proxy";
pub(super) const HANA: &str = "hana@example.jp";

/// The page, served until it is dropped.
pub(super) struct Served {
    address: SocketAddr,
    pub(super) double: Arc<Double>,
    pub(super) page: Arc<Page>,
    server: AbortHandle,
}

/// Somebody who visits the page, with the headers that they send.
#[derive(Clone)]
pub(super) struct Visitor {
    http: Client,
    address: SocketAddr,
    headers: BTreeMap<String, String>,
}

/// What they get.
#[derive(Debug)]
pub(super) struct Got {
    pub(super) status: u16,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: String,
}

impl Served {
    pub(super) async fn start() -> Self {
        Self::over(Double::default(), &[]).await
    }

    /// The page over `double`, with more settings than those of the login.
    pub(super) async fn over(double: Double, more: &[(&str, &str)]) -> Self {
        let login = [("LOGIN_HEADER", "x-email"), ("LOGIN_SECRET", SECRET)];
        Self::with(double, login.iter().chain(more).copied().collect()).await
    }

    pub(super) async fn with(double: Double, env: Env) -> Self {
        let mut settings = Settings::new(&env);
        let config = PageConfig::read(&mut settings);
        settings.finish().unwrap();
        let double = Arc::new(double);
        let zone = TimeZone::get("Asia/Tokyo").unwrap();
        let clock = Clock::fixed(NOW.parse().unwrap());
        let desk = Arc::clone(&double);
        let page = Arc::new(Page::new(desk, &config, zone, clock).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let routes = Arc::clone(&page).routes();
        let server = tokio::spawn(async { axum::serve(listener, routes).await.unwrap() });
        Self {
            address,
            double,
            page,
            server: server.abort_handle(),
        }
    }

    /// Somebody whom nobody vouches for.
    pub(super) fn stranger(&self) -> Visitor {
        let http = Client::builder().redirect(Policy::none()).build().unwrap();
        Visitor {
            http,
            address: self.address,
            headers: BTreeMap::new(),
        }
    }

    /// Somebody who has logged in.
    pub(super) fn person(&self, email: &str) -> Visitor {
        self.stranger()
            .sending("x-email", email)
            .sending("x-login-secret", SECRET)
    }

    pub(super) fn hana(&self) -> Visitor {
        self.person(HANA)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Visitor {
    pub(super) fn sending(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(super) async fn get(&self, path: &str) -> Got {
        self.send(self.http.get(self.url(path))).await
    }

    pub(super) async fn request(&self, method: &str, path: &str) -> Got {
        let method = method.parse().unwrap();
        self.send(self.http.request(method, self.url(path))).await
    }

    /// Sends a form with these fields and no others.
    pub(super) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Got {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(fields);
        let request = self.http.post(self.url(path)).body(body.finish());
        let form = "application/x-www-form-urlencoded";
        self.send(request.header("content-type", form)).await
    }

    /// Sends the form of `page` that goes to `path`, as a browser would, with these fields more.
    pub(super) async fn fill(&self, page: &Got, path: &str, more: &[(&str, &str)]) -> Got {
        let hidden = page.fields(path);
        let mut fields: Vec<(&str, &str)> = hidden
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        fields.extend(more);
        self.post(path, &fields).await
    }

    async fn send(&self, mut request: RequestBuilder) -> Got {
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let response = request.send().await.unwrap();
        Got {
            status: response.status().as_u16(),
            headers: response
                .headers()
                .iter()
                .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
                .collect(),
            body: response.text().await.unwrap(),
        }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

impl Got {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// Where the browser is sent.
    pub(super) fn place(&self) -> &str {
        assert_eq!(self.status, 303, "{}", self.body);
        self.header("location")
    }

    /// What a browser sends of the form that goes to `path` when nothing is touched: hidden fields and ticked boxes.
    pub(super) fn fields(&self, path: &str) -> Vec<(String, String)> {
        let action = format!("action=\"{path}\"");
        let forms = self.body.split("<form ").skip(1);
        let form = forms
            .filter_map(|form| form.split_once("</form>"))
            .map(|(form, _)| form)
            .find(|form| form.contains(&action) && form.contains("method=\"post\""))
            .unwrap_or_else(|| panic!("no form goes to {path}: {}", self.body));
        let inputs = form.split("<input ").skip(1);
        inputs
            .filter_map(|input| Some(input.split_once('>')?.0))
            .filter(|input| {
                let is_ticked = input.contains(" checked") && !input.contains(" disabled");
                input.contains("type=\"hidden\"") || is_ticked
            })
            .map(|input| (attribute(input, "name"), attribute(input, "value")))
            .collect()
    }

    pub(super) fn has(&self, words: &str) -> bool {
        self.body.contains(words)
    }
}

fn attribute(input: &str, name: &str) -> String {
    let (_, rest) = input.split_once(&format!("{name}=\"")).unwrap();
    rest.split('"').next().unwrap().to_owned()
}
