//! The keys that the transfer service reads the bucket with.

use function_core::{Secret, Settings};

/// What stands in the place of a key.
pub(crate) const HIDDEN: &str = "(hidden)";

/// An access key of AWS. `Debug` shows neither part.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    /// `access_key_id`: no secret to AWS, but nobody else's business.
    pub(crate) id: Secret,
    /// `secret_access_key`.
    pub(crate) secret: Secret,
}

impl Keys {
    /// Reads `S3_ACCESS_KEY_ID(_FILE)` and `S3_SECRET_ACCESS_KEY(_FILE)`, both required.
    pub(crate) fn from_settings(settings: &mut Settings<'_>) -> Self {
        let mut key = |name: &str, what: &str| {
            let file = format!("{name}_FILE");
            if settings
                .optional(name)
                .or(settings.optional(&file))
                .is_none()
            {
                settings.missing(&file, what);
            }
            let key = settings.secret(name).unwrap_or_else(|| Secret::new(""));
            if key.expose().contains(char::is_whitespace) {
                settings.refuse_secret(name, "one key without blanks or line ends in it");
            }
            key
        };
        Self {
            id: key(
                "S3_ACCESS_KEY_ID",
                "the file with the id of the access key that BigQuery reads the bucket with",
            ),
            secret: key(
                "S3_SECRET_ACCESS_KEY",
                "the file with the secret of that access key",
            ),
        }
    }

    /// `words` without the keys, should a service have repeated them.
    pub(crate) fn hide(&self, words: &str) -> String {
        let mut hidden = words.to_owned();
        for key in [&self.secret, &self.id] {
            if !key.expose().is_empty() {
                hidden = hidden.replace(key.expose(), HIDDEN);
            }
        }
        hidden
    }
}
