//! What a person may say about a difference that the schemas alone don't tell.

use std::fmt;
use std::str::FromStr;

/// What was said beforehand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What goes on under another name.
    pub renames: Vec<Rename>,
    /// What is really gone, although something new looks like it.
    pub drops: Vec<ObjectPath>,
    /// The values of rows that exist, for columns that become required.
    pub backfills: Vec<Backfill>,
    /// Whether tables that exist get the steps that hold no lock for long, in several migrations where it takes them.
    pub is_safe: bool,
}

impl Default for Request {
    /// Nothing was said, and the steps are the safe ones.
    fn default() -> Self {
        Self {
            renames: Vec::new(),
            drops: Vec::new(),
            backfills: Vec::new(),
            is_safe: true,
        }
    }
}

/// The way to an object: `table`, `table.column`, `schema.table` or `schema.table.column`; types, sequences, views,
/// indexes and constraints likewise. A part that holds a dot or a colon stands in double quotes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectPath {
    /// One to three names, not quoted.
    pub(crate) names: Vec<String>,
}

/// `old:new`, such as `companies.address:street`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rename {
    /// The object as it is now.
    pub path: ObjectPath,
    /// Its name to be, without schema or table.
    pub name: String,
}

/// `table.column=expression`: what the column gets in rows that exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backfill {
    /// The column.
    pub path: ObjectPath,
    /// An SQL expression over the row.
    pub expression: String,
}

/// Words that name no object.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{words:?} is not {wanted}")]
pub struct MalformedAnswer {
    words: String,
    wanted: &'static str,
}

impl FromStr for ObjectPath {
    type Err = MalformedAnswer;

    fn from_str(words: &str) -> Result<Self, Self::Err> {
        let malformed = || MalformedAnswer {
            words: words.to_owned(),
            wanted: "one to three names with dots between them, such as table.column",
        };
        let mut names = Vec::new();
        let mut rest = words;
        loop {
            let (name, left) = first_name(rest).ok_or_else(malformed)?;
            names.push(name);
            match left.strip_prefix('.') {
                Some(left) => rest = left,
                None if left.is_empty() && names.len() <= 3 => return Ok(Self { names }),
                None => return Err(malformed()),
            }
        }
    }
}

impl FromStr for Rename {
    type Err = MalformedAnswer;

    fn from_str(words: &str) -> Result<Self, Self::Err> {
        let malformed = || MalformedAnswer {
            words: words.to_owned(),
            wanted: "OLD:NEW, such as table.column:name",
        };
        let colon = outside_quotes(words, ':').ok_or_else(malformed)?;
        let (path, name) = (&words[..colon], &words[colon + 1..]);
        let ObjectPath { mut names } = name.parse().map_err(|_| malformed())?;
        match (path.parse(), names.pop()) {
            (Ok(path), Some(name)) if names.is_empty() => Ok(Self { path, name }),
            _ => Err(malformed()),
        }
    }
}

impl FromStr for Backfill {
    type Err = MalformedAnswer;

    fn from_str(words: &str) -> Result<Self, Self::Err> {
        let malformed = || MalformedAnswer {
            words: words.to_owned(),
            wanted: "TABLE.COLUMN=EXPRESSION",
        };
        let equals = outside_quotes(words, '=').ok_or_else(malformed)?;
        let path: ObjectPath = words[..equals].parse().map_err(|_| malformed())?;
        let expression = words[equals + 1..].trim().to_owned();
        if path.names.len() < 2 || expression.is_empty() {
            return Err(malformed());
        }
        Ok(Self { path, expression })
    }
}

impl fmt::Display for ObjectPath {
    /// As it can be read back.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, name) in self.names.iter().enumerate() {
            if index > 0 {
                formatter.write_str(".")?;
            }
            formatter.write_str(&written(name))?;
        }
        Ok(())
    }
}

impl fmt::Display for Rename {
    /// As it can be read back.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.path, written(&self.name))
    }
}

/// A name in quotes where it needs them.
fn written(name: &str) -> String {
    if name.is_empty() || name.contains(['.', ':', '=', '"']) {
        format!("\"{}\"", name.replace('"', "\"\""))
    } else {
        name.to_owned()
    }
}

/// The name at the beginning of `words`, and what follows it.
fn first_name(words: &str) -> Option<(String, &str)> {
    let Some(quoted) = words.strip_prefix('"') else {
        let end = words.find('.').unwrap_or(words.len());
        let name = words.get(..end).filter(|name| !name.is_empty())?;
        return Some((name.to_owned(), &words[end..]));
    };
    let mut name = String::new();
    let mut rest = quoted;
    loop {
        let end = rest.find('"')?;
        name.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        let Some(left) = rest.strip_prefix('"') else {
            return (!name.is_empty()).then_some((name, rest));
        };
        name.push('"');
        rest = left;
    }
}

/// Where the first `wanted` is that stands in no quotes.
fn outside_quotes(words: &str, wanted: char) -> Option<usize> {
    let mut is_quoted = false;
    words
        .char_indices()
        .find(|&(_, character)| {
            is_quoted ^= character == '"';
            character == wanted && !is_quoted
        })
        .map(|(position, _)| position)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rename_names_the_old_path_and_the_new_name() {
        let rename: Rename = "shop.orders.sum:total".parse().unwrap();
        assert_eq!(rename.path.names, ["shop", "orders", "sum"]);
        assert_eq!(rename.name, "total");
        assert_eq!(rename.to_string(), "shop.orders.sum:total");
    }

    #[test]
    fn quotes_keep_dots_colons_and_quotes_in_a_name() {
        let words = r#""a.b"."c:""d":"e.f""#;
        let rename: Rename = words.parse().unwrap();
        assert_eq!(rename.path.names, ["a.b", "c:\"d"]);
        assert_eq!(rename.to_string(), words);
    }

    #[test]
    fn an_expression_may_hold_what_separates_the_rest() {
        let backfill: Backfill = "t.c= case when a=b then 'x:y' end".parse().unwrap();
        assert_eq!(backfill.path.to_string(), "t.c");
        assert_eq!(backfill.expression, "case when a=b then 'x:y' end");
    }

    #[test]
    fn words_that_name_nothing_are_refused() {
        for words in ["", "a", "a:", ":b", "a.b.c.d:e", "a..b:c", "a:b.c", "\"a:b"] {
            let refused = words.parse::<Rename>().unwrap_err().to_string();
            assert!(refused.contains("such as table.column:name"), "{words}");
        }
        for words in ["t=1", "t.c", "t.c="] {
            assert!(words.parse::<Backfill>().is_err(), "{words}");
        }
    }
}
