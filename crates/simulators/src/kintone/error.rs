//! Refusals: kintone's codes with their statuses and words, and what is wrong with which value.

use std::collections::BTreeMap;

use serde_json::{Value, json};

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
            "GAIA_IA02" | "GAIA_LO04" | "GAIA_DA02" | "GAIA_RE18" | "GAIA_LT01" if older => 520,
            code => describe(code).0,
        }
    }

    pub(crate) fn answer(&self, language: Language, older: bool, id: u64) -> Answer {
        Answer::json(self.status(older), &self.body(language, id))
    }
}

/// Status and words of a code.
fn describe(code: &str) -> (u16, &'static str, &'static str) {
    match code {
        "CB_VA01" => (
            400,
            "入力内容が正しくありません。",
            "Missing or invalid input.",
        ),
        "CB_IJ01" => (400, "不正なJSON文字列です。", "Invalid JSON string."),
        "CB_AU01" => (401, "ログインしてください。", "Please log in."),
        "CB_WA01" => (
            401,
            "APIのログイン名とパスワードによる認証に失敗しました。",
            "Password authentication failed.",
        ),
        "CB_NO02" => (403, "権限がありません。", "No privilege to proceed."),
        "CB_IL02" => (400, "不正なリクエストです。", "Illegal request."),
        "GAIA_AP01" => (
            404,
            "指定したアプリが見つかりません。削除されている可能性があります。",
            "The app was not found. It may have been deleted.",
        ),
        "GAIA_BL01" => (
            404,
            "指定したファイルが見つかりません。",
            "The file was not found.",
        ),
        "GAIA_CN01" => (
            404,
            "指定したカーソルが存在しないか、有効期限が切れています。",
            "The cursor does not exist or has expired.",
        ),
        "GAIA_CO02" => (
            409,
            "指定したrevisionは最新ではありません。ほかのユーザーがレコードを更新した可能性があります。",
            "The revision is not the latest. Someone may have updated the record.",
        ),
        "GAIA_DA02" => (
            400,
            "データベースのロックに失敗しました。時間をおいて再度お試しください。",
            "The database could not be locked. Please try again later.",
        ),
        "GAIA_DA03" => (
            400,
            "同じアプリのAPIトークンが重複しています。",
            "API tokens of the same app are specified more than once.",
        ),
        "GAIA_IA02" => (
            400,
            "指定したAPIトークンが不正です。",
            "The API token is invalid.",
        ),
        "GAIA_IL23" => (
            400,
            "ゲストスペース内のアプリの操作には、ゲストスペースのパスを使用してください。",
            "Use the guest space path for apps in a guest space.",
        ),
        "GAIA_IL26" => (
            400,
            "指定したユーザーが見つかりません。",
            "The user was not found.",
        ),
        "GAIA_IL28" => (
            400,
            "指定した組織が見つかりません。",
            "The organization was not found.",
        ),
        "GAIA_IL42" => (
            400,
            "クエリで指定したユーザーが見つかりません。",
            "A user in the query was not found.",
        ),
        "GAIA_IQ03" => (
            400,
            "フィールドタイプには指定した演算子を使用できません。",
            "The operator cannot be used with the field type.",
        ),
        "GAIA_IQ07" => (
            400,
            "テーブル内のフィールドには、in または not in を使用してください。",
            "Use in or not in with fields in a table.",
        ),
        "GAIA_IQ11" => (
            400,
            "クエリで指定したフィールドが見つかりません。",
            "A field in the query was not found.",
        ),
        "GAIA_IR02" => (
            400,
            "関連レコードのフィールドの指定が正しくありません。",
            "The related records field is not specified correctly.",
        ),
        "GAIA_LO04" => (
            400,
            "ルックアップの参照先にレコードがないか、閲覧する権限がありません。",
            "The looked-up record does not exist or may not be viewed.",
        ),
        "GAIA_NO01" => (
            403,
            "使用したAPIトークンでは、指定したAPIを実行できません。",
            "Using this API token, you cannot run the specified API.",
        ),
        "GAIA_QU01" => (
            400,
            "limitには500以下の値を指定してください。",
            "The limit must be 500 or less.",
        ),
        "GAIA_QU02" => (
            400,
            "offsetには10,000以下の値を指定してください。",
            "The offset must be 10,000 or less.",
        ),
        "GAIA_RE01" => (
            404,
            "指定したレコードが見つかりません。",
            "The record was not found.",
        ),
        "GAIA_RE20" => (
            404,
            "updateKeyに指定した値のレコードが見つかりません。",
            "No record has the value specified in updateKey.",
        ),
        "GAIA_TM12" => (
            429,
            "作成できるカーソルの上限に達しています。",
            "No more cursors can be created.",
        ),
        "GAIA_TO04" => (
            429,
            "同時接続数の上限に達しました。",
            "Too many concurrent requests.",
        ),
        _ => (
            520,
            "サーバーでエラーが発生しました。",
            "An error occurred on the server.",
        ),
    }
}
