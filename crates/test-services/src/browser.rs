//! Headless Chromium, by the `WebDriver` protocol.
//!
//! The few commands that tests need are sent by hand: the client crate for Rust brings two dozen others, one of them under a licence that this
//! workspace does not take.
//!
//! **Source**: W3C `WebDriver`, "Endpoints" and "Keyboard actions"; `ChromeDriver`, "Capabilities & `ChromeOptions`".

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::{Process, ServiceError, find_program, free_port};

const SERVICE: &str = "Chromium";
const REPAIR: &str = "apt-get install chromium chromium-driver";

/// The key of an element in answers. **Source**: W3C `WebDriver`, "Elements", the web element identifier.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// How long starting, an answer, or a page that a test waits for may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// Between two looks at a page.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// What a browser is like.
#[derive(Clone, Copy, Debug)]
pub struct BrowserSetup {
    /// The width and the height of the window, in pixels.
    pub window: (u32, u32),
    /// The language that it would like, such as `ja`.
    pub language: &'static str,
    /// Whether it runs scripts.
    pub scripts: bool,
    /// Whether the person likes dark pages.
    pub dark: bool,
}

impl Default for BrowserSetup {
    /// A laptop.
    fn default() -> Self {
        Self {
            window: (1280, 860),
            language: "en",
            scripts: true,
            dark: false,
        }
    }
}

/// A headless browser with one window. It and its driver are killed on drop.
#[derive(Debug)]
pub struct Browser {
    http: reqwest::Client,
    /// The session's address.
    session: String,
    /// The browser's own process; the driver's is another.
    id: u64,
    driver: Process,
}

/// A part of the page that is shown.
#[derive(Clone, Debug)]
pub struct Element(String);

impl Browser {
    /// Starts a browser.
    ///
    /// # Errors
    /// Chromium or its driver is not installed, or does not start.
    pub async fn start(setup: BrowserSetup) -> Result<Self, ServiceError> {
        let chromium = find_program("chromium", "TASUKI_CHROMIUM", REPAIR)?;
        let program = find_program("chromedriver", "TASUKI_CHROMEDRIVER", REPAIR)?;
        let port = free_port().map_err(|source| ServiceError::Start {
            service: SERVICE,
            source,
        })?;
        let mut driver = Process::start(SERVICE, |folder| {
            let mut command = Command::new(program);
            // Chromium keeps things in the home folder, too.
            command.current_dir(folder).env("HOME", folder);
            command.arg(format!("--port={port}"));
            command
        })?;
        driver
            .listening(([127, 0, 0, 1], port).into(), PATIENCE)
            .await?;
        let mut browser = Self {
            http: reqwest::Client::new(),
            session: format!("http://127.0.0.1:{port}/session"),
            id: 0,
            driver,
        };
        let capabilities = capabilities(&chromium, browser.driver.folder(), setup);
        let begun = browser.post("", &capabilities).await?;
        let session = begun["sessionId"].as_str().unwrap_or_default();
        browser.session = format!("{}/{session}", browser.session);
        browser.id = begun["capabilities"]["goog:processID"]
            .as_u64()
            .unwrap_or(0);
        Ok(browser)
    }

