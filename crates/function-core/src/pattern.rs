//! Patterns of names.

/// A pattern of names, in which `*` stands for any characters, also none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// The pattern `text`. Any text is one.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The pattern as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the whole of `name` is as the pattern says. Case matters, as it does to databases.
    pub fn matches(&self, name: &str) -> bool {
        let Some((first, rest)) = self.0.split_once('*') else {
            return self.0 == name;
        };
        let Some(mut left) = name.strip_prefix(first) else {
            return false;
        };
        // What stands between two stars is looked for as early as possible: later parts then have most room.
        let mut parts: Vec<&str> = rest.split('*').collect();
        let last = parts.pop().unwrap_or_default();
        for part in parts {
            let Some(at) = left.find(part) else {
                return false;
            };
            left = &left[at + part.len()..];
        }
        left.ends_with(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_any_characters() {
        for (pattern, key, matches) in [
            ("app.users", "app.users", true),
            ("app.users", "app.users_archive", false),
            ("app.*", "app.users", true),
            ("*.users", "app.users", true),
            ("*users", "app.users_archive", false),
            ("app.*_log_*", "app.a_log_b", true),
            ("app.*_log_*", "app.a_log", false),
            ("*", "", true),
            ("a*a", "a", false),
            ("a**a", "aa", true),
            ("*.audit.*", "app.audit.events", true),
            ("app.Users", "app.users", false),
            ("app.顧客*", "app.顧客_履歴", true),
            ("orders-*", "orders-", true),
            ("orders-*", "orders", false),
            ("*-prod-*", "a-prod-b-prod-c", true),
            ("*-prod", "a-prod-b", false),
            ("a*b*c", "abbc", true),
            ("a*b*c", "ac", false),
        ] {
            assert_eq!(
                Pattern::new(pattern).matches(key),
                matches,
                "{pattern} {key}"
            );
        }
    }
}
