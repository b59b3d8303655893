//! kintone's codes: the status of each, and its words in Japanese and in English.

/// A code, its status, and its words.
type Line = (&'static str, u16, &'static str, &'static str);

/// Status and words of a code.
pub(super) fn describe(code: &str) -> (u16, &'static str, &'static str) {
    let found = CODES.iter().find(|(known, ..)| *known == code);
    found.map_or(UNKNOWN, |(_, status, ja, en)| (*status, ja, en))
}

const UNKNOWN: (u16, &str, &str) = (
    520,
    "サーバーでエラーが発生しました。",
    "An error occurred on the server.",
);

const CODES: &[Line] = &[
    (
        "CB_VA01",
        400,
        "入力内容が正しくありません。",
        "Missing or invalid input.",
    ),
    (
        "CB_IJ01",
        400,
        "不正なJSON文字列です。",
        "Invalid JSON string.",
    ),
    ("CB_AU01", 401, "ログインしてください。", "Please log in."),
    (
        "CB_WA01",
        401,
        "APIのログイン名とパスワードによる認証に失敗しました。",
        "Password authentication failed.",
    ),
    (
        "CB_NO02",
        403,
        "権限がありません。",
        "No privilege to proceed.",
    ),
    ("CB_IL02", 400, "不正なリクエストです。", "Illegal request."),
    (
        "GAIA_AP01",
        404,
        "指定したアプリが見つかりません。削除されている可能性があります。",
        "The app was not found. It may have been deleted.",
    ),
    (
        "GAIA_BL01",
        404,
        "指定したファイルが見つかりません。",
        "The file was not found.",
    ),
    (
        "GAIA_CN01",
        404,
        "指定したカーソルが存在しないか、有効期限が切れています。",
        "The cursor does not exist or has expired.",
    ),
    (
        "GAIA_CO02",
        409,
        "指定したrevisionは最新ではありません。ほかのユーザーがレコードを更新した可能性があります。",
        "The revision is not the latest. Someone may have updated the record.",
    ),
    (
        "GAIA_DA02",
        400,
        "データベースのロックに失敗しました。時間をおいて再度お試しください。",
        "The database could not be locked. Please try again later.",
    ),
    (
        "GAIA_DA03",
        400,
        "同じアプリのAPIトークンが重複しています。",
        "API tokens of the same app are specified more than once.",
    ),
    (
        "GAIA_IA02",
        400,
        "指定したAPIトークンが不正です。",
        "The API token is invalid.",
    ),
    (
        "GAIA_IL23",
        400,
        "ゲストスペース内のアプリの操作には、ゲストスペースのパスを使用してください。",
        "Use the guest space path for apps in a guest space.",
    ),
    (
        "GAIA_IL26",
        400,
        "指定したユーザーが見つかりません。",
        "The user was not found.",
    ),
    (
        "GAIA_IL28",
        400,
        "指定した組織が見つかりません。",
        "The organization was not found.",
    ),
    (
        "GAIA_IL42",
        400,
        "クエリで指定したユーザーが見つかりません。",
        "A user in the query was not found.",
    ),
    (
        "GAIA_IQ03",
        400,
        "フィールドタイプには指定した演算子を使用できません。",
        "The operator cannot be used with the field type.",
    ),
    (
        "GAIA_IQ07",
        400,
        "テーブル内のフィールドには、in または not in を使用してください。",
        "Use in or not in with fields in a table.",
    ),
    (
        "GAIA_IQ11",
        400,
        "クエリで指定したフィールドが見つかりません。",
        "A field in the query was not found.",
    ),
    (
        "GAIA_IR02",
        400,
        "関連レコードのフィールドの指定が正しくありません。",
        "The related records field is not specified correctly.",
    ),
    (
        "GAIA_LO04",
        400,
        "ルックアップの参照先にレコードがないか、閲覧する権限がありません。",
        "The looked-up record does not exist or may not be viewed.",
    ),
    (
        "GAIA_NO01",
        403,
        "使用したAPIトークンでは、指定したAPIを実行できません。",
        "Using this API token, you cannot run the specified API.",
    ),
    (
        "GAIA_QU01",
        400,
        "limitには500以下の値を指定してください。",
        "The limit must be 500 or less.",
    ),
    (
        "GAIA_QU02",
        400,
        "offsetには10,000以下の値を指定してください。",
        "The offset must be 10,000 or less.",
    ),
    (
        "GAIA_RE01",
        404,
        "指定したレコードが見つかりません。",
        "The record was not found.",
    ),
    (
        "GAIA_RE20",
        404,
        "updateKeyに指定した値のレコードが見つかりません。",
        "No record has the value specified in updateKey.",
    ),
    (
        "GAIA_TM12",
        429,
        "作成できるカーソルの上限に達しています。",
        "No more cursors can be created.",
    ),
    (
        "GAIA_TO04",
        429,
        "同時接続数の上限に達しました。",
        "Too many concurrent requests.",
    ),
];
