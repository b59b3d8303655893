//! Row hashes, made by the server.
//!
//! | method | sees no difference between |
//! |---|---|
//! | `Values` | `1.0` and `1.00` where the type has no scale; `-0` and `0`; kinds of NaN |
//! | `Text`, `Md5` | values of one text; `-0` and `1.00` have their own |
//!
//! Whatever a collation or citext equates is a difference for all of them; the blanks that pad a `char(n)` are none. Computed columns are not in
//! the hash, for they are not in a reading; nor, by `Values`, are the key and the time of change, which are compared beside it.
//!
//! A difference goes unseen where both rows have one 64-bit hash: one chance in 10^19 for each changed row. So a column enters the hash
//! as its value only where the server's hash of the type tells all values apart. These do not, whatever the seed: `bigint`, times and
//! timestamps fold 64 bits into 32 (`-1` is `4294967295`), `numeric` leaves the sign out, and NaN is infinity, `timetz` adds zone and time,
//! `jsonb` leaves out where arrays end.
//!
//! Source: PostgreSQL source, `hashint8extended`, `hash_numeric_extended`, `timetz_hash_extended`, `JsonbHashScalarValueExtended`.

use table_diff::{HashMethod, Reading};

use crate::sql::column;
use crate::types::{self, Hashed};

/// From this version on a row has a hash of its values.
///
/// Source: PostgreSQL 14 release notes, "Allow hash functions for records".
const VALUES_SINCE: u32 = 140_000;

/// With the seed 0 the hash of many a zero is 0, which is that of NULL; with 1, that of a numeric zero.
///
/// Source: PostgreSQL source, `hash_record_extended`, `hashfloat8extended`.
const SEED: i64 = 0x1E37_79B9_7F4A_7C15;

/// Whether a server of `version` has `method`.
pub(crate) fn has_method(method: HashMethod, version: u32) -> bool {
    method != HashMethod::Values || version >= VALUES_SINCE
}

/// The hash, a bigint, of the row `alias`, by `reading`'s method.
pub(crate) fn row_hash(reading: &Reading, alias: &str) -> String {
    let columns = reading.columns.iter();
    let columns = columns.filter(|(name, _)| !is_compared_beside(reading, name));
    let cells = columns.map(|(name, type_name)| {
        let own = column(alias, name);
        cell(reading.hash, &own, type_name)
    });
    hash(reading.hash, cells)
}

/// Whether `column` is compared by itself wherever hashes are: as the row's key, or as its time of change. As a text a key has more to tell
/// than as a key, whose `1.0` is `1.00`.
fn is_compared_beside(reading: &Reading, column: &str) -> bool {
    let mut beside = reading.key.iter().map(|(name, _)| name);
    let is_time = || matches!(&reading.time, Some((name, _)) if name == column);
    reading.hash == HashMethod::Values && (beside.any(|name| name == column) || is_time())
}

/// The hash of a fixed row of `reading`'s types: two servers on which it differs can't be compared by `method`.
pub(crate) fn probe(method: HashMethod, reading: &Reading) -> String {
    let cells = reading
        .columns
        .iter()
        .map(|(_, type_name)| cell(method, &sample(type_name), type_name));
    hash(method, cells)
}

fn hash(method: HashMethod, cells: impl Iterator<Item = String>) -> String {
    let row = format!("ROW({})", cells.collect::<Vec<_>>().join(", "));
    match method {
        HashMethod::Values => format!("hash_record_extended({row}, {SEED})"),
        HashMethod::Text => format!("hashtextextended({row}::text COLLATE \"C\", 0)"),
        HashMethod::Md5 => format!("('x' || left(md5({row}::text), 16))::bit(64)::bigint"),
    }
}

