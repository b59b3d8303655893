//! What a statement is called.

use crate::Statement;
use crate::statement_words::words;

/// Words that belong to the name of a statement's kind, besides the first.
const PARTS: [&str; 50] = [
    "ACCESS",
    "AGGREGATE",
    "CAST",
    "CLASS",
    "COLLATION",
    "CONCURRENTLY",
    "CONFIGURATION",
    "CONVERSION",
    "DATA",
    "DATABASE",
    "DEFAULT",
    "DICTIONARY",
    "DOMAIN",
    "EVENT",
    "EXTENSION",
    "FAMILY",
    "FOREIGN",
    "FROM",
    "FUNCTION",
    "INDEX",
    "INTO",
    "LANGUAGE",
    "MATERIALIZED",
    "METHOD",
    "OPERATOR",
    "PARSER",
    "POLICY",
    "PRIVILEGES",
    "PROCEDURE",
    "PUBLICATION",
    "ROLE",
    "ROUTINE",
    "RULE",
    "SCHEMA",
    "SEARCH",
    "SEQUENCE",
    "SERVER",
    "STATISTICS",
    "SUBSCRIPTION",
    "SYSTEM",
    "TABLE",
    "TABLESPACE",
    "TEMPLATE",
    "TEXT",
    "TRANSFORM",
    "TRIGGER",
    "TYPE",
    "UNIQUE",
    "USER",
    "VIEW",
];

/// Words that may stand between and say nothing of the kind.
const PASSED: [&str; 12] = [
    "OR",
    "REPLACE",
    "TEMP",
    "TEMPORARY",
    "UNLOGGED",
    "GLOBAL",
    "LOCAL",
    "RECURSIVE",
    "CONSTRAINT",
    "TRUSTED",
    "PROCEDURAL",
    "ON",
];

/// The kind, such as `ALTER TABLE` or `CREATE UNIQUE INDEX CONCURRENTLY`.
pub(super) fn kind(statement: &Statement<'_>) -> String {
    let words = words(statement).unwrap_or_default();
    let mut words = words.into_iter();
    let mut kind = words.next().unwrap_or_default();
    let has_object = matches!(
        kind.as_str(),
        "CREATE"
            | "ALTER"
            | "DROP"
            | "COMMENT"
            | "REINDEX"
            | "REFRESH"
            | "INSERT"
            | "DELETE"
            | "TRUNCATE"
            | "LOCK"
    );
    if !has_object {
        return kind;
    }
    for word in words {
        if PARTS.contains(&word.as_str()) {
            kind.push(' ');
            kind.push_str(&word);
        } else if !PASSED.contains(&word.as_str()) {
            break;
        }
    }
    kind
}
