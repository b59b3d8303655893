//! What `atlas.sum` should hold.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::Variant;
use crate::{File, Folder};

/// One file's line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) name: String,
    /// Base64 of the digest up to and with this file.
    pub(super) hash: String,
}

/// The whole text of `atlas.sum` for the files of `folder`.
pub fn compute(folder: &Folder, variant: Variant) -> String {
    let lines = lines(folder, variant);
    let mut text = format!("h1:{}\n", total(&lines));
    for Line { name, hash } in &lines {
        for part in [name, " h1:", hash, "\n"] {
            text.push_str(part);
        }
    }
    text
}

pub(super) fn lines(folder: &Folder, variant: Variant) -> Vec<Line> {
    let mut digest = Sha256::new();
    let mut lines = Vec::new();
    for file in folder.files().filter(|file| counts(file, variant)) {
        digest.update(file.name());
        if says_ignore(file.bytes()) {
            continue;
        }
        digest.update(file.bytes());
        let hash = STANDARD.encode(digest.clone().finalize());
        lines.push(Line {
            name: file.name().to_owned(),
            hash,
        });
    }
    lines
}

/// Base64 of the digest over all names and hashes.
pub(super) fn total(lines: &[Line]) -> String {
    let mut digest = Sha256::new();
    for line in lines {
        digest.update(&line.name);
        digest.update(&line.hash);
    }
    STANDARD.encode(digest.finalize())
}

fn counts(file: &File, variant: Variant) -> bool {
    match variant {
        Variant::UpAndDown => is_sql(file.name()),
        Variant::UpOnly => is_up(file.name()),
    }
}

/// Whether a file called `name` is SQL to Atlas, whose pattern is `*.sql`: `.SQL` is not.
pub(crate) fn is_sql(name: &str) -> bool {
    name.strip_suffix(".sql").is_some()
}

fn is_up(name: &str) -> bool {
    name.strip_suffix(".up.sql").is_some()
}

/// Whether the first line is `atlas:sum ignore`, with any printable ASCII before it.
///
/// **Source:** Atlas, `sql/migrate/dir.go`: `^([ -~]*)atlas:(\w+)(?: +([ -~]*))*`.
fn says_ignore(bytes: &[u8]) -> bool {
    let end = bytes
        .iter()
        .position(|byte| !matches!(byte, b' '..=b'~'))
        .unwrap_or(bytes.len());
    let Ok(line) = str::from_utf8(&bytes[..end]) else {
        return false;
    };
    let Some((_, directive)) = line.rsplit_once("atlas:") else {
        return false;
    };
    let Some(rest) = directive.strip_prefix("sum ") else {
        return false;
    };
    rest.trim_start_matches(' ') == "ignore"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_left_out_by_its_first_line() {
        for text in [
            "-- atlas:sum ignore",
            "-- atlas:sum ignore\nSELECT 1;\n",
            "-- atlas:sum   ignore\r\n",
            "atlas:sum ignore",
            "/* atlas:x */ -- atlas:sum ignore",
        ] {
            assert!(says_ignore(text.as_bytes()), "{text}");
        }
        for text in [
            "",
            "SELECT 1;\n-- atlas:sum ignore\n",
            "-- atlas:sum",
            "-- atlas:sum ignored",
            "-- atlas:sum ignore it",
            "-- atlas:summary ignore",
            "-- atlas:txmode none",
            "会社 -- atlas:sum ignore",
        ] {
            assert!(!says_ignore(text.as_bytes()), "{text}");
        }
    }
}
