//! The command line of the article: `-method up`, `-method write -name init`.
//!
//! Its own `gcloud` line hands both words over as one argument, which its program refused.

use std::ffi::OsString;

/// The name that the article's program gives a migration without one.
const NAME: &str = "name";

/// The `arguments`, the program's name first, as a command line of today where they are one of the article's.
pub(super) fn translated(arguments: Vec<OsString>) -> Vec<OsString> {
    let Some((program, words)) = arguments.split_first() else {
        return arguments;
    };
    let Some(Flags { method, name }) = Flags::read(&split(words)) else {
        return arguments;
    };
    let mut translated = vec![program.clone()];
    let is_write = method == "write";
    translated.push(method.into());
    if is_write {
        translated.push(name.unwrap_or_else(|| NAME.to_owned()).into());
    }
    translated
}

/// One argument that is a whole command line becomes its words.
fn split(words: &[OsString]) -> Vec<String> {
    let texts = words.iter().map(|word| word.to_string_lossy().into_owned());
    if words.len() == 1 {
        return texts
            .collect::<String>()
            .split_whitespace()
            .map(str::to_owned)
            .collect();
    }
    texts.collect()
}

/// `-method` and `-name`, with one dash or two, with `=` or as the next word, as Go's package `flag` reads them.
struct Flags {
    method: String,
    name: Option<String>,
}

impl Flags {
    /// `None` when there is anything else, or no method: then it is no command line of the article's.
    fn read(words: &[String]) -> Option<Self> {
        let (mut method, mut name) = (None, None);
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let flag = word.strip_prefix("--").or_else(|| word.strip_prefix('-'))?;
            let (flag, value) = match flag.split_once('=') {
                Some((flag, value)) => (flag, value),
                None => (flag, words.next()?.as_str()),
            };
            match flag {
                "method" => method = Some(value.to_owned()),
                "name" => name = Some(value.to_owned()),
                _ => return None,
            }
        }
        Some(Self {
            method: method?,
            name,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn translate(words: &[&str]) -> Vec<String> {
        let arguments = ["migrate"]
            .iter()
            .chain(words)
            .map(OsString::from)
            .collect();
        let translated = translated(arguments);
        translated
            .iter()
            .skip(1)
            .map(|word| word.to_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn the_articles_words_are_understood() {
        for words in [
            &["-method", "up"][..],
            &["-method=up"],
            &["--method", "up"],
            &["--method=up"],
            &["-method up"],
            &["  -method   up "],
            &["-method", "up", "-name", "init"],
            &["-name=init", "-method=up"],
            &["-method up -name init"],
        ] {
            assert_eq!(translate(words), ["up"], "{words:?}");
        }
        assert_eq!(
            translate(&["-method", "write", "-name", "init"]),
            ["write", "init"]
        );
        assert_eq!(translate(&["-method", "write"]), ["write", "name"]);
    }

    #[test]
    fn an_unknown_method_becomes_an_unknown_command() {
        assert_eq!(translate(&["-method", "upp"]), ["upp"]);
    }

    #[test]
    fn other_command_lines_stay_as_they_are() {
        for words in [
            &["up"][..],
            &["up", "2"],
            &["-method"],
            &["-name", "init"],
            &["-method", "up", "now"],
            &["--help"],
            &["write", "a b"],
            &[],
        ] {
            assert_eq!(translate(words), words, "{words:?}");
        }
    }
}
