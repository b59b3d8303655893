//! What people call things, in their language.

use crate::{
    CascadeCount, Class, ClassCounts, Compare, Engine, KeyAction, Language, Sides, TableCounts,
};

impl Class {
    /// What people call it.
    pub fn word(self, language: Language) -> &'static str {
        match self {
            Self::Insert => language.choose("insert", "追加"),
            Self::UpdateNew => language.choose("update (new)", "更新(新)"),
            Self::UpdateOld => language.choose("update (old)", "更新(旧)"),
            Self::ChangedSameTime => {
                language.choose("changed at the same time", "同時刻で内容が違う")
            }
            Self::TimeUnknown => language.choose("time unknown", "更新日時が不明"),
            Self::Delete => language.choose("delete", "削除"),
        }
    }

    /// What it means, in a sentence. `names` are those of the databases.
    pub fn meaning(self, language: Language, names: &Sides<String>) -> String {
        let Sides { source, target } = names;
        match self {
            Self::Insert => language.choose(
                format!("only {source} has the row"),
                format!("{source} にだけある行"),
            ),
            Self::UpdateNew => language.choose(
                format!("the row of {source} is newer"),
                format!("{source} の方が新しい行"),
            ),
            Self::UpdateOld => language.choose(
                format!("the row of {target} is newer: it is never written"),
                format!("{target} の方が新しい行 (決して書き込みません)"),
            ),
            Self::ChangedSameTime => language.choose(
                "the rows differ, yet have the same time of change".to_owned(),
                "更新日時は同じなのに内容が違う行".to_owned(),
            ),
            Self::TimeUnknown => language.choose(
                "the rows differ, and a side does not tell when it was changed".to_owned(),
                "内容が違い、どちらかの更新日時が分からない行".to_owned(),
            ),
            Self::Delete => language.choose(
                format!("only {target} has the row"),
                format!("{target} にだけある行"),
            ),
        }
    }
}

impl Compare {
    /// What people call it.
    pub fn word(self, language: Language) -> &'static str {
        match self {
            Self::Time => language.choose("keys and times of change", "キーと更新日時"),
            Self::Content => language.choose("the content of all columns", "すべての列の内容"),
        }
    }
}

impl ClassCounts {
    /// Such as `3 insert, 1 delete`.
    pub fn words(&self, language: Language) -> String {
        let counts = self.iter();
        let words: Vec<String> = counts
            .map(|(class, rows)| format!("{rows} {}", class.word(language)))
            .collect();
        if words.is_empty() {
            return language.choose("equal", "一致").to_owned();
        }
        words.join(", ")
    }
}

impl TableCounts {
    /// Which rows were not compared, in a sentence; `None` where all were.
    pub fn uncompared(&self, language: Language) -> Option<String> {
        let count = self.no_time;
        (count > 0).then(|| {
            language.choose(
                format!("{} without a time of change on either side: not compared; set COMPARE=content to compare them", rows(count)),
                format!("更新日時が両方とも空の {count} 行は比較していません。比較するには COMPARE=content を指定してください"),
            )
        })
    }
}

impl CascadeCount {
    /// What a deletion takes along, in a sentence.
    pub fn words(&self, language: Language) -> String {
        let (count, table, key) = (self.rows, &self.key.table, &self.key.name);
        let rows = rows(count);
        let (along, along_ja) = self.through();
        match self.key.on_delete {
            KeyAction::Refuse => language.choose(
                format!("{rows} of {table} would point at deleted ones{along}: the foreign key `{key}` refuses that"),
                format!("{table} の {count} 行が{along_ja}削除対象の行を参照しています。外部キー `{key}` が削除を拒否します"),
            ),
            KeyAction::Cascade => language.choose(
                format!("{rows} of {table} would be deleted, too{along} (foreign key `{key}`)"),
                format!("{table} の {count} 行も{along_ja}削除されます (外部キー `{key}`)"),
            ),
            KeyAction::SetNull => language.choose(
                format!("{rows} of {table} would be set to NULL{along} (foreign key `{key}`)"),
                format!("{table} の {count} 行が{along_ja} NULL になります (外部キー `{key}`)"),
            ),
            KeyAction::SetDefault => language.choose(
                format!("{rows} of {table} would be set to defaults{along} (foreign key `{key}`)"),
                format!("{table} の {count} 行が{along_ja}既定値になります (外部キー `{key}`)"),
            ),
        }
    }

    /// By which rows it comes to those that it counts, where they do not point at the table itself.
    fn through(&self) -> (String, String) {
        let parent = &self.key.references;
        match &self.from {
            None => (String::new(), String::new()),
            Some(_) => (
                format!(", with rows of {parent}"),
                format!("、連鎖して削除される {parent} の行に伴い、"),
            ),
        }
    }
}

/// `1 row`, `2 rows`.
pub(crate) fn rows(count: u64) -> String {
    match count {
        1 => "1 row".to_owned(),
        many => format!("{many} rows"),
    }
}

impl Engine {
    /// What people call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::PostgreSql => "PostgreSQL",
            Self::MySql => "MySQL",
        }
    }
}