    /// Sends `headers` with every request from now on, as a login proxy in front would.
    ///
    /// # Errors
    /// The driver refused.
    pub async fn send_headers(&self, headers: &[(&str, &str)]) -> Result<(), ServiceError> {
        let headers: serde_json::Map<_, _> = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Value::from(*value)))
            .collect();
        self.order("Network.enable", &json!({})).await?;
        let wish = json!({ "headers": headers });
        self.order("Network.setExtraHTTPHeaders", &wish).await?;
        Ok(())
    }

    /// Opens `url`, and waits until it is loaded.
    ///
    /// # Errors
    /// The driver refused.
    pub async fn open(&self, url: &str) -> Result<(), ServiceError> {
        self.post("/url", &json!({ "url": url })).await.map(drop)
    }

    /// The address of the page.
    ///
    /// # Errors
    /// The driver refused.
    pub async fn url(&self) -> Result<String, ServiceError> {
        self.text_of("/url").await
    }

    /// The whole page as HTML.
    ///
    /// # Errors
    /// The driver refused.
    pub async fn source(&self) -> Result<String, ServiceError> {
        self.text_of("/source").await
    }

    /// The first element that `selector` (CSS) chooses, once it is there: pages that reload are waited for.
    ///
    /// # Errors
    /// It did not come in time.
    pub async fn find(&self, selector: &str) -> Result<Element, ServiceError> {
        let wanted = json!({ "using": "css selector", "value": selector });
        let began = Instant::now();
        loop {
            match self.post("/element", &wanted).await {
                Ok(found) => {
                    return Ok(Element(found[ELEMENT].as_str().unwrap_or_default().into()));
                }
                Err(_) if began.elapsed() < PATIENCE => tokio::time::sleep(LOOK_AGAIN).await,
                Err(_) => return Err(self.missed(selector).await),
            }
        }
    }

    /// How many elements `selector` (CSS) chooses now.
    ///
    /// # Errors
    /// The driver refused.
    pub async fn count(&self, selector: &str) -> Result<usize, ServiceError> {
        let wanted = json!({ "using": "css selector", "value": selector });
        let found = self.post("/elements", &wanted).await?;
        Ok(found.as_array().map_or(0, Vec::len))
    }

    /// The element that has the keyboard.
    ///
    /// # Errors
    /// The driver refused.
    pub async fn focused(&self) -> Result<Element, ServiceError> {
        let found = self.get("/element/active").await?;
        Ok(Element(found[ELEMENT].as_str().unwrap_or_default().into()))
    }

    /// The text of `element` as a person sees it.
    ///
    /// # Errors
    /// The driver refused: the page may be another by now.
    pub async fn text(&self, element: &Element) -> Result<String, ServiceError> {
        self.text_of(&format!("/element/{}/text", element.0)).await
    }

    /// A property of `element`, such as `checked`.
    ///
    /// # Errors
    /// The driver refused: the page may be another by now.
    pub async fn property(&self, element: &Element, name: &str) -> Result<Value, ServiceError> {
        self.get(&format!("/element/{}/property/{name}", element.0))
            .await
    }

    /// Clicks on what `selector` (CSS) chooses, and waits for the page that comes of it.
    ///
    /// # Errors
    /// It did not come in time, or can't be clicked on.
    pub async fn click(&self, selector: &str) -> Result<(), ServiceError> {
        self.with(selector, "click", &json!({})).await
    }

    /// Types `text` into what `selector` (CSS) chooses.
    ///
    /// # Errors
    /// It did not come in time, or can't be typed into.
    pub async fn type_into(&self, selector: &str, text: &str) -> Result<(), ServiceError> {
        self.with(selector, "value", &json!({ "text": text })).await
    }

    /// Presses and releases a key, such as `\u{e004}` for Tab, on whatever has the keyboard.
    ///
    /// # Errors
    /// The driver refused.
    pub async fn press(&self, key: char) -> Result<(), ServiceError> {
        let strokes = ["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": key }));
        let actions = json!({ "actions": [{ "type": "key", "id": "keys", "actions": strokes }] });
        self.post("/actions", &actions).await.map(drop)
    }

    /// Keeps a picture of the whole page, also of what is below the window, as the PNG file `path`.
    ///
    /// # Errors
    /// The driver refused, or the file can't be written.
    pub async fn picture(&self, path: &Path) -> Result<(), ServiceError> {
        let wish = json!({ "format": "png", "captureBeyondViewport": true });
        let picture = self.order("Page.captureScreenshot", &wish).await?;
        let base64 = picture["data"].as_str().unwrap_or_default();
        let keep = || {
            let png = BASE64_STANDARD
                .decode(base64)
                .map_err(std::io::Error::other)?;
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::write(path, png)
        };
        keep().map_err(|source| ServiceError::Start {
            service: SERVICE,
            source,
        })
    }

    /// Does `what` with the element that `selector` chooses. A page that reloads takes elements away that were found; they are looked for again.
    async fn with(&self, selector: &str, what: &str, body: &Value) -> Result<(), ServiceError> {
        let began = Instant::now();
        loop {
            let element = self.find(selector).await?;
            let path = format!("/element/{}/{what}", element.0);
            match self.post(&path, body).await {
                Err(ServiceError::Refused { body, .. })
                    if body.contains("stale element") && began.elapsed() < PATIENCE => {}
                done => return done.map(drop),
            }
        }
    }

    /// A command of Chromium's own protocol.
    async fn order(&self, command: &str, parameters: &Value) -> Result<Value, ServiceError> {
        let order = json!({ "cmd": command, "params": parameters });
        self.post("/goog/cdp/execute", &order).await
    }

    /// What is there instead of what was waited for.
    async fn missed(&self, selector: &str) -> ServiceError {
        let body = json!({ "using": "css selector", "value": "body" });
        let body = self.post("/element", &body).await.unwrap_or_default();
        let body = Element(body[ELEMENT].as_str().unwrap_or_default().to_owned());
        ServiceError::Silent {
            service: SERVICE,
            seconds: PATIENCE.as_secs(),
            log: format!(
                "no `{selector}` on {}: {}",
                self.url().await.unwrap_or_default(),
                self.text(&body).await.unwrap_or_default()
            ),
        }
    }

    async fn text_of(&self, path: &str) -> Result<String, ServiceError> {
        let value = self.get(path).await?;
        Ok(value.as_str().unwrap_or_default().to_owned())
    }

    async fn get(&self, path: &str) -> Result<Value, ServiceError> {
        let request = self.http.get(format!("{}{path}", self.session));
        self.answer(path, request).await
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value, ServiceError> {
        let request = self.http.post(format!("{}{path}", self.session));
        self.answer(path, request.json(body)).await
    }

    async fn answer(
        &self,
        path: &str,
        request: reqwest::RequestBuilder,
    ) -> Result<Value, ServiceError> {
        let asking = async {
            let response = request.timeout(PATIENCE).send().await?;
            let status = response.status();
            Ok::<_, reqwest::Error>((status, response.json::<Value>().await?))
        };
        let (status, mut answer) = asking.await.map_err(|source| ServiceError::Answer {
            service: SERVICE,
            request: path.to_owned(),
            source: source.into(),
        })?;
        if status.is_success() {
            return Ok(answer["value"].take());
        }
        Err(ServiceError::Refused {
            service: SERVICE,
            request: path.to_owned(),
            status: status.as_u16(),
            body: answer["value"]["message"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        })
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver is killed with its process; the browser would outlive it.
        if self.id > 1 {
            drop(
                Command::new("kill")
                    .args(["-KILL", &self.id.to_string()])
                    .output(),
            );
        }
    }
}

/// Nothing is asked of the network, and nothing is kept outside of `folder`.
fn capabilities(chromium: &Path, folder: &Path, setup: BrowserSetup) -> Value {
    let (width, height) = setup.window;
    let arguments = [
        "--headless=new".to_owned(),
        // Chromium refuses to sandbox itself for root, and for users of many containers.
        "--no-sandbox".to_owned(),
        "--disable-gpu".to_owned(),
        "--disable-dev-shm-usage".to_owned(),
        "--disable-background-networking".to_owned(),
        "--no-first-run".to_owned(),
        "--hide-scrollbars".to_owned(),
        format!("--user-data-dir={}", folder.join("profile").display()),
        format!("--window-size={width},{height}"),
        format!("--lang={}", setup.language),
        format!(
            "--blink-settings=preferredColorScheme={}",
            u8::from(!setup.dark)
        ),
    ];
    let scripts = if setup.scripts { 1 } else { 2 };
    json!({ "capabilities": { "alwaysMatch": {
        "browserName": "chrome",
        "goog:chromeOptions": {
            "binary": chromium,
            "args": arguments,
            "prefs": {
                "intl.accept_languages": setup.language,
                "profile.managed_default_content_settings.javascript": scripts,
            },
        },
    } } })
}
