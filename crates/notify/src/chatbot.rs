//! A notice as Amazon Q Developer in chat applications (once AWS Chatbot) shows it: a custom
//! notification, which it drops without a word when the form is not the documented one.
//!
//! **Source**: Amazon Q Developer in chat applications Administrator Guide, "Custom notifications".

use cloud_topic::Message;
use jiff::tz::TimeZone;
use serde_json::{Map, json};

use crate::{Language, Notice};

/// The most characters of a title, a step and a keyword: few enough for Slack and Teams, so
/// that nothing is dropped there.
const LONGEST_TITLE: usize = 140;
const LONGEST_STEP: usize = 300;
const LONGEST_KEYWORD: usize = 50;

/// The most characters of what happened, and of what to do where it is no short step. Together
/// they stay below the 3,000 of a section in Slack.
const LONGEST_PART: usize = 1200;

/// `notice` for an SNS topic: chats get a custom notification, mail gets `words`.
pub(crate) fn message(
    notice: &Notice,
    language: Language,
    zone: &TimeZone,
    state: &str,
    words: &str,
) -> Message {
    let title = language.title(notice);
    let shown_title = clip(&harmless(&title), LONGEST_TITLE);
    let to_do = harmless(&notice.what_to_do);
    let mut description = vec![block(&notice.what_happened), language.since(notice, zone)];
    let mut steps = Vec::new();
    if to_do.chars().count() <= LONGEST_STEP {
        steps.push(to_do);
    } else {
        let label = language.what_to_do();
        description.push(format!("{label}: {}", clip(&to_do, LONGEST_PART)));
    }
    let source = clip(&harmless(&notice.source), LONGEST_KEYWORD);
    let mut context = Map::new();
    context.insert("function".to_owned(), notice.function.as_str().into());
    context.insert("source".to_owned(), source.as_str().into());
    context.insert("run".to_owned(), notice.run.as_str().into());
    context.insert("state".to_owned(), state.into());
    if let Some(since) = notice.since {
        context.insert("since".to_owned(), since.to_string().into());
    }
    let body = json!({
        "version": "1.0",
        "source": "custom",
        "id": notice.run,
        "content": {
            "textType": "client-markdown",
            "title": shown_title,
            "description": description.join("\n"),
            "nextSteps": steps,
            "keywords": [notice.function, source, state],
        },
        "metadata": {
            // What is said of one run is one thread; the next night begins in the channel again.
            "threadId": notice.run,
            "summary": shown_title,
            "eventType": format!("{}-{state}", notice.function),
            "relatedResources": [source],
            "additionalContext": context,
        },
    });
    Message::new(body.to_string()).mail(title, words)
}

/// Foreign words as they are, in a block in which no chat looks for markdown.
fn block(words: &str) -> String {
    let words = clip(words, LONGEST_PART)
        .replace('`', "'")
        .replace('<', "‹")
        .replace('>', "›");
    format!("```\n{words}\n```")
}

/// Foreign words in which no chat finds emphasis, links, code or somebody to call: such characters
/// become ones that look alike. An underline within a word stays: a name of a table has it.
fn harmless(words: &str) -> String {
    let words: Vec<char> = words.chars().collect();
    let is_within = |index: usize| {
        let is_letter = |at: Option<usize>| {
            at.and_then(|at| words.get(at))
                .is_some_and(|c| c.is_alphanumeric() || *c == '_')
        };
        is_letter(index.checked_sub(1)) && is_letter(Some(index + 1))
    };
    words
        .iter()
        .enumerate()
        .map(|(index, c)| match c {
            '<' => '‹',
            '>' => '›',
            '*' => '∗',
            '~' => '∼',
            '`' => '\'',
            '[' => '［',
            ']' => '］',
            '@' => '＠',
            '_' if !is_within(index) => '＿',
            c if c.is_control() => ' ',
            c => *c,
        })
        .collect()
}

fn clip(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_words_can_neither_format_nor_call_anybody() {
        assert_eq!(
            harmless("*bold* _it_ ~no~ `x` <!channel> [a](http://x) @here a_b\nc"),
            "∗bold∗ ＿it＿ ∼no∼ 'x' ‹!channel› ［a］(http://x) ＠here a_b c"
        );
    }

    #[test]
    fn a_block_can_not_be_left() {
        assert_eq!(block("a ``` <!here> *b*"), "```\na ''' ‹!here› *b*\n```");
    }
}
