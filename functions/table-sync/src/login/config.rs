//! The settings of the login.

use function_core::{Secret, Settings};
use http::HeaderName;
use url::Url;

/// Where Google publishes the keys of its Identity-Aware Proxy.
///
/// **Source**: IAP documentation, "Securing your app with signed headers".
const KEYS_URL: &str = "https://www.gstatic.com/iap/verify/public_key-jwk";

/// A proxy's secret is at least as hard to guess as this many characters.
const SECRET_CHARACTERS_MIN: usize = 16;

/// How it is known who looks at the page.
#[derive(Clone, Debug)]
pub enum LoginConfig {
    /// Not at all: the page is read-only.
    Nobody,
    /// `IAP_AUDIENCE`: the page is behind Google's Identity-Aware Proxy.
    Iap {
        /// `IAP_AUDIENCE`: whom its assertions are for: `/projects/NUMBER/locations/REGION/services/NAME` on Cloud Run.
        audience: String,
        /// `IAP_KEYS_URL`: where its keys are. Default Google's.
        keys_url: Url,
    },
    /// `LOGIN_HEADER`: a login proxy is in front.
    Proxy {
        /// `LOGIN_HEADER`: the header in which it names the person.
        header: HeaderName,
        /// `LOGIN_SECRET_HEADER`: the header in which it proves itself. Default `x-login-secret`.
        secret_header: HeaderName,
        /// `LOGIN_SECRET_FILE` or `LOGIN_SECRET`: what it proves itself with, at least 16 characters.
        secret: Secret,
    },
}

impl LoginConfig {
    pub(crate) fn read(settings: &mut Settings<'_>) -> Self {
        let has_iap = settings.optional("IAP_AUDIENCE").is_some();
        match settings.optional("LOGIN_HEADER") {
            Some(_) if has_iap => {
                settings.refuse(
                    "LOGIN_HEADER",
                    "IAP_AUDIENCE is set, too; there is one login",
                );
                Self::Nobody
            }
            Some(_) => Self::proxy(settings),
            None if has_iap => Self::iap(settings),
            None => Self::Nobody,
        }
    }

    fn iap(settings: &mut Settings<'_>) -> Self {
        let audience = settings.optional("IAP_AUDIENCE").unwrap_or_default();
        if !audience.starts_with("/projects/") {
            let rule = "it looks like /projects/NUMBER/locations/REGION/services/NAME";
            settings.refuse("IAP_AUDIENCE", rule);
        }
        let keys_url = settings.optional("IAP_KEYS_URL").unwrap_or(KEYS_URL);
        let Ok(keys_url) = keys_url.parse() else {
            settings.refuse("IAP_KEYS_URL", "an https:// address");
            return Self::Nobody;
        };
        Self::Iap {
            audience: audience.to_owned(),
            keys_url,
        }
    }

    fn proxy(settings: &mut Settings<'_>) -> Self {
        let header = header(settings, "LOGIN_HEADER", "x-login-email");
        let secret_header = header_of_secret(settings);
        let Some(secret) = settings.secret("LOGIN_SECRET") else {
            let what = "what the login proxy proves itself with; without it anybody could send LOGIN_HEADER";
            settings.missing("LOGIN_SECRET", what);
            return Self::Nobody;
        };
        if secret.expose().chars().count() < SECRET_CHARACTERS_MIN {
            settings.refuse_secret("LOGIN_SECRET", "it has at least 16 characters");
        }
        Self::Proxy {
            header,
            secret_header,
            secret,
        }
    }
}

fn header_of_secret(settings: &mut Settings<'_>) -> HeaderName {
    header(settings, "LOGIN_SECRET_HEADER", "x-login-secret")
}

fn header(settings: &mut Settings<'_>, name: &str, default: &'static str) -> HeaderName {
    let default = HeaderName::from_static(default);
    settings.parsed_or(
        name,
        default,
        "the name of a header, such as x-forwarded-email",
    )
}
