//! A reader of exports that believes nothing: it follows the manifests and compares everything.

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use md5::{Digest as _, Md5};
use serde_json::Value;
use simulators::Objects;

/// The base64 MD5 of `content`, as manifests and checksum files have it.
pub(super) fn checksum(content: &[u8]) -> String {
    STANDARD.encode(Md5::digest(content))
}

/// What an export holds.
#[derive(Debug, PartialEq)]
pub(super) struct Export {
    pub(super) summary: Value,
    pub(super) files: Vec<Value>,
    pub(super) lines: Vec<Value>,
}

/// Reads the export whose summary is at `manifest`.
///
/// # Errors
/// The first thing that is not as it is told.
pub(super) fn read(objects: &Objects, bucket: &str, manifest: &str) -> Result<Export, String> {
    let get = |key: &str| {
        let content = objects.get(bucket, key);
        content.map_err(|_| format!("no {}", key.rsplit('/').next().unwrap()))
    };
    let summary = checked(manifest, &get)?;
    let summary: Value = serde_json::from_slice(&summary).map_err(|_| "summary")?;
    let files = checked(summary["manifestFilesS3Key"].as_str().unwrap(), &get)?;
    let files = String::from_utf8(files).unwrap();
    let files: Vec<Value> = files
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let mut lines = Vec::new();
    for file in &files {
        let content = get(file["dataFileS3Key"].as_str().unwrap()).map_err(|_| "no data file")?;
        if file["md5Checksum"] != checksum(&content) {
            return Err("checksum of a data file".to_owned());
        }
        let before = lines.len();
        let mut text = String::new();
        let unpacked = GzDecoder::new(&content[..]).read_to_string(&mut text);
        unpacked.map_err(|_| "a data file is cut")?;
        lines.extend(text.lines().map(|line| serde_json::from_str(line).unwrap()));
        if file["itemCount"] != lines.len() - before {
            return Err("count of a data file".to_owned());
        }
    }
    if summary["itemCount"] != lines.len() {
        return Err("count of the summary".to_owned());
    }
    Ok(Export {
        summary,
        files,
        lines,
    })
}

/// A manifest that is what its checksum says.
fn checked(key: &str, get: &impl Fn(&str) -> Result<Vec<u8>, String>) -> Result<Vec<u8>, String> {
    let content = get(key)?;
    let stem = key.strip_suffix(".json").unwrap();
    let sum = get(&format!("{stem}.md5")).or_else(|_| get(&format!("{stem}.checksum")))?;
    if sum != checksum(&content).into_bytes() {
        return Err(format!("checksum of {}", key.rsplit('/').next().unwrap()));
    }
    Ok(content)
}
