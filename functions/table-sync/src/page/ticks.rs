//! What a person has ticked: whole classes of a table, and rows that are other than their class.

use std::collections::{BTreeMap, BTreeSet};

use function_core::sha256_hex;
use serde::{Deserialize, Serialize};
use table_diff::Class;

use crate::page::desk::Plan;

/// The ticks of a plan, by table and class.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Ticks(BTreeMap<String, BTreeMap<Class, ClassTicks>>);

/// The ticks of a class.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClassTicks {
    /// Whether the class is ticked as a whole.
    pub(crate) whole: bool,
    /// The numbers of the rows for which it is the other way round.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) others: BTreeSet<u64>,
}

impl Ticks {
    /// What is ticked before a person has ticked anything: what is new, and what is newer. Whatever needs a decision of its own is
    /// not, and deletions never are.
    pub(crate) fn by_default(plan: &Plan) -> Self {
        let mut ticks = Self::default();
        for table in plan.tables.iter().filter(|table| !table.is_blocked) {
            for class in [Class::Insert, Class::UpdateNew] {
                if table.counts.get(class) > 0 && can_be_ticked(class, plan.entry.reverse) {
                    ticks.tick_class(&table.name, class, true);
                }
            }
        }
        ticks
    }

    /// Ticks all rows of a class, or none.
    pub(crate) fn tick_class(&mut self, table: &str, class: Class, whole: bool) {
        let others = BTreeSet::new();
        let classes = self.0.entry(table.to_owned()).or_default();
        classes.insert(class, ClassTicks { whole, others });
    }

    /// Ticks one row, or unticks it.
    pub(crate) fn tick_row(&mut self, table: &str, class: Class, number: u64, is_ticked: bool) {
        let classes = self.0.entry(table.to_owned()).or_default();
        let ticks = classes.entry(class).or_default();
        if ticks.whole == is_ticked {
            ticks.others.remove(&number);
        } else {
            ticks.others.insert(number);
        }
    }

    /// Whether the row is ticked.
    pub(crate) fn has(&self, table: &str, class: Class, number: u64) -> bool {
        self.of(table, class)
            .is_some_and(|ticks| ticks.whole != ticks.others.contains(&number))
    }

    /// The ticks of a class.
    pub(crate) fn of(&self, table: &str, class: Class) -> Option<&ClassTicks> {
        self.0.get(table)?.get(&class)
    }

    /// All tables with their ticks by class.
    pub(crate) fn tables(&self) -> impl Iterator<Item = (&str, &BTreeMap<Class, ClassTicks>)> {
        self.0
            .iter()
            .map(|(table, classes)| (table.as_str(), classes))
    }

    /// How many of the `all` rows of a class are ticked.
    pub(crate) fn count(&self, table: &str, class: Class, all: u64) -> u64 {
        let Some(ticks) = self.of(table, class) else {
            return 0;
        };
        let others = u64::try_from(ticks.others.len()).unwrap_or(u64::MAX);
        if ticks.whole {
            all.saturating_sub(others)
        } else {
            others.min(all)
        }
    }

    /// How many rows of the plan are ticked.
    pub(crate) fn count_all(&self, plan: &Plan) -> u64 {
        let tables = plan.tables.iter();
        tables
            .flat_map(|table| {
                let counts = table.counts.iter();
                counts.map(|(class, all)| self.count(&table.name, class, all))
            })
            .sum()
    }

    /// A digest of what is ticked in a table; the same ticks have the same one.
    pub(crate) fn digest_of(&self, table: &str) -> String {
        digest(self.0.get(table))
    }

    /// A digest of all that is ticked.
    pub(crate) fn digest(&self) -> String {
        digest(Some(&self.0))
    }
}

/// Whether rows of a class may be ticked. A reverse plan only brings newer rows back.
pub(crate) fn can_be_ticked(class: Class, reverse: bool) -> bool {
    class.can_be_applied() && (!reverse || class == Class::UpdateNew)
}

fn digest<T: Serialize>(ticks: Option<&T>) -> String {
    // Maps and sets of this module are ordered and have text keys, so that this can't fail.
    let json = serde_json::to_vec(&ticks).unwrap_or_default();
    sha256_hex(&json)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ITEM: &str = "public.item";

    #[test]
    fn a_row_can_be_other_than_its_class() {
        let mut ticks = Ticks::default();
        ticks.tick_class(ITEM, Class::Insert, true);
        ticks.tick_row(ITEM, Class::Insert, 3, false);
        assert!(ticks.has(ITEM, Class::Insert, 2) && !ticks.has(ITEM, Class::Insert, 3));
        assert_eq!(ticks.count(ITEM, Class::Insert, 10), 9);
        ticks.tick_row(ITEM, Class::Insert, 3, true);
        assert_eq!(ticks.count(ITEM, Class::Insert, 10), 10);
        ticks.tick_row(ITEM, Class::Delete, 7, true);
        assert_eq!(ticks.count(ITEM, Class::Delete, 10), 1);
        ticks.tick_class(ITEM, Class::Delete, false);
        assert_eq!(ticks.count(ITEM, Class::Delete, 10), 0);
    }

    #[test]
    fn the_same_ticks_have_the_same_digest() {
        let mut ticks = Ticks::default();
        ticks.tick_class(ITEM, Class::Insert, true);
        let before = (
            ticks.digest(),
            ticks.digest_of(ITEM),
            ticks.digest_of("a.b"),
        );
        ticks.tick_row(ITEM, Class::Insert, 3, false);
        assert_ne!(ticks.digest(), before.0);
        assert_ne!(ticks.digest_of(ITEM), before.1);
        assert_eq!(ticks.digest_of("a.b"), before.2);
        ticks.tick_row(ITEM, Class::Insert, 3, true);
        assert_eq!(
            (ticks.digest(), ticks.digest_of(ITEM)),
            (before.0, before.1)
        );
    }

    #[test]
    fn what_the_target_has_newer_is_never_ticked_and_a_reverse_plan_brings_newer_rows_only() {
        assert!(!can_be_ticked(Class::UpdateOld, false));
        assert!(can_be_ticked(Class::Delete, false));
        for class in Class::ALL {
            assert_eq!(can_be_ticked(class, true), class == Class::UpdateNew);
        }
    }
}
