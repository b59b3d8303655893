//! Deletions that nobody would want without being asked twice.

use serde::{Deserialize, Serialize};

use crate::{Class, Language, Sides, TableCounts, words};

/// How many rows of a table may be deleted without its name being typed: the larger one of both counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeleteLimits {
    /// So many rows.
    pub rows: u64,
    /// So many hundredths of the target's rows.
    pub percent: u64,
}

impl Default for DeleteLimits {
    /// 20 rows, or 10 %.
    fn default() -> Self {
        Self {
            rows: 20,
            percent: 10,
        }
    }
}

/// Why deletions of a table must be confirmed by typing its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Caution {
    /// The source's table is empty: it may be the wrong database.
    SourceEmpty {
        /// How many rows the target has, all of which would go.
        rows: u64,
    },
    /// There are many.
    ManyDeletes {
        /// How many rows would go.
        rows: u64,
        /// How many may go unasked.
        most: u64,
    },
}

impl Caution {
    /// Looks at what was counted of a table; `None` where nothing must be confirmed.
    pub fn of(counts: &TableCounts, limits: &DeleteLimits) -> Option<Self> {
        let rows = counts.classes.get(Class::Delete);
        if rows > 0 && counts.source_rows == 0 {
            return Some(Self::SourceEmpty { rows });
        }
        let share = u128::from(counts.target_rows) * u128::from(limits.percent) / 100;
        let most = limits.rows.max(u64::try_from(share).unwrap_or(u64::MAX));
        (rows > most).then_some(Self::ManyDeletes { rows, most })
    }

    /// What it says to people. `names` are those of the databases.
    pub fn words(&self, language: Language, names: &Sides<String>) -> String {
        let Sides { source, target } = names;
        match self {
            Self::SourceEmpty { rows } => language.choose(
                format!("the table is empty in {source}: nothing would be left of {} in {target}; is it the right database?", words::rows(*rows)),
                format!("{source} のテーブルは空です。削除すると {target} の {rows} 行がすべて消えます。データベースは正しいですか?"),
            ),
            Self::ManyDeletes { rows, most } => language.choose(
                format!("{} of {target} would be deleted, which is more than {most}; type the table's name to confirm that", words::rows(*rows)),
                format!("{target} の {rows} 行が削除されます ({most} 行を超えています)。削除するにはテーブル名を入力してください"),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caution(source_rows: u64, target_rows: u64, deletes: u64) -> Option<Caution> {
        let mut counts = TableCounts {
            source_rows,
            target_rows,
            ..TableCounts::default()
        };
        counts.classes.extend([(Class::Delete, deletes)]);
        Caution::of(&counts, &DeleteLimits::default())
    }

    #[test]
    fn few_deletions_need_no_name() {
        assert_eq!(caution(80, 100, 20), None);
        assert_eq!(caution(900, 1000, 100), None);
        assert_eq!(caution(0, 0, 0), None);
    }

    #[test]
    fn many_deletions_need_the_name() {
        let many = |rows, most| Some(Caution::ManyDeletes { rows, most });
        assert_eq!(caution(80, 101, 21), many(21, 20));
        assert_eq!(caution(900, 1009, 101), many(101, 100));
        assert_eq!(
            caution(1, u64::MAX, u64::MAX),
            many(u64::MAX, u64::MAX / 10)
        );
    }

    #[test]
    fn an_empty_source_needs_the_name_however_few_the_rows_are() {
        assert_eq!(caution(0, 3, 3), Some(Caution::SourceEmpty { rows: 3 }));
    }
}
