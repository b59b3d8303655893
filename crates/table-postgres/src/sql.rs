//! Pieces of statements: quoted identifiers, casts to checked types, nothing else.

use postgres_client::quote_identifier as quote;
use table_diff::{DatabaseError, KeyType, Reading, TableName, TimeType};

use crate::fault::Place;
use crate::types;

/// `"schema"."name"`.
pub(crate) fn table(name: &TableName) -> String {
    format!("{}.{}", quote(&name.schema), quote(&name.name))
}

/// `alias."column"`.
pub(crate) fn column(alias: &str, name: &str) -> String {
    format!("{alias}.{}", quote(name))
}

/// `value` (a piece of a statement) as a value of `type_name`.
pub(crate) fn cast(value: &str, type_name: &str) -> Option<String> {
    types::is_type_name(type_name).then(|| format!("CAST({value} AS {type_name})"))
}

/// The columns of `reading`'s key as they are sent: `marks` decodes them.
pub(crate) fn key_sent(reading: &Reading, alias: &str) -> Vec<String> {
    let sent = |(name, kind): &(String, KeyType)| match kind {
        KeyType::Text | KeyType::Decimal => format!("{}::text", column(alias, name)),
        _ => column(alias, name),
    };
    reading.key.iter().map(sent).collect()
}

/// The columns of `reading`'s key as text, as [`table_diff::key::decode`] writes it.
pub(crate) fn key_texts(reading: &Reading, alias: &str) -> Vec<String> {
    let text = |(name, kind): &(String, KeyType)| match kind {
        KeyType::Decimal => format!("trim_scale({})::text", column(alias, name)),
        _ => format!("{}::text", column(alias, name)),
    };
    reading.key.iter().map(text).collect()
}

/// The time of change as a bigint in the unit of its type; NULL where there is none.
pub(crate) fn time(reading: &Reading, alias: &str) -> String {
    let Some((name, kind)) = &reading.time else {
        return "NULL::bigint".to_owned();
    };
    let own = column(alias, name);
    let (finite, most, least) = match kind {
        TimeType::Integer => return format!("{own}::bigint"),
        TimeType::Date => (
            format!("{own} - DATE '1970-01-01'"),
            i64::from(i32::MAX),
            i64::from(i32::MIN),
        ),
        TimeType::DateTime | TimeType::Moment => (
            format!("extract(epoch FROM {own}) * 1000000"),
            i64::MAX,
            i64::MIN,
        ),
    };
    format!(
        "CASE WHEN isfinite({own}) THEN ({finite})::bigint WHEN {own} = 'infinity' THEN {most} \
         WHEN {own} = '-infinity' THEN '{least}'::bigint END"
    )
}

/// What rows are ordered by so that they come in the order of their encoded keys. Without a collation of people's own every server
/// orders text alike.
pub(crate) fn key_order(reading: &Reading, alias: &str) -> String {
    let order = |(name, kind): &(String, KeyType)| match kind {
        KeyType::Text => format!("{}::text COLLATE \"C\"", column(alias, name)),
        _ => column(alias, name),
    };
    let order: Vec<_> = reading.key.iter().map(order).collect();
    order.join(", ")
}

/// The columns of `reading` as text, as they are written back.
pub(crate) fn texts(reading: &Reading, alias: &str) -> Vec<String> {
    let text = |(name, _): &(String, String)| format!("{}::text", column(alias, name));
    reading.columns.iter().map(text).collect()
}

/// Keys that are bound as one array of text for each column: `wanted.k0`, `wanted.k1`, … and `wanted.n`, from 1.
pub(crate) fn wanted(reading: &Reading) -> String {
    let parts = |part: fn(usize) -> String| {
        let parts: Vec<_> = (0..reading.key.len()).map(part).collect();
        parts.join(", ")
    };
    let arrays = parts(|index| format!("${}::text[]", index + 1));
    let names = parts(|index| format!("k{index}"));
    format!("unnest({arrays}) WITH ORDINALITY AS wanted ({names}, n)")
}

/// The condition by which the row `alias` is the one with the key `wanted.k0`, `wanted.k1`, …: by the type's own
/// equality, for which there is an index, and by the text's bytes, for collations and types that equate more.
pub(crate) fn has_wanted_key(
    reading: &Reading,
    alias: &str,
    wanted: &str,
    place: &Place,
) -> Result<String, DatabaseError> {
    let mut conditions = Vec::new();
    for (index, (name, kind)) in reading.key.iter().enumerate() {
        let own = column(alias, name);
        let text = format!("{wanted}.k{index}");
        let typed = key_type_name(reading, name)
            .and_then(|type_name| cast(&text, type_name))
            .ok_or_else(|| {
                place.refused(
                    &reading.table,
                    format!("the type of its key column {name} is no type"),
                )
            })?;
        conditions.push(format!("{own} {} {typed}", equal_sign(reading, name)));
        if *kind == KeyType::Text {
            conditions.push(format!("{own}::text COLLATE \"C\" = {text} COLLATE \"C\""));
        }
    }
    Ok(conditions.join(" AND "))
}

/// The operator by which the values of `name`, a column of `reading`, are equal. Without a search path the server would take that of text
/// for citext, which is neither what indexes and foreign keys go by nor known to them.
pub(crate) fn equal_sign(reading: &Reading, name: &str) -> String {
    citext_schema(reading, name)
        .map_or_else(|| "=".to_owned(), |schema| format!("OPERATOR({schema}.=)"))
}

/// The condition by which the row `p` points with its column `own` at `other`, a column of `reading`, of the row `t`.
pub(crate) fn points(reading: &Reading, own: &str, other: &str) -> String {
    points_at(reading, own, other, &column("t", other))
}

/// The same where `pointed` (a piece of a statement) is the value of `other`.
pub(crate) fn points_at(reading: &Reading, own: &str, other: &str, pointed: &str) -> String {
    let pointing = column("p", own);
    match citext_schema(reading, other) {
        None => format!("{pointing} = {pointed}"),
        Some(schema) => {
            format!("CAST({pointing} AS {schema}.citext) OPERATOR({schema}.=) {pointed}")
        }
    }
}

/// The quoted schema of citext where the column is one. Its own operators are in the schema of the type.
fn citext_schema<'a>(reading: &'a Reading, name: &str) -> Option<&'a str> {
    let type_name = key_type_name(reading, name)?;
    let schema = type_name.strip_suffix(".citext")?;
    types::is_type_name(type_name).then_some(schema)
}

fn key_type_name<'a>(reading: &'a Reading, column: &str) -> Option<&'a str> {
    let mut columns = reading.columns.iter();
    let found = columns.find(|(name, _)| name == column);
    found.map(|(_, type_name)| type_name.as_str())
}
