//! How the migrations of both sides differ: a structure that differs becomes an instruction.

use serde::{Deserialize, Serialize};

use crate::{Language, Side, Sides};

/// How the migrations of both sides differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Migrations {
    /// Not at all.
    Same,
    /// Each side keeps only the version that it is at, as golang-migrate does.
    Versions {
        /// The versions; `None` where none ran.
        versions: Sides<Option<String>>,
    },
    /// Each side keeps all that ran.
    Missing {
        /// Those that a side lacks and the other has.
        missing: Sides<Vec<String>>,
    },
}

impl Migrations {
    /// Compares what both sides keep; `None` where a side keeps none.
    pub fn compare(source: Option<Vec<String>>, target: Option<Vec<String>>) -> Option<Self> {
        let (mut source, mut target) = (source?, target?);
        if source == target {
            return Some(Self::Same);
        }
        if source.len() <= 1 && target.len() <= 1 {
            let versions = Sides {
                source: source.pop(),
                target: target.pop(),
            };
            return Some(Self::Versions { versions });
        }
        let missing = Sides {
            source: lacking(&source, &target),
            target: lacking(&target, &source),
        };
        let same = missing.source.is_empty() && missing.target.is_empty();
        Some(if same {
            Self::Same
        } else {
            Self::Missing { missing }
        })
    }

    /// What it says to people: a sentence for each side that has to catch up. `names` are those of the databases.
    pub fn words(&self, language: Language, names: &Sides<String>) -> Vec<String> {
        match self {
            Self::Same => Vec::new(),
            Self::Versions { versions } => {
                let none = language.choose("none", "未適用");
                let Sides { source, target } = versions
                    .clone()
                    .map(|version| version.unwrap_or(none.to_owned()));
                vec![language.choose(
                    format!(
                        "{} is at migration {source}, {} at {target}; run the missing migrations first",
                        names.source, names.target
                    ),
                    format!(
                        "マイグレーションが {} では {source}、{} では {target} です。先に不足分を適用してください",
                        names.source, names.target
                    ),
                )]
            }
            Self::Missing { missing } => [Side::Target, Side::Source]
                .into_iter()
                .filter(|side| !missing.of(*side).is_empty())
                .map(|side| {
                    let (name, list) = (names.of(side), missing.of(side).join(", "));
                    language.choose(
                        format!("{name} lacks the migrations {list}; run them first"),
                        format!("{name} に適用されていないマイグレーションがあります: {list}。先に適用してください"),
                    )
                })
                .collect(),
        }
    }
}

/// What `there` has and `here` lacks, in its order.
fn lacking(here: &[String], there: &[String]) -> Vec<String> {
    let here: std::collections::BTreeSet<_> = here.iter().collect();
    let lacks = there.iter().filter(|version| !here.contains(version));
    lacks.cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(source: &[&str], target: &[&str]) -> Vec<String> {
        let list = |versions: &[&str]| Some(versions.iter().map(ToString::to_string).collect());
        let names = Sides {
            source: "development".to_owned(),
            target: "production".to_owned(),
        };
        let migrations = Migrations::compare(list(source), list(target)).unwrap();
        migrations.words(Language::En, &names)
    }

    #[test]
    fn the_missing_migrations_are_named() {
        assert_eq!(
            words(&["1", "2", "3"], &["1", "4"]),
            [
                "production lacks the migrations 2, 3; run them first",
                "development lacks the migrations 4; run them first"
            ]
        );
    }

    #[test]
    fn a_table_that_keeps_only_the_version_tells_both() {
        assert_eq!(
            words(&["20250201"], &[]),
            [
                "development is at migration 20250201, production at none; run the missing migrations first"
            ]
        );
    }

    #[test]
    fn equal_histories_say_nothing_and_a_missing_one_is_unknown() {
        assert_eq!(words(&["1", "2"], &["2", "1"]), [""; 0]);
        assert_eq!(Migrations::compare(Some(Vec::new()), None), None);
    }
}
