//! Which apps, and how to reach them.

use std::collections::BTreeMap;
use std::fs;

use function_core::{Secret, Settings};

use super::list;

/// Which apps, and how to reach them.
#[derive(Clone, Debug)]
pub struct KintoneConfig {
    /// `KINTONE_BASE_URL`, else `DOMAIN`: the service's address, such as `https://example.cybozu.com`, or `example` for it.
    pub base_url: String,
    /// `APPID`: the app's id, or several as `1,12`. Required.
    pub apps: Vec<u64>,
    /// `TOKEN_FILE`, `TOKEN`, and for app 12 alone `TOKEN_12_FILE`, `TOKEN_12`: the API token, or up to nine joined by commas.
    pub tokens: BTreeMap<u64, Secret>,
    /// `KINTONE_USERNAME`: the login name, where no token is used.
    pub username: Option<String>,
    /// `KINTONE_PASSWORD` or `KINTONE_PASSWORD_FILE`: the password.
    pub password: Option<Secret>,
    /// `KINTONE_BASIC_AUTH_USERNAME`: the login name of the basic authentication, if the domain has it.
    pub basic_username: Option<String>,
    /// `KINTONE_BASIC_AUTH_PASSWORD` or `KINTONE_BASIC_AUTH_PASSWORD_FILE`: its password.
    pub basic_password: Option<Secret>,
    /// `KINTONE_GUEST_SPACE_ID`: the guest space that the apps are in, if they are.
    pub guest_space: Option<u64>,
    /// `KINTONE_CA_FILE`: a file of further trusted certificates in PEM, for a proxy that opens TLS.
    pub ca_pem: Option<String>,
    /// `WINDOWS`: pages that are asked for at the same time, 1 to 8. Default 4.
    pub windows: usize,
}

/// A bare `DOMAIN` is a label of this domain.
const DEFAULT_DOMAIN: &str = "cybozu.com";

impl KintoneConfig {
    pub(super) fn read(settings: &mut Settings<'_>) -> Self {
        let apps = app_ids(settings);
        let username = settings.optional("KINTONE_USERNAME").map(str::to_owned);
        let password = settings.secret("KINTONE_PASSWORD");
        let common = settings.secret("TOKEN");
        let mut tokens = BTreeMap::new();
        for app in &apps {
            let own = settings.secret(&format!("TOKEN_{app}"));
            match own.or_else(|| common.clone()) {
                Some(token) => {
                    tokens.insert(*app, token);
                }
                None if username.is_some() => {}
                None => settings.missing(
                    "TOKEN_FILE",
                    &format!("the file that holds the API token of app {app} (right: view records); TOKEN_{app}_FILE is for that app alone"),
                ),
            }
        }
        if username.is_some() && password.is_none() {
            settings.missing(
                "KINTONE_PASSWORD_FILE",
                "the file that holds the password of KINTONE_USERNAME",
            );
        }
        Self {
            base_url: base_url(settings),
            apps,
            tokens,
            username,
            password,
            basic_username: settings
                .optional("KINTONE_BASIC_AUTH_USERNAME")
                .map(str::to_owned),
            basic_password: settings.secret("KINTONE_BASIC_AUTH_PASSWORD"),
            guest_space: settings.optional("KINTONE_GUEST_SPACE_ID").map(|_| {
                settings.parsed_or(
                    "KINTONE_GUEST_SPACE_ID",
                    0,
                    "the guest space's id, a whole number",
                )
            }),
            ca_pem: ca_pem(settings),
            windows: settings.bounded("WINDOWS", 4, 1..=8, "1 to 8 pages at the same time"),
        }
    }

    /// The host of the service, which names the backups' folder.
    pub fn host(&self) -> &str {
        let rest = self
            .base_url
            .split_once("://")
            .map_or(self.base_url.as_str(), |(_, rest)| rest);
        rest.split(['/', ':']).next().unwrap_or(rest)
    }
}

fn base_url(settings: &mut Settings<'_>) -> String {
    if let Some(url) = settings.optional("KINTONE_BASE_URL") {
        return url.trim_end_matches('/').to_owned();
    }
    let domain = settings.required(
        "DOMAIN",
        "the part before .cybozu.com of the address, or set KINTONE_BASE_URL to the whole of it",
    );
    if domain.contains('.') {
        format!("https://{domain}")
    } else {
        format!("https://{domain}.{DEFAULT_DOMAIN}")
    }
}

fn app_ids(settings: &mut Settings<'_>) -> Vec<u64> {
    const RULE: &str = "app ids are whole numbers from 1, joined by commas, as in 1,12";
    let text = settings.required(
        "APPID",
        "the id of the app, the number in its address /k/12/",
    );
    let mut apps = Vec::new();
    for part in list(&text) {
        match part.parse() {
            Ok(app) if app > 0 && !apps.contains(&app) => apps.push(app),
            Ok(app) if app > 0 => {}
            _ => settings.refuse("APPID", RULE),
        }
    }
    apps
}

fn ca_pem(settings: &mut Settings<'_>) -> Option<String> {
    let path = settings.optional("KINTONE_CA_FILE")?;
    match fs::read_to_string(path) {
        Ok(pem) => Some(pem),
        Err(error) => {
            settings.refuse(
                "KINTONE_CA_FILE",
                &format!("the file can't be read: {error}"),
            );
            None
        }
    }
}
