//! A catalog as text, to compare it.

use std::collections::BTreeMap;

use function_core::sha256_hex;
use postgres_client::quote_identifier;

use crate::{
    Catalog, Column, Constraint, FunctionName, Generation, ObjectId, ObjectKind, QualifiedName,
    Sequence, Table, View,
};

/// Something that two catalogs do not agree on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What it is about, such as `column public.companies.address`.
    pub what: String,
    /// What the first catalog says; `None` where it has no such thing.
    pub mine: Option<String>,
    /// What the second catalog says; `None` where it has no such thing.
    pub theirs: Option<String>,
}

impl Catalog {
    /// Its canonical text: one object or part a line, sorted, all that two equal schemas agree on. The physical order of
    /// columns, the names of identity columns' sequences and dependencies are not in it.
    pub fn lines(&self) -> String {
        let mut lines = String::new();
        for (what, text) in self.parts() {
            push_line(&mut lines, &what, &text);
        }
        lines
    }

    /// The SHA-256 of [`Catalog::lines`], in hexadecimal digits.
    pub fn fingerprint(&self) -> String {
        sha256_hex(self.lines().as_bytes())
    }

    /// What the two do not agree on, sorted; nothing exactly when their [`lines`](Catalog::lines) are equal.
    pub fn differences(&self, other: &Self) -> Vec<Difference> {
        let mine = self.parts();
        let mut theirs = other.parts();
        let mut differences = Vec::new();
        for (what, text) in mine {
            let their = theirs.remove(&what);
            if their.as_ref() != Some(&text) {
                differences.push(Difference {
                    what,
                    mine: Some(text),
                    theirs: their,
                });
            }
        }
        differences.extend(theirs.into_iter().map(|(what, text)| Difference {
            what,
            mine: None,
            theirs: Some(text),
        }));
        differences.sort_by(|one, other| one.what.cmp(&other.what));
        differences
    }

    /// Whether it has the object, or the whole that the part belongs to.
    pub(crate) fn holds(&self, id: &ObjectId) -> bool {
        match id.kind {
            ObjectKind::Enumeration => self.enumerations.contains_key(&id.name),
            ObjectKind::Sequence => self.sequences.contains_key(&id.name),
            ObjectKind::Function => self.functions.contains_key(&FunctionName {
                name: id.name.clone(),
                arguments: id.part.clone(),
            }),
            ObjectKind::View => self.views.contains_key(&id.name),
            ObjectKind::Column => {
                self.tables.contains_key(&id.name) || self.views.contains_key(&id.name)
            }
            ObjectKind::Table
            | ObjectKind::Default
            | ObjectKind::Constraint
            | ObjectKind::Index
            | ObjectKind::Trigger => self.tables.contains_key(&id.name),
        }
    }

    fn parts(&self) -> BTreeMap<String, String> {
        let mut parts = BTreeMap::new();
        for (name, comment) in &self.schemas {
            parts.insert(
                format!("schema {}", one_name(name)),
                commented("", comment.as_ref()),
            );
        }
        for (name, schema) in &self.extensions {
            parts.insert(
                format!("extension {}", one_name(name)),
                format!("in schema {}", one_name(schema)),
            );
        }
        for (name, enumeration) in &self.enumerations {
            let labels = format!("{:?}", enumeration.labels);
            let text = commented(&labels, enumeration.comment.as_ref());
            parts.insert(format!("enum {}", whole_name(name)), text);
        }
        for (name, sequence) in &self.sequences {
            parts.insert(format!("sequence {}", whole_name(name)), sequence.text());
        }
        for (name, table) in &self.tables {
            parts.extend(table.parts(name));
        }
        for (name, view) in &self.views {
            parts.insert(format!("view {}", whole_name(name)), view.text());
        }
        for (name, function) in &self.functions {
            let text = commented(&function.definition, function.comment.as_ref());
            parts.insert(
                format!("function {}({})", whole_name(&name.name), name.arguments),
                text,
            );
        }
        for ((kind, name), text) in &self.others {
            parts.insert(format!("{kind} {name}"), text.clone());
        }
        parts
    }
}

