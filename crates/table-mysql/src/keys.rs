//! Rows by their keys: conditions with bound values.

use mysql_async::Value;
use table_diff::KeyType;
use table_diff::key::{self, KeyError};

use crate::cell;
use crate::kind::Kind;
use crate::layout::{Layout, list};

/// A condition, and what is bound to its places.
pub(crate) struct Condition {
    pub(crate) sql: String,
    pub(crate) values: Vec<Value>,
}

/// The same as [`any_of`] for encoded keys.
pub(crate) fn any_encoded(
    layout: &Layout<'_>,
    alias: &str,
    keys: &[Vec<u8>],
) -> Result<Condition, KeyError> {
    let texts = keys.iter().map(|it| key::decode(&layout.reading.key, it));
    any_of(layout, alias, &texts.collect::<Result<Vec<_>, _>>()?)
}

/// The rows of the table called `alias` with one of `keys`.
///
/// A text is looked up by the column's own collation, which the index follows, and then must be the same byte by byte.
pub(crate) fn any_of(
    layout: &Layout<'_>,
    alias: &str,
    keys: &[Vec<String>],
) -> Result<Condition, KeyError> {
    let columns: Vec<_> = layout.key_columns(alias).collect();
    let mut values = Vec::with_capacity(keys.len() * columns.len());
    for key in keys {
        if key.len() != columns.len() {
            return Err(KeyError::Columns {
                columns: columns.len(),
                values: key.len(),
            });
        }
        for ((_, key_type, _), text) in columns.iter().zip(key) {
            let value = bound(*key_type, text)?;
            if *key_type == KeyType::Text {
                values.push(value.clone());
            }
            values.push(value);
        }
    }
    let places: Vec<_> = layout.key.iter().zip(&layout.reading.key).collect();
    let places = places
        .iter()
        .map(|(column, (_, key_type))| place(*key_type, &layout.reading.columns[**column].1));
    let places: Vec<_> = places.collect();
    let sql = match (columns.as_slice(), places.as_slice()) {
        ([(_, key_type, column)], [place]) if *key_type != KeyType::Text => {
            format!("{column} IN ({})", list(vec![place.clone(); keys.len()]))
        }
        _ => {
            let equal = columns.iter().zip(&places);
            let equal = equal
                .map(|((kind, key_type, column), place)| equal_to(*kind, *key_type, column, place));
            let one = equal.collect::<Vec<_>>().join(" AND ");
            vec![format!("({one})"); keys.len()].join(" OR ")
        }
    };
    Ok(Condition { sql, values })
}

fn equal_to(kind: Kind, key_type: KeyType, column: &str, place: &str) -> String {
    if key_type == KeyType::Text {
        format!(
            "{column} = {place} AND {} = CAST({place} AS BINARY)",
            kind.order(column)
        )
    } else {
        format!("{column} = {place}")
    }
}

/// The place of a bound value, of the column's type: else numbers would be compared as floats, and no index would be used.
fn place(key_type: KeyType, type_name: &str) -> String {
    match key_type {
        KeyType::Decimal => {
            let size: String = type_name
                .chars()
                .take_while(|character| *character != ')')
                .filter(|character| character.is_ascii_digit() || *character == ',')
                .collect();
            format!("CAST(? AS DECIMAL({size}))")
        }
        KeyType::Bytes => "CAST(? AS BINARY)".to_owned(),
        KeyType::Date => "CAST(? AS DATE)".to_owned(),
        KeyType::DateTime | KeyType::Moment => "CAST(? AS DATETIME(6))".to_owned(),
        _ => "?".to_owned(),
    }
}

/// The value of a key's column whose text is `text`.
pub(crate) fn bound(key_type: KeyType, text: &str) -> Result<Value, KeyError> {
    let wrong = |what| KeyError::Value {
        what,
        value: text.to_owned(),
    };
    Ok(match key_type {
        KeyType::Integer => Value::Int(text.parse().map_err(|_| wrong("whole number"))?),
        KeyType::Unsigned => Value::UInt(text.parse().map_err(|_| wrong("whole number"))?),
        KeyType::Bytes => Value::Bytes(cell::from_hexadecimal(text).ok_or_else(|| wrong("bytes"))?),
        // The session is at UTC, and the server does not know the sign of it.
        KeyType::Moment => text.strip_suffix("+00").unwrap_or(text).into(),
        _ => text.into(),
    })
}
