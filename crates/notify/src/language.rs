//! A notice in words.

use std::str::FromStr;

use function_core::RunState;
use jiff::tz::TimeZone;

use crate::Notice;

/// The most characters that an error may take up; a chat refuses far longer messages.
const LONGEST_PART: usize = 2000;

/// The language in which a person is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// `en`.
    #[default]
    English,
    /// `ja`.
    Japanese,
}

impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        match code {
            "en" => Ok(Self::English),
            "ja" => Ok(Self::Japanese),
            _ => Err(UnknownLanguage),
        }
    }
}

/// The code is none of a language that notices are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the language is `en` or `ja`")]
pub struct UnknownLanguage;

impl Language {
    /// `notice` in sentences, one a line; times are those of `zone`.
    ///
    /// `<` and `>` become `‹` and `›`: chats read them as mentions and links, and the words of an
    /// error come from elsewhere.
    pub(crate) fn words(self, notice: &Notice, zone: &TimeZone) -> String {
        let title = self.title(notice);
        let happened = clip(&notice.what_happened);
        let to_do = clip(&notice.what_to_do);
        let since = self.since(notice, zone);
        let labels = [self.what_happened(), self.what_to_do(), self.run()];
        let [what_happened, what_to_do, run] = labels;
        let words = format!(
            "{title}\n{what_happened}: {happened}\n{what_to_do}: {to_do}\n{since}\n{run}: {}",
            notice.run
        );
        words.replace('<', "‹").replace('>', "›")
    }

    /// What happened to which source, as one sentence.
    pub(crate) fn title(self, notice: &Notice) -> String {
        let Notice {
            function,
            source,
            state,
            ..
        } = notice;
        format!("{function}: {source} {}", self.ended(*state))
    }

    /// When the source was verified last, as one sentence; the time is that of `zone`.
    pub(crate) fn since(self, notice: &Notice, zone: &TimeZone) -> String {
        let since = notice.since.map(|time| {
            time.to_zoned(zone.clone())
                .strftime("%Y-%m-%d %H:%M %Q")
                .to_string()
        });
        match (self, since) {
            (Self::English, Some(time)) => format!("Last verified run: {time}."),
            (Self::English, None) => "There is no verified run yet.".to_owned(),
            (Self::Japanese, Some(time)) => format!("最後に検証できた実行: {time}"),
            (Self::Japanese, None) => "検証済みの実行はまだありません。".to_owned(),
        }
    }

    fn what_happened(self) -> &'static str {
        match self {
            Self::English => "What happened",
            Self::Japanese => "起きたこと",
        }
    }

    pub(crate) fn what_to_do(self) -> &'static str {
        match self {
            Self::English => "What to do",
            Self::Japanese => "対処",
        }
    }

    fn run(self) -> &'static str {
        match self {
            Self::English => "Run",
            Self::Japanese => "実行",
        }
    }

    /// How the run ended, as the end of a sentence that begins with its source.
    fn ended(self, state: RunState) -> &'static str {
        match (self, state) {
            (Self::English, RunState::Verified) => "is verified, but a person should look at it.",
            (Self::English, RunState::Incomplete) => "ended, but not all of it could be verified.",
            (Self::English, RunState::Failed) => "failed.",
            (Self::English, RunState::Running) => "did not come to an end.",
            (Self::English, RunState::Planned) => "was only planned; nothing was done.",
            (Self::Japanese, RunState::Verified) => "は検証済みですが、確認が必要です。",
            (Self::Japanese, RunState::Incomplete) => {
                "は終了しましたが、すべてを検証できませんでした。"
            }
            (Self::Japanese, RunState::Failed) => "は失敗しました。",
            (Self::Japanese, RunState::Running) => "は終了していません。",
            (Self::Japanese, RunState::Planned) => "は計画だけで、何も実行していません。",
        }
    }
}

/// The first [`LONGEST_PART`] characters of `text`.
fn clip(text: &str) -> String {
    match text.char_indices().nth(LONGEST_PART) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice() -> Notice {
        Notice {
            function: "kintone-export".to_owned(),
            source: "app 12".to_owned(),
            run: "12-20261121030000".to_owned(),
            state: RunState::Failed,
            since: Some("2026-11-19T18:00:00Z".parse().unwrap()),
            what_happened: "Kintone refused the token".to_owned(),
            what_to_do: "make a token that may read records".to_owned(),
        }
    }

    fn tokyo() -> TimeZone {
        TimeZone::get("Asia/Tokyo").unwrap()
    }

    #[test]
    fn english_tells_what_since_when_and_what_to_do() {
        assert_eq!(
            Language::English.words(&notice(), &tokyo()),
            "kintone-export: app 12 failed.\n\
             What happened: Kintone refused the token\n\
             What to do: make a token that may read records\n\
             Last verified run: 2026-11-20 03:00 Asia/Tokyo.\n\
             Run: 12-20261121030000"
        );
    }

    #[test]
    fn japanese_tells_the_same() {
        let notice = Notice {
            state: RunState::Incomplete,
            since: None,
            ..notice()
        };
        assert_eq!(
            Language::Japanese.words(&notice, &tokyo()),
            "kintone-export: app 12 は終了しましたが、すべてを検証できませんでした。\n\
             起きたこと: Kintone refused the token\n\
             対処: make a token that may read records\n\
             検証済みの実行はまだありません。\n\
             実行: 12-20261121030000"
        );
    }

    #[test]
    fn an_error_can_neither_call_the_whole_channel_nor_flood_it() {
        let what_happened = format!("<!channel>{}", "襷".repeat(9000));
        let words = Language::English.words(
            &Notice {
                what_happened,
                ..notice()
            },
            &tokyo(),
        );
        assert!(
            words.contains("What happened: ‹!channel›") && words.contains("襷…\n"),
            "{words}"
        );
        assert!(words.chars().count() < 2 * LONGEST_PART);
    }
}
