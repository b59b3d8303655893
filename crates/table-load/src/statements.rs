//! The statements that both databases understand.

use crate::Table;

/// An identifier in quotes.
pub(crate) fn quote(identifier: &str) -> String {
    format!("\"{}\"", identifier.replace('"', "\"\""))
}

/// The statements that move staged rows into their table.
#[derive(Debug)]
pub(crate) struct Statements {
    target: String,
    stage: String,
    columns: Vec<String>,
    key: Vec<String>,
}

impl Statements {
    /// For `table`, which is `target` and is staged in `stage`; both are quoted already.
    pub(crate) fn new(table: &Table, target: String, stage: String) -> Self {
        Self {
            target,
            stage,
            columns: table
                .columns
                .iter()
                .map(|column| quote(&column.name))
                .collect(),
            key: table.key.iter().map(|name| quote(name)).collect(),
        }
    }

    #[cfg(feature = "postgres")]
    pub(crate) fn target(&self) -> &str {
        &self.target
    }

    pub(crate) fn stage(&self) -> &str {
        &self.stage
    }

    /// The columns, quoted.
    pub(crate) fn columns(&self) -> &[String] {
        &self.columns
    }

    pub(crate) fn create(&self, types: impl Iterator<Item = &'static str>) -> String {
        self.create_as(&format!("TABLE {}", self.target), types)
    }

    /// The key is the stage's primary key: what comes twice is refused when it comes.
    pub(crate) fn create_stage(&self, types: impl Iterator<Item = &'static str>) -> String {
        self.create_as(&format!("TEMPORARY TABLE {}", self.stage), types)
    }

    fn create_as(&self, what: &str, types: impl Iterator<Item = &'static str>) -> String {
        let column = |(name, kind): (&String, &str)| {
            let null = if self.key.contains(name) {
                " NOT NULL"
            } else {
                ""
            };
            format!("{name} {kind}{null}")
        };
        let mut parts: Vec<_> = self.columns.iter().zip(types).map(column).collect();
        if !self.key.is_empty() {
            parts.push(format!("PRIMARY KEY ({})", self.key.join(", ")));
        }
        format!("CREATE {what} ({})", parts.join(", "))
    }

    pub(crate) fn add_column(&self, index: usize, kind: &str) -> String {
        format!(
            "ALTER TABLE {} ADD COLUMN {} {kind}",
            self.target, self.columns[index]
        )
    }

    pub(crate) fn count_stage(&self) -> String {
        format!("SELECT count(*) FROM {}", self.stage)
    }

    /// DELETE and not TRUNCATE: readers go on seeing the old rows until the commit, where TRUNCATE would make
    /// them wait, and those with an older snapshot would see an empty table.
    pub(crate) fn delete_all(&self) -> String {
        format!("DELETE FROM {}", self.target)
    }

    pub(crate) fn insert(&self) -> String {
        let columns = self.columns.join(", ");
        format!(
            "INSERT INTO {} ({columns}) SELECT {columns} FROM {}",
            self.target, self.stage
        )
    }

    /// Inserts, or updates where `changed` holds of the row `t` and the row `excluded`.
    pub(crate) fn upsert(&self, changed: &str) -> String {
        let columns = self.columns.join(", ");
        let set: Vec<_> = self
            .columns
            .iter()
            .filter(|name| !self.key.contains(name))
            .map(|name| format!("{name} = excluded.{name}"))
            .collect();
        let action = if set.is_empty() {
            "NOTHING".to_owned()
        } else {
            format!("UPDATE SET {} WHERE {changed}", set.join(", "))
        };
        // `WHERE true` keeps SQLite from reading ON CONFLICT as the ON of a join.
        format!(
            "INSERT INTO {} AS t ({columns}) SELECT {columns} FROM {} WHERE true ON CONFLICT ({}) DO {action}",
            self.target,
            self.stage,
            self.key.join(", ")
        )
    }

    /// How many staged rows have a key that is there.
    pub(crate) fn count_known(&self) -> String {
        format!("SELECT count(*) {}", self.known())
    }

    /// The first staged key that is there, a text a column.
    pub(crate) fn first_known(&self) -> String {
        let texts: Vec<_> = self
            .key
            .iter()
            .map(|name| format!("CAST(s.{name} AS text)"))
            .collect();
        let order: Vec<_> = self.key.iter().map(|name| format!("s.{name}")).collect();
        format!(
            "SELECT {} {} ORDER BY {} LIMIT 1",
            texts.join(", "),
            self.known(),
            order.join(", ")
        )
    }

    fn known(&self) -> String {
        format!(
            "FROM {} AS s JOIN {} AS t ON {}",
            self.stage,
            self.target,
            self.same_key()
        )
    }

    fn same_key(&self) -> String {
        let same: Vec<_> = self
            .key
            .iter()
            .map(|name| format!("s.{name} = t.{name}"))
            .collect();
        same.join(" AND ")
    }

    /// Removes the children of staged parents that are not staged themselves.
    ///
    /// `links` pairs the parent's key with the child's columns, all quoted, the first of `p`, the second of `t`.
    pub(crate) fn delete_lost_children(&self, parent: &Self, links: &[String]) -> String {
        let kept = if self.key.is_empty() {
            String::new()
        } else {
            format!(
                " AND NOT EXISTS (SELECT 1 FROM {} AS s WHERE {})",
                self.stage,
                self.same_key()
            )
        };
        format!(
            "DELETE FROM {} AS t WHERE EXISTS (SELECT 1 FROM {} AS p WHERE {}){kept}",
            self.target,
            parent.stage,
            links.join(" AND ")
        )
    }

    pub(crate) fn has_key(&self) -> bool {
        !self.key.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_stays_one() {
        assert_eq!(quote(r#"a"b; DROP"#), r#""a""b; DROP""#);
    }
}
