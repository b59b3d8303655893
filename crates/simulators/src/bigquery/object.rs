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
/// A pattern without one is the name of one object, or of a folder with a slash at its end.
///
/// Source: "Wildcard support for Amazon S3 URIs" of the Amazon S3 transfer guide.
pub(super) fn matches(pattern: &str, key: &str) -> bool {
    match pattern.matches('*').count() {
        0 if pattern.is_empty() || pattern.ends_with('/') => key.starts_with(pattern),
        0 => key == pattern,
        1 => fits(pattern, key, true),
        _ => fits(pattern, key, false),
    }
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
