//! The settings that say which apps, and how to reach them.

use std::collections::BTreeMap;
use std::fs;

use function_core::{Secret, Settings};

use crate::auth::{Auth, BasicAuth};
use crate::client::Client;
use crate::error::ClientError;
use crate::options::{Options, Sleep};

/// Which apps, and how to reach them.
#[derive(Clone, Debug)]
pub struct Connection {
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

impl Connection {
    /// Reads the settings; `rights` says what the tokens must be allowed to do, such as `view records`.
    pub fn from_settings(settings: &mut Settings<'_>, rights: &str) -> Self {
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
                    &format!("the file that holds the API token of app {app} (right: {rights}); TOKEN_{app}_FILE is for that app alone"),
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

    /// A client that may reach `app`, which waits by `sleep`. Nothing is sent yet.
    ///
    /// # Errors
    /// The address or the authentication can't be used, or there is none for `app`.
    pub fn client(&self, app: u64, sleep: &Sleep) -> Result<Client, ClientError> {
        let auth = match (self.tokens.get(&app), &self.username, &self.password) {
            (Some(token), _, _) => Auth::tokens(token.expose())?,
            (None, Some(user), Some(password)) => Auth::Password {
                user: user.clone(),
                password: password.clone(),
            },
            (None, _, _) => Auth::tokens("")?,
        };
        let basic = self.basic_username.clone().zip(self.basic_password.clone());
        Client::new(Options {
            basic_auth: basic.map(|(user, password)| BasicAuth { user, password }),
            guest_space_id: self.guest_space,
            root_certificates_pem: self.ca_pem.clone().map(String::into_bytes),
            sleep: sleep.clone(),
            ..Options::new(&self.base_url, auth)
        })
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
    settings.required(
        "APPID",
        "the id of the app, the number in its address /k/12/",
    );
    let mut apps = Vec::new();
    for part in settings.list("APPID") {
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

#[cfg(test)]
mod tests {
    use function_core::Env;

    use super::*;

    fn read(env: &Env) -> Result<Connection, String> {
        let mut settings = Settings::new(env);
        let connection = Connection::from_settings(&mut settings, "view records");
        settings.finish().map_err(|error| error.to_string())?;
        Ok(connection)
    }

    #[test]
    fn every_app_has_its_own_token_or_the_common_one() {
        let env = Env::default()
            .with("DOMAIN", "example")
            .with("APPID", "1, 12,1")
            .with("TOKEN", "common")
            .with("TOKEN_12", "own");
        let connection = read(&env).unwrap();
        assert_eq!(connection.host(), "example.cybozu.com");
        assert_eq!(connection.apps, [1, 12]);
        assert_eq!(connection.tokens[&1].expose(), "common");
        assert_eq!(connection.tokens[&12].expose(), "own");
        assert!(connection.client(12, &Sleep::tokio()).is_ok());
    }

    #[test]
    fn a_missing_token_is_told_with_the_right_that_it_needs() {
        let env = Env::default().with("DOMAIN", "example").with("APPID", "12");
        let error = read(&env).unwrap_err();
        assert!(error.contains("app 12 (right: view records)"), "{error}");
    }
}
