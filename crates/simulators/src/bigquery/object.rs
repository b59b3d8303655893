//! The objects in S3 that runs find.

use jiff::Timestamp;

/// An object, of which only this is looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Object {
    pub(super) rows: u64,
    pub(super) modified: Timestamp,
}

/// Whether a key is of a pattern. A single `*` stands for anything, folders included; where there are two or more,
/// each stays within its folder.
///
/// A pattern without one is the name of one object, even where it ends with a slash; an empty one is the whole bucket.
///
/// Source: "Wildcard support for Amazon S3 URIs" and "Amazon S3 URIs" of the introduction to Amazon S3 transfers,
/// "General Amazon S3 issues" of the troubleshooting guide.
pub(super) fn matches(pattern: &str, key: &str) -> bool {
    match pattern.matches('*').count() {
        0 => pattern.is_empty() || key == pattern,
        1 => fits(pattern, key, true),
        _ => fits(pattern, key, false),
    }
}

/// Whether a key begins as the pattern does before its first `*`: all those objects are moved, for S3 knows no wildcards,
/// and only those that match are loaded.
///
/// Source: "Impact of prefix matching versus wildcard matching" of the Amazon S3 transfer guide.
pub(super) fn is_moved(pattern: &str, key: &str) -> bool {
    let prefix = pattern.split('*').next().unwrap_or_default();
    key.starts_with(prefix)
}

fn fits(pattern: &str, key: &str, spans_folders: bool) -> bool {
    let Some((before, after)) = pattern.split_once('*') else {
        return pattern == key;
    };
    let Some(rest) = key.strip_prefix(before) else {
        return false;
    };
    let ends = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
    let reach = if spans_folders {
        rest.len()
    } else {
        rest.find('/').unwrap_or(rest.len())
    };
    ends.take_while(|at| *at <= reach)
        .any(|at| fits(after, &rest[at..], spans_folders))
}

#[cfg(test)]
mod tests {
    use super::{is_moved, matches};

    #[test]
    fn one_wildcard_spans_folders() {
        assert!(matches(
            "a/app.users/*.parquet",
            "a/app.users/1/part-0.gz.parquet"
        ));
        assert!(!matches("a/app.users/*.parquet", "a/app.users/1/_SUCCESS"));
        assert!(!matches(
            "a/app.users/*.parquet",
            "a/app.users_archive/1/part-0.gz.parquet"
        ));
    }

    #[test]
    fn two_wildcards_stay_within_their_folders() {
        assert!(matches("a/*/sub/*.csv", "a/any/sub/one.csv"));
        assert!(!matches("a/*/sub/*.csv", "a/any/other/sub/one.csv"));
        assert!(!matches("a/*/sub/*.csv", "a/any/sub/deeper/one.csv"));
    }

    #[test]
    fn a_folder_without_a_wildcard_loads_nothing() {
        assert!(!matches("folder/", "folder/one.csv"));
        assert!(matches("folder/one.csv", "folder/one.csv"));
        assert!(matches("", "folder/one.csv"));
    }

    #[test]
    fn more_is_moved_than_is_loaded() {
        assert!(is_moved("folder/*/sub/*.csv", "folder/file2.csv"));
        assert!(!is_moved("folder/*/sub/*.csv", "other/file2.csv"));
    }
}
