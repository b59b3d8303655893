//! The table that is there against the wanted one.

use crate::{Column, Kind, Table};

/// A table as the database describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Existing {
    /// What it is if not a plain table, such as `a view`.
    pub(crate) odd_kind: Option<String>,
    /// Its columns.
    pub(crate) columns: Vec<ExistingColumn>,
    /// The sets of columns that are unique.
    pub(crate) unique_keys: Vec<Vec<String>>,
}

/// A column as the database describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExistingColumn {
    pub(crate) name: String,
    /// The whole type, such as `numeric(10,2)`.
    pub(crate) type_name: String,
    /// Whether a row must give it a value: not null and without a default.
    pub(crate) required: bool,
    /// Whether the database computes it, so that it takes no value.
    pub(crate) computed: bool,
}

/// What one database says about types and names.
pub(crate) struct Dialect<F> {
    /// How a cell of a kind goes into a type of the database; `None` if it can't.
    pub(crate) fit: fn(Kind, &str) -> Option<F>,
    /// The type of a column that is made.
    pub(crate) native: fn(Kind) -> &'static str,
    /// Whether two names are one.
    pub(crate) same_name: fn(&str, &str) -> bool,
}

/// How the wanted table goes into the one that is there.
#[derive(Debug)]
pub(crate) struct Fitted<F> {
    /// One a column.
    pub(crate) fits: Vec<F>,
    /// The positions of columns that are to be added; all of them for a table that is to be made.
    pub(crate) missing: Vec<usize>,
    /// Whether the table is to be made.
    pub(crate) absent: bool,
}

impl<F> Dialect<F> {
    /// How `table` goes into `existing`, or every difference, each with what to do about it.
    pub(crate) fn compare(
        &self,
        table: &Table,
        existing: Option<&Existing>,
        create: bool,
    ) -> Result<Fitted<F>, Vec<String>> {
        let mut differences = Vec::new();
        let mut fitted = Fitted {
            fits: Vec::new(),
            missing: Vec::new(),
            absent: existing.is_none(),
        };
        for (index, column) in table.columns.iter().enumerate() {
            let there = existing.and_then(|existing| self.find(existing, &column.name));
            let type_name = there.map_or((self.native)(column.kind), |there| &there.type_name);
            match (self.fit)(column.kind, type_name) {
                Some(fit) => fitted.fits.push(fit),
                None => differences.push(self.wrong_type(column, type_name)),
            }
            match there {
                None => fitted.missing.push(index),
                Some(there) if there.computed => differences.push(format!(
                    "column {} is computed by the database: leave it out of the load",
                    column.name
                )),
                Some(_) => {}
            }
        }
        match existing {
            None if !create => differences
                .push("it does not exist: create it, or let the load create tables".to_owned()),
            None => {}
            Some(existing) => {
                self.compare_existing(table, existing, &fitted.missing, create, &mut differences);
            }
        }
        if differences.is_empty() {
            Ok(fitted)
        } else {
            Err(differences)
        }
    }

    fn wrong_type(&self, column: &Column, type_name: &str) -> String {
        let (name, wanted) = (&column.name, (self.native)(column.kind));
        let or_text = if wanted.eq_ignore_ascii_case("text") {
            ""
        } else {
            " or text"
        };
        format!(
            "column {name} is {type_name}, which can't hold every {wanted}: \
             alter it to {wanted}{or_text}, or load it into another column"
        )
    }

    fn find<'a>(&self, existing: &'a Existing, name: &str) -> Option<&'a ExistingColumn> {
        existing
            .columns
            .iter()
            .find(|column| (self.same_name)(&column.name, name))
    }

    fn compare_existing(
        &self,
        table: &Table,
        existing: &Existing,
        missing: &[usize],
        create: bool,
        differences: &mut Vec<String>,
    ) {
        if let Some(kind) = &existing.odd_kind {
            differences.push(format!("it is {kind}: load into a plain table"));
        }
        if missing.len() == table.columns.len() {
            differences.push(
                "it has none of the wanted columns, so it is another table: choose another name"
                    .to_owned(),
            );
        }
        for &index in missing {
            let name = &table.columns[index].name;
            if table.key.contains(name) {
                differences.push(format!(
                    "the key column {name} is missing: is it another table?"
                ));
            } else if !create {
                differences.push(format!(
                    "column {name} is missing: add it, or let the load add columns"
                ));
            }
        }
        for column in existing
            .columns
            .iter()
            .filter(|column| column.required && !column.computed)
        {
            if !table
                .columns
                .iter()
                .any(|wanted| (self.same_name)(&wanted.name, &column.name))
            {
                differences.push(format!(
                    "its column {} must have a value and the load has none: give it a default, or let it be null",
                    column.name
                ));
            }
        }
        if !table.key.is_empty() && !self.has_unique_key(existing, &table.key) {
            let key = table.key.join(", ");
            differences.push(format!(
                "no primary key or unique index is exactly ({key}): add one"
            ));
        }
    }

    fn has_unique_key(&self, existing: &Existing, key: &[String]) -> bool {
        let holds = |unique: &Vec<String>, name: &String| {
            unique.iter().any(|other| (self.same_name)(other, name))
        };
        existing
            .unique_keys
            .iter()
            .any(|unique| unique.len() == key.len() && key.iter().all(|name| holds(unique, name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIALECT: Dialect<()> = Dialect {
        fit: |_, type_name| (type_name != "bytea").then_some(()),
        native: |_| "text",
        same_name: |one, other| one == other,
    };

    fn wanted() -> Table {
        let column = |name: &str| Column {
            name: name.to_owned(),
            kind: Kind::Text,
        };
        Table {
            name: "t".to_owned(),
            columns: vec![column("id"), column("memo")],
            key: vec!["id".to_owned()],
            parent: Vec::new(),
        }
    }

    fn existing(columns: &[(&str, &str)]) -> Existing {
        let column = |(name, type_name): &(&str, &str)| ExistingColumn {
            name: (*name).to_owned(),
            type_name: (*type_name).to_owned(),
            required: false,
            computed: false,
        };
        let columns = columns.iter().map(column).collect();
        Existing {
            odd_kind: None,
            columns,
            unique_keys: vec![vec!["id".to_owned()]],
        }
    }

    #[test]
    fn adds_what_is_missing_and_leaves_what_is_more() {
        let fitted = DIALECT
            .compare(
                &wanted(),
                Some(&existing(&[("id", "text"), ("more", "bytea")])),
                true,
            )
            .unwrap();
        assert_eq!((fitted.missing, fitted.absent), (vec![1], false));
        let fitted = DIALECT.compare(&wanted(), None, true).unwrap();
        assert_eq!((fitted.missing, fitted.absent), (vec![0, 1], true));
    }

    #[test]
    fn lists_every_difference_with_its_repair() {
        let mut other = existing(&[("memo", "bytea"), ("must", "text")]);
        other.columns[1].required = true;
        other.unique_keys.clear();
        assert_eq!(
            DIALECT.compare(&wanted(), Some(&other), false).unwrap_err(),
            [
                "column memo is bytea, which can't hold every text: alter it to text, or load it into another column",
                "the key column id is missing: is it another table?",
                "its column must must have a value and the load has none: give it a default, or let it be null",
                "no primary key or unique index is exactly (id): add one",
            ]
        );
        assert_eq!(
            DIALECT.compare(&wanted(), None, false).unwrap_err(),
            ["it does not exist: create it, or let the load create tables"]
        );
    }
}
