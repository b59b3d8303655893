//! Classes in addresses, forms and before people's eyes.

use table_diff::{Class, Language, Sides};

/// A class as it is shown.
#[derive(Clone, Debug)]
pub(crate) struct Badge {
    /// In addresses, forms and styles.
    pub(crate) name: &'static str,
    /// For those who see no colours.
    pub(crate) sign: &'static str,
    pub(crate) words: &'static str,
    /// What it means.
    pub(crate) hint: String,
}

impl Badge {
    /// `class` of a plan between databases that are called `names`.
    pub(crate) fn new(language: Language, class: Class, names: &Sides<String>) -> Self {
        Self {
            name: name(class),
            sign: sign(class),
            words: class.word(language),
            hint: class.meaning(language, names),
        }
    }
}

/// The name of a class in addresses, forms and styles.
pub(crate) fn name(class: Class) -> &'static str {
    match class {
        Class::Insert => "insert",
        Class::UpdateNew => "update_new",
        Class::UpdateOld => "update_old",
        Class::ChangedSameTime => "changed_same_time",
        Class::TimeUnknown => "time_unknown",
        Class::Delete => "delete",
    }
}

fn sign(class: Class) -> &'static str {
    match class {
        Class::Insert => "+",
        Class::Delete => "−",
        Class::UpdateNew => "↑",
        Class::UpdateOld => "↓",
        Class::ChangedSameTime => "=",
        Class::TimeUnknown => "?",
    }
}

/// The class that is called `name`.
pub(crate) fn parse(wanted: &str) -> Option<Class> {
    Class::ALL.into_iter().find(|class| name(*class) == wanted)
}
