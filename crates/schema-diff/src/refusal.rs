//! Why there is no script.

use std::fmt;

use crate::answer::{ObjectPath, Rename};

/// Why a difference was not written as statements: everything that stands in the way at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// Differences that have no statements here.
    pub unsupported: Vec<Unsupported>,
    /// What only a person knows.
    pub questions: Vec<Question>,
    /// What was said about something that is not there.
    pub unusable: Vec<UnusableAnswer>,
}

/// A difference that has no statements here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsupported {
    /// What kind of object, and its name.
    pub object: String,
    /// Why, and what to do instead.
    pub why: String,
}

/// Something is gone and something like it is new: the same thing under another name, or not?
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// What is gone, such as `column public.companies.address`.
    pub dropped: String,
    /// What is new.
    pub added: String,
    /// What to say with `--rename` if it is the same.
    pub rename: Rename,
    /// What to say with `--drop` if it is not.
    pub drop: ObjectPath,
}

/// Something was said that fits no difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnusableAnswer {
    /// What was said, with its flag.
    pub words: String,
    /// Why it fits nothing.
    pub why: String,
}

impl Refusal {
    /// Whether nothing stands in the way.
    pub(crate) fn is_empty(&self) -> bool {
        self.unsupported.is_empty() && self.questions.is_empty() && self.unusable.is_empty()
    }
}

impl fmt::Display for Refusal {
    /// One line for each reason.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unsupported = self.unsupported.iter().map(ToString::to_string);
        let questions = self.questions.iter().map(ToString::to_string);
        let unusable = self.unusable.iter().map(ToString::to_string);
        let lines: Vec<_> = unsupported.chain(unusable).chain(questions).collect();
        formatter.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for Refusal {}

impl fmt::Display for Unsupported {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.object, self.why)
    }
}

impl fmt::Display for Question {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            dropped,
            added,
            rename,
            drop,
        } = self;
        write!(
            formatter,
            "{dropped} is gone and {added} is new: say --rename '{rename}' if it is the same under another name, or --drop '{drop}' if it is not"
        )
    }
}

impl fmt::Display for UnusableAnswer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.words, self.why)
    }
}