fn cell(method: HashMethod, value: &str, type_name: &str) -> String {
    match (method, types::hashed(type_name)) {
        (HashMethod::Values, Hashed::Value) => value.to_owned(),
        (HashMethod::Values, Hashed::Bytes) => format!("{value} COLLATE \"C\""),
        // With a scale of its own, a column has one text for each value.
        (HashMethod::Values, Hashed::Digits) if !type_name.contains('(') => {
            format!("trim_scale({value})::text COLLATE \"C\"")
        }
        (HashMethod::Values, Hashed::Sent(send)) => format!("{send}({value})"),
        // The text of a row holds the text of each cell, but pads a `char(n)`.
        _ => format!("{value}::text COLLATE \"C\""),
    }
}

/// A value of `type_name`, if more than its text is hashed; else some text.
fn sample(type_name: &str) -> String {
    if matches!(types::hashed(type_name), Hashed::Bytes | Hashed::Text) {
        return "'Ünicode 日本'::text".to_owned();
    }
    let base = types::base(type_name);
    let value = match base.as_str() {
        "boolean" => "true",
        "smallint" | "integer" => "-12345",
        "real" | "double precision" => "1234.5678",
        "numeric" => "-98765432109876543210.0123",
        "bytea" => "\\x00ff10",
        "date" => "2025-01-31",
        "time without time zone" => "23:59:59.000001",
        "timestamp without time zone" => "2025-01-31 23:59:59.000001",
        "timestamp with time zone" => "2025-01-31 23:59:59.000001+00",
        // uuid.
        _ => "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
    };
    format!("'{value}'::{base}")
}

#[cfg(test)]
mod tests {
    use table_diff::{Compare, KeyType, TableName, TimeType};

    use super::*;

    fn reading(hash: HashMethod) -> Reading {
        let columns = [
            ("id", "integer"),
            ("we\"ird", "character varying(20)"),
            ("mood", "public.mood"),
            ("price", "numeric"),
            ("tax", "numeric(4,2)"),
            ("at", "timestamp(3) with time zone"),
        ];
        Reading {
            table: TableName {
                schema: "public".to_owned(),
                name: "item".to_owned(),
            },
            key: Vec::new(),
            time: None,
            columns: columns
                .map(|(name, type_name)| (name.to_owned(), type_name.to_owned()))
                .to_vec(),
            compare: Compare::Content,
            hash,
        }
    }

    #[test]
    fn each_column_is_hashed_as_people_see_it() {
        assert_eq!(
            row_hash(&reading(HashMethod::Values), "t"),
            "hash_record_extended(ROW(t.\"id\", t.\"we\"\"ird\" COLLATE \"C\", t.\"mood\"::text COLLATE \"C\", \
             trim_scale(t.\"price\")::text COLLATE \"C\", t.\"tax\"::text COLLATE \"C\", timestamptz_send(t.\"at\")), 2177342782468422677)"
        );
    }

    #[test]
    fn what_is_compared_beside_the_hash_is_in_it_only_as_text() {
        let compared_beside = |hash| Reading {
            key: vec![("id".to_owned(), KeyType::Integer)],
            time: Some(("at".to_owned(), TimeType::Moment)),
            ..reading(hash)
        };
        let values = row_hash(&compared_beside(HashMethod::Values), "t");
        assert!(
            !values.contains("\"id\"") && !values.contains("\"at\""),
            "{values}"
        );
        let text = row_hash(&compared_beside(HashMethod::Text), "t");
        assert!(text.contains("\"id\"") && text.contains("\"at\""), "{text}");
    }

    #[test]
    fn a_probe_has_values_of_the_row_s_types() {
        assert_eq!(
            probe(HashMethod::Values, &reading(HashMethod::Text)),
            "hash_record_extended(ROW('-12345'::integer, 'Ünicode 日本'::text COLLATE \"C\", \
             'Ünicode 日本'::text::text COLLATE \"C\", \
             trim_scale('-98765432109876543210.0123'::numeric)::text COLLATE \"C\", \
             '-98765432109876543210.0123'::numeric::text COLLATE \"C\", \
             timestamptz_send('2025-01-31 23:59:59.000001+00'::timestamp with time zone)), 2177342782468422677)"
        );
    }
}
