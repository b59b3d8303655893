//! A login proxy in front, which proves itself with a secret.

use aws_lc_rs::hmac;
use aws_lc_rs::hmac::{HMAC_SHA256, Key, Tag};
use function_core::Secret;
use http::{HeaderMap, HeaderName};

use crate::login::{LoginError, only};

/// A login proxy in front.
#[derive(Debug)]
pub(crate) struct LoginProxy {
    header: HeaderName,
    secret_header: HeaderName,
    /// Made of the secret.
    key: Key,
    /// What the key makes of itself.
    tag: Tag,
}

impl LoginProxy {
    pub(crate) fn new(header: &HeaderName, secret_header: &HeaderName, secret: &Secret) -> Self {
        let key = Key::new(HMAC_SHA256, secret.expose().as_bytes());
        Self {
            header: header.clone(),
            secret_header: secret_header.clone(),
            tag: hmac::sign(&key, secret.expose().as_bytes()),
            key,
        }
    }

    /// The person whom the proxy names.
    pub(crate) fn person(&self, headers: &HeaderMap) -> Result<String, LoginError> {
        let header = self.header.as_str();
        let missing = || LoginError::Missing {
            header: header.to_owned(),
        };
        let person = only(headers, header).ok_or_else(missing)?;
        let given = only(headers, self.secret_header.as_str()).unwrap_or_default();
        // Comparing takes as long whatever is given, also where the lengths differ.
        hmac::verify(&self.key, given.as_bytes(), self.tag.as_ref()).map_err(|_| {
            LoginError::Secret {
                header: header.to_owned(),
            }
        })?;
        Ok(person.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(pairs: &[(&'static str, &str)]) -> Result<String, LoginError> {
        let [header, secret_header] = ["x-email", "x-secret"].map(HeaderName::from_static);
        let proxy = LoginProxy::new(&header, &secret_header, &Secret::new("0123456789abcdef"));
        let headers = pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()));
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name, value);
        }
        proxy.person(&map)
    }

    #[test]
    fn the_secret_proves_the_person() {
        let pairs = [
            ("x-email", "hana@example.jp"),
            ("x-secret", "0123456789abcdef"),
        ];
        assert_eq!(person(&pairs).unwrap(), "hana@example.jp");
    }

    #[test]
    fn a_name_without_the_secret_is_refused() {
        for secret in ["", "0123456789abcdeF", "0123456789abcdef0"] {
            let error = person(&[("x-email", "hana@example.jp"), ("x-secret", secret)]);
            assert!(matches!(error, Err(LoginError::Secret { .. })), "{secret}");
        }
        let error = person(&[("x-email", "hana@example.jp")]);
        assert!(matches!(error, Err(LoginError::Secret { .. })));
    }

    #[test]
    fn two_names_are_none() {
        let pairs = [
            ("x-email", "eve@example.jp"),
            ("x-email", "hana@example.jp"),
            ("x-secret", "0123456789abcdef"),
        ];
        assert!(matches!(person(&pairs), Err(LoginError::Missing { .. })));
    }
}
