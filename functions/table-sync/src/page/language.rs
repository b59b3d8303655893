//! In which language the page speaks.

use http::HeaderMap;
use http::header::{ACCEPT_LANGUAGE, COOKIE};
use table_diff::Language;

/// The cookie that keeps the choice.
pub(crate) const COOKIE_NAME: &str = "lang";

/// `chosen` in the address, else what the cookie keeps, else what `usual` says, else the first that the browser would like and the page has.
pub(crate) fn of(chosen: &str, headers: &HeaderMap, usual: Option<Language>) -> Language {
    parse(chosen)
        .or_else(|| kept(headers))
        .or(usual)
        .or_else(|| liked(headers))
        .unwrap_or_default()
}

/// `ja` or `en`.
pub(crate) fn parse(tag: &str) -> Option<Language> {
    [Language::Ja, Language::En]
        .into_iter()
        .find(|language| language.tag() == tag)
}

fn kept(headers: &HeaderMap) -> Option<Language> {
    let cookies = headers.get_all(COOKIE).iter();
    cookies
        .filter_map(|cookies| cookies.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE_NAME)
        .and_then(|(_, value)| parse(value))
}

/// The header's order is the order of most browsers' wishes; weights are not looked at.
fn liked(headers: &HeaderMap) -> Option<Language> {
    let liked = headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?;
    liked
        .split([',', ';'])
        .find_map(|tag| Language::of_tag(tag.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(chosen: &str, cookie: &str, liked: &str, usual: Option<Language>) -> &'static str {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, cookie.parse().unwrap());
        headers.insert(ACCEPT_LANGUAGE, liked.parse().unwrap());
        of(chosen, &headers, usual).tag()
    }

    #[test]
    fn the_choice_comes_before_the_cookie_the_setting_and_the_browser() {
        assert_eq!(tag("ja", "lang=en", "en", None), "ja");
        assert_eq!(tag("", "a=b; lang=ja", "en", Some(Language::En)), "ja");
        assert_eq!(tag("", "", "en", Some(Language::Ja)), "ja");
        assert_eq!(tag("", "", "fr-CH, ja-JP;q=0.9, en", None), "ja");
        assert_eq!(tag("xx", "lang=yy", "fr", None), "en");
    }
}
