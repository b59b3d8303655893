//! Refusals: kintone's codes with their statuses and words, and what is wrong with which value.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::code::describe;
use crate::exchange::Answer;

/// The same words in Japanese and in English.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Words {
    ja: String,
    en: String,
}

/// Makes [`Words`].
pub(crate) fn words(ja: impl Into<String>, en: impl Into<String>) -> Words {
    Words {
        ja: ja.into(),
        en: en.into(),
    }
}

/// The language that messages are in. Codes are the same in both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// Japanese.
    #[default]
    Japanese,
    /// English.
    English,
}

impl Language {
    fn pick(self, words: &Words) -> &str {
        match self {
            Self::Japanese => &words.ja,
            Self::English => &words.en,
        }
    }
}

/// Why a request does nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: &'static str,
    errors: BTreeMap<String, Words>,
}

impl Refusal {
    pub(crate) fn new(code: &'static str) -> Self {
        Self {
            code,
            errors: BTreeMap::new(),
        }
    }

    /// A validation error of one value, such as `record.text.value`.
    pub(crate) fn invalid(path: impl Into<String>, words: Words) -> Self {
        Self {
            code: "CB_VA01",
            errors: BTreeMap::from([(path.into(), words)]),
        }
    }

    /// Puts `prefix` before every path: `records[3].` before `text.value`.
    pub(crate) fn within(mut self, prefix: &str) -> Self {
        let errors = std::mem::take(&mut self.errors).into_iter();
        self.errors = errors
            .map(|(path, words)| (format!("{prefix}{path}"), words))
            .collect();
        self
    }

    /// Adds another refusal's errors, so that all of a record are named at once.
    pub(crate) fn join(mut self, other: Self) -> Self {
        self.errors.extend(other.errors);
        self
    }

    pub(crate) fn body(&self, language: Language, id: u64) -> Value {
        let (_, ja, en) = describe(self.code);
        let mut body = json!({
            "code": self.code,
            "id": format!("simulated{id:011}"),
            "message": language.pick(&words(ja, en)),
        });
        if !self.errors.is_empty() {
            let errors = self
                .errors
                .iter()
                .map(|(path, words)| (path.clone(), json!({ "messages": [language.pick(words)] })));
            body["errors"] = Value::Object(errors.collect());
        }
        body
    }

    /// The status. `older` answers 520 where the service did so before it changed to 400.
    pub(crate) fn status(&self, older: bool) -> u16 {
        match self.code {
            "GAIA_IA02" | "GAIA_IL23" | "GAIA_LO04" | "GAIA_DA02" | "GAIA_RE18" | "GAIA_LT01"
                if older =>
            {
                520
            }
            code => describe(code).0,
        }
    }

    pub(crate) fn answer(&self, language: Language, older: bool, id: u64) -> Answer {
        Answer::json(self.status(older), &self.body(language, id))
    }
}
