//! In which language the page speaks.

use super::double::Double;
use super::sample::ID;
use super::visitor::Served;

#[tokio::test]
async fn the_browser_the_setting_the_cookie_and_the_address_choose_in_this_order() {
    let served = Served::start().await;
    let japanese = served.hana().sending("accept-language", "ja,en;q=0.5");
    let got = japanese.get("/").await;
    assert!(got.has("<html lang=\"ja\">") && got.has("今すぐ比較"));
    let got = japanese.clone().sending("cookie", "lang=en").get("/").await;
    assert!(got.has("<html lang=\"en\">"));
    let got = japanese.sending("cookie", "lang=en").get("/?lang=ja").await;
    assert!(got.has("<html lang=\"ja\">"));
    let cookie = got.header("set-cookie");
    assert!(
        cookie.starts_with("lang=ja; ") && cookie.contains("HttpOnly"),
        "{cookie}"
    );
    let served = Served::over(Double::default(), &[("PAGE_LANGUAGE", "ja")]).await;
    let got = served
        .hana()
        .sending("accept-language", "en")
        .get("/")
        .await;
    assert!(got.has("<html lang=\"ja\">"));
}

#[tokio::test]
async fn the_other_language_is_a_link_to_the_same_rows() {
    let served = Served::start().await;
    let path = format!("/plans/{ID}/tables/2?class=insert&q=a%26b&page=2&saved=yes");
    let got = served.hana().get(&path).await;
    let link = format!("/plans/{ID}/tables/2?class=insert&#38;q=a%26b&#38;page=2&#38;lang=ja");
    assert!(got.has(&link), "{}", got.body);
    assert!(got.has("lang=\"ja\" hreflang=\"ja\">日本語</a>"));
}

#[tokio::test]
async fn japanese_names_classes_states_and_problems() {
    let served = Served::start().await;
    let hana = served.hana().sending("accept-language", "ja");
    let got = hana.get(&format!("/plans/{ID}")).await;
    assert!(got.has("更新(新)") && got.has("未承認") && got.has("書き込み対象外"));
    assert!(
        hana.get("/plans/nowhere")
            .await
            .has("ページが見つかりません")
    );
    let got = hana.get(&format!("/plans/{ID}/approve")).await;
    assert!(got.has("承認して 253 行を production に書き込む"));
}
