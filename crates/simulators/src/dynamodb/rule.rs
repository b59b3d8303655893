//! What the service model asks of a value, and the words for a value that does not keep to it.

/// A constraint of the service model.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rule {
    /// Any text, or none.
    Any,
    /// Any text, but some.
    Filled,
    /// One of these.
    OneOf(&'static [&'static str]),
    /// A regular expression, in words and as a test.
    Pattern(&'static str, fn(&str) -> bool),
}

impl Rule {
    /// What `value` breaks, in the service's words.
    pub(super) fn broken_by(self, value: &str) -> Option<String> {
        match self {
            Self::Filled if value.is_empty() => {
                Some("Member must have length greater than or equal to 1".to_owned())
            }
            Self::OneOf(names) if !names.contains(&value) => Some(format!(
                "Member must satisfy enum value set: [{}]",
                names.join(", ")
            )),
            Self::Pattern(pattern, matches) if !matches(value) => Some(format!(
                "Member must satisfy regular expression pattern: {pattern}"
            )),
            _ => None,
        }
    }
}

/// The name of a bucket, as loosely as the service looks at it.
pub(super) const BUCKET: Rule = Rule::Pattern(r"^[a-z0-9A-Z]+[\.\-\w]*[a-z0-9A-Z]+$", |value| {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    let bytes = value.as_bytes();
    let ends = [bytes.first(), bytes.last()];
    bytes.len() > 1
        && bytes.iter().copied().all(inner)
        && ends.into_iter().flatten().all(u8::is_ascii_alphanumeric)
});

/// A client token.
pub(super) const TOKEN: Rule = Rule::Pattern(r"^[^\$]+$", |value| {
    !value.is_empty() && !value.contains('$')
});

/// An account.
pub(super) const ACCOUNT: Rule = Rule::Pattern("[0-9]{12}", |value| {
    value.len() == 12 && value.bytes().all(|byte| byte.is_ascii_digit())
});

/// The name of a key, as an id, an alias or an ARN.
pub(super) const KEY: Rule = Rule::Pattern(r"[\w:/\-]+", |value| {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_:/-".contains(&byte);
    !value.is_empty() && value.bytes().all(allowed)
});
