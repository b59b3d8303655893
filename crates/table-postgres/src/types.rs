//! Types by the names that `format_type` gives them.

use table_diff::{KeyType, TimeType};

/// Types whose values the server hashes alike on every server of its kind, each to a hash of its own, and by whose equality a person
/// sees a difference. Enums are hashed by their numbers, which differ from database to database; `1 mon` equals `30 days` as an
/// interval; arrays are hashed without their bounds, so that `{1,2}` is `{{1},{2}}`.
const HASHED_BY_VALUE: &[&str] = &[
    "boolean",
    "bytea",
    "date",
    "double precision",
    "integer",
    "real",
    "smallint",
    "uuid",
];

/// Types whose 64 bits are hashed as they are sent, for their own hash has but 32 of them; and what sends them.
const HASHED_AS_SENT: &[(&str, &str)] = &[
    ("time without time zone", "time_send"),
    ("timestamp with time zone", "timestamptz_send"),
    ("timestamp without time zone", "timestamp_send"),
];

/// Types that have a collation.
const TEXTUAL: &[&str] = &["bpchar", "character", "character varying", "text"];

/// Types whose values have a text of some tens of characters at most.
const SHORT: &[&str] = &[
    "bigint",
    "boolean",
    "date",
    "double precision",
    "integer",
    "real",
    "smallint",
    "time with time zone",
    "time without time zone",
    "timestamp with time zone",
    "timestamp without time zone",
    "uuid",
];

/// As what a column enters the hash of its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hashed {
    /// What it is.
    Value,
    /// Its bytes, whatever its collation equates.
    Bytes,
    /// The text of the number; without zeros at its end where the type has no scale, so that `1.0` is `1.00`.
    Digits,
    /// The bytes that this function of the server makes of it.
    Sent(&'static str),
    /// The text that the server writes of it.
    Text,
}

/// As what a column of `type_name` enters the hash of its row.
pub(crate) fn hashed(type_name: &str) -> Hashed {
    if type_name.ends_with("[]") {
        return Hashed::Text;
    }
    let base = base(type_name);
    let base = base.as_str();
    let mut sent = HASHED_AS_SENT.iter();
    if HASHED_BY_VALUE.contains(&base) {
        Hashed::Value
    } else if is_text(type_name) {
        Hashed::Bytes
    } else if base == "numeric" {
        Hashed::Digits
    } else if let Some((_, send)) = sent.find(|(name, _)| *name == base) {
        Hashed::Sent(send)
    } else {
        Hashed::Text
    }
}

/// Whether a value of `type_name` is a text already.
pub(crate) fn is_text(type_name: &str) -> bool {
    TEXTUAL.contains(&base(type_name).as_str())
}

/// Whether no value of `type_name` has a long text.
pub(crate) fn is_short(type_name: &str) -> bool {
    SHORT.contains(&base(type_name).as_str())
}

/// `timestamp(3) with time zone` is `timestamp with time zone`. Types of people's own have a schema's name before them, for there
/// is no search path, and so are none of the server's own.
pub(crate) fn base(type_name: &str) -> String {
    match type_name.split_once('(') {
        Some((before, rest)) => {
            let after = rest.split_once(')').map_or("", |(_, after)| after);
            format!("{before}{after}")
        }
        None => type_name.to_owned(),
    }
}

/// Whether `type_name` is what `format_type` may have written: names, in quotes or not, and modifiers. Nothing else gets
/// into a statement as a type.
pub(crate) fn is_type_name(type_name: &str) -> bool {
    let (mut quoted, mut depth, mut before) = (false, 0_u32, ' ');
    for character in type_name.chars() {
        match character {
            '"' => quoted = !quoted,
            _ if quoted => {}
            '(' => depth += 1,
            ')' if depth > 0 => depth -= 1,
            '_' | '$' | '.' | ',' | ' ' | '[' | ']' => {}
            // Of a scale: `numeric(5,-2)`.
            '-' if before == ',' => {}
            letter if letter.is_alphanumeric() => {}
            _ => return false,
        }
        before = character;
    }
    !quoted && depth == 0 && !type_name.is_empty()
}

/// What a column is as part of a key. `name` is its type's own name, that of the type below where it is a domain.
pub(crate) fn key_type(name: &str, is_textual: bool) -> Option<KeyType> {
    Some(match name {
        "int2" | "int4" | "int8" => KeyType::Integer,
        "numeric" => KeyType::Decimal,
        "uuid" => KeyType::Uuid,
        "date" => KeyType::Date,
        "timestamp" => KeyType::DateTime,
        "timestamptz" => KeyType::Moment,
        "bool" => KeyType::Boolean,
        "bytea" => KeyType::Bytes,
        _ if is_textual => KeyType::Text,
        _ => return None,
    })
}

/// What a column is as a time of change.
pub(crate) fn time_type(name: &str) -> Option<TimeType> {
    Some(match name {
        "timestamptz" => TimeType::Moment,
        "timestamp" => TimeType::DateTime,
        "date" => TimeType::Date,
        "int2" | "int4" | "int8" => TimeType::Integer,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modifiers_are_not_of_the_type() {
        assert_eq!(
            base("timestamp(3) with time zone"),
            "timestamp with time zone"
        );
        assert_eq!(base("numeric(12,2)"), "numeric");
        assert_eq!(base("public.\"we\"\"ird(\""), "public.\"we\"\"ird");
    }

    #[test]
    fn what_equals_otherwise_than_people_mean_is_hashed_as_text() {
        assert_eq!(hashed("double precision"), Hashed::Value);
        assert_eq!(hashed("numeric(12,2)"), Hashed::Digits);
        assert_eq!(
            hashed("time(3) without time zone"),
            Hashed::Sent("time_send")
        );
        assert_eq!(hashed("character(5)"), Hashed::Bytes);
        for type_name in [
            "interval",
            "bigint",
            "jsonb",
            "time with time zone",
            "integer[]",
            "json",
            "public.mood",
            "public.text",
            "\"char\"",
            "name",
        ] {
            assert_eq!(hashed(type_name), Hashed::Text, "{type_name}");
        }
    }

    #[test]
    fn only_types_get_into_statements_as_types() {
        for type_name in [
            "bigint",
            "timestamp(3) with time zone",
            "numeric(5,-2)",
            "public.\"we\"\"ird; --\"",
            "日本.\"種 別\"[]",
            "public.geometry(Point,4326)",
        ] {
            assert!(is_type_name(type_name), "{type_name}");
        }
        for text in [
            "",
            "int) OR (1",
            "int; DROP",
            "int'",
            "\"open",
            "a--b",
            "a(1,--2)",
            "int = 1",
            "(",
            "a::b",
        ] {
            assert!(!is_type_name(text), "{text}");
        }
    }
}
