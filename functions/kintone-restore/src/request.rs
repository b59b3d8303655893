//! What a message asks for.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::RestoreError;

/// What a message asks for: one restore, or several of one run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Request {
    /// The address of a manifest or `latest.json` of kintone-export; relative ones are below `BUCKET`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manifest: Option<String>,
    /// In its place: the app whose newest backup is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<u64>,
    /// In its place: the address of a CSV that cli-kintone wrote.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub csv: Option<String>,
    /// The encoding of the CSV.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<CsvEncoding>,
    /// The folder with the files of the CSV, which cli-kintone was given as `--attachments-dir`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attachments: Option<String>,
    /// The app that is written to; `APPID` must list it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app: Option<u64>,
    /// How records are written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// The code of the unique field that tells records apart; absent: the record number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Fields that hold record numbers, and the app whose restored records they point to.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub references: BTreeMap<String, u64>,
    /// Values that are left out, by the codes of their fields: people who left, lookup keys that are gone.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub leave_out: BTreeMap<String, Vec<String>>,
    /// The digest of the plan whose losses are accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accept: Option<String>,
    /// Several restores of one run, in their order, in place of all the keys above.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub restores: Vec<Restore>,
    /// Restore once more what was restored already.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub force: bool,
    /// Only say what would be done.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
    /// Prove the newest backup of `DRILL_SOURCE` in `DRILL_APP`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub drill: bool,
}

/// One restore: a backup into an app.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[expect(missing_docs, reason = "the keys are those of Request")]
pub struct Restore {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manifest: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub csv: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<CsvEncoding>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attachments: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub references: BTreeMap<String, u64>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub leave_out: BTreeMap<String, Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accept: Option<String>,
}

/// How records are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// All records are added, under new numbers.
    #[default]
    Insert,
    /// Records that are there are overwritten, others are added.
    Upsert,
    /// The same, but records that are equal already are left alone.
    ReplaceChanged,
}

/// The encoding of a CSV.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CsvEncoding {
    /// UTF-8.
    #[default]
    Utf8,
    /// `Shift_JIS` as Windows has it.
    Sjis,
}

impl fmt::Display for Mode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Insert => "insert",
            Self::Upsert => "upsert",
            Self::ReplaceChanged => "replace-changed",
        })
    }
}

impl Request {
    /// The restores that are asked for, each checked alone.
    pub(crate) fn into_restores(self) -> Result<Vec<Restore>, RestoreError> {
        let single = Restore {
            manifest: self.manifest,
            source: self.source,
            csv: self.csv,
            encoding: self.encoding,
            attachments: self.attachments,
            app: self.app,
            mode: self.mode,
            key: self.key,
            references: self.references,
            leave_out: self.leave_out,
            accept: self.accept,
        };
        let restores = match (self.restores, single == Restore::default()) {
            (several, true) if !several.is_empty() => several,
            (several, false) if !several.is_empty() => {
                return Err(refuse(
                    "`restores` stands beside keys of a single restore; move them into its entries",
                ));
            }
            _ => vec![single],
        };
        for restore in &restores {
            restore.check()?;
        }
        let mut apps: Vec<_> = restores.iter().map(|restore| restore.app).collect();
        apps.sort_unstable();
        apps.dedup();
        if apps.len() < restores.len() {
            return Err(refuse(
                "two entries of `restores` write to one app; send them one after the other",
            ));
        }
        Ok(restores)
    }
}

impl Restore {
    /// How records are written.
    pub(crate) fn mode(&self) -> Mode {
        self.mode.unwrap_or_default()
    }

    /// Whether records are told apart by their numbers.
    pub(crate) fn is_by_number(&self) -> bool {
        self.mode() != Mode::Insert && self.key.is_none()
    }

    /// The app that is written to.
    pub(crate) fn target(&self) -> u64 {
        self.app.unwrap_or_default()
    }

    fn check(&self) -> Result<(), RestoreError> {
        let sources = [
            self.manifest.is_some(),
            self.source.is_some(),
            self.csv.is_some(),
        ];
        if sources.into_iter().filter(|is_given| *is_given).count() != 1 {
            return Err(refuse(
                "give one of `manifest` (an address), `source` (an app's number) and `csv` (an address)",
            ));
        }
        if self.app.is_none() {
            return Err(refuse(
                "`app` is missing: the number of the app that is written to",
            ));
        }
        if self.csv.is_none() && (self.encoding.is_some() || self.attachments.is_some()) {
            return Err(refuse("`encoding` and `attachments` belong to `csv`"));
        }
        if self.key.is_some() && self.mode() == Mode::Insert {
            return Err(refuse(
                "`key` belongs to the modes upsert and replace-changed; insert adds every record",
            ));
        }
        Ok(())
    }
}

fn refuse(rule: &'static str) -> RestoreError {
    RestoreError::Request { rule }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        let request: Request = serde_json::from_str(text).unwrap();
        request.into_restores().unwrap_err().to_string()
    }

    #[test]
    fn a_request_names_one_source_and_one_target() {
        assert!(refusal("{}").contains("one of `manifest`"));
        assert!(refusal(r#"{"manifest":"a","csv":"b","app":1}"#).contains("one of `manifest`"));
        assert!(refusal(r#"{"source":1}"#).contains("`app` is missing"));
        assert!(refusal(r#"{"source":1,"app":2,"encoding":"sjis"}"#).contains("belong to `csv`"));
        assert!(refusal(r#"{"source":1,"app":2,"key":"a"}"#).contains("insert adds"));
    }

    #[test]
    fn several_restores_stand_alone() {
        let two = r#"{"restores":[{"source":1,"app":3},{"source":2,"app":4}]}"#;
        let request: Request = serde_json::from_str(two).unwrap();
        assert_eq!(request.into_restores().unwrap().len(), 2);
        assert!(refusal(r#"{"app":9,"restores":[{"source":1,"app":3}]}"#).contains("beside"));
        let same = r#"{"restores":[{"source":1,"app":3},{"source":2,"app":3}]}"#;
        assert!(refusal(same).contains("one app"));
    }
}
