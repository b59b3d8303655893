//! Who asks, as headers.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use function_core::Secret;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};

use crate::error::ClientError;
use crate::limits;

const API_TOKEN: HeaderName = HeaderName::from_static("x-cybozu-api-token");
const PASSWORD: HeaderName = HeaderName::from_static("x-cybozu-authorization");

/// Who asks.
#[derive(Clone, Debug)]
pub enum Auth {
    /// API tokens, 1 to 9: one of the app, and one of each app that its lookups look into.
    ApiTokens(Vec<Secret>),
    /// A user's login name and password.
    Password {
        /// The login name.
        user: String,
        /// The password.
        password: Secret,
    },
}

/// The domain's own basic authentication.
#[derive(Clone, Debug)]
pub struct BasicAuth {
    /// The user.
    pub user: String,
    /// The password.
    pub password: Secret,
}

impl Auth {
    /// API tokens in one text, with commas between them.
    ///
    /// # Errors
    /// There are none, or more than 9.
    pub fn tokens(text: &str) -> Result<Self, ClientError> {
        let tokens = text
            .split(',')
            .map(str::trim)
            .filter(|token| !token.is_empty());
        let tokens: Vec<_> = tokens.map(Secret::new).collect();
        check(&tokens)?;
        Ok(Self::ApiTokens(tokens))
    }

    /// Adds the headers that say who asks.
    pub(crate) fn add_to(&self, headers: &mut HeaderMap) -> Result<(), ClientError> {
        match self {
            Self::ApiTokens(tokens) => {
                check(tokens)?;
                let tokens: Vec<_> = tokens.iter().map(Secret::expose).collect();
                headers.insert(API_TOKEN, sensitive("API token", &tokens.join(","))?);
            }
            Self::Password { user, password } => {
                let value = encode(user, password);
                headers.insert(PASSWORD, sensitive("password", &value)?);
            }
        }
        Ok(())
    }
}

impl BasicAuth {
    pub(crate) fn add_to(&self, headers: &mut HeaderMap) -> Result<(), ClientError> {
        let value = format!("Basic {}", encode(&self.user, &self.password));
        headers.insert(AUTHORIZATION, sensitive("basic authentication", &value)?);
        Ok(())
    }
}

fn check(tokens: &[Secret]) -> Result<(), ClientError> {
    if (1..=limits::API_TOKENS).contains(&tokens.len()) {
        return Ok(());
    }
    Err(invalid(
        "API token",
        format_args!(
            "{} given, a request takes 1 to {}: one of the app, and one of each app that its lookups look into",
            tokens.len(),
            limits::API_TOKENS
        ),
    ))
}

fn encode(user: &str, password: &Secret) -> String {
    STANDARD.encode(format!("{user}:{}", password.expose()))
}

fn sensitive(option: &'static str, value: &str) -> Result<HeaderValue, ClientError> {
    let mut value = HeaderValue::from_str(value).map_err(|_| {
        invalid(
            option,
            "it holds a line break or another character that no header can carry",
        )
    })?;
    value.set_sensitive(true);
    Ok(value)
}

fn invalid(option: &'static str, reason: impl fmt::Display) -> ClientError {
    ClientError::Option {
        option,
        reason: reason.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(auth: &Auth, name: &HeaderName) -> String {
        let mut headers = HeaderMap::new();
        auth.add_to(&mut headers).unwrap();
        assert!(headers[name].is_sensitive());
        headers[name].to_str().unwrap().to_owned()
    }

    #[test]
    fn tokens_go_in_one_header() {
        let auth = Auth::tokens(" a, b ,,c\n").unwrap();
        assert_eq!(header(&auth, &API_TOKEN), "a,b,c");
    }

    #[test]
    fn nine_tokens_are_taken_and_ten_refused() {
        assert!(Auth::tokens(&["t"; 9].join(",")).is_ok());
        for text in ["", " , ", &["t"; 10].join(",")] {
            let error = Auth::tokens(text).unwrap_err();
            assert!(error.to_string().contains("1 to 9"), "{error}");
        }
    }

    #[test]
    fn a_user_and_password_are_encoded() {
        let auth = Auth::Password {
            user: "sato".to_owned(),
            password: Secret::new("p:w"),
        };
        assert_eq!(header(&auth, &PASSWORD), STANDARD.encode("sato:p:w"));
    }

    #[test]
    fn a_token_that_no_header_can_carry_is_refused_without_being_shown() {
        let auth = Auth::ApiTokens(vec![Secret::new("hunter2\n")]);
        let error = auth.add_to(&mut HeaderMap::new()).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}
