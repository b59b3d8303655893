//! What a key may look like, the same in every store, so that a backup can move between them.

use crate::StoreError;

/// The longest key in bytes.
///
/// **Source**: Cloud Storage, "Object naming guidelines"; Amazon S3 User Guide, "Naming objects".
const MOST_BYTES: usize = 1024;

/// Refuses a whole key that some store can't hold, or that would leave its folder.
///
/// # Errors
/// [`StoreError::Key`] with the rule that the key breaks.
pub(crate) fn check(key: &str) -> Result<(), StoreError> {
    if key.is_empty() || key.ends_with('/') {
        return Err(refuse(key, "it names no object"));
    }
    check_segments(key, false)
}

/// Refuses a prefix that no right key starts with.
///
/// # Errors
/// [`StoreError::Key`] with the rule that the prefix breaks.
pub(crate) fn check_prefix(prefix: &str) -> Result<(), StoreError> {
    if prefix.is_empty() {
        Ok(())
    } else {
        check_segments(prefix, true)
    }
}

fn check_segments(key: &str, is_prefix: bool) -> Result<(), StoreError> {
    if key.len() > MOST_BYTES {
        return Err(refuse(key, "it is longer than 1024 bytes"));
    }
    if key.contains('\\') || key.chars().any(char::is_control) {
        return Err(refuse(key, "it holds a backslash or a control character"));
    }
    let folders = if is_prefix {
        key.rsplit_once('/').map(|(folders, _)| folders)
    } else {
        Some(key)
    };
    for segment in folders.into_iter().flat_map(|folders| folders.split('/')) {
        match segment {
            "" => return Err(refuse(key, "it starts with `/` or holds `//`")),
            "." | ".." => return Err(refuse(key, "it would leave its folder")),
            _ => {}
        }
    }
    Ok(())
}

fn refuse(key: &str, rule: &'static str) -> StoreError {
    StoreError::Key {
        key: key.to_owned(),
        rule,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_leave_their_folder_are_refused_by_name() {
        for key in [
            "../x",
            "a/../x",
            "/etc/passwd",
            "a//b",
            "a/./b",
            "..",
            "a\\..\\b",
            "a\0",
            "",
            "a/",
        ] {
            let error = check(key).unwrap_err();
            assert!(
                matches!(&error, StoreError::Key { key: named, .. } if named == key),
                "{error}"
            );
        }
        assert!(check(&"x".repeat(1025)).is_err());
    }

    #[test]
    fn unusual_keys_are_keys() {
        for key in [
            "a",
            "日本語/ファイル 1.csv",
            "a%2Fb+c#d?e&f",
            "..a/b..",
            "~'\"<>|*",
        ] {
            check(key).unwrap();
        }
    }

    #[test]
    fn a_prefix_may_end_anywhere() {
        for prefix in ["", "a", "a/", "a/b", "a/..b", "."] {
            check_prefix(prefix).unwrap();
        }
        for prefix in ["/", "../", "a//", "a/../b"] {
            check_prefix(prefix).unwrap_err();
        }
    }
}