impl Table {
    /// What it is called and what it is, and the same of each of its parts.
    pub(crate) fn parts(&self, name: &QualifiedName) -> Vec<(String, String)> {
        let name = whole_name(name);
        let mut own = String::from(if self.is_unlogged { "unlogged" } else { "" });
        if !self.options.is_empty() {
            push_word(&mut own, &format!("with ({})", self.options.join(", ")));
        }
        let own = commented(&own, self.comment.as_ref());
        let mut parts = vec![(format!("table {name}"), own)];
        parts.extend(self.columns.iter().map(|(part, column)| {
            let part = one_name(part);
            (format!("column {name}.{part}"), column.text())
        }));
        parts.extend(self.constraints.iter().map(|(part, rule)| {
            let part = one_name(part);
            (format!("constraint {part} on {name}"), rule.text())
        }));
        parts.extend(self.indexes.iter().map(|(part, index)| {
            let part = one_name(part);
            let mut text = index.definition.clone();
            if !index.is_valid {
                push_word(&mut text, "INVALID");
            }
            let text = commented(&text, index.comment.as_ref());
            (format!("index {part} on {name}"), text)
        }));
        parts.extend(self.triggers.iter().map(|(part, trigger)| {
            let part = one_name(part);
            let mut text = trigger.definition.clone();
            if trigger.enabled != 'O' {
                push_word(&mut text, &format!("enabled {}", trigger.enabled));
            }
            let text = commented(&text, trigger.comment.as_ref());
            (format!("trigger {part} on {name}"), text)
        }));
        parts
    }
}

impl Column {
    fn text(&self) -> String {
        let mut text = self.data_type.clone();
        if let Some(collation) = &self.collation {
            push_word(&mut text, &format!("COLLATE {collation}"));
        }
        if self.is_required {
            push_word(&mut text, "NOT NULL");
        }
        if let Some(default) = &self.default {
            push_word(&mut text, &format!("DEFAULT {default}"));
        }
        match &self.generation {
            Generation::None => {}
            Generation::Identity(identity) => {
                let when = if identity.is_always {
                    "ALWAYS"
                } else {
                    "BY DEFAULT"
                };
                let numbers = identity.sequence.text();
                push_word(
                    &mut text,
                    &format!("GENERATED {when} AS IDENTITY ({numbers})"),
                );
            }
            Generation::Stored(expression) => push_word(
                &mut text,
                &format!("GENERATED ALWAYS AS ({expression}) STORED"),
            ),
            Generation::Virtual(expression) => push_word(
                &mut text,
                &format!("GENERATED ALWAYS AS ({expression}) VIRTUAL"),
            ),
        }
        commented(&text, self.comment.as_ref())
    }
}

impl Constraint {
    fn text(&self) -> String {
        commented(&self.definition, self.comment.as_ref())
    }
}

impl Sequence {
    fn text(&self) -> String {
        let mut text = format!(
            "{} start {} increment {} minimum {} maximum {} cache {}",
            self.data_type, self.start, self.increment, self.minimum, self.maximum, self.cache
        );
        if self.cycles {
            push_word(&mut text, "cycle");
        }
        if let Some((table, column)) = &self.owner {
            push_word(
                &mut text,
                &format!("owned by {}.{}", whole_name(table), one_name(column)),
            );
        }
        commented(&text, self.comment.as_ref())
    }
}

impl View {
    fn text(&self) -> String {
        let mut text = String::new();
        if !self.options.is_empty() {
            push_word(&mut text, &format!("with ({})", self.options.join(", ")));
        }
        push_word(&mut text, &format!("as{}", self.definition));
        for (column, data_type) in &self.columns {
            let column_text = format!("{} {data_type}", one_name(column));
            let comment = self.column_comments.get(column);
            text.push_str("\ncolumn ");
            text.push_str(&commented(&column_text, comment));
        }
        commented(&text, self.comment.as_ref())
    }
}

fn commented(text: &str, comment: Option<&String>) -> String {
    let mut text = text.to_owned();
    if let Some(comment) = comment {
        push_word(&mut text, &format!("comment {comment:?}"));
    }
    text
}

fn push_word(text: &mut String, word: &str) {
    if !text.is_empty() {
        text.push(' ');
    }
    text.push_str(word);
}

/// Whatever the text holds, it is one line.
fn push_line(lines: &mut String, what: &str, text: &str) {
    let one_line = |text: &str| text.replace('\\', "\\\\").replace('\n', "\\n");
    lines.push_str(&one_line(what));
    lines.push_str(": ");
    lines.push_str(&one_line(text));
    lines.push('\n');
}

/// A name in quotes where it is no plain word, so that a dot in it is not taken for the end of a schema.
fn one_name(name: &str) -> String {
    let is_plain = name
        .bytes()
        .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
    if is_plain && !name.is_empty() {
        name.to_owned()
    } else {
        quote_identifier(name)
    }
}

fn whole_name(name: &QualifiedName) -> String {
    format!("{}.{}", one_name(&name.schema), one_name(&name.name))
}
