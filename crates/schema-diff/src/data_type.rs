//! Which types turn into which others by themselves.

use schema_catalog::Catalog;

use crate::text::is_same;

const NUMBERS: &[&str] = &[
    "smallint",
    "integer",
    "bigint",
    "numeric",
    "real",
    "double precision",
];
const INTEGERS: &[&str] = &["smallint", "integer", "bigint"];
const TEXTS: &[&str] = &["text", "character varying", "character", "name"];
const MOMENTS: &[&str] = &[
    "date",
    "timestamp without time zone",
    "timestamp with time zone",
];
const FAMILIES: &[&[&str]] = &[
    NUMBERS,
    TEXTS,
    MOMENTS,
    &["json", "jsonb"],
    &["bit", "bit varying"],
    &["inet", "cidr"],
    &["time without time zone", "time with time zone"],
];

/// Types that turn into no other by themselves.
const ALONE: &[&str] = &[
    "boolean", "uuid", "bytea", "interval", "macaddr", "point", "tsvector",
];
/// Casts that have to be asked for.
const CASTS: &[(&str, &str)] = &[
    ("boolean", "integer"),
    ("integer", "boolean"),
    ("interval", "time without time zone"),
    ("time without time zone", "interval"),
];

/// The expression that makes `column` of the type `before` into `after`; `None` where the server assigns it by itself.
///
/// An assignment refuses what is too long for the new type, where an expression would cut it.
///
/// **Source**: PostgreSQL's documentation, `ALTER TABLE … SET DATA TYPE` and `pg_cast`.
pub(crate) fn conversion(
    catalog: &Catalog,
    column: &str,
    before: &str,
    after: &str,
) -> Option<String> {
    let (item_before, item_after) = (item(before), item(after));
    let is_list = before.ends_with("[]");
    if is_list == after.ends_with("[]") && is_assignable(&base(item_before), &base(item_after)) {
        return None;
    }
    if TEXTS.contains(&base(after).as_str()) {
        return None;
    }
    let is_enumeration = |name: &str| is_enumeration(catalog, name);
    let through = if is_enumeration(item_before) && is_enumeration(item_after) {
        if is_list { "::text[]" } else { "::text" }
    } else {
        ""
    };
    Some(format!("{column}{through}::{after}"))
}

/// Whether the server has a cast from the one to the other. Of types it does not know, it trusts that there is one.
///
/// **Source**: `pg_cast` of PostgreSQL 15 and 18.
pub(crate) fn is_convertible(catalog: &Catalog, before: &str, after: &str) -> bool {
    let (one, other) = (base(before), base(after));
    if TEXTS.contains(&one.as_str()) || TEXTS.contains(&other.as_str()) || one == other {
        return true;
    }
    let are_lists = (before.ends_with("[]"), after.ends_with("[]"));
    if are_lists == (true, true) {
        return is_convertible(catalog, item(before), item(after));
    }
    let is_enumeration = |name: &str| is_enumeration(catalog, name);
    let is_known = |name: &str| {
        FAMILIES.iter().any(|family| family.contains(&item(name)))
            || ALONE.contains(&item(name))
            || is_enumeration(item(name))
    };
    if !is_known(&one) || !is_known(&other) {
        return true;
    }
    are_lists == (false, false)
        && (is_enumeration(&one) && is_enumeration(&other)
            || is_assignable(&one, &other)
            || CASTS.contains(&(one.as_str(), other.as_str())))
}

/// Whether the rows stay as they are: the new type only allows more.
pub(crate) fn keeps_rows(before: &str, after: &str) -> bool {
    let is_text = |name: &str| matches!(base(name).as_str(), "text" | "character varying");
    let length = |name: &str| {
        let digits: String = name.chars().filter(char::is_ascii_digit).collect();
        digits.parse::<u32>().unwrap_or(u32::MAX)
    };
    is_text(before) && is_text(after) && length(before) <= length(after)
}

/// Whether a foreign key between the two types works either way.
pub(crate) fn are_integers(one: &str, other: &str) -> bool {
    INTEGERS.contains(&one) && INTEGERS.contains(&other)
}

fn is_enumeration(catalog: &Catalog, name: &str) -> bool {
    let mut known = catalog.enumerations.keys();
    known.any(|known| is_same(&known.to_string(), name))
}

fn is_assignable(before: &str, after: &str) -> bool {
    before == after
        || FAMILIES
            .iter()
            .any(|family| family.contains(&before) && family.contains(&after))
        || (MOMENTS[1..].contains(&before) && after.starts_with("time "))
}

/// The type of a list's items.
fn item(data_type: &str) -> &str {
    data_type.trim_end_matches("[]")
}

/// The type without lengths: `timestamp(3) with time zone` is `timestamp with time zone`.
fn base(data_type: &str) -> String {
    match (data_type.find('('), data_type.rfind(')')) {
        (Some(open), Some(close)) if open < close && !data_type.starts_with('"') => {
            format!("{}{}", &data_type[..open], &data_type[close + 1..])
        }
        _ => data_type.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_assigns_needs_no_expression() {
        let catalog = Catalog::default();
        for (before, after) in [
            ("integer", "bigint"),
            ("text", "character varying(20)"),
            ("character varying(20)[]", "text[]"),
            ("uuid", "text"),
            ("timestamp(3) with time zone", "timestamp without time zone"),
        ] {
            assert_eq!(
                conversion(&catalog, "c", before, after),
                None,
                "{before} {after}"
            );
        }
        assert_eq!(
            conversion(&catalog, "c", "text", "integer").as_deref(),
            Some("c::integer")
        );
        assert_eq!(
            conversion(&catalog, "c", "boolean", "integer").as_deref(),
            Some("c::integer")
        );
    }

    #[test]
    fn only_longer_texts_keep_their_rows() {
        assert!(keeps_rows("character varying(20)", "character varying(50)"));
        assert!(keeps_rows("character varying(20)", "text"));
        assert!(!keeps_rows("text", "character varying(20)"));
        assert!(!keeps_rows("integer", "bigint"));
    }

    #[test]
    fn types_without_a_cast_are_known() {
        let catalog = Catalog::default();
        for (before, after) in [
            ("integer", "uuid"),
            ("boolean", "bigint"),
            ("integer", "integer[]"),
            ("date", "jsonb"),
        ] {
            assert!(!is_convertible(&catalog, before, after), "{before} {after}");
        }
        for (before, after) in [
            ("text", "uuid"),
            ("uuid[]", "text"),
            ("boolean", "integer"),
            ("public.mine", "integer"),
        ] {
            assert!(is_convertible(&catalog, before, after), "{before} {after}");
        }
    }
}
