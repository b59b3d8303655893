//! The objects of an export.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use md5::{Digest as _, Md5};
use serde_json::{Value, json};

use super::Layout;
use super::export::{Export, Scope, view};
use super::fault::{Counted, Fault, Part};

/// An object as it is to be written.
#[derive(Debug)]
pub(super) struct Output {
    pub(super) part: Part,
    pub(super) key: String,
    pub(super) content: Vec<u8>,
}

/// The MD5 of `content`.
pub(super) fn md5(content: &[u8]) -> [u8; 16] {
    Md5::digest(content).into()
}

/// The key of `_started`.
pub(super) fn started_key(export: &Export) -> String {
    format!("{}AWSDynamoDB/{}/_started", export.prefix(), export.id)
}

/// The keys of the data files. Those of all incremental exports share a folder.
pub(super) fn data_keys(export: &Export) -> Vec<String> {
    let folder = match export.scope {
        Scope::Full(_) => format!("{}AWSDynamoDB/{}/data", export.prefix(), export.id),
        Scope::Incremental { .. } => format!("{}AWSDynamoDB/data", export.prefix()),
    };
    let name = |number| random_name(&format!("{} {number}", export.arn));
    let files = 0..export.lines.len();
    files
        .map(|number| format!("{folder}/{}.json.gz", name(number)))
        .collect()
}

/// 26 letters and digits, as the names of data files have; the same for the same seed.
fn random_name(seed: &str) -> String {
    let number = u128::from_be_bytes(md5(seed.as_bytes()));
    let letter = |place: u32| {
        let digit = u8::try_from((number >> (place * 5)) & 31).unwrap_or(0);
        char::from(if digit < 26 {
            b'a' + digit
        } else {
            b'2' + digit - 26
        })
    };
    (0..26).map(letter).collect()
}

/// All objects of an export in the order in which they are written, with its faults.
pub(super) fn outputs(export: &Export, layout: Layout) -> Vec<Output> {
    let mut outputs = data(export);
    let suffix = if layout.checksum_suffix {
        "checksum"
    } else {
        "md5"
    };
    let folder = format!("{}AWSDynamoDB/{}", export.prefix(), export.id);
    let prefix = export.prefix();
    let told = |key: &str| match key.strip_prefix(&prefix) {
        Some(short) if !layout.keys_with_prefix => short.to_owned(),
        _ => key.to_owned(),
    };
    let files_key = format!("{folder}/manifest-files.json");
    let manifests = [
        (
            Part::Files,
            Part::FilesChecksum,
            "files",
            files(export, &outputs, told),
        ),
        (
            Part::Summary,
            Part::SummaryChecksum,
            "summary",
            summary(export, layout, &told(&files_key)),
        ),
    ];
    for (part, checksum, name, content) in manifests {
        let sum = STANDARD.encode(md5(content.as_bytes()));
        outputs.push(Output {
            part: checksum,
            key: format!("{folder}/manifest-{name}.{suffix}"),
            content: sum.into_bytes(),
        });
        outputs.push(Output {
            part,
            key: format!("{folder}/manifest-{name}.json"),
            content: content.into_bytes(),
        });
    }
    spoil(&mut outputs, &export.faults);
    outputs
}

fn data(export: &Export) -> Vec<Output> {
    let mut full = 0;
    let empty = export.items() == 0;
    let mut outputs = Vec::new();
    for (number, (key, lines)) in data_keys(export).into_iter().zip(&export.lines).enumerate() {
        let part = if empty {
            Part::Data(number)
        } else {
            Part::Data(full)
        };
        let counts = empty || !lines.is_empty();
        full += usize::from(!lines.is_empty());
        let short = counts
            && matches!(part, Part::Data(number) if export.faults.contains(&Fault::Short(number)));
        let lines = &lines[..lines.len().saturating_sub(usize::from(short))];
        outputs.push(Output {
            // An empty file among full ones is none that a fault could mean.
            part: if counts { part } else { Part::Data(usize::MAX) },
            key,
            content: compress(lines),
        });
    }
    outputs
}

fn compress(lines: &[Value]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    // Writing into memory does not fail.
    for line in lines {
        drop(writeln!(encoder, "{line}"));
    }
    encoder.finish().unwrap_or_default()
}

fn files(export: &Export, data: &[Output], told: impl Fn(&str) -> String) -> String {
    let mut text = String::new();
    let mut more = usize::from(export.faults.contains(&Fault::Miscounted(Counted::Files)));
    for (output, lines) in data.iter().zip(&export.lines) {
        let sum = md5(&output.content);
        let line = json!({
            "itemCount": lines.len() + std::mem::take(&mut more),
            "md5Checksum": STANDARD.encode(sum),
            "etag": format!("{}-1", hex(&md5(&sum))),
            "dataFileS3Key": told(&output.key),
        });
        text.push_str(&line.to_string());
        text.push('\n');
    }
    text
}

/// Lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or_default();
    let digits = |byte: &u8| [digit(byte >> 4), digit(byte & 15)];
    bytes.iter().flat_map(digits).collect()
}

fn summary(export: &Export, layout: Layout, files_key: &str) -> String {
    let wanted = &export.wanted;
    let full = matches!(export.scope, Scope::Full(_));
    let mut summary = json!({
        "version": if full { "2020-06-30" } else { "2023-08-01" },
        "exportArn": export.arn,
        "startTime": millis(export.started),
        "endTime": millis(export.ends),
        "tableArn": wanted.table_arn,
        "tableId": export.table_id,
    });
    match export.scope {
        Scope::Full(time) => summary["exportTime"] = millis(time),
        Scope::Incremental { from, to, .. } => {
            summary["exportFromTime"] = millis(from);
            summary["exportToTime"] = millis(to);
        }
    }
    summary["s3Bucket"] = json!(wanted.bucket);
    summary["s3Prefix"] = json!(wanted.prefix);
    summary["s3SseAlgorithm"] = json!(wanted.encryption());
    summary["s3SseKmsKeyId"] = json!(wanted.key);
    summary["manifestFilesS3Key"] = json!(files_key);
    summary["billedSizeBytes"] = json!(export.billed_bytes);
    summary["itemCount"] = json!(export.counted(Counted::Summary));
    summary["outputFormat"] = json!("DYNAMODB_JSON");
    if let Scope::Incremental { old_images, .. } = export.scope {
        summary["outputView"] = json!(view(old_images));
    }
    if !full || layout.type_in_full {
        summary["exportType"] = json!(export.scope.kind());
    }
    summary.to_string()
}

/// A time as manifests have it.
fn millis(time: Timestamp) -> Value {
    json!(time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string())
}

fn spoil(outputs: &mut Vec<Output>, faults: &[Fault]) {
    outputs.retain(|output| !faults.contains(&Fault::Missing(output.part)));
    for Output { part, content, .. } in outputs {
        if faults.contains(&Fault::Truncated(*part)) {
            content.truncate(content.len() / 2);
        }
        if faults.contains(&Fault::Altered(*part))
            && let Some(middle) = content.len().checked_div(2)
            && let Some(byte) = content.get_mut(middle)
        {
            *byte ^= 1;
        }
    }
}
